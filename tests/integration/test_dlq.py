"""Rejects: found, shown, mended, retried once, discarded; dead letters end among them."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from academico_cli import dead_letters
from academico_cli.broker import NDJSON, Broker, Message, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.core.ledger import Fates
from academico_cli.errors import UnknownRechazo
from academico_cli.retry import retry
from academico_cli.stg import rechazos

from ..support.pipeline import Pipeline
from .test_ingest import BODIES, CATALOGUE, Clock, event, grade, seed, stored_grade

Ask = Callable[..., Any]


@pytest.fixture
def pipeline(database_url: str) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ask(cli: Ask, database_url: str) -> Ask:
    """Run a command on the test's database and return its JSON and exit code."""

    def run(*args: str, rabbit: str = "", **options: Any) -> tuple[Any, int, str]:
        env = {"DATABASE_URL": database_url, "RABBIT_URL": rabbit}
        done = cli(*args, "--format", "json", env=env, **options)
        return (json.loads(done.stdout) if done.stdout else None), done.returncode, done.stderr

    return run


def numbers(pipeline: Pipeline) -> list[int]:
    return [row[0] for row in pipeline.query("SELECT id FROM stg.rechazos ORDER BY id")]


def estados(pipeline: Pipeline) -> list[str]:
    return [row[0] for row in pipeline.query("SELECT estado FROM stg.rechazos ORDER BY id")]


def ledger_adds_up(pipeline: Pipeline) -> bool:
    return (
        pipeline.query(
            "SELECT l.lote FROM core.lotes AS l LEFT JOIN core.destinos AS d USING (lote)"
            " GROUP BY l.lote HAVING l.eventos <> coalesce(sum(d.eventos), 0)"
        )
        == []
    )


def test_a_thousand_alike_are_one_line(pipeline: Pipeline, clock: Clock, ask: Ask) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 11 + i) for i in range(1000)])
    pipeline.feed([grade(clock, 5, id_grupo=99, id_alumno=1) for _ in range(500)])
    pipeline.feed([event(clock, entity="inscripcion", id_alumno=1, id_grupo=99)])
    pipeline.feed([Message(b'{"entity":"alu' + b" " * i, clock()) for i in range(3)])
    rows, code, _ = ask("dlq", "list", "--group")
    assert code == 0
    assert [(r["entidad"], r["motivo"], r["campo"], r["eventos"]) for r in rows] == [
        ("calificacion", "valor_invalido", "calificacion", 1000),
        ("calificacion, inscripcion", "padre_ausente", "grupo", 501),
        ("desconocida", "json_invalido", None, 3),
    ]
    assert rows[0]["ejemplo"] == numbers(pipeline)[0]
    assert rows[1]["esperado"] == "grupo 99"
    assert rows[0]["desde"] < rows[0]["hasta"]


def test_list_filters_by_entity_reason_time_and_state(
    pipeline: Pipeline, clock: Clock, ask: Ask
) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 11), Message(b"?", clock()), grade(clock, 12)])
    first, unknown, last = numbers(pipeline)

    def listed(*options: str) -> list[int]:
        rows, code, _ = ask("dlq", "list", *options)
        assert code == 0
        return [row["id"] for row in rows]

    assert listed() == [first, unknown, last]
    assert listed("--entidad", "calificacion") == [first, last]
    assert listed("--motivo", "json_invalido") == [unknown]
    assert listed("--limit", "1") == [first]
    assert listed("--since", "1h") == []
    assert listed("--until", "1h") == [first, unknown, last]
    assert ask("dlq", "discard", str(last))[1] == 0
    assert listed() == [first, unknown]
    assert listed("--estado", "descartado") == [last]
    assert ask("dlq", "list", "--estado", "x")[1] == 2
    assert ask("dlq", "list", "--since", "yesterdayish")[1] == 2


