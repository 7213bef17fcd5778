"""What happens to RabbitMQ and on the way to it."""

import threading
import time
from collections.abc import Callable

import pika

from .invariant import Counts, check
from .proxy import Link
from .registry import fault
from .stage import Stage, crash, wait_for
from .workload import Workload, workload


def _at_commit(stage: Stage, load: Workload, act: Callable[[], object], times: int = 1) -> None:
    """Do something while a batch is committed whose ack has yet to be sent."""
    done = threading.Event()

    def hit(link: Link) -> bool:
        act()
        stage.hits += 1
        done.set()
        return False

    stage.crew()
    with stage.held_up():
        stage.publish(load.messages)
        stage.pg.on("committed", hit, after=2, times=times, rng=stage.rng)
    assert done.wait(60)


def _done(stage: Stage, load: Workload) -> Counts:
    stage.wait_until_stored(load)
    stage.finish()
    return check(stage, load)


@fault("kill -9 of the RabbitMQ node")
def crashed(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    assert stage.rabbit
    # A node that dies within a second of a queue's declaration loses that queue, whoever uses it.
    stage.rabbit.keep_queues()
    _at_commit(stage, load, lambda: crash(stage.rabbit))  # type: ignore[arg-type]
    stage.revive_rabbit()
    return _done(stage, load)


@fault("restart of the RabbitMQ node")
def restarted(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    assert stage.rabbit
    _at_commit(stage, load, stage.rabbit.stop)
    stage.revive_rabbit()
    return _done(stage, load)


@fault("AMQP connection reset")
def reset(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    assert stage.amqp
    _at_commit(stage, load, stage.amqp.reset, times=20 if stage.long else 4)
    counts = _done(stage, load)
    assert counts.duplicates > load.duplicates, "no ack was lost"
    return counts


@fault("half-open longer than the heartbeat")
def half_open(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    assert stage.amqp
    _at_commit(stage, load, stage.amqp.stall)
    # A heartbeat of 2 s is missed twice, then its peer is taken for dead.
    time.sleep(15 if stage.long else 6)
    for consumer in stage.consumers:
        wait_for(lambda c=consumer: c.said("Trying again until it answers"), "they notice")
    stage.amqp.heal()
    counts = _done(stage, load)
    assert counts.duplicates > load.duplicates, "no ack was lost"
    return counts


@fault("memory alarm")
def memory_alarm(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    half = len(load.messages) // 2
    stage.publish(load.messages[:half])
    assert stage.rabbit
    confirmed: list[int] = []
    with_ids = [m for m in load.messages[half:] if m.message_id]
    without = [m for m in load.messages[half:] if not m.message_id]
    stage.rabbit.rabbitmqctl("set_vm_memory_high_watermark", "0.00001")
    try:
        publisher = threading.Thread(
            target=lambda: confirmed.append(stage.broker.publish(iter(with_ids)))
        )
        publisher.start()

        def blocked() -> bool:
            assert stage.rabbit
            listed = stage.rabbit.rabbitmqctl("list_connections", "state")
            return "block" in listed

        wait_for(blocked, "the broker blocks the publisher")
        stage.hits += 1
        stage.crew()
        wait_for(lambda: stage.broker.depth() == 0, "consumers go on under the alarm")
        assert not confirmed
    finally:
        stage.rabbit.rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1GiB")
    publisher.join(60)
    assert confirmed == [len(with_ids)]
    stage.publish(without)
    return _done(stage, load)


def _replace_queue(stage: Stage, declare: Callable[[object], object] | None) -> Counts:
    """Take the queue away from under its consumers when it is empty; then publish the rest."""
    load = workload(stage.seed, 40)
    half = len(load.messages) // 2
    stage.publish(load.messages[:half])
    stage.crew()
    wait_for(lambda: stage.broker.depth() == 0 and stage.stored() > 0, "half of it is taken in")
    known = {(m.message_id, m.body) for m in load.messages[:half]}
    wait_for(lambda: stage.stored() == len(known), "and stored")
    assert stage.amqp
    assert stage.rabbit_url
    before, began = stage.amqp.accepted, time.monotonic()
    with pika.BlockingConnection(pika.URLParameters(stage.rabbit_url)) as connection:
        while True:
            channel = connection.channel()
            channel.queue_delete("etl")
            try:
                if declare:
                    declare(channel)
                break
            except pika.exceptions.ChannelClosedByBroker:
                assert time.monotonic() - began < 30  # a consumer was faster: once more
    stage.hits += 1
    for consumer in stage.consumers:
        wait_for(lambda c=consumer: c.said("queue etl", "queue 'etl'"), "the error names the queue")
    wait_for(lambda: _there(stage.rabbit_url), "the queue is there again")
    stage.publish(load.messages[half:])
    stage.wait_until_stored(load)
    tries = (stage.amqp.accepted - before) / (time.monotonic() - began)
    assert tries < 20, f"a busy loop: {tries:.0f} connections a second"
    stage.finish()
    return check(stage, load)


def _there(url: str | None) -> bool:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        try:
            connection.channel().queue_declare("etl", passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
    return True


@fault("queue deleted while running")
def deleted(stage: Stage) -> Counts:
    return _replace_queue(stage, None)


@fault("queue redeclared with other arguments")
def redeclared(stage: Stage) -> Counts:
    def declare(channel: object) -> None:
        channel.queue_declare("etl", durable=True, arguments={"x-max-priority": 3})  # type: ignore[attr-defined]

    return _replace_queue(stage, declare)
