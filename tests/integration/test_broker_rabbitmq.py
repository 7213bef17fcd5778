"""RabbitMQ alone: other people's queues, broken connections, refusals."""

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pika
import pytest

from academico_cli.broker import NDJSON, Outgoing
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.errors import (
    AcademicoError,
    BrokerLoginRefused,
    BrokerUnavailable,
    QueueUnusable,
    WrongUsage,
)
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.postgres import Database

from ..faults.proxy import Proxy
from ..support.brokers import MB, Station, bodies, numbered


@pytest.fixture
def broker(rabbit_url: str) -> RabbitBroker:
    return RabbitBroker(rabbit_url, "etl")


@pytest.fixture
def station(broker: RabbitBroker, database_url: str) -> Iterator[Station]:
    opened = Station(broker, Database(database_url))
    yield opened
    opened.close()


@pytest.fixture
def plain(rabbit_url: str) -> Iterator[pika.BlockingConnection]:
    """A client that knows nothing of us."""
    with pika.BlockingConnection(pika.URLParameters(rabbit_url)) as connection:
        yield connection


@pytest.fixture
def cut(rabbit: PrivateRabbit, rabbit_url: str) -> Callable[[], None]:
    """Cut every connection of this test's virtual host."""
    vhost = rabbit_url.rpartition("/")[2]
    return lambda: rabbit.rabbitmqctl("close_all_connections", "--vhost", vhost, "test") and None


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        pause.wait(0.02)


def test_a_new_queue_is_durable_quorum_with_dead_letters(
    broker: RabbitBroker, plain: pika.BlockingConnection
) -> None:
    broker.declare()
    channel = plain.channel()
    quorum = {"x-queue-type": "quorum"}
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "etl.muertos"}
    channel.queue_declare("etl", durable=True, arguments=quorum | dead)
    channel.queue_declare("etl.muertos", durable=True, arguments=quorum)
    channel.basic_publish("", "etl", b"refused")
    until(lambda: broker.depth() == 1)
    method, _, _ = channel.basic_get("etl")
    channel.basic_nack(method.delivery_tag, requeue=False)
    until(lambda: broker.dead_letters().depth() == 1)


def test_an_existing_classic_queue_is_used_as_it_is(
    station: Station, plain: pika.BlockingConnection
) -> None:
    channel = plain.channel()
    channel.queue_declare("etl", durable=True)
    for body in numbered(50):
        channel.basic_publish("", "etl", body, pika.BasicProperties(delivery_mode=2))
    station.broker.declare()
    station.send(numbered(50, 50))
    got = station.consumer().drain(100)
    assert sorted(bodies(got)) == sorted(numbered(100))
    assert [message.message_id for message in got if message.message_id is None] == [None] * 50
    channel.queue_declare("etl", durable=True)


def test_declaring_at_once_with_a_plain_client(
    rabbit_url: str, plain: pika.BlockingConnection
) -> None:
    channel = plain.channel()
    for i in range(10):
        queue = f"carrera {i}"
        ours = threading.Thread(target=RabbitBroker(rabbit_url, queue).declare)
        ours.start()
        try:
            channel.queue_declare(queue, durable=True)
        except pika.exceptions.ChannelClosedByBroker:
            channel = plain.channel()
        ours.join()
        assert RabbitBroker(rabbit_url, queue).depth() == 0
        channel.queue_declare(queue, passive=True)


