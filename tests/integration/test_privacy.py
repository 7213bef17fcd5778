"""One person out of everything: what is exported is all there is, what is erased is nowhere."""

import csv
import hmac
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from academico_cli import marts
from academico_cli.backup.dump import SCHEMAS
from academico_cli.broker import NDJSON, Message
from academico_cli.cli.output import json_text
from academico_cli.core.personal import BODIES, PERSONAL, TABLES, VIEWS
from academico_cli.errors import NothingStored
from academico_cli.events.reader import DESCONOCIDA, ENTIDADES, Rejected, read
from academico_cli.events.tombstone import entidad_of, tombstone
from academico_cli.local import postgres as embedded
from academico_cli.privacy import erase as erasing
from academico_cli.privacy.erase import erase
from academico_cli.privacy.export import export
from academico_cli.privacy.person import Person
from academico_cli.privacy.pseudonym import pseudonymize
from academico_cli.reconcile import reconcile
from academico_cli.replay import replay
from academico_cli.retry import retry

from ..support.past import live
from ..support.pipeline import Pipeline
from .test_ingest import Clock, event

Cli = Callable[..., "subprocess.CompletedProcess[str]"]
DERIVED = ("marts.alumnos_en_riesgo",)
ALUMNO, NAME, FORMER = 4242, "Úrsula Peñaloza Zzyx", "Úrsula Zzyx"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(database_url: str, clock: Clock) -> Iterator[Pipeline]:
    """Yield a small school, and an alumno who left traces in everything."""
    opened = Pipeline(database_url)
    opened.feed(
        [
            event(clock, entity="materia", id_materia=1, nombre="M"),
            event(clock, entity="maestro", id_maestro=1, nombre="Ana"),
            *(event(clock, entity="grupo", id_grupo=i, id_materia=1, id_maestro=1,
                    periodo=f"2024{p}") for i, p in ((1, "A"), (2, "B"), (3, "B"))),
            event(clock, entity="alumno", id_alumno=1, nombre="N", genero="F"),
        ]
    )  # fmt: skip
    person(opened, clock)
    marts.refresh(opened.database)
    yield opened
    opened.close()


@pytest.fixture
def past(database_url: str, clock: Clock) -> Iterator[Pipeline]:
    """Yield a past of 40 alumnos with something of everything, and that one more."""
    opened = Pipeline(database_url)
    live(opened, clock)
    person(opened, clock)
    marts.refresh(opened.database)
    yield opened
    opened.close()


