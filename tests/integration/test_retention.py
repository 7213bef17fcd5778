"""Old months leave raw on purpose, on record; what that costs is said and not hidden."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from academico_cli.errors import CheckFailed, WrongUsage
from academico_cli.reconcile import RAW, reconcile
from academico_cli.replay import replay
from academico_cli.retention import retention

from ..support.past import age, live
from ..support.pipeline import Pipeline
from .test_ingest import Clock, event

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(database_url: str, clock: Clock) -> Iterator[Pipeline]:
    """Yield a past of five months ago, and an alumno of today."""
    opened = Pipeline(database_url)
    live(opened, clock)
    age(opened, 5)
    opened.feed([event(clock, entity="alumno", id_alumno=500, nombre="Hoy", genero="F")])
    yield opened
    opened.close()


def counted(pipeline: Pipeline) -> list[tuple[int, ...]]:
    return pipeline.query(
        "SELECT (SELECT count(*) FROM raw.mensajes), (SELECT count(*) FROM raw.conflictos),"
        " (SELECT count(*) FROM stg.rechazos WHERE cuerpo = ''),"
        " (SELECT count(*) FROM core.retenciones), (SELECT count(*) FROM core.destinos)"
    )


def test_looking_changes_nothing(pipeline: Pipeline) -> None:
    before = counted(pipeline)
    (month,) = retention(pipeline.database, months=4)
    assert counted(pipeline) == before
    assert month.mensajes == before[0][0] - 1
    assert month.filas > 100
    assert month.rechazos > 5
    assert not month.aplicada
    assert list(retention(pipeline.database, months=5)) == []
    assert list(retention(pipeline.database)) == []  # 24 of them are kept by default


def test_it_drops_the_month_and_records_it(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.query(
        "UPDATE core.parametros SET valor = 4 WHERE nombre = 'retencion_meses' RETURNING 1"
    )
    (looked,) = retention(pipeline.database)
    ((_, _, _, _, destinos),) = counted(pipeline)
    open_rejects = "SELECT count(*) FROM stg.rechazos WHERE estado = 'abierto' AND cuerpo <> ''"
    waiting = pipeline.query(open_rejects)
    (month,) = retention(pipeline.database, apply=True)

    assert month == looked._replace(aplicada=True)
    assert counted(pipeline) == [(1, 0, month.rechazos, 1, destinos)]
    assert pipeline.query(open_rejects) == waiting != [(0,)]
    rows = pipeline.query(
        "SELECT mes, mensajes, encode(huella, 'hex'), meses, actor, lote_desde < lote_hasta"
        " FROM core.retenciones"
    )
    assert rows == [(month.mes, month.mensajes, month.huella, 4, "app", True)]
    assert list(retention(pipeline.database, apply=True)) == []
    pipeline.feed([event(clock, entity="alumno", id_alumno=501, nombre="Hoy", genero="F")])
    assert reconcile(pipeline.database).differences == []


def test_the_digest_is_of_what_was_there(pipeline: Pipeline) -> None:
    (before,) = retention(pipeline.database, months=4)
    pipeline.query(
        "UPDATE raw.mensajes SET cuerpo = 'x' WHERE id = (SELECT min(id::text)::uuid"
        " FROM raw.mensajes) RETURNING 1"
    )
    (after,) = retention(pipeline.database, months=4)
    assert before.huella != after.huella


def test_fewer_months_than_duplicates_need_are_refused(pipeline: Pipeline) -> None:
    with pytest.raises(WrongUsage, match="3 at least"):
        list(retention(pipeline.database, months=2, apply=True))
    assert len(list(retention(pipeline.database, months=3))) == 1


def test_dropped_on_purpose_is_told_from_missing(pipeline: Pipeline) -> None:
    ((table,),) = pipeline.query(
        "SELECT min(c.oid::regclass::text) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE inhparent = 'raw.mensajes'::regclass"
    )
    with psycopg.connect(pipeline.database.conninfo) as other:
        other.execute(f"DROP TABLE {table}")
    report = reconcile(pipeline.database)
    assert report.forgotten == 0
    assert RAW in {finding.check for finding in report.differences}


def test_a_replay_explains_what_it_cannot_rebuild(pipeline: Pipeline) -> None:
    rows = "SELECT count(*) FROM academico.calificaciones"
    before = pipeline.query(rows)
    (month,) = retention(pipeline.database, months=4, apply=True)
    with pytest.raises(CheckFailed) as refused:
        replay(pipeline.database)
    said = str(refused.value)
    assert f"Retention dropped {month.mes:%Y-%m} from raw (1 in all)" in said
    assert "calificacion" in said
    assert "--since" in said
    assert pipeline.query(rows) == before != [(0,)]
    # What it offers works, and loses nothing.
    since = said.partition("--since ")[2].split()[0]
    from datetime import UTC, datetime

    replay(pipeline.database, since=datetime.fromisoformat(since).replace(tzinfo=UTC))
    assert pipeline.query(rows) == before
    assert reconcile(pipeline.database).differences == []


def test_a_replay_needs_no_month_whose_events_were_all_replaced(
    database_url: str, clock: Clock
) -> None:
    pipeline = Pipeline(database_url)
    try:
        old = event(clock, entity="alumno", id_alumno=1, nombre="Antes", genero="F")
        pipeline.feed([old])
        age(pipeline, 5)
        pipeline.feed([event(clock, entity="alumno", id_alumno=1, nombre="Ahora", genero="F")])
        (month,) = retention(pipeline.database, months=3, apply=True)
        assert (month.mensajes, month.filas) == (1, 0)
        assert all(row.equal for row in replay(pipeline.database))
        assert reconcile(pipeline.database).differences == []
    finally:
        pipeline.close()


def test_beside_a_consumer(pipeline: Pipeline, clock: Clock) -> None:
    worker = Pipeline(pipeline.database.url)
    # A lote is open: retention waits for its end, and drops then.
    worker.connection.execute("SELECT raw.abrir_lote()")
    done: list[object] = []
    thread = threading.Thread(
        target=lambda: done.extend(retention(pipeline.database, months=4, apply=True))
    )
    thread.start()
    while pipeline.query("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
        assert thread.is_alive()
    worker.connection.rollback()
    thread.join(20)
    worker.feed([event(clock, entity="alumno", id_alumno=502, nombre="Hoy", genero="F")])
    worker.close()
    assert len(done) == 1
    assert counted(pipeline)[0][0] == 2


def test_the_command(pipeline: Pipeline, cli: Cli) -> None:
    env = {"DATABASE_URL": pipeline.database.url, "RABBIT_URL": ""}
    looked = cli("retention", "--months", "4", "--format", "json", env=env, check=True)
    assert "--apply" in looked.stderr
    assert [row["aplicada"] for row in json.loads(looked.stdout)] == [False]
    assert cli("retention", "--months", "2", env=env).returncode == 2
    done = cli("retention", "--months", "4", "--apply", "--format", "json", env=env, check=True)
    assert "replay" in done.stderr
    assert [row["aplicada"] for row in json.loads(done.stdout)] == [True]
    assert cli("reconcile", env=env, check=True).stderr.endswith("only their ledger was compared\n")
    refused = cli("replay", env=env)
    assert refused.returncode == 1
    assert "Retention dropped" in refused.stderr