def test_odd_properties_are_carried_in_a_form_json_can_hold(
    station: Station, plain: pika.BlockingConnection
) -> None:
    station.broker.declare()
    headers = {
        "texto": "año", "bytes": b"\xff\xfe", "hora": datetime(2024, 6, 30, tzinfo=UTC),
        "tabla": {"lista": [1, None, True, {"x": b"\x00"}]}, "grande": 2**40,
    }  # fmt: skip
    odd = pika.BasicProperties(message_id="nul \x00 año 'x'", headers=headers, timestamp=2**40)
    plain.channel().basic_publish("", "etl", b"", odd)
    raw = pika.BasicProperties()
    raw.message_id = b"\xff\xff"
    raw.content_type = b"\xfe"
    plain.channel().basic_publish("", "etl", b"raw", raw)
    first, second = station.consumer().drain(2)
    assert first.message_id == "nul \x00 año 'x'"
    assert first.timestamp == 2**40
    assert first.headers == {
        "texto": "año", "bytes": "\\xff\\xfe", "hora": first.headers["hora"],
        "tabla": {"lista": [1, None, True, {"x": "\x00"}]}, "grande": 2**40,
    }  # fmt: skip
    assert first.headers["hora"].startswith("2024-06-30T00:00:00")
    assert (second.message_id, second.content_type) == ("\\xff\\xff", "\\xfe")


def test_an_unroutable_message_is_an_error_that_names_the_queue(broker: RabbitBroker) -> None:
    confirmed: list[int] = []
    with pytest.raises(QueueUnusable, match="etl") as caught:
        broker.publish((Outgoing(body) for body in numbered(3000)), confirmed.append)
    assert caught.value.exit_code == 3
    assert confirmed == []