def body(**fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def person(pipeline: Pipeline, clock: Clock) -> None:
    def about(entity: str, **fields: object) -> bytes:
        return body(entity=entity, id_alumno=ALUMNO, **fields)

    def send(sent: bytes, message_id: str | None = None, **more: Any) -> None:
        pipeline.feed([Message(sent, clock(), message_id, **more)])

    send(about("alumno", nombre=FORMER, genero="F"), "zz-1", headers={"alumno": FORMER})
    send(about("alumno", nombre=NAME, edad=30, genero="F"), f"alumno {NAME}")
    send(about("alumno", nombre=NAME, edad=31, genero="F"), "zz-1")  # a conflict
    escaped = {"entity": "alumno", "id_alumno": ALUMNO, "nombre": NAME, "genero": "F", "edad": 31}
    send(json.dumps(escaped).encode())
    send(about("inscripcion", id_grupo=1))
    send(about("calificacion", id_grupo=1, calificacion=3))
    send(about("calificacion", id_grupo=2, calificacion=4, nombre=NAME))
    send(about("evaluacion", id_grupo=1, evaluacion="Final", calificacion=3))
    send(about("inscripcion", id_grupo=777, nombre=NAME))  # parked
    # Of every kind of reject: a field, an id in quotes, no JSON, no id, another encoding.
    send(about("calificacion", id_grupo=1, calificacion=88, nombre=NAME))
    send(body(entity="alumno", id_alumno=str(ALUMNO), nombre=NAME, genero="F"))
    send(b'{"entity":"alumno","id_alumno":%d,"nombre":"%s"' % (ALUMNO, NAME.encode()))
    send(f"alta de {NAME}".encode())
    send(body(entity="alumno", nombre=NAME, genero="F"))
    send(b'{"nombre":"' + NAME.encode("latin-1") + b'"}')
    send(json.dumps([{"id_alumno": ALUMNO, "nombre": NAME}]).encode())
    # Among others, in one message; and about others, who are not to be touched.
    lines = [
        body(entity="alumno", id_alumno=4243, nombre="Otra Zzyx", genero="F"),
        about("calificacion", id_grupo=3, calificacion=5, nombre=NAME),
        b"", b"?",
        body(entity="calificacion", id_alumno=4243, id_grupo=1, calificacion=9),
    ]  # fmt: skip
    send(b"\n".join(lines), "zz-many", content_type=NDJSON)
    send(body(entity="alumno", id_alumno=42420, nombre="Otro", genero="M"))
    rejects = dict(pipeline.query("SELECT campo, max(id) FROM stg.rechazos GROUP BY campo"))
    retry(pipeline.database, [rejects["calificacion"]],
          about("calificacion", id_grupo=1, calificacion=8, nombre=NAME))  # fmt: skip
    pipeline.connection.execute(
        "INSERT INTO core.cola (cola, cuerpo, headers)"
        " VALUES ('etl', %s, %s), ('etl.muertos', %s, NULL)",
        [about("inscripcion", id_grupo=2), json.dumps({"de": NAME}), body(x=NAME)],
    )
    pipeline.connection.execute(
        "INSERT INTO core.dq_results (check_name, schema_name, table_name, passed, sample, causes)"
        " VALUES ('x', 'academico', 'calificaciones', false, %s, %s)",
        [json.dumps([{"id_alumno": ALUMNO, "nombre": NAME}, {"id_alumno": 1}]),
         json.dumps([{"by": "id_alumno", "value": str(ALUMNO)}, {"by": "lote", "value": "3"}])],
    )  # fmt: skip
    pipeline.connection.commit()


def dumped(url: str) -> bytes:
    """Return the whole database as plain text, whatever is in it in clear."""
    program = embedded.programs() / "pg_dump"
    text = subprocess.run([program, "--inserts", url], check=True, capture_output=True).stdout
    with psycopg.connect(url) as connection:
        for table, column in (("raw.mensajes", "cuerpo"), ("raw.conflictos", "cuerpo"),
                              ("stg.rechazos", "cuerpo"), ("stg.rechazos", "correccion"),
                              ("core.cola", "cuerpo")):  # fmt: skip
            rows = connection.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            text += b"\n".join(bytes(row[0]) for row in rows)
        rows = connection.execute(
            "SELECT tablename, most_common_vals::text, histogram_bounds::text FROM pg_stats"
            " WHERE schemaname = ANY (%s)", [list(SCHEMAS)]
        )  # fmt: skip
        text += repr(rows.fetchall()).encode()
    return text


def traces(url: str) -> set[bytes]:
    """Return what is left of the person, in any spelling."""
    text = dumped(url)
    spelled = {"Peñaloza".encode(), "Peñaloza".encode("latin-1"), b"Pe\\u00f1aloza"}
    left = {s for s in (*spelled, FORMER.encode()) if s in text}
    return left | set(re.findall(rb".{0,30}(?<![0-9a-f-])4242(?![0-9a-f]).{0,30}", text))


def test_the_person_is_everywhere(pipeline: Pipeline) -> None:
    assert len(traces(pipeline.database.url)) > 5
    found = pipeline.query(
        "SELECT (SELECT count(*) FROM stg.pendientes WHERE evento ->> 'id_alumno' = '4242'),"
        " (SELECT count(*) FROM raw.conflictos WHERE id IN (SELECT id FROM raw.mensajes WHERE"
        " message_id = 'zz-1')), (SELECT count(*) FROM marts.base_riesgo WHERE id_alumno = 4242)"
    )
    assert found == [(1, 1, 1)]


def test_erased_is_nowhere_and_the_books_still_balance(past: Pipeline) -> None:
    others = "SELECT x::text FROM academico.{} x WHERE {} <> 4242 ORDER BY 1"
    tables = [("alumnos", "id"), *((t, "id_alumno") for t in
              ("inscripciones", "calificaciones", "evaluaciones"))]  # fmt: skip
    before = [past.query(others.format(*t)) for t in tables]
    fates = past.fates()
    with psycopg.connect(past.database.conninfo, autocommit=True) as other:
        other.execute("ANALYZE")
    done = erase(past.database, ALUMNO, reason="solicitud 7")

    assert traces(past.database.url) == set()
    assert done.refreshed
    assert done.unvacuumed == []
    assert done.mentioning == 0
    assert [past.query(others.format(*t)) for t in tables] == before
    assert reconcile(past.database).differences == []
    assert [row.table for row in replay(past.database) if not row.equal] == []
    assert reconcile(past.database).differences == []
    assert traces(past.database.url) == set()
    assert past.query("SELECT * FROM marts.alumnos_en_riesgo WHERE id_alumno = 4242") == []
    # What was parked became rejected, nothing else changed its fate.
    after = past.fates()
    assert after.recibidos == fates.recibidos
    assert after == fates._replace(pendientes=fates.pendientes - 1, rechazados=fates.rechazados + 1)
    ((sample, causes),) = past.query("SELECT sample, causes FROM core.dq_results")
    assert (sample, causes) == ([{"id_alumno": 1}], [{"by": "lote", "value": "3"}])


def test_once_more_finds_nothing(pipeline: Pipeline) -> None:
    erase(pipeline.database, ALUMNO)
    again = erase(pipeline.database, ALUMNO)
    assert again[:4] == (None, None, {}, 0)
    assert pipeline.query("SELECT count(*) FROM core.borrados") == [(1,)]


def test_only_tried_it_changes_nothing(pipeline: Pipeline) -> None:
    before = dumped(pipeline.database.url)
    tried = erase(pipeline.database, ALUMNO, dry_run=True)
    assert tried.borrado is None
    done = erase(pipeline.database, ALUMNO)
    assert done.rows == tried.rows
    assert before != dumped(pipeline.database.url)


def test_the_receipt_proves_whom_it_was_about(pipeline: Pipeline) -> None:
    done = erase(pipeline.database, ALUMNO, reason="solicitud 7")
    assert done.prueba is not None
    assert done.prueba.startswith("alumno 4242 ")
    rows = pipeline.query(
        "SELECT compromiso = sha256(%s), motivo, filas FROM core.borrados WHERE id = %s",
        done.prueba.encode(), done.borrado,
    )  # fmt: skip
    assert rows == [(True, "solicitud 7", done.rows)]


def test_a_message_that_comes_again_brings_nobody_back(pipeline: Pipeline, clock: Clock) -> None:
    erase(pipeline.database, ALUMNO)
    sent = body(entity="alumno", id_alumno=ALUMNO, nombre=FORMER, genero="F")
    before = pipeline.fates()
    pipeline.feed([Message(sent, clock(), "zz-1", redelivered=True)])
    assert pipeline.fates().duplicados == before.duplicados + 1
    assert traces(pipeline.database.url) == set()


def test_a_new_message_is_new_data(pipeline: Pipeline, clock: Clock) -> None:
    erase(pipeline.database, ALUMNO)
    pipeline.feed([event(clock, entity="alumno", id_alumno=ALUMNO, nombre="Nueva", genero="F")])
    assert pipeline.query("SELECT nombre FROM academico.alumnos WHERE id = 4242") == [("Nueva",)]
    assert reconcile(pipeline.database).differences == []


def test_somebody_of_the_same_name_stays(pipeline: Pipeline, clock: Clock) -> None:
    twin = event(clock, entity="alumno", id_alumno=9, nombre=NAME, genero="F")
    pipeline.feed([twin])
    done = erase(pipeline.database, ALUMNO)
    assert done.mentioning == 1
    assert pipeline.query("SELECT nombre FROM academico.alumnos WHERE id = 9") == [(NAME,)]
    assert pipeline.query("SELECT cuerpo FROM raw.mensajes WHERE cuerpo = %s", twin.body)
    assert reconcile(pipeline.database).differences == []


class TestExport:
    def test_all_there_is_with_its_sources(self, pipeline: Pipeline) -> None:
        found = export(pipeline.database, "alumno", ALUMNO)
        assert found["persona"] == {"tipo": "alumno", "id": ALUMNO, "nombres": [NAME, FORMER]}
        data = found["datos"]
        assert {name: len(rows) for name, rows in data.items()} == {
            "academico.alumnos": 1, "academico.inscripciones": 1, "academico.calificaciones": 3,
            "academico.evaluaciones": 1, "stg.pendientes": 1, "stg.rechazos": 7,
            "marts.base_riesgo": 1, "marts.alumnos_en_riesgo": 1, "raw.conflictos": 1,
            "raw.mensajes": 16, "core.cola": 2, "core.auditoria": 3,
        }  # fmt: skip
        sources = {(m["lote"], m["n"], m["linea"]) for m in data["raw.mensajes"]}
        for name in ("alumnos", "inscripciones", "evaluaciones"):
            for row in data[f"academico.{name}"]:
                assert any(row["lote"] == lote for lote, _, _ in sources)
        assert all(m["recibido_en"] and m["cuerpo"] for m in data["raw.mensajes"])

    def test_nothing_of_others(self, pipeline: Pipeline) -> None:
        text = json_text(export(pipeline.database, "alumno", ALUMNO))
        assert "Zzyx" in text
        assert not [trace for trace in ("4243", "Otra", "42420", "Otro") if trace in text]

    def test_what_is_exported_is_what_is_erased(self, pipeline: Pipeline) -> None:
        before = export(pipeline.database, "alumno", ALUMNO)["datos"]
        done = erase(pipeline.database, ALUMNO)
        named = {name: n for name, n in done.rows.items() if name != "core.dq_results"}
        assert named == {n: len(rows) for n, rows in before.items() if n not in DERIVED}
        with pytest.raises(NothingStored, match="alumno 4242"):
            export(pipeline.database, "alumno", ALUMNO)

    def test_of_a_maestro(self, pipeline: Pipeline) -> None:
        found = export(pipeline.database, "maestro", 1)
        assert found["persona"]["nombres"] == ["Ana"]
        assert {"academico.maestros", "academico.grupos", "raw.mensajes"} <= set(found["datos"])
        assert len(found["datos"]["raw.mensajes"]) == 4

    def test_the_command(self, pipeline: Pipeline, tmp_path: Path, cli: Cli) -> None:
        env = {"DATABASE_URL": pipeline.database.url, "RABBIT_URL": ""}
        done = cli("privacy", "export", str(ALUMNO), env=env, check=True)
        printed = json.loads(done.stdout)
        cli("privacy", "export", str(ALUMNO), "--output", "a.json", env=env, check=True)
        written = json.loads((tmp_path / "a.json").read_text())
        assert written["datos"] == printed["datos"]
        assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600
        assert cli("privacy", "export", "99", env=env).returncode == 4
        assert cli("privacy", "export", "0", env=env).returncode == 2


class TestPseudonymize:
    KEY = "k" * 40

    def tables(self, folder: Path) -> dict[str, list[dict[str, str]]]:
        return {
            p.stem: list(csv.DictReader(p.read_text(encoding="utf-8").splitlines()))
            for p in folder.glob("*.csv")
        }

    def test_nobody_is_named_and_everything_still_joins(
        self, past: Pipeline, tmp_path: Path
    ) -> None:
        written = pseudonymize(past.database, tmp_path / "a", self.KEY)
        tables = self.tables(tmp_path / "a")
        assert {w.file: w.rows for w in written} == {f"{n}.csv": len(t) for n, t in tables.items()}
        for name, rows in tables.items():
            assert [(len(rows),)] == past.query(f"SELECT count(*) FROM academico.{name}")
        text = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "a").iterdir())
        assert not [n for (n,) in past.query("SELECT nombre FROM academico.alumnos") if n in text]
        assert str(ALUMNO) not in text
        ids = {row["id_alumno"] for row in tables["alumnos"]}
        assert len(ids) == len(tables["alumnos"])
        assert all(re.fullmatch("[0-9a-f]{32}", i) for i in ids)
        assert {row["id_alumno"] for row in tables["calificaciones"]} <= ids
        mean = past.query(
            "SELECT avg(calificacion)::float FROM academico.calificaciones WHERE id_alumno = 4242"
        )
        me = hmac.digest(self.KEY.encode(), b"alumno:4242", "sha256").hex()[:32]
        mine = [float(r["calificacion"]) for r in tables["calificaciones"] if r["id_alumno"] == me]
        assert sum(mine) / len(mine) == pytest.approx(mean[0][0])
        assert {row["edad"] for row in tables["alumnos"]} == {"", "30-34"}
        dates = {row["fecha_registro"] for row in tables["calificaciones"]}
        assert all(re.fullmatch(r"(\d{4}-\d\d)?", date) for date in dates)

    def test_one_key_gives_one_pseudonym_and_another_none_of_them(
        self, pipeline: Pipeline, tmp_path: Path
    ) -> None:
        seen = []
        for n, key in enumerate([self.KEY, self.KEY, self.KEY + "2"]):
            pseudonymize(pipeline.database, tmp_path / f"{n}", key)
            tables = self.tables(tmp_path / f"{n}")
            seen.append({r["id_alumno"] for r in tables["alumnos"]})
            assert not seen[-1] & {r["id_maestro"] for r in tables["maestros"]}
        assert seen[0] == seen[1]
        assert not seen[0] & seen[2]

    def test_the_command_and_its_keys(self, pipeline: Pipeline, tmp_path: Path, cli: Cli) -> None:
        env = {"DATABASE_URL": pipeline.database.url, "RABBIT_URL": ""}

        def run(*args: str, **more: str) -> "subprocess.CompletedProcess[str]":
            return cli("privacy", "pseudonymize", *args, env=env | more)

        assert "a key is needed" in run("--output", "a").stderr
        assert run("--output", "a", ACADEMICO_PSEUDONYM_KEY="short").returncode == 2
        assert run("--output", "a", "--new-key", "k").returncode == 0
        assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
        key = (tmp_path / "k").read_text().strip()
        assert run("--output", "b", "--key-file", "k").returncode == 0
        assert run("--output", "c", ACADEMICO_PSEUDONYM_KEY=key).returncode == 0
        files = [sorted((tmp_path / d / "alumnos.csv").read_text().split()) for d in "abc"]
        assert files[0] == files[1] == files[2]
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "a" / "alumnos.csv").stat().st_mode & 0o777 == 0o600
        assert run("--output", "a", "--key-file", "k").returncode == 2
        assert run("--output", "d", "--new-key", "k").returncode == 2
        (tmp_path / "k").chmod(0o644)
        assert run("--output", "d", "--key-file", "k").returncode == 4
        assert not (tmp_path / "d").exists()
        shown = cli("config", env=env | {"ACADEMICO_PSEUDONYM_KEY": key}, check=True).stdout
        assert "ACADEMICO_PSEUDONYM_KEY" in shown
        assert key not in shown


