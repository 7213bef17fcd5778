"""What every broker must do, asked of RabbitMQ and of the queue in PostgreSQL alike."""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator

import pytest

from academico_cli.broker import NDJSON, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.postgres import Database

from ..support.brokers import MB, Station, bodies, numbered


@pytest.fixture(params=["rabbitmq", "pgqueue"])
def station(request: pytest.FixtureRequest, database_url: str) -> Iterator[Station]:
    database = Database(database_url)
    if request.param == "rabbitmq":
        opened = Station(RabbitBroker(request.getfixturevalue("rabbit_url"), "etl"), database)
    else:
        opened = Station(PostgresBroker(database, "etl"), database)
    opened.broker.declare()
    yield opened
    opened.close()


def test_messages_come_whole_and_in_order(station: Station) -> None:
    sent = [
        Outgoing(b"\xff\x00 %d" % i, str(uuid.UUID(int=i)), 1_700_000_000 + i, NDJSON)
        for i in range(2500)
    ]
    assert station.broker.publish(sent) == 2500
    got = station.consumer().drain(2500)
    assert [(m.body, m.message_id, m.timestamp, m.content_type) for m in got] == [
        tuple(message)[:4] for message in sent
    ]
    assert not any(message.redelivered or message.deliveries for message in got)
    arrivals = [message.received_us for message in got]
    assert arrivals == sorted(set(arrivals))


def test_absent_properties_stay_absent_but_the_id(station: Station) -> None:
    station.send(numbered(2))
    got = station.consumer().drain(2)
    assert [(m.timestamp, m.content_type) for m in got] == [(None, None)] * 2
    assert len({uuid.UUID(message.message_id) for message in got}) == 2


def test_what_is_settled_never_comes_again(station: Station) -> None:
    station.send(numbered(500))
    consumer = station.consumer()
    assert bodies(consumer.drain(300, limit=100)) == numbered(300)
    consumer.close()
    assert station.broker.depth() == 200
    assert bodies(station.consumer().drain(200)) == numbered(200, 300)
    assert station.broker.depth() == 0


def test_after_a_rollback_the_same_come_again_before_others(station: Station) -> None:
    station.send(numbered(300))
    consumer = station.consumer()
    first = bodies(consumer.take(50))
    for _ in range(3):
        consumer.rollback()
        assert bodies(consumer.again(len(first))) == first
    consumer.commit()
    rest = 300 - len(first)
    assert [*first, *bodies(consumer.drain(rest, limit=50))] == numbered(300)


def test_what_is_given_back_comes_again(station: Station) -> None:
    station.send(numbered(100))
    consumer = station.consumer()
    taken = bodies(consumer.take(100))
    consumer.rollback()
    consumer.subscription.give_back()
    assert list(consumer.subscription.held()) == []
    assert bodies(consumer.drain(100)) == numbered(100)
    assert taken == numbered(len(taken))
    assert consumer.empty()


def test_closing_returns_what_was_taken_and_what_was_not(station: Station) -> None:
    station.send(numbered(400))
    first = station.consumer()
    for _ in range(4):
        assert first.take(20)
    first.close()
    first.subscription.close()
    assert bodies(station.consumer().drain(400)) == numbered(400)