def test_show_gives_the_body_verbatim(pipeline: Pipeline, clock: Clock, ask: Ask, cli: Ask) -> None:
    body = b'{"entity":"alumno"}\xff\x1b[31m'
    pipeline.feed([Message(body, clock(), "m-1")])
    (number,) = numbers(pipeline)
    row, code, _ = ask("dlq", "show", str(number))
    assert code == 0
    assert base64.b64decode(row["cuerpo_base64"]) == body
    assert row["message_id"] == "m-1"
    assert row["errores"][0]["motivo"] == "json_invalido"
    env = {"DATABASE_URL": pipeline.database.url, "RABBIT_URL": ""}
    table = cli("dlq", "show", str(number), env=env, check=True).stdout
    assert "\x1b" not in table
    assert "\\xff" in table


def test_an_unknown_number_ends_with_4_and_changes_nothing(
    pipeline: Pipeline, clock: Clock, ask: Ask
) -> None:
    pipeline.feed([Message(b"?", clock())])
    (number,) = numbers(pipeline)
    for command in (
        ("show", "777"),
        ("retry", str(number), "777"),
        ("discard", str(number), "777"),
    ):
        _, code, said = ask("dlq", *command)
        assert code == 4
        assert said.count("\n") == 1
        assert "777" in said
    assert estados(pipeline) == ["abierto"]


@pytest.mark.parametrize(
    "wrong", [(), ("1", "2", "--body", "x"), ("--all", "--body", "x"), ("1", "--entidad", "alumno")]
)
def test_retry_says_what_it_needs(ask: Ask, wrong: tuple[str, ...]) -> None:
    assert ask("dlq", "retry", *wrong)[1] == 2


def test_a_mended_event_is_applied_at_its_place_and_time(
    pipeline: Pipeline, clock: Clock, ask: Ask, tmp_path: Path
) -> None:
    seed(pipeline, clock)
    bad = grade(clock, 88)
    newer = grade(clock, 9, id_alumno=1)
    pipeline.feed([bad])
    (number,) = numbers(pipeline)
    assert ask("dlq", "retry", str(number))[1] == 1
    assert estados(pipeline) == ["abierto"]
    mended = tmp_path / "mended.json"
    mended.write_bytes(bad.body.replace(b"88", b"8.8"))
    rows, code, said = ask("dlq", "retry", str(number), "--body", str(mended))
    assert (code, rows[0]["estado"], rows[0]["retried"]) == (0, "reintentado", True)
    assert "1 aplicado" in said
    assert stored_grade(pipeline) == 8.8
    assert pipeline.fates() == Fates(5, 5, 0, 0, 0, 0)
    assert ledger_adds_up(pipeline)
    ((correccion, lote, origin),) = pipeline.query(
        "SELECT r.correccion, c.lote, r.lote FROM stg.rechazos AS r, academico.calificaciones AS c"
        " WHERE c.id_mensaje = r.id_mensaje AND c.linea = r.linea"
    )
    assert bytes(correccion) == mended.read_bytes()
    assert lote == origin
    pipeline.feed([newer])
    assert stored_grade(pipeline) == 9