def test_the_command_that_erases(pipeline: Pipeline, cli: Cli) -> None:
    env = {"DATABASE_URL": pipeline.database.url, "RABBIT_URL": ""}
    number = str(ALUMNO)
    asked = cli("privacy", "erase", number, env=env)
    assert (asked.returncode, asked.stdout) == (2, "")
    tried = cli("privacy", "erase", number, "--dry-run", "--format", "json", env=env, check=True)
    assert pipeline.query("SELECT count(*) FROM core.borrados") == [(0,)]
    done = cli("privacy", "erase", number, "--yes", "--format", "json", env=env, check=True)
    assert json.loads(done.stdout) == json.loads(tried.stdout)
    assert "receipt, shown once: alumno 4242 " in done.stderr
    assert "backups" in done.stderr
    assert "Zzyx" not in done.stderr + done.stdout
    again = cli("privacy", "erase", number, "--yes", env=env, check=True)
    assert "nothing is stored about alumno 4242" in again.stderr


@pytest.mark.parametrize("name", [NAME, "Zyxwv"], ids=["known name", "new name"])
def test_consumers_wait_and_what_came_meanwhile_is_erased_too(
    pipeline: Pipeline, clock: Clock, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_ahead = erasing._search_ahead
    waiting: list[threading.Thread] = []

    def search_and_receive(*args: Any) -> Any:
        found = search_ahead(*args)
        # It comes after the search, and may teach a name that an unreadable reject holds, too.
        pipeline.feed([
            event(clock, entity="alumno", id_alumno=ALUMNO, nombre=name, genero="F"),
            Message(f"alta de {name}".encode(), clock()),
        ])  # fmt: skip
        return found

    monkeypatch.setattr(erasing, "_search_ahead", search_and_receive)
    rows = erasing._rows

    def rows_beside_a_consumer(work: Any, lote: int) -> None:
        late = [event(clock, entity="alumno", id_alumno=5, nombre="Tardía", genero="F")]
        waiting.append(threading.Thread(target=pipeline.feed, args=(late,)))
        waiting[0].start()
        while work.connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ).fetchone() == (0,):
            pass
        rows(work, lote)

    monkeypatch.setattr(erasing, "_rows", rows_beside_a_consumer)
    erase(pipeline.database, ALUMNO)
    waiting[0].join(20)
    assert not waiting[0].is_alive()
    assert pipeline.query("SELECT nombre FROM academico.alumnos WHERE id = 5") == [("Tardía",)]
    assert name.encode() not in dumped(pipeline.database.url)
    assert traces(pipeline.database.url) == set()
    assert reconcile(pipeline.database).differences == []


