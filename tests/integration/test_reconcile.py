"""Everything that was received is accounted for; whatever is broken on purpose is named."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from academico_cli.reconcile import (
    PRESENT,
    PUBLISHED,
    RAW,
    SOURCE,
    VALID,
    WRITTEN,
    Finding,
    reconcile,
)
from academico_cli.replay import replay
from academico_cli.retention import retention

from ..support.past import age, live
from ..support.pipeline import Pipeline
from .test_ingest import Clock

Ask = Callable[..., Any]
LOTE, NEGATIVE, REJECTS, PARKED = (
    "lote = sum of its fates",
    "no fate below zero",
    "rejects = ledger",
    "parked = ledger",
)
CHECKS = [LOTE, NEGATIVE, REJECTS, PARKED, RAW, VALID, PRESENT, WRITTEN, SOURCE]


@pytest.fixture
def pipeline(database_url: str) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    live(opened, Clock())
    yield opened
    opened.close()


def named(pipeline: Pipeline, **options: Any) -> list[Finding]:
    """Return what differs; a check as a whole must say the same."""
    report = reconcile(pipeline.database, **options)
    failing = {f.check for f in report.summary if f.difference}
    assert failing == {f.check for f in report.differences}
    return report.differences


def broken(pipeline: Pipeline, statement: str) -> list[tuple[Any, ...]]:
    """Break something, and return what the statement returns."""
    rows = pipeline.query(statement)
    assert rows
    return rows


def test_a_sound_past_agrees(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    report = reconcile(pipeline.database)
    assert [f.check for f in report.summary] == CHECKS
    assert report.differences == []
    totals = {f.check: f.expected for f in report.summary}
    fates = pipeline.fates()
    assert totals[LOTE] == fates.recibidos
    assert totals[REJECTS] == fates.rechazados
    assert totals[PARKED] == fates.pendientes
    assert totals[RAW] == fates.recibidos - fates.duplicados
    assert totals[PRESENT] == fates.aplicados + fates.obsoletos
    rows = pipeline.query(
        "SELECT " + " + ".join(f"(SELECT count(*) FROM academico.{t})" for t in
        ("maestros", "materias", "grupos", "alumnos", "inscripciones", "calificaciones",
         "evaluaciones"))
    )  # fmt: skip
    assert rows == [(totals[SOURCE],)] == [(totals[WRITTEN],)]
    monkeypatch.setattr("academico_cli.history.CHUNK", 1)
    assert named(pipeline) == []
    replay(pipeline.database)
    assert named(pipeline) == []


def test_a_lost_grade(pipeline: Pipeline) -> None:
    ((lote, alumno, grupo),) = broken(
        pipeline,
        "DELETE FROM academico.calificaciones WHERE (id_alumno, id_grupo) = (SELECT id_alumno,"
        " id_grupo FROM academico.calificaciones LIMIT 1) RETURNING lote, id_alumno, id_grupo",
    )
    found = named(pipeline)
    assert {f.check for f in found} == {PRESENT}
    assert {f.entidad for f in found} == {"calificacion"}
    assert lote in {f.lote for f in found}
    assert {f.example for f in found} == {f"{alumno}/{grupo}"}


@pytest.mark.parametrize(
    ("table", "entidad", "change"),
    [
        ("calificaciones", "calificacion", "calificacion = 9.99"),
        ("alumnos", "alumno", "edad = 77"),
        ("evaluaciones", "evaluacion", "peso = NULL"),
    ],
)
def test_an_altered_row(pipeline: Pipeline, table: str, entidad: str, change: str) -> None:
    ((lote,),) = broken(
        pipeline,
        f"UPDATE academico.{table} SET {change} WHERE (id_mensaje, linea) ="
        f" (SELECT id_mensaje, linea FROM academico.{table} LIMIT 1) RETURNING lote",
    )
    (finding,) = named(pipeline)
    assert finding[:6] == (WRITTEN, entidad, lote, finding.expected, finding.found, -1)


def test_an_older_row_than_received(pipeline: Pipeline) -> None:
    broken(
        pipeline,
        "UPDATE academico.alumnos SET ocurrido_en = ocurrido_en - interval '1 year'"
        " WHERE id = 3 RETURNING 1",
    )
    (finding,) = named(pipeline)
    assert (finding.check, finding.entidad, finding.example) == (PRESENT, "alumno", "3")


def test_a_row_from_nowhere(pipeline: Pipeline) -> None:
    broken(
        pipeline,
        "INSERT INTO academico.alumnos SELECT 999, nombre, edad, genero, ocurrido_en, desempate,"
        " lote, gen_random_uuid(), 0 FROM academico.alumnos LIMIT 1 RETURNING 1",
    )
    (finding,) = named(pipeline)
    assert (finding.check, finding.entidad, finding.difference) == (SOURCE, "alumno", -1)


def test_a_lost_message(pipeline: Pipeline) -> None:
    ((lote, _),) = broken(
        pipeline,
        "DELETE FROM raw.mensajes WHERE id = (SELECT id_mensaje FROM academico.calificaciones"
        " WHERE linea = 0 LIMIT 1) RETURNING lote, id",
    )
    found = named(pipeline)
    assert {f.check for f in found} == {RAW, SOURCE}
    assert {(f.entidad, f.lote, f.difference) for f in found} == {("calificacion", lote, -1)}


def test_a_lost_line_of_the_ledger(pipeline: Pipeline) -> None:
    ((lote, entidad, eventos),) = broken(
        pipeline,
        "DELETE FROM core.destinos WHERE ctid = (SELECT ctid FROM core.destinos"
        " WHERE destino = 'aplicado' LIMIT 1) RETURNING lote, entidad, eventos",
    )
    found = {f.check: f for f in named(pipeline)}
    assert found.keys() == {LOTE, RAW}
    assert (found[LOTE].lote, found[LOTE].difference) == (lote, -eventos)
    assert found[RAW][1:3] == (entidad, lote)
    assert found[RAW].difference == eventos


def test_a_fate_taken_back_that_never_was(pipeline: Pipeline) -> None:
    broken(
        pipeline,
        "INSERT INTO core.destinos SELECT lote, lote, 'alumno', x.d, x.n FROM core.lotes,"
        " (VALUES ('obsoleto', -900), ('aplicado', 900)) AS x (d, n) WHERE lote ="
        " (SELECT min(lote) FROM core.lotes) RETURNING 1",
    )
    (finding,) = named(pipeline)
    assert (finding.check, finding.entidad, finding.example) == (NEGATIVE, "alumno", "obsoleto")


def test_a_lost_lote(pipeline: Pipeline) -> None:
    ((lote, eventos),) = broken(
        pipeline,
        "DELETE FROM core.lotes WHERE lote = (SELECT min(lote) FROM core.lotes)"
        " RETURNING lote, eventos",
    )
    (finding,) = named(pipeline)
    assert finding == Finding(LOTE, None, lote, 0, eventos, eventos)


def test_a_lost_reject(pipeline: Pipeline) -> None:
    ((lote, entidad, n, linea),) = broken(
        pipeline,
        "DELETE FROM stg.rechazos WHERE id = (SELECT min(id) FROM stg.rechazos"
        " WHERE estado = 'abierto') RETURNING lote, entidad, n, linea",
    )
    found = {f.check: f for f in named(pipeline)}
    assert found.keys() == {REJECTS, VALID}
    assert found[REJECTS][1:3] == found[VALID][1:3] == (entidad, lote)
    assert found[REJECTS].difference == -1
    assert found[VALID].example == f"message {n} line {linea}"


def test_a_lost_parked_event(pipeline: Pipeline) -> None:
    ((lote, entidad),) = broken(
        pipeline,
        "DELETE FROM stg.pendientes WHERE id = (SELECT min(id) FROM stg.pendientes)"
        " RETURNING lote, entidad",
    )
    found = {f.check: f for f in named(pipeline)}
    assert found.keys() >= {PARKED}
    assert found[PARKED][1:3] == (entidad, lote)
    assert found[PARKED].difference == -1


def test_one_day_leaves_the_others_alone(pipeline: Pipeline) -> None:
    ((lote, day),) = pipeline.query(
        "UPDATE core.lotes SET abierto_en = abierto_en - interval '1 day' WHERE lote ="
        " (SELECT lote FROM academico.alumnos WHERE id = 5)"
        " RETURNING lote, ((abierto_en AT TIME ZONE 'UTC') + interval '1 day')::date"
    )
    broken(pipeline, "UPDATE academico.alumnos SET edad = 99 WHERE id = 5 RETURNING 1")
    assert named(pipeline, day=day) == []
    (finding,) = named(pipeline)
    assert finding.lote == lote
    (finding,) = named(pipeline, day=day - timedelta(days=1))
    assert finding.lote == lote


def test_months_that_raw_has_dropped_are_told_and_not_compared(pipeline: Pipeline) -> None:
    age(pipeline, 5)
    assert [month.aplicada for month in retention(pipeline.database, months=4, apply=True)]
    report = reconcile(pipeline.database)
    ((lotes,),) = pipeline.query("SELECT count(*) FROM core.lotes")
    assert (report.differences, report.forgotten) == ([], lotes)


def test_nothing_is_left_behind(pipeline: Pipeline) -> None:
    before = pipeline.query("SELECT count(*), max(lote) FROM core.lotes")
    reconcile(pipeline.database)
    assert pipeline.query("SELECT count(*), max(lote) FROM core.lotes") == before
    assert pipeline.query("SELECT count(*) FROM stg.alumnos_upsert") == [(0,)]


def test_the_command_names_what_never_arrived(
    pipeline: Pipeline, database_url: str, cli: Ask, tmp_path: Path
) -> None:
    env = {"DATABASE_URL": database_url, "RABBIT_URL": ""}
    sent = [row[0] for row in pipeline.query("SELECT message_id FROM raw.mensajes"
                                             " WHERE message_id IS NOT NULL")]  # fmt: skip
    ids = tmp_path / "ids"
    ids.write_text("\n".join(sent) + "\n")
    done = cli("reconcile", "--published", str(ids), "--format", "json", env=env, check=True)
    rows = json.loads(done.stdout)
    assert [row["check"] for row in rows] == [*CHECKS, PUBLISHED]
    assert rows[-1]["expected"] == rows[-1]["found"] == len(sent)
    # As an editor on Windows leaves it; one is named twice, one is no UTF-8.
    lines = [*(i.encode() for i in sent), b"lost-1", b"", b" ", b"lost-1", b"lost-2 \xff"]
    ids.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    done = cli("reconcile", "--published", str(ids), "--format", "json", env=env)
    rows = json.loads(done.stdout)
    assert done.returncode == 1
    assert [r["example"] for r in rows if r["check"] == PUBLISHED] == [
        None,
        "lost-1",
        r"lost-2 \xff",
    ]
    assert rows[len(CHECKS)]["difference"] == 2
    broken(pipeline, "DELETE FROM academico.evaluaciones RETURNING 1")
    done = cli("reconcile", env=env)
    assert done.returncode == 1
    assert "evaluacion" in done.stdout
    assert cli("reconcile", "--published", "missing", env=env).returncode == 4
    assert cli("reconcile", "--day", "x", env=env).returncode == 2
