"""The consumer's loop: what it acknowledges, what it tries again, and how much at once."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence

import pika
import psycopg
import pytest

from academico_cli import consumer, ingest, loop
from academico_cli.broker import Message, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.consumer import Worker
from academico_cli.core.attempts import SQL
from academico_cli.duty import Options
from academico_cli.events.reader import message_uuid
from academico_cli.lote import Result
from academico_cli.postgres import Connection, UuidArray

from ..support.pipeline import Pipeline
from .test_ingest import CATALOGUE, Clock, event, grade

TakeIn = Callable[[Connection, int, Sequence[Message]], Result]


@pytest.fixture
def pipeline(database_url: str) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(pipeline: Pipeline) -> PostgresBroker:
    return PostgresBroker(pipeline.database, "etl")


def alumno(number: int) -> bytes:
    fields = {"entity": "alumno", "id_alumno": number, "nombre": f"N {number}", "genero": "F"}
    return json.dumps(fields).encode()


def consume(
    pipeline: Pipeline,
    broker: consumer.Queue,
    *,
    batch: int = 100,
    take_in: TakeIn = ingest.ingest,
) -> None:
    """Consume until the queue is empty."""
    options = Options(batch=batch, until_empty=True)
    worker = Worker(
        pipeline.database, broker, options, pipeline.sesion, threading.Event(), take_in=take_in
    )
    worker.run()


def parked(pipeline: Pipeline) -> int:
    ((number,),) = pipeline.query("SELECT count(*) FROM stg.pendientes")
    return int(number)


@pytest.mark.parametrize("lost", ["a deadlock later on", "the answer to a COMMIT"])
def test_fresh_messages_beside_a_redelivered_one_count_once(
    pipeline: Pipeline, rabbit_url: str, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a classic queue, which does not count, and without ids to know them by."""
    bodies = [alumno(i) for i in range(1, 10)]
    with pika.BlockingConnection(pika.URLParameters(rabbit_url)) as plain:
        channel = plain.channel()
        channel.queue_declare("etl", durable=True)
        for body in bodies:
            channel.basic_publish("", "etl", body)
        for _ in range(2):
            method, _, _ = channel.basic_get("etl")
        channel.basic_nack(method.delivery_tag, multiple=True, requeue=True)
    # The first comes alone. The next was in hand at a death before, and so was a body equal to the
    # sixth: they are steps of their own, and between them are messages that nobody has seen yet.
    for body in (bodies[1], bodies[5]):
        ids = UuidArray([message_uuid(None, body)])
        pipeline.connection.execute(SQL["note"], {"ids": ids})
    pipeline.connection.commit()
    steps: list[int] = []

    def cut(connection: Connection) -> None:
        monkeypatch.undo()
        connection.commit()
        connection.close()
        raise psycopg.OperationalError("the answer to COMMIT was lost")

    def take_in(connection: Connection, run_id: int, messages: Sequence[Message]) -> Result:
        steps.append(len(messages))
        if len(steps) == 4:
            if lost == "a deadlock later on":
                raise psycopg.errors.DeadlockDetected
            monkeypatch.setattr(psycopg.Connection, "commit", cut)
        return ingest.ingest(connection, run_id, messages)

    consume(pipeline, RabbitBroker(rabbit_url, "etl"), take_in=take_in)
    assert steps[:4] == [1, 1, 3, 1]
    kept = [bytes(row[0]) for row in pipeline.query("SELECT cuerpo FROM raw.mensajes")]
    assert sorted(kept) == bodies
    assert pipeline.fates().recibidos == len(bodies)


def test_a_batch_that_takes_too_long_is_tried_in_smaller_ones(
    pipeline: Pipeline, queue: PostgresBroker
) -> None:
    queue.publish([Outgoing(alumno(i)) for i in range(40)])
    sizes: list[int] = []

    def slow(connection: Connection, run_id: int, messages: Sequence[Message]) -> Result:
        sizes.append(len(messages))
        connection.execute("SET LOCAL statement_timeout = 200")
        connection.execute("SELECT pg_sleep(%s)", (0.02 * len(messages),))
        connection.execute("SET LOCAL statement_timeout = '30s'")
        return ingest.ingest(connection, run_id, messages)

    consume(pipeline, queue, batch=40, take_in=slow)
    assert sizes[0] == 40
    assert pipeline.fates().recibidos == 40


def _missed(pipeline: Pipeline, other: Pipeline, clock: Clock, grades: int) -> None:
    """Park a grupo and grades for it while their parents are being stored by another worker."""
    grupo, parents = CATALOGUE[2], CATALOGUE[:2]
    # Makes the month and the periodo, for which the other would wait.
    pipeline.feed([event(clock, entity="materia", id_materia=9, nombre="Otra")])
    pipeline.feed([event(clock, **grupo | {"id_grupo": 9, "id_materia": 9, "id_maestro": None})])
    children = [
        event(clock, **grupo), *(grade(clock, 7, id_alumno=i + 1) for i in range(grades))
    ]  # fmt: skip
    ingest.ingest(other.connection, other.run_id, children)
    pipeline.feed([event(clock, **e) for e in parents])
    pipeline.feed([Message(alumno(i + 1), clock()) for i in range(grades)])
    other.connection.commit()
    assert parked(pipeline) == grades + 1


def test_all_stragglers_are_applied_before_it_ends(
    pipeline: Pipeline,
    queue: PostgresBroker,
    clock: Clock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More than one transaction takes up, and those that wait for others of them."""
    monkeypatch.setattr(ingest, "STRAGGLERS", 10)
    other = Pipeline(database_url)
    _missed(pipeline, other, clock, 25)
    consume(pipeline, queue)
    assert parked(pipeline) == 0
    assert pipeline.query("SELECT count(*) FROM academico.calificaciones") == [(25,)]
    assert other.fates().aplicados == other.fates().recibidos == 26
    other.close()


def test_stragglers_need_no_idle_queue(
    pipeline: Pipeline,
    queue: PostgresBroker,
    clock: Clock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "STRAGGLERS_S", 0.0)
    other = Pipeline(database_url)
    _missed(pipeline, other, clock, 1)
    other.close()
    queue.publish([Outgoing(alumno(i), str(uuid.UUID(int=i))) for i in range(100, 110)])
    waiting: list[int] = []

    def take_in(connection: Connection, run_id: int, messages: Sequence[Message]) -> Result:
        waiting.append(parked(pipeline))
        return ingest.ingest(connection, run_id, messages)

    consume(pipeline, queue, batch=1, take_in=take_in)
    assert waiting[0] == 2
    assert waiting[-1] == 0


def test_an_ended_backend_is_no_evidence_against_a_message(
    pipeline: Pipeline, queue: PostgresBroker
) -> None:
    """Another consumer finds the backend gone that had it in hand; the process lives."""
    queue.publish([Outgoing(alumno(1))])
    with queue.subscribe() as first, queue.subscribe() as second:
        for _ in range(7):
            loading = pipeline.database.connect()
            (message,) = first.take(loading, limit=9, wait=9, max_bytes=999)
            pipeline.query("SELECT pg_terminate_backend(%s, 5000)", loading.info.backend_pid)
            loading.close()
            with pipeline.database.connect() as other:
                assert second.take(other, limit=9, wait=9, max_bytes=999)
                other.rollback()
        assert message.deliveries <= 1
        assert queue.depth() == 1
        assert queue.dead_letters().depth() == 0
