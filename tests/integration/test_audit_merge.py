"""core.auditoria: each change of a stored value, with the value that was really there."""

import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from academico_cli.broker import Message
from academico_cli.ingest import ingest
from academico_cli.postgres import classify
from academico_cli.replay import replay

from ..faults.stage import wait_for
from ..support.model import KEYS, VALUES
from ..support.pipeline import TABLES, Pipeline, stored
from .test_ingest import CATALOGUE, Clock, event, grade, seed

CHANGES = "SELECT tabla, id_alumno, clave, anterior, nuevo FROM core.auditoria ORDER BY id"


@pytest.fixture
def pipeline(database_url: str) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def changes(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return pipeline.query(CHANGES)


def test_a_change_is_told_and_a_first_value_is_not(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 5)])
    assert changes(pipeline) == []
    result = pipeline.feed([grade(clock, 6), grade(clock, 7, fecha_registro="2024-06-30")])
    assert changes(pipeline) == [
        (
            "calificaciones", 1, {"id_alumno": 1, "id_grupo": 17},
            {"calificacion": 5, "fecha_registro": None},
            {"calificacion": 7, "fecha_registro": "2024-06-30"},
        )
    ]  # fmt: skip
    told = pipeline.query(
        "SELECT a.lote, a.origen, a.id_mensaje = c.id_mensaje, a.linea = c.linea,"
        " a.ocurrido_en = c.ocurrido_en, a.actor = session_user, a.registrado_en = l.abierto_en,"
        " a.huella = core.huella_cambio(a.sal, a.id_alumno, a.clave, a.anterior,"
        " a.nuevo)"
        " FROM core.auditoria AS a, academico.calificaciones AS c, core.lotes AS l"
        " WHERE l.lote = a.lote"
    )
    assert told == [(*result.lotes, *result.lotes, True, True, True, True, True, True)]


def test_the_same_value_again_is_no_change_nor_is_an_older_one(
    pipeline: Pipeline, clock: Clock
) -> None:
    seed(pipeline, clock)
    early = clock()
    pipeline.feed([grade(clock, 5)])
    pipeline.feed([grade(clock, 5)])
    pipeline.feed([grade(clock, 5, fecha_registro=None)])
    pipeline.feed([grade(clock, 9)._replace(received_us=early)])
    assert changes(pipeline) == []


def test_every_table(pipeline: Pipeline, clock: Clock) -> None:
    events = [
        *CATALOGUE,
        {"entity": "alumno", "id_alumno": 1, "nombre": "A", "edad": 20, "genero": "F"},
        {"entity": "inscripcion", "id_alumno": 1, "id_grupo": 17},
        {"entity": "calificacion", "id_alumno": 1, "id_grupo": 17, "calificacion": 5},
        {"entity": "evaluacion", "id_alumno": 1, "id_grupo": 17, "evaluacion": "P",
         "calificacion": 5.5, "peso": 0.5},
    ]  # fmt: skip
    pipeline.feed([event(clock, **e) for e in events])
    change = [
        {"creditos": 9}, {"especialidad": None}, {"periodo": "2024B"}, {"edad": None},
        {"estado": "baja"}, {"calificacion": 6}, {"peso": 0.25},
    ]  # fmt: skip
    pipeline.feed([event(clock, **(e | c)) for e, c in zip(events, change, strict=True)])
    rows = changes(pipeline)
    assert [row[0] for row in rows] == [*TABLES.values()]
    # The rows of a group that moves go with it: its periodo is neither a value nor a key of theirs.
    assert [row[2] for row in rows] == [
        {"id": 1}, {"id": 1}, {"id": 17}, {"id": 1}, {"id_alumno": 1, "id_grupo": 17},
        {"id_alumno": 1, "id_grupo": 17}, {"id_alumno": 1, "id_grupo": 17, "evaluacion": "P"},
    ]  # fmt: skip
    assert [row[1] for row in rows] == [0, 0, 0, 1, 1, 1, 1]
    differ = [
        {k: (old, row[4][k]) for k, old in row[3].items() if row[4][k] != old} for row in rows
    ]
    assert differ == [
        {"especialidad": ("Álgebra", None)}, {"creditos": (8, 9)}, {"periodo": ("2024A", "2024B")},
        {"edad": (20, None)}, {"estado": ("inscrito", "baja")}, {"calificacion": (5, 6)},
        {"peso": (0.5, 0.25)},
    ]  # fmt: skip