def test_a_retry_does_not_overwrite_what_came_later(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    bad = grade(clock, 88)
    pipeline.feed([bad])
    pipeline.feed([grade(clock, 3)])
    done = retry(pipeline.database, numbers(pipeline), bad.body.replace(b"88", b"8"))
    assert done.destinos == {"obsoleto": 1}
    assert stored_grade(pipeline) == 3
    timed = grade(clock, 77)._replace(timestamp=4_000_000_000)
    pipeline.feed([timed])
    pipeline.feed([grade(clock, 4)])
    retry(pipeline.database, numbers(pipeline)[1:], timed.body.replace(b"77", b"7"))
    assert stored_grade(pipeline) == 7


def test_what_the_database_refused_is_applied_once_it_is_mended(
    pipeline: Pipeline, clock: Clock, ask: Ask
) -> None:
    seed(pipeline, clock)
    rule = "ALTER TABLE academico.alumnos ADD CONSTRAINT manual CHECK (nombre <> 'Malo')"
    pipeline.connection.execute(rule)
    people = [
        event(clock, entity="alumno", id_alumno=i, nombre="Malo", genero="F") for i in range(2, 12)
    ]
    pipeline.feed([*people, event(clock, entity="inscripcion", id_alumno=5, id_grupo=17)])
    assert pipeline.fates() == Fates(15, 4, 0, 10, 1, 0)
    rows, code, _ = ask("dlq", "retry", "--all", "--motivo", "base_de_datos")
    assert code == 1
    assert {row["motivo"] for row in rows} == {"base_de_datos"}
    pipeline.connection.execute("ALTER TABLE academico.alumnos DROP CONSTRAINT manual")
    pipeline.connection.commit()
    rows, code, _ = ask("dlq", "retry", "--all", "--entidad", "alumno")
    assert code == 0
    assert len(rows) == 10
    assert pipeline.fates() == Fates(15, 15, 0, 0, 0, 0)
    assert ledger_adds_up(pipeline)


def test_one_bad_among_good_ones_is_named_alone(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    rule = "ALTER TABLE academico.alumnos ADD CONSTRAINT manual CHECK (nombre NOT LIKE 'Malo%')"
    pipeline.connection.execute(rule)
    people = [
        event(clock, entity="alumno", id_alumno=i, nombre=f"Malo {i}", genero="F")
        for i in range(2, 30)
    ]
    pipeline.feed(people)
    pipeline.connection.execute("ALTER TABLE academico.alumnos DROP CONSTRAINT manual")
    pipeline.connection.execute(
        "ALTER TABLE academico.alumnos ADD CONSTRAINT manual CHECK (nombre <> 'Malo 7')"
    )
    pipeline.connection.commit()
    done = retry(pipeline.database, numbers(pipeline))
    assert [o.id for o in done.outcomes if o.motivo] == [numbers(pipeline)[5]]
    assert done.destinos == {"aplicado": 27}
    assert ledger_adds_up(pipeline)


def test_two_retries_at_once_apply_once(pipeline: Pipeline, clock: Clock) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 80 + i) for i in range(3)])
    body = grade(clock, 8).body
    for number in numbers(pipeline):
        assert sorted(retried_by_two(pipeline, number, body)) == [False, True]
    assert pipeline.fates() == Fates(7, 7, 0, 0, 0, 0)
    assert ledger_adds_up(pipeline)


def test_the_same_id_in_an_older_month_is_another_message(
    pipeline: Pipeline, clock: Clock, ask: Ask
) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 88)._replace(message_id="m", timestamp=1_700_000_000)])
    pipeline.connection.execute(
        "CREATE TABLE raw.mensajes_2020_01 PARTITION OF raw.mensajes"
        " FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')"
    )
    pipeline.query(
        "INSERT INTO raw.mensajes SELECT id, '2020-01-01', -1, n, recibido_en, message_id,"
        " 'infinity', content_type, headers, redelivered, cuerpo FROM raw.mensajes"
        " WHERE message_id = 'm' RETURNING 1"
    )
    (number,) = numbers(pipeline)
    assert ask("dlq", "show", str(number))[0]["id"] == number
    done = retry(pipeline.database, [number], grade(clock, 8).body)
    assert [o.retried for o in done.outcomes] == [True]
    assert done.destinos == {"aplicado": 1}


