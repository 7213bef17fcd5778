"""Workers, commands and readers in each other's way, and input in the worst order."""

import json
import random
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from academico_cli.broker import Message, Outgoing

from ..support.pipeline import Pipeline
from .invariant import Counts, check
from .registry import fault
from .stage import PATIENCE, PROGRAM, Stage, wait_for
from .workload import Workload, identity, workload


def _consumed(stage: Stage, load: Workload) -> None:
    if not stage.consumers:
        for _ in range(2):
            stage.consume(batch=20)
    stage.wait_until_stored(load)


@fault("one id 100 times, and with another body", "rabbitmq", "pgqueue")
def same_id(stage: Stage) -> Counts:
    load = workload(stage.seed, 20)
    body = json.dumps({"entity": "alumno", "id_alumno": 77_000, "nombre": "El primero",
                       "genero": "F"}).encode()  # fmt: skip
    load.add(body, message_id="igual")
    load.messages += [load.messages[-1]] * 99
    stage.rng.shuffle(load.messages)
    stage.publish(load.messages)
    _consumed(stage, load)
    others = [Outgoing(body.replace(b"primero", b"que no fue %d" % i), "igual") for i in range(5)]
    stage.publish(others)
    load.messages += others
    stage.wait_until_stored(load)
    stage.finish()
    assert stage.query("SELECT count(*) FROM raw.conflictos") == [(5,)]
    assert stage.query("SELECT sum(conflictos) FROM core.lotes") == [(5,)]
    stage.hits = 105
    counts = check(stage, load)
    assert counts.duplicates == load.duplicates
    return counts


@fault("shuffled, old events after new")
def newest_first(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)

    def when(message: Outgoing) -> str:
        try:
            return str(json.loads(message.body).get("ocurrido_en", ""))
        except ValueError:
            return ""

    load.messages.sort(key=when, reverse=True)
    stage.publish(load.messages)
    _consumed(stage, load)
    stage.finish()
    ((stage.hits,),) = stage.query(
        "SELECT coalesce(sum(eventos), 0)::int FROM core.destinos WHERE destino = 'obsoleto'"
    )
    return check(stage, load)


@fault("reversed key order in two workers", "pgqueue")
def reversed_keys(stage: Stage) -> Counts:
    """Workers' transactions without a broker between: as close to each other as they can come."""
    batches = 1000 if stage.long else 100
    load, keys = Workload(), range(1, 13)
    base: list[dict[str, object]] = [
        {"entity": "materia", "id_materia": 1, "nombre": "M"},
        {"entity": "grupo", "id_grupo": 1, "id_materia": 1, "periodo": "2024A"},
    ]
    for i, event in enumerate(base):
        load.add(json.dumps(event).encode(), message_id=f"base-{i}")
    work: list[list[list[Outgoing]]] = [[], []]
    for n in range(batches):
        for worker, order in enumerate((keys, reversed(keys))):
            batch = []
            for key in order:
                for event in _of(stage.rng, key):
                    load.add(
                        json.dumps(event).encode(), message_id=f"{worker}/{n}/{len(load.events)}"
                    )
                    batch.append(load.messages[-1])
            work[worker].append(batch)
    quarrels: list[str] = []
    start = threading.Barrier(2)

    def run(mine: list[list[Outgoing]]) -> None:
        pipeline = Pipeline(stage.database_url)
        try:
            start.wait(10)
            for batch in mine:
                _feed(pipeline, batch, quarrels)
                stage.hits += 1
        finally:
            pipeline.close()

    first = Pipeline(stage.database_url)
    _feed(first, load.messages[:2], quarrels)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, work))
    # Keys are sorted before they are written: two workers wait in line and never in a circle.
    assert "40P01" not in quarrels, quarrels
    while first.take_up_stragglers().destinos:
        pass
    first.close()
    return check(stage, load)


def _of(rng: random.Random, key: int) -> list[dict[str, object]]:
    when = f"2024-05-{rng.randint(1, 28):02}T12:00:00.{rng.randrange(10**6):06}+00:00"
    student = {"id_alumno": key, "ocurrido_en": when}
    return [
        {"entity": "alumno", **student, "nombre": f"N {rng.randint(1, 9)}", "genero": "X"},
        {"entity": "calificacion", **student, "id_grupo": 1,
         "calificacion": rng.randint(0, 1000) / 100},
    ]  # fmt: skip


def _feed(pipeline: Pipeline, batch: list[Outgoing], quarrels: list[str]) -> None:
    arrival = time.time_ns() // 1000
    messages = [Message(m.body, arrival + i, m.message_id) for i, m in enumerate(batch)]
    while True:
        try:
            pipeline.feed(messages)
        except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected,
                psycopg.errors.ForeignKeyViolation) as exc:  # fmt: skip
            pipeline.connection.rollback()
            quarrels.append(exc.sqlstate or "")
        else:
            return


