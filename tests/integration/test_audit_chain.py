"""The chain: an untouched past is found sound, and whatever a superuser alters is named."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from academico_cli import ingest
from academico_cli.core import audit
from academico_cli.core.audit import Finding, Verification
from academico_cli.core.heads import Heads
from academico_cli.privacy.erase import erase
from academico_cli.replay import replay
from academico_cli.retry import retry

from ..support.past import live
from ..support.pipeline import Pipeline
from .test_ingest import Clock, event, grade

Ask = Callable[..., Any]


@pytest.fixture
def pipeline(database_url: str) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    live(opened, Clock())
    clock = Clock()
    clock.now += 10**12
    for edad in (30, 31, 32):
        batch = [
            event(clock, entity="alumno", id_alumno=i, nombre="Otra", edad=edad, genero="X")
            for i in (1, 2, 3)
        ]
        opened.feed(batch)
    # One id with another body: the first is kept, this one is evidence.
    known = event(clock, message_id="dos", entity="alumno", id_alumno=9, nombre="A", genero="F")
    opened.feed([known])
    opened.feed([known._replace(body=known.body + b" ")])
    audit.seal(opened.connection)
    yield opened
    opened.close()


def found(pipeline: Pipeline, **options: Any) -> list[Finding]:
    return list(Verification(pipeline.database, **options))


def test_an_untouched_past_is_sound(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    verification = Verification(pipeline.database)
    assert list(verification) == []
    ((lotes, messages),) = pipeline.query("SELECT count(*), sum(mensajes) FROM core.lotes")
    assert verification.head.sin_sellar == 0
    assert (verification.head.sello, verification.messages) == (lotes, messages)
    for table in ("raw.mensajes", "raw.conflictos", "stg.rechazos", "core.auditoria"):
        ((there, sealed),) = pipeline.query(
            f"SELECT (SELECT count(*) FROM {table}), sum(cardinality(claves)) FROM core.huellas"
            " WHERE tabla = %s",
            table,
        )
        assert there == sealed > 0
    # However it is cut up, and wherever it begins.
    monkeypatch.setattr("academico_cli.core.audit.MESSAGES", 1)
    assert found(pipeline) == []
    assert found(pipeline, from_lote=lotes // 2) == []
    assert found(pipeline, anchor=verification.head.huella) == []


ALTERATIONS = [
    ("core.auditoria", "altered", "UPDATE core.auditoria SET nuevo = '{}' WHERE {f}"),
    ("core.auditoria", "altered", "UPDATE core.auditoria SET actor = 'nadie' WHERE {f}"),
    ("core.auditoria", "altered", "UPDATE core.auditoria SET sal = gen_random_uuid() WHERE {f}"),
    ("core.auditoria", "emptied without a record",
     "UPDATE core.auditoria SET sal = NULL, anterior = NULL, nuevo = NULL WHERE {f}"),
    ("core.auditoria", "altered", "UPDATE core.auditoria SET id_alumno = 7777 WHERE {f}"),
    ("core.auditoria", "altered", "UPDATE core.auditoria SET clave = '{}' WHERE {f}"),
    ("core.auditoria", "missing", "DELETE FROM core.auditoria WHERE {f}"),
    ("core.auditoria", "inserted", "INSERT INTO core.auditoria (id_alumno, tabla, clave, anterior,"
     " nuevo, lote, origen, id_mensaje, linea, ocurrido_en, sal, huella) SELECT id_alumno, tabla,"
     " clave, anterior, nuevo, lote, origen, id_mensaje, linea, ocurrido_en, sal, huella"
     " FROM core.auditoria WHERE {f}"),
    ("raw.mensajes", "altered", "UPDATE raw.mensajes SET cuerpo = cuerpo || ' ' WHERE {f}"),
    ("raw.mensajes", "altered",
     "UPDATE raw.mensajes SET recibido_en = recibido_en + interval '1 us' WHERE {f}"),
    ("raw.mensajes", "altered", "UPDATE raw.mensajes SET headers = '{}' WHERE {f}"),
    ("raw.mensajes", "missing", "DELETE FROM raw.mensajes WHERE {f}"),
    ("raw.mensajes", "inserted", "INSERT INTO raw.mensajes SELECT gen_random_uuid(), mes, lote,"
     " 9999, recibido_en, message_id, enviado_en, content_type, headers, redelivered, cuerpo"
     " FROM raw.mensajes WHERE {f}"),
    ("raw.mensajes", "inserted", "CREATE TABLE raw.mensajes_otro_mes PARTITION OF raw.mensajes FOR"
     " VALUES FROM ('2020-01-01') TO ('2020-02-01'); INSERT INTO raw.mensajes SELECT id,"
     " '2020-01-01', lote, n, recibido_en, message_id, enviado_en, content_type, headers,"
     " redelivered, cuerpo FROM raw.mensajes WHERE {f}"),
    ("raw.mensajes", "missing", "CREATE TABLE raw.mensajes_otro_mes PARTITION OF raw.mensajes FOR"
     " VALUES FROM ('2020-01-01') TO ('2020-02-01');"
     " UPDATE raw.mensajes SET mes = '2020-01-01' WHERE {f}"),
    ("raw.conflictos", "altered", "UPDATE raw.conflictos SET cuerpo = 'x' WHERE {f}"),
    ("stg.rechazos", "altered", "UPDATE stg.rechazos SET motivo = 'otro' WHERE {f}"),
    ("stg.rechazos", "missing", "DELETE FROM stg.rechazos WHERE {f}"),
    ("core.lotes", "altered", "UPDATE core.lotes SET mensajes = mensajes + 1 WHERE {f}"),
    ("core.lotes", "missing", "DELETE FROM core.lotes WHERE {f}"),
    ("core.lotes", "inserted", "INSERT INTO core.lotes SELECT lote + 90000, run_id, mensajes,"
     " eventos, conflictos, abierto_en, cerrado_en FROM core.lotes WHERE {f}"),
    ("core.destinos", "inserted",
     "INSERT INTO core.destinos SELECT * FROM core.destinos WHERE {f}"),
    ("core.destinos", "missing", "DELETE FROM core.destinos WHERE {f}"),
    ("core.huellas", "altered", "UPDATE core.huellas SET huellas[1] = '' WHERE {f}"),
    ("core.huellas", "missing", "DELETE FROM core.huellas WHERE {f}"),
    ("core.sellos", "missing", "DELETE FROM core.sellos WHERE {f}"),
    ("core.sellos", "altered", "UPDATE core.sellos SET contenido = '{}' WHERE {f}"),
    ("core.sellos", "altered", "UPDATE core.sellos SET previo = '' WHERE {f}"),
    ("core.sellos", "altered", "UPDATE core.sellos SET lote = NULL WHERE {f}"),
    ("core.sellos", "altered", "UPDATE core.sellos SET lapida = 7 WHERE {f}"),
    ("core.sellos", "altered", "UPDATE core.sellos SET actor = 'nadie' WHERE {f}"),
    ("core.sellos", "altered",
     "UPDATE core.sellos SET sellado_en = sellado_en - interval '1 us' WHERE {f}"),
]  # fmt: skip


def test_whatever_is_altered_is_named(pipeline: Pipeline) -> None:
    for table, que, change in ALTERATIONS:
        by = "ctid" if table != "raw.mensajes" else "id"
        lote = "por_lote" if table == "core.destinos" else "lote"
        # A row in the middle of the chain.
        row, *_ = pipeline.query(
            f"SELECT {by}::text, {lote} FROM {table} WHERE {lote} >= (SELECT percentile_disc(0.5)"
            f" WITHIN GROUP (ORDER BY {lote}) FROM {table}) ORDER BY {lote}"
        )
        with pipeline.connection.transaction(force_rollback=True):
            pipeline.connection.execute(change.replace("{f}", f"{by} = '{row[0]}'"))
            findings = list(Verification(pipeline.database).seen_by(pipeline.connection))
        expected: int | None = row[1]
        if (table, que) == ("core.lotes", "inserted"):
            expected = row[1] + 90000
        elif (table, que) == ("core.sellos", "missing"):
            expected = None
        assert (table, que, expected) in {(f.tabla, f.que, f.lote) for f in findings}, change
        # What is compared with something that was altered is told too, and nothing else.
        others = {f.tabla for f in findings} - {table}
        assert others <= _COMPARED_WITH.get(table, set()), change
        assert len(findings) <= 4 or table == "core.huellas", change


_COMPARED_WITH = {
    "core.huellas": {"raw.mensajes", "raw.conflictos", "stg.rechazos", "core.auditoria"},
    "core.sellos": {"core.lotes"},
}


def test_two_changes_that_swap_what_they_say_are_both_named(pipeline: Pipeline) -> None:
    first, second = (
        row[0]
        for row in pipeline.query(
            "SELECT id FROM core.auditoria WHERE id_alumno = 1 ORDER BY id DESC LIMIT 2"
        )
    )
    with pipeline.connection.transaction(force_rollback=True):
        pipeline.connection.execute(
            "UPDATE core.auditoria AS a SET clave = b.clave, anterior = b.anterior,"
            " nuevo = b.nuevo, sal = b.sal, huella = b.huella FROM core.auditoria AS b"
            " WHERE a.id IN (%(a)s, %(b)s) AND b.id = %(a)s + %(b)s - a.id",
            {"a": first, "b": second},
        )
        findings = list(Verification(pipeline.database).seen_by(pipeline.connection))
    assert [(f.tabla, f.que) for f in findings] == [("core.auditoria", "altered")] * 2
    assert {str(f.clave).split(":")[0] for f in findings} == {f"id {first}", f"id {second}"}


def test_rows_under_a_number_that_no_lote_has_are_named(pipeline: Pipeline) -> None:
    for number in (-3, 10**9):
        with pipeline.connection.transaction(force_rollback=True):
            pipeline.connection.execute(
                "INSERT INTO core.auditoria (id_alumno, tabla, clave, anterior, nuevo, lote,"
                " origen, id_mensaje, linea, ocurrido_en, sal, huella)"
                " SELECT id_alumno, tabla, clave,"
                f" anterior, nuevo, {number}, origen, id_mensaje, linea, ocurrido_en, sal, huella"
                " FROM core.auditoria LIMIT 1"
            )
            (finding,) = Verification(pipeline.database).seen_by(pipeline.connection)
        assert (finding.tabla, finding.lote, finding.que) == ("core.auditoria", number, "inserted")


BY_HAND = {
    "maestros": "especialidad = 'Otra'", "materias": "creditos = 99",
    "grupos": "fecha_inicio = '1999-01-01'", "alumnos": "edad = 99",
    "inscripciones": "fecha_inscripcion = '1999-01-01'", "calificaciones": "calificacion = 9.99",
    "evaluaciones": "peso = 0.01",
}  # fmt: skip


def test_a_value_altered_by_hand_is_named_until_it_is_put_right(pipeline: Pipeline) -> None:
    ((who,),) = pipeline.query("SELECT session_user")
    for table, change in BY_HAND.items():
        (row,) = pipeline.query(
            f"UPDATE academico.{table} SET {change} WHERE ctid ="
            f" (SELECT min(ctid) FROM academico.{table} WHERE ({change}) IS NOT TRUE) RETURNING *"
        )
        (finding,) = found(pipeline)
        assert (finding.tabla, finding.lote, finding.que) == (f"academico.{table}", None, "altered")
        assert str(row[0]) in str(finding.clave)
        assert str(finding.detalle).startswith(f"by {who} at 2")
        assert pipeline.query(
            "SELECT tabla, origen, linea FROM core.auditoria WHERE lote = 0"
            " ORDER BY id DESC LIMIT 1"
        ) == [(table, 0, 0)]
        assert [t.table for t in replay(pipeline.database) if not t.equal] == [f"academico.{table}"]
        assert found(pipeline) == []
    ((told,),) = pipeline.query("SELECT count(*) FROM core.auditoria WHERE lote = 0")
    assert told == len(BY_HAND)


def test_an_event_puts_right_what_was_altered_by_hand(pipeline: Pipeline) -> None:
    pipeline.query("UPDATE academico.alumnos SET edad = 99 WHERE id = 1 RETURNING 1")
    assert [f.tabla for f in found(pipeline)] == ["academico.alumnos"]
    clock = Clock()
    clock.now += 2 * 10**12
    again = event(clock, entity="alumno", id_alumno=1, nombre="Otra", edad=32, genero="X")
    pipeline.feed([again])
    assert found(pipeline) == []


OF_A_LOTE = {
    "core.auditoria": "lote", "core.destinos": "por_lote", "core.huellas": "lote",
    "core.lotes": "lote", "raw.conflictos": "lote", "raw.mensajes": "lote", "stg.rechazos": "lote",
}  # fmt: skip


def test_a_lote_that_is_gone_with_its_seal_is_missed(pipeline: Pipeline) -> None:
    ((middle, last),) = pipeline.query(
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY lote), max(lote) FROM core.sellos"
        " WHERE (contenido::jsonb -> 'lote' ->> 'eventos')::integer > 0"
    )
    for lote, missed in ((middle, {"core.sellos", "core.lotes"}), (last, {"core.lotes"})):
        with pipeline.connection.transaction(force_rollback=True):
            for table, column in (OF_A_LOTE | {"core.sellos": "lote"}).items():
                pipeline.connection.execute(f"DELETE FROM {table} WHERE {column} = {lote}")
            findings = list(Verification(pipeline.database).seen_by(pipeline.connection))
        assert {f.tabla for f in findings} >= missed
        assert {f.que for f in findings} == {"missing"}


def test_an_end_that_was_made_anew_is_known_by_what_was_kept_here(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    heads = Heads(tmp_path / "home")
    assert found(pipeline, heads=heads) == []
    ((last,),) = pipeline.query("SELECT max(lote) FROM core.sellos")
    for statement in (
        "UPDATE raw.conflictos SET cuerpo = 'x' WHERE lote = %s RETURNING 1",
        "DELETE FROM core.sellos WHERE lote = %s RETURNING 1",
        "DELETE FROM core.huellas WHERE lote = %s RETURNING 1",
        "INSERT INTO core.por_sellar VALUES (%s) RETURNING 1",
    ):
        assert pipeline.query(statement, last)
    audit.seal(pipeline.connection)
    assert found(pipeline) == []
    for _ in range(2):
        (finding,) = found(pipeline, heads=heads)
        assert (finding.tabla, finding.que) == ("core.sellos", "missing")
    assert found(pipeline, heads=Heads(tmp_path / "home", trusting=True)) == []
    assert found(pipeline, heads=heads) == []
    # A file that cannot be read is none, and one that cannot be written is no reason to fail.
    (tmp_path / "home" / "audit-heads.json").write_text('{"x": ')
    assert found(pipeline, heads=heads) == []
    assert found(pipeline, heads=Heads(Path("/dev/null/home"))) == []


def test_a_chain_made_anew_does_not_hold_the_hash_that_was_kept(pipeline: Pipeline) -> None:
    anchor = audit.head(pipeline.connection).huella
    pipeline.connection.commit()
    pipeline.query("UPDATE raw.mensajes SET cuerpo = cuerpo || ' ' WHERE lote = 3 RETURNING 1")
    pipeline.query("DELETE FROM core.sellos RETURNING 1")
    pipeline.query("DELETE FROM core.huellas RETURNING 1")
    pipeline.query("INSERT INTO core.por_sellar SELECT lote FROM core.lotes RETURNING 1")
    audit.seal(pipeline.connection)
    assert found(pipeline) == []
    (finding,) = found(pipeline, anchor=anchor)
    assert (finding.tabla, finding.que) == ("core.sellos", "missing")


def test_what_was_committed_before_a_crash_is_sealed_later(pipeline: Pipeline) -> None:
    clock = Clock()
    clock.now += 2 * 10**12
    other = Pipeline(pipeline.database.url)
    # Open before, committed after the seal; and one that is lost, as is its number.
    late = ingest.ingest(other.connection, other.run_id, [grade(clock, 1, id_alumno=400)])
    lost = Pipeline(pipeline.database.url)
    ingest.ingest(lost.connection, lost.run_id, [grade(clock, 1, id_alumno=401)])
    lost.connection.close()
    early = pipeline.feed([grade(clock, 1, id_alumno=402)])
    assert audit.seal(pipeline.connection) == 1
    other.connection.commit()
    other.close()
    verification = Verification(pipeline.database)
    assert list(verification) == []
    assert verification.head.sin_sellar == 1
    assert audit.seal(pipeline.connection) == 1
    order = pipeline.query("SELECT lote FROM core.sellos ORDER BY sello DESC LIMIT 2")
    assert [row[0] for row in order] == [*late.lotes, *early.lotes]
    assert found(pipeline) == []


def test_a_command_that_commits_seals_what_it_did(pipeline: Pipeline) -> None:
    ((reject, body),) = pipeline.query(
        "SELECT id, cuerpo FROM stg.rechazos WHERE estado = 'abierto'"
        " AND position('88' IN cuerpo) > 0 ORDER BY id LIMIT 1"
    )
    commands: list[Callable[[], object]] = [
        lambda: retry(pipeline.database, [reject], bytes(body).replace(b"88", b"8.8")),
        lambda: replay(pipeline.database),
        lambda: erase(pipeline.database, 1),
    ]
    for command in commands:
        ((before,),) = pipeline.query("SELECT max(sello) FROM core.sellos")
        command()
        ((after,),) = pipeline.query("SELECT max(sello) FROM core.sellos")
        assert after > before
        assert pipeline.query("SELECT lote FROM core.por_sellar") == []
    assert pipeline.query("SELECT max(id) FROM core.lapidas") == pipeline.query(
        "SELECT max(lapida) FROM core.sellos"
    )
    assert found(pipeline) == []


def test_two_that_seal_at_once_make_one_chain(pipeline: Pipeline) -> None:
    clock = Clock()
    clock.now += 2 * 10**12
    for number in range(10):
        pipeline.feed([grade(clock, 1, id_alumno=500 + number)])
    with psycopg.connect(pipeline.database.url) as holder:
        assert holder.execute("SELECT core.sellar(1)").fetchone() == (1,)
        assert audit.seal(pipeline.connection) == 0
        holder.rollback()
    threads = [
        threading.Thread(target=audit.seal_database, args=(pipeline.database,)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    audit.seal(pipeline.connection)
    assert found(pipeline) == []
    ((sealed, lotes),) = pipeline.query(
        "SELECT (SELECT count(*) FROM core.sellos), (SELECT count(*) FROM core.lotes)"
    )
    assert sealed == lotes


def test_an_erased_body_and_its_changes_leave_a_chain_that_verifies(pipeline: Pipeline) -> None:
    places = (
        "SELECT tabla, lote, claves[1] FROM core.huellas WHERE tabla <> 'core.auditoria'"
        " AND lote IN (SELECT max(lote) FROM core.huellas GROUP BY tabla)"
    )
    erased = pipeline.query(places)
    assert {row[0] for row in erased} == {"raw.mensajes", "raw.conflictos", "stg.rechazos"}
    before = pipeline.query("SELECT claves, sales, huellas FROM core.huellas ORDER BY lote, tabla")
    key = {"raw.mensajes": "n", "raw.conflictos": "n", "stg.rechazos": "id"}
    # One of them twice, as when another person is in the same message.
    for body, (tabla, lote, clave) in [*enumerate(erased), (9, erased[0])]:
        pipeline.connection.execute(
            f"UPDATE {tabla} SET cuerpo = %s WHERE lote = %s AND {key[tabla]} = %s",
            (str(body).encode(), lote, clave),
        )
        pipeline.query("SELECT core.enterrar(%s, %s, %s, 'prueba')", tabla, lote, clave)
    ((changes,),) = pipeline.query("SELECT core.borrar_cambios(1, 'prueba')")
    assert changes > 0
    assert pipeline.query("SELECT 1 FROM core.auditoria WHERE id_alumno = 1") == []
    assert pipeline.query("SELECT core.borrar_cambios(1, 'prueba')") == [(0,)]
    for _ in range(2):
        verification = Verification(pipeline.database)
        assert list(verification) == []
        assert verification.erased == [("prueba", len(erased) + 1 + changes)]
        audit.seal(pipeline.connection)
    # Nothing is left that the content could be guessed by: salts went with it.
    after = pipeline.query("SELECT claves, sales, huellas FROM core.huellas ORDER BY lote, tabla")
    assert [(c, h) for c, _, h in after] == [(c, h) for c, _, h in before]
    gone = {s for row in before for s in row[1] or ()} - {s for row in after for s in row[1] or ()}
    assert len(gone) == len(set(erased))
    # What was left in its place, and the stone itself, are evidence like any other.
    tabla, lote, clave = next(place for place in erased if place[0] == "raw.mensajes")
    pipeline.query(
        "UPDATE raw.mensajes SET cuerpo = 'x' WHERE lote = %s AND n = %s RETURNING 1", lote, clave
    )
    pipeline.query("UPDATE core.lapidas SET motivo = 'otro' WHERE id = 1 RETURNING 1")
    pipeline.query("DELETE FROM core.lapidas WHERE id = 2 RETURNING 1")
    named = {(f.tabla, f.que) for f in found(pipeline)}
    assert named >= {
        ("raw.mensajes", "altered"), ("core.lapidas", "altered"), ("core.lapidas", "missing"),
    }  # fmt: skip


def test_nothing_is_erased_before_it_is_sealed(pipeline: Pipeline) -> None:
    clock = Clock()
    (lote,) = pipeline.feed([grade(clock, 1, id_alumno=600)]).lotes
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="not sealed"):
        pipeline.query("SELECT core.enterrar('raw.mensajes', %s, 0, 'prueba')", lote)


def test_a_month_that_retention_dropped_is_told_from_one_that_is_missing(
    pipeline: Pipeline,
) -> None:
    pipeline.query("DELETE FROM raw.mensajes RETURNING 1")
    assert {(f.tabla, f.que) for f in found(pipeline)} == {("raw.mensajes", "missing")}
    pipeline.query(
        "SELECT core.retirar_mes('raw.mensajes', l.mes) FROM (SELECT"
        " date_trunc('month', now() AT TIME ZONE 'UTC')::date AS mes) AS l"
    )
    verification = Verification(pipeline.database)
    assert list(verification) == []
    assert verification.erased == [("retencion", 1)]


def test_the_commands(pipeline: Pipeline, database_url: str, cli: Ask, tmp_path: Path) -> None:
    env = {"DATABASE_URL": database_url, "RABBIT_URL": ""}
    head = json.loads(cli("audit", "seal", "--format", "json", env=env, check=True).stdout)[0]
    sound = cli("audit", "verify", "--anchor", head["huella"], "--format", "json", env=env)
    assert (sound.returncode, json.loads(sound.stdout)) == (0, [])
    shown = cli("audit", "show", "alumno", "1", "--format", "json", env=env, check=True)
    rows = json.loads(shown.stdout)
    ages = [row for row in rows if (row["tabla"], row["campo"]) == ("alumnos", "edad")]
    assert [row["estado"] for row in ages] == ["cambio"] * (len(ages) - 1) + ["vigente"]
    assert {row["nuevo"] for row in ages} == {"***"}
    assert {row["tabla"] for row in rows} >= {"alumnos", "calificaciones"}
    assert "Otra" not in shown.stdout
    shown = cli("audit", "show", "alumno", "1", "--pii", "--format", "json", env=env, check=True)
    ages = [row for row in json.loads(shown.stdout)
            if (row["tabla"], row["campo"]) == ("alumnos", "edad")]  # fmt: skip
    assert [row["nuevo"] for row in ages][-4:] == [30, 31, 32, 32]
    assert cli("audit", "show", "materia", "1", env=env).returncode == 0
    assert cli("audit", "show", "calificacion", "1/17", env=env).returncode == 0
    for wrong in (("perro", "1"), ("alumno", "x"), ("calificacion", "1")):
        assert cli("audit", "show", *wrong, env=env).returncode == 4
    assert cli("audit", "verify", "--from", "999999", env=env).returncode == 4

    # A load seals what it has committed, as a consumer does.
    more = tmp_path / "more.ndjson"
    more.write_text('{"entity":"alumno","id_alumno":900,"nombre":"N","genero":"F"}\n')
    cli("load", str(more), env=env, check=True)
    assert pipeline.query("SELECT count(*) FROM core.por_sellar") == [(0,)]
    assert cli("audit", "verify", env=env).returncode == 0

    pipeline.query("UPDATE core.auditoria SET nuevo = '{}' WHERE id = 1 RETURNING 1")
    altered = cli("audit", "verify", env=env)
    assert altered.returncode == 1
    assert "core.auditoria" in altered.stdout
    (finding,) = json.loads(cli("audit", "verify", "--format", "json", env=env).stdout)
    assert finding["tabla"] == "core.auditoria"
    assert finding["clave"].startswith("id 1: ")