def test_two_consumers_share_without_overlap(station: Station) -> None:
    station.send(numbered(4000))
    consumers = [station.consumer(), station.consumer()]
    shares: list[list[bytes]] = [[], []]
    both_have_some = threading.Barrier(2, timeout=30)

    def work(share: list[bytes], number: int) -> None:
        while batch := consumers[number].take(100, wait=2):
            if not share:
                both_have_some.wait()
            share += bodies(batch)
            consumers[number].commit()

    threads = [threading.Thread(target=work, args=(shares[i], i)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(shares[0] + shares[1]) == sorted(numbered(4000))
    assert all(shares)


def test_empty_tells_the_truth(station: Station) -> None:
    consumer = station.consumer()
    assert consumer.empty()
    station.send(numbered(3000))
    assert not consumer.empty()
    left = 3000
    while left:
        left -= len(consumer.take(200))
        consumer.commit()
        assert consumer.empty() == (left == 0)
    station.send(numbered(1))
    assert not consumer.empty()


def test_a_batch_keeps_within_its_bytes(station: Station) -> None:
    station.send(b"%d" % i + b"x" * MB for i in range(8))
    consumer = station.consumer()
    sizes = []
    while sum(sizes) < 8:
        batch = consumer.take(max_bytes=3 * MB + 100)
        assert batch
        sizes.append(len(batch))
        consumer.commit()
    assert max(sizes) <= 3


def test_one_body_beyond_the_limit_comes_alone(station: Station) -> None:
    station.send([b"a", b"x" * (5 * MB), b"b"])
    consumer = station.consumer()
    got = []
    while len(got) < 3:
        got.append(bodies(consumer.take(max_bytes=MB)))
        consumer.commit()
    assert got == [[b"a"], [b"x" * (5 * MB)], [b"b"]]


def test_ten_thousand_are_confirmed(station: Station) -> None:
    steps: list[int] = []
    sent = station.broker.publish((Outgoing(body) for body in numbered(10_000)), steps.append)
    assert sent == 10_000
    assert steps == sorted(steps)
    assert steps[-1] == 10_000
    assert len(steps) > 2
    assert station.broker.depth() == 10_000


def test_a_publisher_reads_no_further_ahead_than_its_window(station: Station) -> None:
    confirmed = read = ahead = 0

    def messages() -> Iterator[Outgoing]:
        nonlocal read, ahead
        for body in numbered(40_000):
            read += 1
            ahead = max(ahead, read - confirmed)
            yield Outgoing(body)

    def note(number: int) -> None:
        nonlocal confirmed
        confirmed = number

    station.broker.publish(messages(), note)
    assert ahead <= 8_300


def test_what_the_source_raises_reaches_the_caller(station: Station) -> None:
    def messages() -> Iterator[Outgoing]:
        yield Outgoing(b"1")
        raise LookupError("the source broke")

    with pytest.raises(LookupError, match="the source broke"):
        station.broker.publish(messages())


def test_nothing_to_publish(station: Station) -> None:
    assert station.broker.publish([]) == 0


def test_an_idle_consumer_waits_and_wakes(station: Station) -> None:
    consumer = station.consumer()
    began = time.monotonic()
    assert list(consumer.take(wait=0.3)) == []
    assert 0.25 < time.monotonic() - began < 2
    consumer.rollback()
    sender = threading.Thread(target=station.send, args=([b"now"],))
    sender.start()
    assert bodies(consumer.take(wait=20)) == [b"now"]
    assert time.monotonic() - began < 10
    sender.join()


def test_declaring_twice_changes_nothing(station: Station) -> None:
    station.send(numbered(3))
    station.broker.declare()
    assert station.broker.depth() == 3


VICTIM = """
import os, sys
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.postgres import Database

kind, database_url, rabbit_url = sys.argv[1:]
database = Database(database_url)
rabbit = kind == "RabbitBroker"
broker = RabbitBroker(rabbit_url, "etl") if rabbit else PostgresBroker(database, "etl")
with broker.subscribe() as subscription, database.connect() as connection:
    while messages := subscription.take(connection, limit=1000, wait=1, max_bytes=1 << 24):
        if any(m.body == b"poison" for m in messages):
            os.abort()
        print(*(m.body.decode() for m in messages), flush=True)
        connection.commit()
        subscription.settle(subscription.held())
"""


def test_a_poison_message_ends_alone_among_the_dead(
    station: Station, request: pytest.FixtureRequest, database_url: str
) -> None:
    good = numbered(3000)
    station.send([*good[:1500], b"poison", *good[1500:]])
    kind = type(station.broker).__name__
    url = request.getfixturevalue("rabbit_url") if kind == "RabbitBroker" else ""
    done: set[str] = set()
    deaths = 0
    while deaths < 12:
        run = subprocess.run(
            [sys.executable, "-c", VICTIM, kind, database_url, url],
            text=True, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        done |= set(run.stdout.split())
        if run.returncode == 0:
            break
        assert run.returncode == -6, run.stderr
        deaths += 1
    # RabbitMQ counts what was prefetched too: its count is the last resort.
    assert deaths == (10 if url else 5)
    assert done == {body.decode() for body in good}
    assert station.broker.depth() == 0
    dead = Station(station.broker.dead_letters(), station.database)
    assert bodies(dead.consumer().drain(1)) == [b"poison"]
    assert dead.opened[0].empty()
    dead.close()