@pytest.mark.parametrize("entidad", [*ENTIDADES, DESCONOCIDA])
def test_a_tombstone_that_is_sent_is_rejected(entidad: str) -> None:
    stone = tombstone(7, entidad)
    event = read(stone)
    assert isinstance(event, Rejected)
    assert event.entidad == entidad
    assert entidad_of(stone) == entidad
    assert entidad_of(stone + b" ") is None


def test_every_column_that_may_name_a_person_is_declared(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT n.nspname || '.' || c.relname || '.' || a.attname FROM pg_attribute a"
            " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm')"
            " AND NOT c.relispartition AND attnum > 0 AND NOT attisdropped AND attname IN"
            " ('id_alumno', 'id_maestro', 'edad', 'genero', 'cuerpo', 'headers', 'message_id')",
            [list(SCHEMAS)],
        ).fetchall()
        columns = {name for (name,) in rows}
        undeclared = columns - PERSONAL
        declared = {f"{p.name}.{c}" for p in (*BODIES, *TABLES, *VIEWS) for c in p.columns}
        existing = connection.execute(
            "SELECT n.nspname || '.' || c.relname || '.' || a.attname FROM pg_attribute a"
            " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE attnum > 0 AND NOT attisdropped AND n.nspname = ANY (%s)", [list(SCHEMAS)]
        ).fetchall()  # fmt: skip
    assert undeclared == set()
    assert declared - {name for (name,) in existing} == set()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (b'{"id_alumno": 7}', True),
        (b'{"id_alumno": 70}', False),
        (b'{"id_alumno": "7"}', True),
        (b'{"id_alumno": 7.0}', True),
        (b'{"id_alumno": true}', False),
        (b'{"entity": "alumno", "id_alumno": 8, "nombre": "Eva"}', False),
        (b'{"entity": "maestro", "nombre": "Eva"}', False),
        (b'{"entity": "ALUMNO ", "nombre": "Eva"}', True),
        (b'{"data": {"id_alumno": 7}}', True),
        (b'[{"id_alumno": 8}, {"id_alumno": 7}]', True),
        (b'{"id_alumno": 7', True),
        (b'{"id_alumno": 71', False),
        (b"\xef\xbb\xbf{\"id_alumno\": 7}", True),
        (b"Eva!", True),
        (b"Evangelina", False),
        (b"", False),
    ],
)  # fmt: skip
def test_whom_a_line_is_about(line: bytes, meant: bool) -> None:
    person = Person("alumno", 7)
    person.learn("Eva")
    assert person.is_meant_by(line) is meant
