"""A worker receives a batch while those before it are merged; nobody can tell from the result."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from academico_cli.broker import Message, Outgoing
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.consumer import Worker
from academico_cli.core import ledger
from academico_cli.duty import Options
from academico_cli.postgres import Database
from tests.faults.stage import wait_for
from tests.support.pipeline import Pipeline

from .test_ingest import CATALOGUE, Clock, event

BATCH = 10
LOTES = (
    "SELECT count(*) FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted"
    " AND l.classid = (hashtext('academico.lote')::bigint & 4294967295)::oid"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

EVER_PARKED = "SELECT count(*) FROM core.destinos WHERE destino = 'pendiente'"
"""Not their sum: what is taken up again is taken off it."""


@pytest.fixture
def pipeline(database_url: str) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    yield opened
    opened.close()


class Running:
    """A worker in a thread, on a queue that holds some alumnos and grades of theirs."""

    def __init__(self, pipeline: Pipeline, broker: RabbitBroker) -> None:
        self.pipeline, self.broker = pipeline, broker
        broker.declare()
        # The lote that makes a month's partition is alone until its end.
        pipeline.connection.execute("SELECT raw.abrir_lote()")
        pipeline.connection.commit()
        self.sesion, self.stop = uuid.uuid4(), threading.Event()
        options = Options(batch=BATCH, until_empty=True)
        self.worker = Worker(
            Database(pipeline.database.url, lock_timeout=60),
            broker,
            options,
            self.sesion,
            self.stop,
        )
        self.thread = threading.Thread(target=self.worker.run, daemon=True)

    @contextmanager
    def merges_held_up(self, table: str) -> Iterator[None]:
        """Let no merge write this table within the block."""
        with psycopg.connect(self.pipeline.database.url) as holder:
            holder.execute(f"LOCK TABLE {table} IN SHARE MODE")
            self.thread.start()
            yield

    def ends(self) -> ledger.Fates:
        self.thread.join(30)
        assert not self.thread.is_alive()
        return ledger.session_fates(self.pipeline.connection, self.sesion)


@pytest.fixture
def running(pipeline: Pipeline, rabbit_url: str) -> Iterator[Running]:
    opened = Running(pipeline, RabbitBroker(rabbit_url, "etl"))
    yield opened
    opened.stop.set()
    if opened.thread.ident:
        opened.thread.join(30)


def alumno(number: int, name: str = "N") -> Outgoing:
    body = {"entity": "alumno", "id_alumno": number, "nombre": name, "genero": "F"}
    return Outgoing(json.dumps(body).encode())


def message_of(sent: Outgoing) -> Message:
    return Message(sent.body, 1)


def open_lotes(running: Running, number: int) -> Callable[[], bool]:
    return lambda: running.pipeline.query(LOTES) == [(number,)]


def test_two_batches_are_merged_and_a_third_is_received_meanwhile(running: Running) -> None:
    running.broker.publish(alumno(i) for i in range(1, 5 * BATCH + 1))
    with running.merges_held_up("academico.alumnos"):
        wait_for(open_lotes(running, 3), "three lotes are open at once", 20)
        assert running.pipeline.query("SELECT count(*) FROM core.lotes") == [(0,)]
    assert running.ends().aplicados == 5 * BATCH


def test_batches_with_a_key_in_common_are_merged_one_after_the_other(running: Running) -> None:
    """Else the fates would depend on who is faster."""
    names = [f"Nombre {i}" for i in range(6 * BATCH)]
    running.broker.publish(alumno(7, name) for name in names)
    with running.merges_held_up("academico.alumnos"):
        wait_for(open_lotes(running, 2), "one is merged, one received", 20)
    fates = running.ends()
    assert (fates.aplicados, fates.obsoletos) == (len(names), 0)
    assert running.pipeline.query("SELECT nombre FROM academico.alumnos") == [(names[-1],)]


def test_children_follow_their_parents(running: Running) -> None:
    catalogue: list[dict[str, object]] = [
        {"entity": "materia", "id_materia": 1, "nombre": "M"},
        {"entity": "grupo", "id_grupo": 1, "id_materia": 1, "periodo": "2024A"},
    ]
    school = [Outgoing(json.dumps(event).encode()) for event in catalogue]
    grades = [
        Outgoing(json.dumps({"entity": "calificacion", "id_alumno": i, "id_grupo": 1,
                             "calificacion": 8}).encode())
        for i in range(1, 3 * BATCH + 1)
    ]  # fmt: skip
    running.broker.publish([*school, *(alumno(i) for i in range(1, 3 * BATCH + 1)), *grades])
    with running.merges_held_up("academico.alumnos"):
        wait_for(open_lotes(running, 2), "a catalogue goes before", 20)
    assert running.ends().aplicados == 2 + 6 * BATCH
    assert running.pipeline.query(EVER_PARKED) == [(0,)]


def school_of(running: Running) -> None:
    """Store a grupo; leave a batch of alumnos in the queue, and two batches of grades of theirs."""
    running.pipeline.feed([event(Clock(), **e) for e in CATALOGUE])
    running.broker.publish(alumno(i) for i in range(1, BATCH + 1))
    running.broker.publish(
        Outgoing(json.dumps({"entity": entity, "id_alumno": i, "id_grupo": 17, **value}).encode())
        for entity, value in (("inscripcion", {}), ("calificacion", {"calificacion": 8}))
        for i in range(1, BATCH + 1)
    )


def test_children_of_new_alumnos_wait_for_them(running: Running) -> None:
    school_of(running)
    with running.merges_held_up("academico.alumnos"):
        wait_for(open_lotes(running, 2), "one is merged, one received", 20)
        merging = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%academico.merge_%%'"
        assert running.pipeline.query(merging + " AND wait_event_type = 'Lock'") == [(1,)]
    assert running.ends().aplicados == 3 * BATCH
    assert running.pipeline.query(EVER_PARKED) == [(0,)]


def test_children_of_stored_alumnos_do_not(running: Running) -> None:
    running.pipeline.feed([message_of(alumno(i, "Antes")) for i in range(1, BATCH + 1)])
    school_of(running)
    with running.merges_held_up("academico.alumnos"):
        wait_for(open_lotes(running, 3), "three lotes are open at once", 20)
    assert running.ends().aplicados == 3 * BATCH


@pytest.mark.parametrize("victim", ["the first", "the second", "the one being received"])
def test_a_lost_connection_loses_nothing_and_doubles_nothing(running: Running, victim: str) -> None:
    """The messages have no id: whatever was taken in twice would be there twice."""
    running.broker.publish(alumno(i) for i in range(1, 6 * BATCH + 1))
    with running.merges_held_up("academico.alumnos"):
        wait_for(open_lotes(running, 3), "three lotes are open at once", 20)
        place = ["the first", "the second", "the one being received"].index(victim)
        running.pipeline.query(
            LOTES.replace("count(*)", "pg_terminate_backend(l.pid)")
            + f" ORDER BY (SELECT a.xact_start FROM pg_stat_activity AS a WHERE a.pid = l.pid)"
            f" OFFSET {place} LIMIT 1"
        )
    fates = running.ends()
    assert (fates.recibidos, fates.aplicados, fates.duplicados) == (6 * BATCH, 6 * BATCH, 0)
    assert running.pipeline.query("SELECT count(*) FROM raw.mensajes") == [(6 * BATCH,)]


def test_a_twin_in_a_batch_behind_is_waited_for(running: Running) -> None:
    twin = alumno(1)._replace(message_id="igual")
    running.broker.publish([twin, *(alumno(i) for i in range(2, 2 * BATCH)), twin])
    with running.merges_held_up("academico.alumnos"):
        wait_for(open_lotes(running, 2), "the second waits before it stores its messages", 20)
    fates = running.ends()
    assert (fates.aplicados, fates.duplicados) == (2 * BATCH - 1, 1)
    # Nothing was undone for it: a lote that is rolled back leaves a gap in the numbers.
    assert running.pipeline.query(
        "SELECT max(lote) - min(lote) + 1 - count(*) FROM core.lotes"
    ) == [(0,)]


def test_a_batch_gives_way_to_the_one_before_that_waits_for_its_lock(running: Running) -> None:
    """Another worker wants a row of the second batch and holds one of the first."""
    running.broker.publish(alumno(i) for i in range(1, 2 * BATCH + 1))
    with psycopg.connect(running.pipeline.database.url) as other:
        insert = "INSERT INTO academico.alumnos (id, nombre, genero, ocurrido_en, desempate, lote, id_mensaje, linea) VALUES (%s, 'Otro', 'F', now(), 0, 0, gen_random_uuid(), 0)"  # noqa: E501
        other.execute(insert, (1,))
        running.thread.start()
        writing = (
            "SELECT count(*) FROM pg_locks WHERE relation = 'academico.alumnos'::regclass"
            " AND mode = 'RowExclusiveLock' AND pid <> %s"
        )
        mine = other.info.backend_pid
        wait_for(lambda: running.pipeline.query(writing, mine) == [(2,)], "both are merged", 20)
        other.execute(insert, (2,))  # waits for the second, which waits for the first
        other.rollback()
    assert running.ends().aplicados == 2 * BATCH