def test_nobody_listens_there() -> None:
    began = time.monotonic()
    broker = RabbitBroker("amqp://u:geheim@127.0.0.1:1/v", "etl", connect_timeout=2)
    attempts: list[Callable[[], object]] = [
        broker.declare, broker.depth, broker.subscribe, lambda: broker.publish([Outgoing(b"1")]),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1/v") as caught:
            attempt()
        assert "geheim" not in str(caught.value)
        assert "refused" in str(caught.value)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("wrong", ["password", "vhost"])
def test_a_refused_login(rabbit_url: str, wrong: str) -> None:
    if wrong == "password":
        head, _, tail = rabbit_url.partition("@")
        url = f"{head}geheim@{tail}"
    else:
        url = rabbit_url + "_missing"
    broker = RabbitBroker(url, "etl")
    attempts: list[Callable[[], object]] = [
        broker.declare, broker.depth, broker.subscribe, lambda: broker.publish([Outgoing(b"1")]),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(BrokerLoginRefused) as caught:
            attempt()
        assert "geheim" not in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://x:geheim@h/d", "amqp:", "amqp://h:port/", "geheim"])
def test_a_url_of_something_else(url: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        RabbitBroker(url, "etl")
    assert "geheim" not in str(caught.value)


def test_a_cut_connection_brings_back_what_was_not_settled(
    station: Station, cut: Callable[[], None]
) -> None:
    station.broker.declare()
    station.send(numbered(1000))
    consumer = station.consumer()
    settled = consumer.drain(200, limit=50)
    taken = consumer.take(50)
    cut()
    until(lambda: consumer.subscription.losses == 1)
    assert list(consumer.subscription.held()) == []
    # The batch is committed, but its tags died with their channel: no ack may reach the new one.
    consumer.commit()
    again = consumer.drain(800, limit=100)
    assert sorted(bodies([*settled, *again])) == sorted(numbered(1000))
    comeback = [message for message in again if message.body in set(bodies(taken))]
    assert len(comeback) == len(taken)
    assert all(message.redelivered for message in comeback)
    until(consumer.empty)


def test_a_tag_from_before_the_cut_settles_nothing(
    station: Station, cut: Callable[[], None]
) -> None:
    station.broker.declare()
    station.send(numbered(300))
    consumer = station.consumer()
    # The first delivery of a channel: its tag is sure to mean something on the next one too.
    assert len(consumer.take(1)) == 1
    cut()
    until(lambda: consumer.subscription.losses == 1 and consumer.subscription._consumer.has_some())
    consumer.commit()
    assert not consumer.empty()
    assert consumer.subscription.losses == 1
    consumer.close()
    assert sorted(bodies(station.consumer().drain(300))) == sorted(numbered(300))


def test_lost_connections_are_no_evidence_against_a_message(
    station: Station, cut: Callable[[], None]
) -> None:
    """The broker counts them; but whoever held the message each time is still alive."""
    station.broker.declare()
    station.send(numbered(1))
    consumer = station.consumer()
    for turn in range(1, 13):
        until(consumer.subscription._consumer.has_some)
        if turn % 2:
            assert consumer.take(1)
        cut()
        until(lambda turn=turn: consumer.subscription.losses >= turn)
    (got,) = consumer.drain(1)
    assert int(str(got.headers["x-delivery-count"])) >= 12
    assert station.broker.dead_letters().depth() == 0


def test_a_body_of_many_frames_comes_again_whole(station: Station, cut: Callable[[], None]) -> None:
    """With other methods, heartbeats and small messages among its frames."""
    station.broker.declare()
    sent = [
        b"\n".join(b"%d %d" % (turn, line) for line in range(100_000)) if turn % 3 else b"small"
        for turn in range(9)
    ]
    station.broker.publish(Outgoing(b, f"m{i}", None, NDJSON) for i, b in enumerate(sent))
    consumer = station.consumer()
    for turn in range(1, 4):
        assert consumer.take(3)
        consumer.empty()
        cut()
        until(lambda turn=turn: consumer.subscription.losses >= turn)
    got = {message.message_id: message.body for message in consumer.drain(9)}
    assert got == {f"m{i}": body for i, body in enumerate(sent)}
    until(consumer.empty)


def test_a_publisher_survives_cuts_without_loss_or_a_second_id(
    station: Station, cut: Callable[[], None]
) -> None:
    station.broker.declare()

    def messages() -> Iterator[Outgoing]:
        for i, body in enumerate(numbered(20_000)):
            if i in (5_000, 12_000):
                cut()
            yield Outgoing(body)

    assert station.broker.publish(messages()) == 20_000
    ids: dict[bytes, str] = {}
    consumer = station.consumer()
    while not consumer.empty():
        for message in consumer.take(wait=1):
            assert ids.setdefault(message.body, message.message_id) == message.message_id
        consumer.commit()
    assert list(ids) == numbered(20_000)
    assert len(set(ids.values())) == 20_000


def test_a_publisher_lets_go_of_a_broker_that_falls_silent(rabbit_url: str) -> None:
    """An unclosed socket is a warning here, and a warning an error."""
    parts = urlsplit(rabbit_url)
    proxy = Proxy(int(parts.port or 0))

    def source() -> Iterator[Outgoing]:
        yield Outgoing(b"1")
        proxy.stall()
        raise LookupError

    try:
        there = rabbit_url.replace(f":{parts.port}/", f":{proxy.port}/")
        broker = RabbitBroker(there, "etl")
        broker.declare()
        with pytest.raises(LookupError):
            broker.publish(source())
        gc.collect()
    finally:
        proxy.close()


def test_heartbeats_go_on_while_the_database_works(rabbit_url: str, database_url: str) -> None:
    station = Station(RabbitBroker(f"{rabbit_url}?heartbeat=2", "etl"), Database(database_url))
    station.broker.declare()
    station.send(numbered(10))
    consumer = station.consumer()
    taken = list(consumer.take(1))
    consumer.connection.execute("SELECT pg_sleep(7)")
    assert bodies(consumer.subscription.held()) == bodies(taken)
    consumer.commit()
    rest = consumer.drain(10 - len(taken))
    assert not any(message.redelivered for message in rest)
    station.close()


def test_a_queue_deleted_under_a_consumer_is_made_again(
    station: Station, plain: pika.BlockingConnection, caplog: pytest.LogCaptureFixture
) -> None:
    station.broker.declare()
    station.send(numbered(10))
    consumer = station.consumer()
    consumer.drain(10)
    for turn, first in enumerate((100, 200), 1):
        plain.channel().queue_delete("etl")
        until(lambda turn=turn: consumer.subscription.losses >= turn)
        until(lambda: consumer.subscription.connected)
        station.send(numbered(10, first))
        assert bodies(consumer.drain(10)) == numbered(10, first)
    assert consumer.subscription.losses < 6
    assert any("etl" in r.getMessage() and "deleted" in r.getMessage() for r in caplog.records)


def test_a_queue_redeclared_with_other_arguments_is_consumed_on(
    station: Station, plain: pika.BlockingConnection
) -> None:
    station.broker.declare()
    consumer = station.consumer()
    channel = plain.channel()
    channel.queue_delete("etl")
    # The consumer may be faster; either way there is a queue then.
    with contextlib.suppress(pika.exceptions.ChannelClosedByBroker):
        channel.queue_declare("etl", durable=True, arguments={"x-max-length": 1000})
    until(lambda: consumer.subscription.connected)
    until(lambda: station.send([b"1"]) == 1)
    assert consumer.drain(1)


def test_big_bodies_do_not_fill_the_memory(station: Station) -> None:
    station.broker.declare()
    station.send(b"%d" % i + b"x" * (2 * MB) for i in range(60))
    consumer = station.consumer()
    stretches = set()
    most = count = 0
    while count < 60:
        count += len(consumer.take(max_bytes=8 * MB))
        stretch = consumer.subscription._consumer.stretch
        stretches.add(id(stretch))
        most = max(most, stretch.held_bytes)
        consumer.commit()
    assert most < 64 * MB
    assert len(stretches) == 1


def test_a_jump_from_small_to_big_bodies_stays_within_the_budget(station: Station) -> None:
    station.broker.declare()
    station.send(numbered(3000))
    station.send(b"%d" % i + b"x" * MB for i in range(3000, 3200))
    station.send(numbered(1000, 3200))
    consumer = station.consumer()
    most = 0
    seen: list[int] = []
    while len(seen) < 4200:
        batch = consumer.take(max_bytes=8 * MB)
        assert batch
        most = max(most, consumer.subscription._consumer.stretch.held_bytes)
        seen += [int(message.body.rstrip(b"x")) for message in batch]
        consumer.commit()
    assert sorted(seen) == list(range(4200))
    assert most < 72 * MB


def test_a_blocked_publisher_goes_on_when_the_alarm_ends(
    rabbit: PrivateRabbit, station: Station
) -> None:
    station.broker.declare()
    reached = threading.Event()
    rabbit.rabbitmqctl("set_vm_memory_high_watermark", "0.00001")
    try:
        sender = threading.Thread(
            target=station.broker.publish,
            args=((Outgoing(body) for body in numbered(20_000)), lambda _: reached.set()),
        )
        sender.start()
        assert not reached.wait(1)
    finally:
        rabbit.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
    sender.join(60)
    assert not sender.is_alive()
    assert station.broker.depth() == 20_000


def test_a_publisher_blocked_for_too_long_says_why(
    rabbit: PrivateRabbit, rabbit_url: str, broker: RabbitBroker
) -> None:
    broker.declare()
    impatient = RabbitBroker(f"{rabbit_url}?blocked_connection_timeout=1", "etl")
    rabbit.rabbitmqctl("set_vm_memory_high_watermark", "0.00001")
    try:
        with pytest.raises(AcademicoError, match="alarm") as caught:
            impatient.publish(Outgoing(body) for body in numbered(20_000))
    finally:
        rabbit.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
    assert caught.value.exit_code == 3


def test_large_bodies_are_not_kept_from_others(station: Station) -> None:
    """Who takes five at once for their size has no use for hundreds that would fit in memory."""
    station.broker.declare()
    station.send(b"%03d" % i + b"x" * (MB // 10) for i in range(300))
    first = station.consumer()
    taken = 0
    for _ in range(15):
        taken += len(first.take(max_bytes=MB // 2 + 100))
        first.commit()
    held = len(first.take(max_bytes=MB // 2 + 100))
    second = station.consumer()
    others = 0
    while batch := second.take(wait=2):
        others += len(batch)
        second.commit()
    assert 0 < held <= 5
    assert others >= 300 - taken - 5 * 5