def _both(stage: Stage, *args: str, **env: str) -> list[tuple[int, str]]:
    """Run a command twice at once; return how each ended and what it said."""
    direct = {"DATABASE_URL": stage.database_url, "RABBIT_URL": stage.rabbit_url or ""}
    running = [
        subprocess.Popen(
            [PROGRAM, *args],
            env=stage.environment() | direct | env,
            cwd=stage.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=PATIENCE)[0] for process in running]
    return [(p.returncode, s) for p, s in zip(running, said, strict=True)]


@fault("two marts refresh beside consume and a reader")
def two_refreshes(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    load.messages.sort(key=lambda m: b'"id_grupo"' in m.body and b'"id_alumno"' in m.body)
    half = len(load.messages) // 2
    first = {identity(m) for m in load.messages[:half]}
    stage.publish(load.messages[:half])
    stage.consume(batch=20)
    wait_for(lambda: stage.broker.depth() == 0 and stage.stored() == len(first), "half is in")
    stage.run("marts", "refresh")
    stage.publish(load.messages[half:])
    stop, torn, reads = threading.Event(), [], 0

    def read() -> None:
        nonlocal reads
        with stage.database.connect() as connection:
            while not stop.is_set():
                row = connection.execute(
                    "SELECT (SELECT sum(calificaciones) FROM marts.kpi_materia),"
                    " (SELECT sum(calificaciones) FROM marts.kpi_grupo),"
                    " (SELECT sum(calificaciones) FROM marts.materia_periodo_stats)"
                ).fetchone()
                connection.rollback()
                reads += 1
                if row is None or len(set(row)) != 1 or not row[0]:
                    torn.append(row)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(3 if stage.long else 1):
            for code, said in _both(stage, "marts", "refresh", "--full"):
                assert code == 0, said
                stage.hits += 1
    finally:
        stop.set()
        reader.join()
    assert reads > 0
    assert torn == []
    stage.wait_until_stored(load)
    stage.finish()
    return check(stage, load)


@fault("two migrate at once", "pgqueue")
def two_migrations(stage: Stage) -> Counts:
    stage.run("migrate", "down", "base", "--yes")
    ended = _both(stage, "migrate")
    for code, said in ended:
        assert code in (0, 3), said
        assert "Traceback" not in said
        stage.hits += 1
    assert 0 in [code for code, _ in ended]
    assert sum("applied" in said for _, said in ended) == 1, "one applied all, the other nothing"
    load = workload(stage.seed, 10)
    stage.publish(load.messages)
    _consumed(stage, load)
    stage.finish()
    return check(stage, load)


@fault("replay beside consume")
def replay_beside_consume(stage: Stage) -> Counts:
    load = workload(stage.seed, 60)
    half = len(load.messages) // 2
    stage.publish(load.messages[:half])
    stage.crew()
    wait_for(lambda: stage.broker.depth() == 0 and stage.stored() > 100, "half is in")
    stop = threading.Event()
    seen: list[int] = []

    def read() -> None:
        with stage.database.connect(autocommit=True) as connection:
            while not stop.is_set():
                row = connection.execute("SELECT count(*) FROM academico.materias").fetchone()
                seen.append(int(str(row[0])) if row else 0)

    reader = threading.Thread(target=read)
    reader.start()
    publisher = threading.Thread(target=stage.publish, args=(load.messages[half:],))
    publisher.start()
    try:
        for _ in range(5 if stage.long else 1):
            for code, said in _both(stage, "replay"):
                assert code in (0, 3), said
                assert "Traceback" not in said
                stage.hits += code == 0
    finally:
        stop.set()
        reader.join()
        publisher.join()
    # Readers see the former state until the new one is there.
    whole = seen.index(max(seen))
    assert min(seen[whole:]) == max(seen)
    stage.wait_until_stored(load)
    stage.finish()
    tables = stage.run("replay", "--dry-run", "--format", "json")
    assert all(table["equal"] for table in tables), tables
    return check(stage, load)


@fault("NDJSON of 10,000 lines, 1 % bad, and a kill")
def many_lines(stage: Stage) -> Counts:
    load = Workload()
    bad = sorted(stage.rng.sample(range(1, 10_001), 100))
    wrong = frozenset(bad)
    lines = [
        json.dumps({"entity": "alumno", "id_alumno": i, "nombre": f"N {i}",
                    "genero": "?" if i in wrong else "F"}).encode()
        for i in range(1, 10_001)
    ]  # fmt: skip
    load.add(*lines, message_id="muchas", valid=lambda line: b'"?"' not in line)
    stage.publish(load.messages)
    stage.pg.on("copy", stage.killer, after=3)
    stage.consume()
    stage.wait_until_stored(load)
    stage.finish()
    counts = check(stage, load)
    assert (counts.applied, counts.rejected) == (9_900, 100)
    assert stage.query("SELECT linea FROM stg.rechazos ORDER BY 1") == [(n,) for n in bad]
    return counts
