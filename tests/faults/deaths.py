"""Consumers that are killed, asked to end, or killed by what they read."""

import os
import signal

from academico_cli.crew import RESTARTS

from .invariant import Counts, check
from .proxy import Link, Point
from .registry import fault
from .stage import EXIT_SECONDS, Stage, wait_for
from .workload import workload

POISON = b'{"entity":"alumno","id_alumno":666,"nombre":"veneno","genero":"X"}'
SITE = """\
import os
from academico_cli.events import reader

read = reader.read

def deadly(body):
    if b'"veneno"' in body:
        os.abort()
    return read(body)

reader.read = deadly
"""
"""A sitecustomize.py: in this test's processes only, validation dies of one body."""


def _killed_at(stage: Stage, point: Point, times: int) -> Counts:
    load = workload(stage.seed, 40 + 16 * times)
    stage.publish(load.messages)
    # Whoever dies has made some progress before: a message that is in hand at five deaths in a row
    # would rightly be taken for the cause.
    progress = 8 if stage.rabbit else 3
    trigger = stage.pg.on(
        point, stage.killer, after=2, times=times, progress=progress, rng=stage.rng
    )
    for _ in range(2):
        stage.consume(batch=20)
    stage.wait_until_stored(load, batch=20)
    assert trigger.times == 0, f"only {trigger.hits} of {trigger.hits + trigger.times} kills"
    stage.finish()
    return check(stage, load)


@fault("kill -9 before COMMIT", "rabbitmq", "pgqueue")
def kill_before_commit(stage: Stage) -> Counts:
    return _killed_at(stage, "commit", 17 if stage.long else 2)


@fault("kill -9 after COMMIT, before ack", "rabbitmq", "pgqueue")
def kill_after_commit(stage: Stage) -> Counts:
    return _killed_at(stage, "committed", 17 if stage.long else 2)


@fault("kill -9 in mid-COPY", "pgqueue", "rabbitmq")
def kill_in_copy(stage: Stage) -> Counts:
    return _killed_at(stage, "copy", 17 if stage.long else 2)


@fault("kill -9 of the workers of one command")
def kill_members(stage: Stage) -> Counts:
    """More often than a crew bears from workers that achieve nothing."""
    times = RESTARTS + 4
    load = workload(stage.seed, 40 + 16 * times)
    stage.publish(load.messages)
    consumer = stage.consume("--workers", "2", batch=20)
    trigger = stage.pg.on("copy", stage.killer, after=2, times=times, progress=8, rng=stage.rng)
    stage.wait_until_stored(load, batch=20)
    assert trigger.times == 0, f"only {trigger.hits} of {times} kills"
    assert consumer.process.poll() is None
    stage.finish()
    return check(stage, load)


@fault("SIGTERM in mid-batch", "rabbitmq", "pgqueue")
def sigterm(stage: Stage) -> Counts:
    load = workload(stage.seed)
    stage.publish(load.messages)
    for workers in ("1", "2"):
        consumer = stage.consume("--workers", workers)

        def end(link: Link, pid: int = consumer.pid) -> bool:
            stage.hits += 1
            os.kill(pid, signal.SIGTERM)
            return False

        stage.pg.on("copy", end, after=2)
        assert consumer.process.wait(60) == 0, consumer.tail()
        stage.consumers.remove(consumer)
    stage.consume()
    stage.wait_until_stored(load)
    stage.finish()
    return check(stage, load)


@fault("SIGTERM while the database does not answer")
def sigterm_while_stalled(stage: Stage) -> Counts:
    load = workload(stage.seed, 20)
    stage.publish(load.messages)
    consumer = stage.consume()

    def deaf(link: Link) -> bool:
        stage.hits += 1
        stage.pg.stall()
        return False

    stage.pg.on("commit", deaf, after=2)
    wait_for(lambda: stage.hits, "a batch is being committed")
    # What became of the events cannot be told: 3, a service cannot be reached; but it is told soon.
    consumer.terminate(expected=3)
    stage.consumers.remove(consumer)
    stage.pg.heal()
    stage.pg.reset()  # PostgreSQL learns that nobody is at the other end, as keepalives would tell
    stage.finish()
    return check(stage, load)


@fault("SIGTERM while another holds a lock")
def sigterm_while_locked(stage: Stage) -> Counts:
    load = workload(stage.seed, 20)
    stage.publish(load.messages)
    with stage.database.connect() as holder:
        holder.execute("LOCK TABLE academico.alumnos, academico.calificaciones")
        consumer = stage.consume()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        wait_for(lambda: stage.query(waiting)[0][0], "the consumer waits for the lock")
        stage.hits += 1
        assert consumer.terminate() < EXIT_SECONDS
        stage.consumers.remove(consumer)
    stage.finish()
    return check(stage, load)


@fault("a message that aborts the process", "pgqueue", "rabbitmq")
def poison(stage: Stage) -> Counts:
    load = workload(stage.seed, 30)
    half = len(load.messages) // 2
    stage.publish(load.messages[:half])
    load.add(POISON, message_id="veneno", valid=lambda body: False)
    stage.publish([load.messages[-1], *load.messages[half:-1]])
    site = stage.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE)
    consumer = stage.consume("--workers", "2", batch=50, PYTHONPATH=str(site))
    dead = stage.broker.dead_letters()
    in_time = "SELECT count(*) FROM raw.mensajes WHERE message_id = 'veneno'"
    wait_for(
        lambda: dead.depth() == 1 or stage.query(in_time) == [(1,)],
        "the message that kills is a dead letter",
    )
    wait_for(lambda: stage.stored() >= len(load.unique) - 1, "its neighbours are taken in")
    consumer.terminate()
    stage.consumers.remove(consumer)
    stage.hits += consumer.log.read_text("utf-8", "replace").count("died (exit -6)")
    # With validation as deadly as before: dead letters are set aside unread.
    stage.run("dlq", "collect", PYTHONPATH=str(site))
    assert dead.depth() == 0
    stage.finish()
    return check(stage, load)


@fault("the same on a classic queue, which does not count")
def poison_on_a_classic_queue(stage: Stage) -> Counts:
    load = workload(stage.seed, 30)
    stage.make_classic()
    load.add(POISON, message_id="veneno", valid=lambda body: False)
    stage.publish([load.messages[-1], *load.messages[:-1]])
    site = stage.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE)
    consumer = stage.consume("--workers", "2", batch=50, PYTHONPATH=str(site))
    wait_for(lambda: stage.stored() >= len(load.unique), "all are taken in, the deadly one unread")
    consumer.terminate()
    stage.consumers.remove(consumer)
    stage.hits += consumer.log.read_text("utf-8", "replace").count("died (exit -6)")
    assert stage.query("SELECT motivo FROM stg.rechazos WHERE cuerpo LIKE '%%veneno%%'") == [
        ("mensaje_mortal",)
    ]
    assert stage.query("SELECT count(*) FROM core.intentos") == [(0,)]
    stage.finish()
    return check(stage, load)
