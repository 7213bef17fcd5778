"""The contract, fate by fate, on a real database."""

import json
import random
import threading
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academico_cli import ingest
from academico_cli.broker import NDJSON, Message
from academico_cli.core.ledger import Fates
from academico_cli.postgres import classify
from academico_cli.reading import read_message

from ..support.model import Model, Sent
from ..support.pipeline import Pipeline, assert_equal, batches, message

CATALOGUE = [
    {"entity": "materia", "id_materia": 1, "nombre": "Álgebra", "creditos": 8},
    {"entity": "maestro", "id_maestro": 1, "nombre": "Ana Ruiz", "especialidad": "Álgebra"},
    {"entity": "grupo", "id_grupo": 17, "id_materia": 1, "id_maestro": 1, "periodo": "2024A"},
]
BODIES = [
    b'{"entity":"alumno","id_alumno":1,"nombre":"Alumno 1","edad":20,"genero":"M"}',
    b'{"entity":"inscripcion","id_alumno":1,"id_grupo":17,"fecha_inscripcion":"2024-02-01"}',
    b'{"entity":"calificacion","id_alumno":1,"id_grupo":17,"calificacion":8.75,'
    b'"fecha_registro":"2024-06-30"}',
]


@pytest.fixture
def pipeline(database_url: str) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    yield opened
    opened.close()


