"""What happens to PostgreSQL and on the way to it."""

import subprocess
import threading
import time

import psycopg

from .invariant import Counts, check
from .proxy import Link, Point
from .registry import fault
from .stage import Stage, crash, wait_for
from .workload import Workload, workload


def _under_way(stage: Stage, alumnos: int = 60, **environment: str) -> Workload:
    """Publish, start two consumers, and return when they have stored something."""
    load = workload(stage.seed, alumnos)
    stage.crew(**environment)
    stage.publish(load.messages)
    wait_for(stage.stored, "the consumers have begun")
    return load


def _done(stage: Stage, load: Workload, **environment: str) -> Counts:
    stage.wait_until_stored(load, batch=20, **environment)
    stage.finish()
    return check(stage, load)


@fault("kill -9 of PostgreSQL", "rabbitmq", "pgqueue")
def crashed(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    consumers = stage.crew()
    hit = threading.Event()

    def act(link: Link) -> bool:
        crash(stage.postgres)
        stage.hits += 1
        hit.set()
        return True

    stage.pg.on("copy", act, after=stage.rng.randint(2, 6))
    stage.publish(load.messages)
    assert hit.wait(60)
    wait_for(lambda: any(c.said("cannot be reached") for c in consumers), "they notice")
    stage.revive_postgres()
    return _done(stage, load)


@fault("restart of PostgreSQL")
def restarted(stage: Stage) -> Counts:
    load = _under_way(stage)
    stage.postgres.stop()
    stage.hits += 1
    stage.revive_postgres()
    return _done(stage, load)


@fault("pg_terminate_backend", "pgqueue", "rabbitmq")
def terminated(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    stage.crew()
    times = 20 if stage.long else 4

    def act(link: Link) -> bool:
        rows = stage.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'academico consume' AND datname = current_database()"
        )
        stage.hits += len(rows)
        return False

    stage.pg.on("copy", act, after=2, times=times, rng=stage.rng)
    stage.publish(load.messages)
    return _done(stage, load)


@fault("connection refused", "rabbitmq", "pgqueue")
def refused(stage: Stage) -> Counts:
    load = _under_way(stage)
    stage.pg.refuse()
    began = time.monotonic()
    for consumer in stage.consumers:
        wait_for(lambda c=consumer: c.said("cannot be reached"), "they notice")
        stage.hits += 1
    time.sleep(max(0.0, (20 if stage.long else 3) - (time.monotonic() - began)))
    stage.pg.heal()
    return _done(stage, load)


def _cut(stage: Stage, load: Workload, point: Point) -> Counts:
    def act(link: Link) -> bool:
        stage.hits += 1
        return True

    times = 20 if stage.long else 4
    stage.crew()
    stage.pg.on(point, act, after=2, times=times, rng=stage.rng)
    stage.publish(load.messages)
    return _done(stage, load)


@fault("cut before the server sees COMMIT", "rabbitmq", "pgqueue")
def cut_before_commit(stage: Stage) -> Counts:
    return _cut(stage, workload(stage.seed, 120 if stage.long else 50), "commit")


@fault("COMMIT done, its answer lost", "rabbitmq", "pgqueue")
def cut_after_commit(stage: Stage) -> Counts:
    load = workload(stage.seed, 120 if stage.long else 50)
    counts = _cut(stage, load, "committed")
    # The consumer asks what became of its COMMIT, and acknowledges; only what two consumers had in
    # hand when they were asked to end may come again.
    assert counts.duplicates - load.duplicates <= 2 * 20, counts
    return counts


@fault("lock timeout")
def lock_timeout(stage: Stage) -> Counts:
    environment = {"ACADEMICO_LOCK_TIMEOUT": "1"}
    load = workload(stage.seed, 40)
    stage.publish(load.messages)
    with stage.database.connect() as holder:
        holder.execute("LOCK TABLE academico.calificaciones, academico.alumnos")
        consumer = stage.consume(batch=20, **environment)
        wait_for(lambda: consumer.said("55P03"), "the lock is not given in time")
        stage.hits += 1
    return _done(stage, load, **environment)


@fault("statement timeout")
def statement_timeout(stage: Stage) -> Counts:
    environment = {"ACADEMICO_STATEMENT_TIMEOUT": "1"}
    load = workload(stage.seed, 40)
    stage.publish(load.messages)
    with stage.database.connect() as holder:
        holder.execute("LOCK TABLE academico.calificaciones, academico.alumnos")
        consumer = stage.consume(batch=20, **environment)
        wait_for(lambda: consumer.said("57014"), "the statement takes too long")
        stage.hits += 1
    return _done(stage, load, **environment)


@fault("disk full", "pgqueue", "rabbitmq")
def disk_full(stage: Stage) -> Counts:
    """The stage's database lies on a small file system of its own: see conftest."""
    load = workload(stage.seed, 300)
    filler = stage.folder / "disk" / "filler"
    with stage.held_up():
        # Started before: a consumer that cannot even note its start says so and ends.
        consumers = stage.crew(batch=500)
        stage.publish(load.messages)
        with filler.open("wb", buffering=0) as sink:
            try:
                while sink.write(b"\0" * 4096):
                    pass
            except OSError:
                sink.truncate(max(0, sink.tell() - 64 * 1024))
    wait_for(lambda: any(c.said("53100") for c in consumers), "the disk is full")
    stage.hits += 1
    assert stage.query("SELECT 1") == [(1,)]
    filler.unlink()
    return _done(stage, load)


def mount_small(folder: object) -> bool:
    """Mount a file system of 48 MB; False where that is not allowed."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m,mode=777", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def move_to(admin_url: str, database: str, folder: object) -> None:
    """Move a database to a tablespace in this folder."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE escaso LOCATION '{folder}'")
        connection.execute(f"ALTER DATABASE {database} SET TABLESPACE escaso")