def retried_by_two(pipeline: Pipeline, number: int, body: bytes) -> list[bool]:
    """Retry one reject from two threads at one moment; tell which of them closed it."""
    results: list[bool] = []
    barrier = threading.Barrier(2)

    def again() -> None:
        barrier.wait()
        results.extend(o.retried for o in retry(pipeline.database, [number], body).outcomes)

    threads = [threading.Thread(target=again) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_discard_marks_and_deletes_nothing(pipeline: Pipeline, clock: Clock, ask: Ask) -> None:
    pipeline.feed([Message(b"?", clock())])
    (number,) = numbers(pipeline)
    rows, code, _ = ask("dlq", "discard", str(number))
    assert (rows, code) == ([{"id": number, "estado": "descartado"}], 0)
    assert pipeline.fates().rechazados == 1
    with pytest.raises(UnknownRechazo):
        rechazos.discard(pipeline.database, [number + 1])


def test_status_tells_for_which_parents_events_wait(
    pipeline: Pipeline, clock: Clock, ask: Ask
) -> None:
    seed(pipeline, clock)
    pipeline.feed([grade(clock, 5, id_grupo=90 + i % 2) for i in range(10)])
    pipeline.feed([grade(clock, 5, id_alumno=33)])
    pipeline.query("UPDATE stg.pendientes SET desde = desde - interval '3 hours' RETURNING 1")
    rows, _, _ = ask("status")
    parked = {r["name"]: (r["value"], r["detail"]) for r in rows if "pendientes" in r["name"]}
    assert parked == {
        "pendientes": (11, "events whose parent has not arrived"),
        "pendientes.grupo": (10, "wait for 2 grupo not here yet, the first for 3 h"),
        "pendientes.alumno": (1, "wait for 1 alumno not here yet, the first for 3 h"),
    }


# ---------------------------------------------------------------- dead letters


@pytest.fixture(params=["postgres", "rabbitmq"])
def broker(request: pytest.FixtureRequest, pipeline: Pipeline) -> Broker:
    if request.param == "postgres":
        return PostgresBroker(pipeline.database, "etl")
    return RabbitBroker(request.getfixturevalue("rabbit_url"), "etl")


def test_dead_letters_become_rejects_unread(
    broker: Broker, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.declare()
    lines = b"\n".join([BODIES[0], b"", b"\xff"])
    sent = [Outgoing(BODIES[0]), Outgoing(b"\x00boom", "m"), Outgoing(lines, "n", 7, NDJSON)]
    broker.dead_letters().publish(sent)
    broker.publish([Outgoing(json.dumps(e).encode()) for e in CATALOGUE])

    def killed(body: bytes) -> None:
        raise SystemError(body)

    monkeypatch.setattr("academico_cli.reading.read", killed)
    stop = threading.Event()
    for _ in range(2):
        dead_letters.collect(pipeline.database, broker, pipeline.sesion, stop, "consume")
    assert pipeline.fates() == Fates(4, 0, 0, 4, 0, 0)
    assert broker.dead_letters().depth() == 0
    assert broker.depth() == 3
    kept = pipeline.query("SELECT linea, cuerpo, entidad, motivo FROM stg.rechazos ORDER BY id")
    assert [(row[0], bytes(row[1]), *row[2:]) for row in kept] == [
        (0, BODIES[0], "desconocida", "mensaje_mortal"),
        (0, b"\x00boom", "desconocida", "mensaje_mortal"),
        (1, BODIES[0], "desconocida", "mensaje_mortal"),
        (3, b"\xff", "desconocida", "mensaje_mortal"),
    ]
    assert ledger_adds_up(pipeline)


def test_a_dead_letter_delivered_twice_is_one_reject(pipeline: Pipeline, broker: Broker) -> None:
    broker.declare()
    broker.dead_letters().publish([Outgoing(b"boom", "m"), Outgoing(b"boom", "m")])
    dead_letters.collect(
        pipeline.database, broker, pipeline.sesion, threading.Event(), "dlq collect"
    )
    assert pipeline.fates() == Fates(2, 0, 1, 1, 0, 0)


def test_consume_collects_dead_letters_and_counts_them(
    request: pytest.FixtureRequest, ask: Ask, broker: Broker
) -> None:
    in_rabbit = isinstance(broker, RabbitBroker)
    url = request.getfixturevalue("rabbit_url") if in_rabbit else ""
    broker.declare()
    broker.publish([Outgoing(body) for body in BODIES])
    broker.dead_letters().publish([Outgoing(b"boom")])
    fates, code, _ = ask("consume", "--until-empty", rabbit=url)
    assert code == 0
    assert (fates["recibidos"], fates["rechazados"], fates["pendientes"]) == (4, 1, 2)
    assert broker.depth() == broker.dead_letters().depth() == 0
    broker.dead_letters().publish([Outgoing(b"again")])
    fates, code, _ = ask("dlq", "collect", rabbit=url)
    assert (fates["recibidos"], fates["rechazados"], code) == (1, 1, 0)