class Clock:
    """Arrivals one after the other."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000_000

    def __call__(self) -> int:
        self.now += 1000
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def event(clock: Clock, *, message_id: str | None = None, **fields: object) -> Message:
    return Message(json.dumps(fields).encode(), clock(), message_id)


def grade(clock: Clock, value: float, **extra: object) -> Message:
    fields = {"entity": "calificacion", "id_alumno": 1, "id_grupo": 17, "calificacion": value}
    return event(clock, **(fields | extra))


def seed(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.feed([*(event(clock, **e) for e in CATALOGUE), Message(BODIES[0], clock())])


def stored_grade(pipeline: Pipeline) -> float:
    ((value,),) = pipeline.query("SELECT calificacion FROM academico.calificaciones")
    return float(value)


def test_the_bodies_of_existing_publishers(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.feed([event(clock, **e) for e in CATALOGUE])
    pipeline.feed([Message(body, clock()) for body in BODIES])
    assert pipeline.fates() == Fates(6, 6, 0, 0, 0, 0)
    assert pipeline.query("SELECT id, nombre, edad, genero FROM academico.alumnos") == [
        (1, "Alumno 1", 20, "M")
    ]
    assert stored_grade(pipeline) == 8.75
    assert pipeline.query("SELECT periodo, estado FROM academico.inscripciones") == [
        ("2024A", "inscrito")
    ]


def test_every_delivered_body_is_kept_verbatim(pipeline: Pipeline, clock: Clock) -> None:
    bad = [b"", b"\xff\xfe", b'{"entity":"alumno"}', b"[1]", b'{"entity":"x"}', b"\x00" * 3,
           b'{"entity":"alumno","id_alumno":1,"nombre":"a\\u0000","genero":"M"}',
           b" " * (5 * 1024 * 1024)]  # fmt: skip
    pipeline.feed([Message(body, clock()) for body in [*bad, BODIES[0]]])
    assert pipeline.fates() == Fates(9, 1, 0, 8, 0, 0)
    kept = {bytes(row[0]) for row in pipeline.query("SELECT cuerpo FROM raw.mensajes")}
    assert kept == {*bad, BODIES[0]}
    rejected = {bytes(row[0]) for row in pipeline.query("SELECT cuerpo FROM stg.rechazos")}
    assert rejected == set(bad)


@pytest.mark.parametrize(
    ("body", "entidad", "motivo", "campo"),
    [
        (b'{"entity":"alumno","id_alumno":-1,"nombre":"A","genero":"M"}', "alumno",
         "valor_invalido", "id_alumno"),
        (b'{"entity":"alumno","id_alumno":"1","nombre":"A","genero":"M"}', "alumno",
         "tipo_invalido", "id_alumno"),
        (b'{"entity":"calificacion","id_alumno":1,"id_grupo":17,"calificacion":11}',
         "calificacion", "valor_invalido", "calificacion"),
        (b'{"entity":"calificacion","id_alumno":1,"id_grupo":17,"calificacion":8.755}',
         "calificacion", "valor_invalido", "calificacion"),
        (b'{"entity":"grupo","id_grupo":1,"id_materia":1,"periodo":"24"}', "grupo",
         "valor_invalido", "periodo"),
        (b'{"entity":"calificacion","id_alumno":1,"id_grupo":17}', "calificacion",
         "campo_ausente", "calificacion"),
        (b'{"entity":"persona"}', "desconocida", "entidad_desconocida", "entity"),
        (b'{"id_alumno":1}', "desconocida", "entidad_ausente", "entity"),
        (b'[{"entity":"alumno"}]', "desconocida", "no_es_objeto", None),
        (b'{"entity":', "desconocida", "json_invalido", None),
        (b"", "desconocida", "vacio", None),
        (b" " * 1_100_000, "desconocida", "demasiado_largo", None),
    ],
)  # fmt: skip
def test_a_reject_names_field_and_reason(
    pipeline: Pipeline, clock: Clock, body: bytes, entidad: str, motivo: str, campo: str | None
) -> None:
    pipeline.feed([Message(body, clock())])
    ((row),) = pipeline.query("SELECT entidad, motivo, campo, errores FROM stg.rechazos")
    assert row[:3] == (entidad, motivo, campo)
    assert row[3][0]["esperado"]


def test_case_and_spaces_of_the_entity_are_ignored(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.feed([Message(BODIES[0].replace(b'"alumno"', b'"  ALUMNO "'), clock())])
    assert pipeline.fates().aplicados == 1


def test_set_5_then_7_then_5_ends_at_5(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    for value in (5, 7, 5):
        pipeline.feed([grade(clock, value)])
    assert stored_grade(pipeline) == 5
    pipeline.feed([grade(clock, 7), grade(clock, 5), grade(clock, 7)])
    assert stored_grade(pipeline) == 7
    assert pipeline.fates().duplicados == 0


def test_a_redelivered_message_without_id_changes_nothing(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 5)])
    pipeline.feed([grade(clock, 7)])
    pipeline.feed([grade(clock, 5)._replace(redelivered=True)])
    assert stored_grade(pipeline) == 7
    assert pipeline.fates().duplicados == 1


def test_twins_redelivered_together_are_two_messages(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    again = [grade(clock, v)._replace(redelivered=True) for v in (5, 7, 5)]
    pipeline.feed(again)
    assert stored_grade(pipeline) == 5
    assert pipeline.fates().duplicados == 0


@pytest.mark.parametrize(
    "message_id", ["x-1", "0b1c6a3e-55d4-4a0e-9d6f-2f1d3c4b5a69", "Ñ\x00 \ud800", "A" * 255]
)
def test_an_id_seen_before_is_a_duplicate(
    pipeline: Pipeline, clock: Clock, message_id: str
) -> None:
    seed(pipeline, clock)
    first = grade(clock, 5)._replace(message_id=message_id)
    pipeline.feed([first, first])
    pipeline.feed([first])
    assert pipeline.fates().duplicados == 2
    assert pipeline.query("SELECT count(*) FROM raw.conflictos") == [(0,)]


def test_the_same_id_with_another_body_is_recorded(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 5)._replace(message_id="a")])
    result = pipeline.feed(
        [grade(clock, 9)._replace(message_id="a"), grade(clock, 5)._replace(message_id="a")]
    )
    assert stored_grade(pipeline) == 5
    assert result.conflictos == 1
    ((body,),) = pipeline.query("SELECT cuerpo FROM raw.conflictos")
    assert json.loads(bytes(body))["calificacion"] == 9
    assert pipeline.query("SELECT sum(conflictos) FROM core.lotes") == [(1,)]


def test_newer_wins_and_older_is_obsolete(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 9, ocurrido_en="2024-06-02T00:00:00Z")])
    pipeline.feed([grade(clock, 3, ocurrido_en="2024-06-01T00:00:00-06:00")])
    assert stored_grade(pipeline) == 9
    pipeline.feed([grade(clock, 4)._replace(timestamp=1_717_286_401)])
    assert stored_grade(pipeline) == 4
    assert pipeline.fates().obsoletos == 1


def test_equal_times_are_decided_by_content(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    when = "2024-06-02T00:00:00Z"
    values = [3, 4, 5, 6, 7]
    ends = set()
    for _ in range(4):
        random.shuffle(values)
        pipeline.query("DELETE FROM academico.calificaciones RETURNING 1")
        for value in values:
            pipeline.feed([grade(clock, value, ocurrido_en=when)])
        ends.add(stored_grade(pipeline))
    assert len(ends) == 1


def test_a_child_waits_for_its_parents(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.feed([Message(body, clock()) for body in BODIES])
    assert pipeline.fates() == Fates(3, 1, 0, 0, 2, 0)
    assert pipeline.query("SELECT DISTINCT padre, id_padre FROM stg.pendientes") == [("grupo", 17)]
    pipeline.feed([event(clock, **CATALOGUE[2])])
    assert pipeline.fates() == Fates(4, 1, 0, 0, 3, 0)
    pipeline.feed([event(clock, **e) for e in CATALOGUE[:2]])
    assert pipeline.fates() == Fates(6, 6, 0, 0, 0, 0)
    assert stored_grade(pipeline) == 8.75
    assert pipeline.query("SELECT count(*) FROM stg.pendientes") == [(0,)]
    first = pipeline.query("SELECT min(lote) FROM core.lotes")[0][0]
    assert pipeline.query("SELECT lote FROM academico.calificaciones") == [(first,)]


def test_parents_and_children_of_two_workers_at_one_moment(
    pipeline: Pipeline, clock: Clock, database_url: str
) -> None:
    seed(pipeline, clock)
    other = Pipeline(database_url)
    child = event(clock, entity="inscripcion", id_alumno=2, id_grupo=17)
    parent = event(clock, entity="alumno", id_alumno=2, nombre="B", genero="F")
    ingest.ingest(other.connection, other.run_id, [child])
    pipeline.feed([parent])
    other.connection.commit()
    assert other.fates().pendientes == 1
    pipeline.take_up_stragglers()
    assert other.fates() == Fates(1, 1, 0, 0, 0, 0)
    other.close()


def test_ndjson_lines_have_fates_of_their_own(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    lines = []
    for i in range(1, 10_001):
        genero = "?" if i % 100 == 50 else "F"
        lines.append(f'{{"entity":"alumno","id_alumno":{i},"nombre":"N {i}","genero":"{genero}"}}')
    body = "\r\n".join(lines).encode() + b"\n\n"
    ndjson = Message(body, clock(), "m", content_type="Application/X-NDJSON; charset=utf-8")
    before = pipeline.fates()
    pipeline.feed([ndjson])
    pipeline.feed([ndjson])
    after = pipeline.fates()
    assert after.recibidos - before.recibidos == 20_000
    assert after.aplicados - before.aplicados == 9_900
    assert (after.rechazados, after.duplicados) == (100, 10_000)
    wrong = [row[0] for row in pipeline.query("SELECT linea FROM stg.rechazos ORDER BY 1")]
    assert wrong == list(range(50, 10_001, 100))


def test_ndjson_without_id_sets_5_7_5_in_line_order(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    body = b"\n".join(grade(clock, v).body for v in (5, 7, 5))
    again = Message(body, clock(), content_type=NDJSON, redelivered=True)
    pipeline.feed([again])
    assert stored_grade(pipeline) == 5
    pipeline.feed([again])
    assert pipeline.fates().duplicados == 3


def test_only_the_row_that_the_database_refuses_is_set_aside(
    pipeline: Pipeline, clock: Clock
) -> None:
    seed(pipeline, clock)
    pipeline.connection.execute(
        "ALTER TABLE academico.alumnos ADD CONSTRAINT manual CHECK (nombre <> 'Malo')"
    )
    pipeline.connection.commit()
    people = [
        {
            "entity": "alumno",
            "id_alumno": i,
            "nombre": "Malo" if i in (40, 77) else "B",
            "genero": "F",
        }
        for i in range(2, 102)
    ]
    pipeline.feed([event(clock, **p) for p in people])
    assert pipeline.fates() == Fates(104, 102, 0, 2, 0, 0)
    rows = pipeline.query("SELECT motivo, errores->0->>'esperado' FROM stg.rechazos")
    assert {motivo for motivo, _ in rows} == {"base_de_datos"}
    assert all("23514" in said and "manual" in said for _, said in rows)


@pytest.mark.parametrize("ahead", [False, True])
def test_only_the_line_that_the_database_refuses_is_set_aside(
    pipeline: Pipeline, clock: Clock, ahead: bool
) -> None:
    seed(pipeline, clock)
    pipeline.connection.execute(
        "ALTER TABLE academico.alumnos ADD CONSTRAINT manual CHECK (nombre <> 'Malo')"
    )
    pipeline.connection.commit()
    lines = [
        json.dumps({"entity": "alumno", "id_alumno": i, "nombre": "Malo" if i in (40, 77) else "B",
                    "genero": "F"})
        for i in range(2, 102)
    ]  # fmt: skip
    sent = Message("\n".join(lines).encode(), clock(), "m", content_type=NDJSON)
    if ahead:
        sent = sent._replace(prepared=list(read_message(0, sent, {})))
    pipeline.feed([sent])
    assert pipeline.fates() == Fates(104, 102, 0, 2, 0, 0)
    assert pipeline.query("SELECT linea FROM stg.rechazos ORDER BY 1") == [(39,), (76,)]


def test_a_group_that_moves_takes_its_rows_along(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    pipeline.feed([Message(body, clock()) for body in BODIES[1:]])
    pipeline.feed([event(clock, **(CATALOGUE[2] | {"periodo": "2025B"}))])
    assert pipeline.query("SELECT periodo FROM academico.calificaciones") == [("2025B",)]
    assert pipeline.query("SELECT periodo FROM academico.inscripciones") == [("2025B",)]
    pipeline.feed([grade(clock, 3)])
    assert stored_grade(pipeline) == 3


def test_a_grade_that_meets_its_group_moving_is_no_reject(
    pipeline: Pipeline, clock: Clock, database_url: str
) -> None:
    seed(pipeline, clock)
    other = Pipeline(database_url)
    moved = event(clock, **(CATALOGUE[2] | {"periodo": "2025B"}))
    ingest.ingest(pipeline.connection, pipeline.run_id, [moved])
    failures: list[str | None] = []

    def register() -> None:
        sent = grade(clock, 3)
        try:
            other.feed([sent])
        except psycopg.Error as exc:
            failures.append(classify(exc))
            other.connection.rollback()
            other.feed([sent])

    thread = threading.Thread(target=register)
    thread.start()
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while pipeline.connection.execute(waiting).fetchone() == (0,):
        pass
    pipeline.connection.commit()
    thread.join()
    assert failures == ["retry"]
    assert pipeline.query("SELECT periodo FROM academico.calificaciones") == [("2025B",)]
    assert other.fates() == Fates(1, 1, 0, 0, 0, 0)
    other.close()


def test_staging_is_left_empty_and_the_ledger_adds_up(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    pipeline.feed([Message(b, clock()) for b in (*BODIES, b"?", b'{"entity":"alumno"}')])
    staged = pipeline.query(
        "SELECT (SELECT count(*) FROM stg.alumnos_upsert)"
        " + (SELECT count(*) FROM stg.calificaciones_event)"
        " + (SELECT count(*) FROM stg.inscripciones_event)"
    )
    assert staged == [(0,)]
    wrong = pipeline.query(
        "SELECT lote, l.eventos, sum(d.eventos) FROM core.lotes l JOIN core.destinos d USING (lote)"
        " GROUP BY lote, l.eventos HAVING l.eventos <> sum(d.eventos)"
    )
    assert wrong == []
    assert pipeline.query("SELECT processed_count, error_count FROM core.etl_run_log") == [(9, 2)]


def test_one_id_over_two_workers_a_hundred_times(
    pipeline: Pipeline, clock: Clock, database_url: str
) -> None:
    seed(pipeline, clock)
    other = Pipeline(database_url)
    sent = grade(clock, 6)._replace(message_id="same")

    def work(each: Pipeline) -> None:
        for _ in range(50):
            each.feed([sent])

    threads = [threading.Thread(target=work, args=(p,)) for p in (pipeline, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pipeline.query("SELECT count(*) FROM raw.mensajes WHERE message_id = 'same'") == [(1,)]
    total = pipeline.fates().duplicados + other.fates().duplicados
    assert total == 99
    other.close()


def test_two_workers_open_the_first_lote_of_a_month(
    pipeline: Pipeline, clock: Clock, database_url: str
) -> None:
    other = Pipeline(database_url)
    ingest.ingest(pipeline.connection, pipeline.run_id, [Message(BODIES[0], clock())])
    thread = threading.Thread(target=other.feed, args=([event(clock, **CATALOGUE[0])],))
    thread.start()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while pipeline.connection.execute(waiting).fetchone() == (0,):
        pass
    pipeline.connection.commit()
    thread.join()
    assert other.fates() == Fates(1, 1, 0, 0, 0, 0)
    other.close()


def _ids(limit: int) -> st.SearchStrategy[int]:
    return st.integers(1, limit)


def _when() -> st.SearchStrategy[str | None]:
    return st.none() | st.integers(1, 9).map(lambda d: f"2024-03-0{d}T12:00:00+00:00")


EVENTS = st.one_of(
    st.fixed_dictionaries({"entity": st.just("materia"), "id_materia": _ids(2),
                           "nombre": st.sampled_from("AB")}),
    st.fixed_dictionaries({"entity": st.just("maestro"), "id_maestro": _ids(2),
                           "nombre": st.sampled_from("AB")}),
    st.fixed_dictionaries({"entity": st.just("grupo"), "id_grupo": _ids(2), "id_materia": _ids(2),
                           "id_maestro": st.none() | _ids(2),
                           "periodo": st.sampled_from(["2024A", "2024B"])}),
    st.fixed_dictionaries({"entity": st.just("alumno"), "id_alumno": _ids(3),
                           "nombre": st.sampled_from("AB"), "genero": st.sampled_from("MFX")}),
    st.fixed_dictionaries({"entity": st.just("inscripcion"), "id_alumno": _ids(3),
                           "id_grupo": _ids(2), "estado": st.sampled_from(["inscrito", "baja"])}),
    st.fixed_dictionaries({"entity": st.just("calificacion"), "id_alumno": _ids(3),
                           "id_grupo": _ids(2), "calificacion": st.integers(-1, 11)}),
    st.fixed_dictionaries({"entity": st.just("evaluacion"), "id_alumno": _ids(3),
                           "id_grupo": _ids(2), "evaluacion": st.sampled_from("PQ"),
                           "calificacion": st.integers(0, 10)}),
)  # fmt: skip


@st.composite
def deliveries(draw: st.DrawFn) -> list[Sent]:
    """Draw messages in their order of arrival: with and without ids and times, some invalid."""
    sent = []
    clock = Clock()
    for event, when in draw(st.lists(st.tuples(EVENTS, _when()), max_size=30)):
        fields = event | ({"ocurrido_en": when} if when else {})
        sent.append(
            Sent(
                json.dumps(fields).encode(),
                clock(),
                message_id=draw(st.none() | st.sampled_from([f"m{i}" for i in range(25)])),
                redelivered=draw(st.booleans()),
                valid=0 <= event.get("calificacion", 0) <= 10,
            )
        )
    return sent


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(sent=deliveries(), cuts=st.lists(st.integers(0, 30), max_size=8))
def test_any_split_into_batches_gives_the_state_of_the_model(
    database_url: str, sent: list[Sent], cuts: list[int]
) -> None:
    pipeline = Pipeline(database_url)
    _empty(pipeline.connection)
    model = Model()
    for batch in batches([message(s) for s in sent], cuts):
        pipeline.feed(batch)
        model.receive(sent[: len(batch)])
        sent = sent[len(batch) :]
    assert_equal(pipeline.connection, model)
    fates = pipeline.fates()
    assert fates.duplicados == model.fates["duplicado"]
    assert fates.rechazados == model.fates["rechazado"]
    assert fates.pendientes == model.fates["pendiente"]
    assert fates.aplicados + fates.obsoletos == (model.fates["aplicado"] + model.fates["obsoleto"])
    pipeline.close()


def _empty(connection: psycopg.Connection) -> None:
    connection.execute(
        "TRUNCATE raw.mensajes, raw.conflictos, stg.pendientes, stg.rechazos, core.destinos,"
        " core.lotes_periodos, academico.evaluaciones, academico.calificaciones,"
        " academico.inscripciones, academico.alumnos, academico.grupos, academico.materias,"
        " academico.maestros"
    )
    connection.commit()
