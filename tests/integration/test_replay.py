"""academico is a function of raw, the rejects and their corrections: it can be made again."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from academico_cli import ingest
from academico_cli.broker import Message
from academico_cli.errors import CheckFailed
from academico_cli.replay import Compared, replay

from ..support.past import live
from ..support.pipeline import Pipeline
from .test_ingest import Clock, event

Ask = Callable[..., Any]
BUSINESS = ("maestros", "materias", "grupos", "alumnos", "inscripciones", "calificaciones",
            "evaluaciones")  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(database_url: str, clock: Clock) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    live(opened, clock)
    yield opened
    opened.close()


def everything(pipeline: Pipeline) -> dict[str, list[str]]:
    """Return every row of academico as text, parked events, and the ledger."""
    rows = {
        table: pipeline.query(f"SELECT x::text FROM academico.{table} AS x ORDER BY 1")
        for table in (*BUSINESS, "periodos")
    }
    rows["pendientes"] = pipeline.query(
        "SELECT lote, n, linea, entidad, padre, id_padre, desde, evento - 'lote'"
        " FROM stg.pendientes ORDER BY 1, 2, 3"
    )
    rows["destinos"] = pipeline.query(
        "SELECT lote, entidad, destino, sum(eventos) FROM core.destinos GROUP BY 1, 2, 3 ORDER BY 1"
    )
    rows["rechazos"] = pipeline.query("SELECT * FROM stg.rechazos ORDER BY id")
    return rows


def differing(compared: list[Compared]) -> set[str]:
    return {row.table for row in compared if not row.equal}


def test_the_past_holds_something_of_everything(pipeline: Pipeline) -> None:
    fates = pipeline.fates()
    assert min(fates) > 10
    assert dict(pipeline.query("SELECT estado, count(*) FROM stg.rechazos GROUP BY 1")).keys() == {
        "abierto", "reintentado", "descartado",
    }  # fmt: skip
    assert pipeline.query("SELECT count(*) FROM academico.maestros") == [(2,)]
    assert set(pipeline.query("SELECT DISTINCT padre FROM stg.pendientes")) == {
        ("materia",), ("alumno",), ("grupo",),
    }  # fmt: skip


def test_a_replay_is_the_same_to_the_byte(pipeline: Pipeline) -> None:
    before = everything(pipeline)
    compared = replay(pipeline.database)
    assert differing(compared) == set()
    assert all(row.rows == row.rows_before > 0 for row in compared)
    after = everything(pipeline)
    for name in before:
        if name != "pendientes":
            assert after[name] == before[name], name
    assert [(*r[:6], r[7]) for r in after["pendientes"]] == [
        (*r[:6], r[7]) for r in before["pendientes"]
    ]


def test_in_small_steps_too(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academico_cli.history.CHUNK", 1)
    assert differing(replay(pipeline.database)) == set()


@pytest.mark.parametrize("table", BUSINESS)
def test_a_damaged_table_is_named_and_mended(pipeline: Pipeline, table: str) -> None:
    before = everything(pipeline)
    column = {"grupos": "fecha_inicio", "inscripciones": "fecha_inscripcion"}.get(
        table, "desempate"
    )
    value = "1" if column == "desempate" else "'2020-01-01'"
    pipeline.connection.execute(
        f"UPDATE academico.{table} SET {column} = {value} WHERE lote ="
        f" (SELECT max(lote) FROM academico.{table})"
    )
    pipeline.connection.commit()
    damaged = everything(pipeline)
    assert damaged[table] != before[table]
    assert differing(replay(pipeline.database, dry_run=True)) == {f"academico.{table}"}
    assert everything(pipeline) == damaged
    assert differing(replay(pipeline.database)) == {f"academico.{table}"}
    after = everything(pipeline)
    assert all(after[name] == before[name] for name in before if name != "pendientes")


def test_since_brings_back_what_is_missing(pipeline: Pipeline, clock: Clock) -> None:
    before = everything(pipeline)
    pipeline.connection.execute("DELETE FROM academico.calificaciones")
    pipeline.connection.commit()
    assert pipeline.query("SELECT count(*) FROM academico.calificaciones") == [(0,)]
    replay(pipeline.database, since=datetime.now(UTC))
    assert pipeline.query("SELECT count(*) FROM academico.calificaciones") == [(0,)]
    middle = datetime.fromtimestamp(clock.now / 1e6 - 0.2, UTC)
    replay(pipeline.database, since=middle)
    ((some,),) = pipeline.query("SELECT count(*) FROM academico.calificaciones")
    assert 0 < some < len(before["calificaciones"])
    replay(pipeline.database, since=datetime(2020, 1, 1, tzinfo=UTC))
    after = everything(pipeline)
    assert all(after[name] == before[name] for name in before if name != "pendientes")
    assert len(after["pendientes"]) == len(before["pendientes"])


def test_ingest_goes_on_after_a_replay(pipeline: Pipeline, clock: Clock) -> None:
    parked = pipeline.fates().pendientes
    replay(pipeline.database)
    materia = event(clock, entity="materia", id_materia=99, nombre="M 99")
    pipeline.feed([materia, *(
        event(clock, entity="alumno", id_alumno=i, nombre="N", genero="M") for i in range(41, 46)
    )])  # fmt: skip
    assert parked > 0
    assert pipeline.fates().pendientes == 0
    assert pipeline.query("SELECT count(*) FROM stg.pendientes") == [(0,)]
    assert differing(replay(pipeline.database)) == set()


def test_every_periodo_is_due_for_the_marts_afterwards(pipeline: Pipeline) -> None:
    pipeline.connection.execute("DELETE FROM core.lotes_periodos")
    pipeline.connection.commit()
    replay(pipeline.database)
    due = pipeline.query("SELECT DISTINCT periodo FROM core.lotes_periodos ORDER BY 1")
    assert due == pipeline.query("SELECT id FROM academico.periodos ORDER BY 1")


def test_rows_whose_messages_are_gone_are_not_lost_by_accident(pipeline: Pipeline) -> None:
    before = everything(pipeline)
    pipeline.connection.execute(
        "DELETE FROM raw.mensajes WHERE id ="
        " (SELECT id_mensaje FROM academico.calificaciones LIMIT 1)"
    )
    pipeline.connection.commit()
    with pytest.raises(CheckFailed, match=r"calificacion \d"):
        replay(pipeline.database)
    assert everything(pipeline) == before
    compared = replay(pipeline.database, force=True)
    assert "academico.calificaciones" in differing(compared)


def test_an_event_that_is_neither_valid_nor_rejected_stops_it(pipeline: Pipeline) -> None:
    pipeline.connection.execute("DELETE FROM stg.rechazos WHERE motivo = 'json_invalido'")
    pipeline.connection.commit()
    before = everything(pipeline)
    with pytest.raises(CheckFailed, match="line"):
        replay(pipeline.database)
    assert everything(pipeline) == before


def test_a_consumer_waits_and_a_second_replay_says_busy(
    pipeline: Pipeline, clock: Clock, database_url: str, cli: Ask
) -> None:
    env = {"DATABASE_URL": database_url, "ACADEMICO_LOCK_TIMEOUT": "1", "RABBIT_URL": ""}
    batch = [event(clock, entity="alumno", id_alumno=500, nombre="N", genero="F")]
    ingest.ingest(pipeline.connection, pipeline.run_id, batch)
    refused = cli("replay", env=env)
    assert refused.returncode == 3
    assert refused.stderr.count("\n") == 1
    assert "lock" in refused.stderr
    pipeline.connection.commit()
    with psycopg.connect(database_url) as replaying:
        replaying.execute("SELECT pg_advisory_xact_lock(hashtext('academico.ingesta'))")
        worker = Pipeline(database_url)
        more = [Message(batch[0].body.replace(b"500", b"501"), clock())]
        thread = threading.Thread(target=worker.feed, args=(more,))
        thread.start()
        wait_until_somebody_waits(replaying)
        assert thread.is_alive()
        replaying.rollback()
        thread.join(20)
    assert not thread.is_alive()
    worker.close()
    assert pipeline.query("SELECT count(*) FROM academico.alumnos WHERE id >= 500") == [(2,)]


def wait_until_somebody_waits(connection: psycopg.Connection) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while connection.execute(waiting).fetchone() == (0,):
        pass


def test_readers_see_the_former_state_until_the_end(pipeline: Pipeline) -> None:
    with psycopg.connect(pipeline.database.conninfo, autocommit=True) as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1 FROM core.parametros")
        replay(pipeline.database)
        (seen,) = reader.execute("SELECT count(*) FROM academico.calificaciones").fetchone() or ()
    assert [(seen,)] == pipeline.query("SELECT count(*) FROM academico.calificaciones")
    assert seen > 0


def test_the_command(pipeline: Pipeline, database_url: str, cli: Ask) -> None:
    env = {"DATABASE_URL": database_url, "RABBIT_URL": ""}
    done = cli("replay", "--dry-run", "--format", "json", env=env, check=True)
    rows = json.loads(done.stdout)
    assert len(rows) == 9
    assert all(row["equal"] and row["checksum"] == row["checksum_before"] for row in rows)
    pipeline.connection.execute("UPDATE academico.alumnos SET nombre = 'X' WHERE id = 1")
    pipeline.connection.commit()
    done = cli("replay", "--dry-run", env=env)
    assert done.returncode == 1
    assert "academico.alumnos" in done.stderr
    assert cli("replay", env=env).returncode == 0
    assert cli("replay", "--dry-run", env=env).returncode == 0
    assert cli("replay", "--since", "never", env=env).returncode == 2