def test_a_replay_rewrites_no_evidence(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    for value in (5, 7, 9):
        pipeline.feed([grade(clock, value)])
    before = pipeline.query("SELECT * FROM core.auditoria ORDER BY id")
    assert len(before) == 2
    assert all(each.equal for each in replay(pipeline.database))
    assert pipeline.query("SELECT * FROM core.auditoria ORDER BY id") == before


def test_what_another_worker_stored_meanwhile_decides_the_fate(
    pipeline: Pipeline, clock: Clock
) -> None:
    """Another worker's newer value is there, and not committed, when an older one is judged."""
    seed(pipeline, clock)
    older, newer = grade(clock, 5), grade(clock, 6)
    other = Pipeline(pipeline.database.url)
    results = []
    ingest(other.connection, other.run_id, [newer])
    thread = threading.Thread(target=lambda: results.append(pipeline.feed([older])))
    thread.start()
    waiting = "SELECT pg_blocking_pids(%s) <> '{}'"
    with psycopg.connect(pipeline.database.url, autocommit=True) as third:
        pid = pipeline.connection.info.backend_pid
        wait_for(lambda: third.execute(waiting, (pid,)).fetchone() == (True,), "it waits", 20)
    other.connection.commit()
    thread.join(30)
    other.close()
    assert [dict(result.destinos) for result in results] == [{("calificacion", "obsoleto"): 1}]
    assert [*stored(pipeline.connection, "calificacion").values()] == [(6, None)]
    assert changes(pipeline) == []


STUDENTS = 12
ROUNDS = 60


def test_two_workers_leave_a_chain_without_a_gap(pipeline: Pipeline, clock: Clock) -> None:
    """Each old value is the new one of the change before it, up to what is stored in the end."""
    students = [
        {"entity": "alumno", "id_alumno": i, "nombre": "A", "edad": 1, "genero": "F"}
        for i in range(1, STUDENTS + 1)
    ]
    groups = [CATALOGUE[2] | {"id_grupo": i} for i in range(1, ROUNDS // 10 + 1)]
    pipeline.feed([event(clock, **e) for e in [*CATALOGUE, *groups, *students]])
    first = stored(pipeline.connection, "alumno")
    meet = threading.Barrier(2)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            worker = Pipeline(pipeline.database.url)
            luck = random.Random(seed)
            for number in range(ROUNDS):
                batch = _batch(luck, number)
                meet.wait(30)
                _patiently(worker, batch)
            worker.close()
        except BaseException as exc:  # noqa: BLE001
            failures.append(exc)
            meet.abort()

    threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures
    chains = defaultdict(list)
    for tabla, _, clave, old, new in changes(pipeline):
        entity = next(e for e, plural in TABLES.items() if plural == tabla)
        key = tuple(clave.get(name, clave.get("id")) for name in KEYS[entity])
        chains[tabla, key].append(
            (tuple(old[n] for n in VALUES[entity]), tuple(new[n] for n in VALUES[entity]))
        )
    for entity, tabla in (("alumno", "alumnos"), ("calificacion", "calificaciones")):
        rows = stored(pipeline.connection, entity)
        for key, value in rows.items():
            chain = chains[tabla, key]
            if entity == "alumno":
                assert chain[0][0] == first[key]
            for (_, new), (old, _) in pairwise(chain):
                assert new == old
            if chain:
                assert chain[-1][1] == value
    assert sum(map(len, chains.values())) > STUDENTS * ROUNDS / 2
    # And each event has one fate, also where it was judged twice.
    assert pipeline.query(
        "SELECT l.lote FROM core.lotes AS l LEFT JOIN core.destinos AS d ON d.lote = l.lote"
        " GROUP BY l.lote HAVING l.eventos <> coalesce(sum(d.eventos), 0) OR bool_or(d.eventos < 1)"
    ) == []  # fmt: skip


def _batch(luck: random.Random, number: int) -> list[Message]:
    """Change every student; or set grades, which are first ones in every fifth round.

    One table at a time: whoever waits for the other one's first table meets no race at the second.
    """
    now = time.time_ns() // 1000
    bodies: list[dict[str, object]] = [
        {"entity": "alumno", "id_alumno": key, "nombre": "A", "edad": luck.randrange(1, 90),
         "genero": luck.choice("MFX")}
        if number % 2 else
        {"entity": "calificacion", "id_alumno": key, "id_grupo": 1 + number // 10,
         "calificacion": luck.randrange(0, 1000) / 100}
        for key in luck.sample(range(1, STUDENTS + 1), STUDENTS)
    ]  # fmt: skip
    return [Message(json.dumps(body).encode(), now + luck.randrange(3000)) for body in bodies]


def _patiently(worker: Pipeline, batch: list[Message]) -> None:
    while True:
        try:
            worker.feed(batch)
        except psycopg.Error as exc:
            if classify(exc) != "retry":
                raise
            worker.connection.rollback()
        else:
            return
