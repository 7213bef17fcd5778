"""Any order, duplication, split and interleaving of two workers gives the state of the model."""

import json
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academico_cli.broker import Message
from academico_cli.postgres import classify

from ..support.model import Model, Sent
from ..support.pipeline import Pipeline, assert_equal, batches, message

ALUMNO, GRUPO = st.integers(1, 3), st.integers(1, 2)
EVENTS = st.one_of(
    st.fixed_dictionaries({"entity": st.just("materia"), "id_materia": GRUPO,
                           "nombre": st.sampled_from("AB")}),
    st.fixed_dictionaries({"entity": st.just("grupo"), "id_grupo": GRUPO, "id_materia": GRUPO,
                           "periodo": st.sampled_from(["2024A", "2024B", "2025A"])}),
    st.fixed_dictionaries({"entity": st.just("alumno"), "id_alumno": ALUMNO,
                           "nombre": st.sampled_from("AB"), "genero": st.sampled_from("MFX")}),
    st.fixed_dictionaries({"entity": st.just("inscripcion"), "id_alumno": ALUMNO,
                           "id_grupo": GRUPO, "estado": st.sampled_from(["inscrito", "baja"])}),
    st.fixed_dictionaries({"entity": st.just("calificacion"), "id_alumno": ALUMNO,
                           "id_grupo": GRUPO, "calificacion": st.integers(-1, 11)}),
    st.fixed_dictionaries({"entity": st.just("evaluacion"), "id_alumno": ALUMNO,
                           "id_grupo": GRUPO, "evaluacion": st.sampled_from("PQ"),
                           "calificacion": st.integers(0, 10)}),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Sent]:
    """Draw events with ids and times of their own, so that their order of arrival is nothing."""
    drawn = draw(st.lists(st.tuples(EVENTS, st.integers(0, 20)), min_size=2, max_size=40))
    return [
        Sent(
            # Equal times are in it, which the bodies decide.
            json.dumps(event | {"ocurrido_en": f"2024-03-01T12:00:{second:02}+00:00"}).encode(),
            1_700_000_000_000_000 + i,
            message_id=f"h{i}",
            valid=0 <= event.get("calificacion", 0) <= 10,
        )
        for i, (event, second) in enumerate(drawn)
    ]


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    sent=histories(),
    seed=st.integers(0, 10**6),
    cuts=st.tuples(*[st.lists(st.integers(0, 60), max_size=10)] * 2),
    again=st.floats(0, 1),
)
def test_two_workers_at_once_give_the_state_of_the_model(
    database_url: str,
    sent: list[Sent],
    seed: int,
    cuts: tuple[list[int], list[int]],
    again: float,
) -> None:
    rng = random.Random(seed)
    messages = [message(s) for s in sent]
    messages += [m for m in messages if rng.random() < again]
    rng.shuffle(messages)
    shares: list[list[Message]] = [[], []]
    for m in messages:
        shares[rng.randrange(2)].append(m)
    workers = [Pipeline(database_url) for _ in shares]
    empty(workers[0].connection)
    at_once(
        [(w, batches(share, cut)) for w, share, cut in zip(workers, shares, cuts, strict=True)],
        rng,
    )
    while workers[0].take_up_stragglers().destinos:
        pass
    model = Model()
    for each in sent:
        model.receive([each])
    assert_equal(workers[0].connection, model)
    first, second = (worker.fates() for worker in workers)
    total = [a + b for a, b in zip(first, second, strict=True)]
    fates = dict(zip(first._fields, total, strict=True))
    assert fates["recibidos"] == len(messages)
    assert fates["duplicados"] == len(messages) - len(sent)
    assert fates["rechazados"] == model.fates["rechazado"]
    assert fates["pendientes"] == model.fates["pendiente"]
    for worker in workers:
        worker.close()


def at_once(work: Sequence[tuple[Pipeline, list[Sequence[Message]]]], rng: random.Random) -> None:
    """Feed each worker its batches, all workers at once."""
    start = threading.Barrier(len(work))

    def run(pipeline: Pipeline, given: list[Sequence[Message]], pauses: list[float]) -> None:
        start.wait(10)
        for batch, pause in zip(given, pauses, strict=True):
            time.sleep(pause)  # another interleaving each time
            feed(pipeline, batch)

    with ThreadPoolExecutor(len(work)) as pool:
        runs = [
            pool.submit(run, pipeline, given, [rng.uniform(0, 0.004) for _ in given])
            for pipeline, given in work
        ]
    for each in runs:
        each.result()


def feed(pipeline: Pipeline, batch: Sequence[Message]) -> None:
    """Feed a batch as the consumer does: again after a quarrel with another worker."""
    for _ in range(20):
        try:
            pipeline.feed(batch)
        except psycopg.Error as exc:
            pipeline.connection.rollback()
            if classify(exc) != "retry":
                raise
        else:
            return
    raise AssertionError("twenty quarrels over one batch")


def empty(connection: psycopg.Connection) -> None:
    connection.execute(
        "TRUNCATE raw.mensajes, raw.conflictos, stg.pendientes, stg.rechazos, core.destinos,"
        " core.lotes_periodos, academico.evaluaciones, academico.calificaciones,"
        " academico.inscripciones, academico.alumnos, academico.grupos, academico.materias,"
        " academico.maestros"
    )
    connection.commit()
