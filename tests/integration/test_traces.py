"""Publish, consume and COMMIT are one trace, and a log line leads to what it tells of."""

import json
from pathlib import Path
from typing import Any

import pytest

from academico_cli.broker import Broker, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.errors import WrongUsage
from academico_cli.postgres import Database
from academico_cli.tracing import tracing

from ..conftest import Cli
from .test_consumer import alumno

SECRET_NAME = "Nombre Secreto"


@pytest.fixture(params=["rabbitmq", "pgqueue"])
def env(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> dict[str, str]:
    rabbit = request.getfixturevalue("rabbit_url") if request.param == "rabbitmq" else ""
    return {"DATABASE_URL": database_url, "RABBIT_URL": rabbit}


@pytest.fixture
def local(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "RABBIT_URL": ""}


def broker_of(env: dict[str, str]) -> Broker:
    if env["RABBIT_URL"]:
        return RabbitBroker(env["RABBIT_URL"], "etl")
    return PostgresBroker(Database(env["DATABASE_URL"]), "etl")


def spans(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def publish(cli: Cli, env: dict[str, str], folder: Path, *bodies: bytes) -> None:
    events = folder / "events.ndjson"
    events.write_bytes(b"\n".join(bodies) + b"\n")
    cli("publish", str(events), env=env, check=True)


def test_one_trace_from_publish_to_commit(cli: Cli, env: dict[str, str], tmp_path: Path) -> None:
    traces = tmp_path / "spans.jsonl"
    traced = env | {"ACADEMICO_TRACES": f"file:{traces}"}
    publish(cli, traced, tmp_path, *(alumno(n) for n in range(1, 31)))
    cli("consume", "--until-empty", env=traced, check=True)
    made = spans(traces)
    (sent,) = [s for s in made if s["name"] == "publish etl"]
    assert {s["context"]["trace_id"] for s in made} == {sent["context"]["trace_id"]}
    lotes = [s for s in made if s["name"] == "consume etl"]
    assert {s["parent_id"] for s in lotes} == {sent["context"]["span_id"]}
    assert sum(s["attributes"]["messaging.batch.message_count"] for s in lotes) == 30
    with Database(env["DATABASE_URL"]).session() as connection:
        stored = connection.execute("SELECT lote FROM core.lotes WHERE mensajes > 0 ORDER BY lote")
        numbers = [lote for (lote,) in stored]
        (headers,) = connection.execute("SELECT DISTINCT headers FROM raw.mensajes").fetchall()
    assert sorted(n for s in lotes for n in s["attributes"]["academico.lote"]) == numbers
    assert sent["context"]["trace_id"].removeprefix("0x") in str(headers)
    for lote in lotes:
        mine = [s for s in made if s["parent_id"] == lote["context"]["span_id"]]
        assert {"raw", "validate", "stage", "merge", "commit"} <= {s["name"] for s in mine}
        assert all(lote["start_time"] <= s["start_time"] for s in mine)
        commit = next(s for s in mine if s["name"] == "commit")
        assert commit["end_time"] == lote["end_time"] > lote["start_time"]


def test_a_lote_of_two_traces_links_to_the_second(
    cli: Cli, env: dict[str, str], tmp_path: Path
) -> None:
    """As other publishers' messages: the header is all that they share with ours."""
    traces = tmp_path / "spans.jsonl"
    parents = [f"00-{c * 32}-{c * 16}-01" for c in "ab"]
    broker = broker_of(env)
    broker.declare()
    broker.publish(
        Outgoing(alumno(n), f"id {n}", headers={"traceparent": parents[n % 2]})
        for n in range(100, 140)
    )
    broker.publish([Outgoing(alumno(99), headers={"traceparent": "nonsense"})])
    cli("consume", "--until-empty", env=env | {"ACADEMICO_TRACES": f"file:{traces}"}, check=True)
    lotes = [s for s in spans(traces) if s["name"] == "consume etl"]
    assert {s["context"]["trace_id"][2:] for s in lotes} <= {"a" * 32, "b" * 32}
    linked = {link["context"]["trace_id"][2:] for s in lotes for link in s["links"]}
    assert linked & {"a" * 32, "b" * 32}


@pytest.mark.parametrize("target", ["nowhere", "file:", "otlp:x", "file:/nowhere/at/all"])
def test_a_wrong_target_is_told(target: str) -> None:
    with pytest.raises(WrongUsage), tracing(target, "consume", "etl"):
        pass


def test_without_the_setting_nothing_of_it_is_seen(
    cli: Cli, local: dict[str, str], tmp_path: Path
) -> None:
    publish(cli, local, tmp_path, alumno(1))
    cli("consume", "--until-empty", env=local, check=True)
    with Database(local["DATABASE_URL"]).session() as connection:
        assert connection.execute("SELECT headers FROM raw.mensajes").fetchall() == [(None,)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_lote_is_one_line_and_names_nobody(
    cli: Cli, local: dict[str, str], workers: str
) -> None:
    known = {"entity": "alumno", "nombre": SECRET_NAME, "genero": "F"}
    good = [json.dumps(known | {"id_alumno": n}).encode() for n in range(1, 8)]
    bad = json.dumps(known | {"id_alumno": SECRET_NAME}).encode()
    broker = broker_of(local)
    broker.declare()
    broker.publish(Outgoing(body, f"{SECRET_NAME} {n}") for n, body in enumerate([*good, bad]))
    log = ("--log-format", "json")
    done = cli(*log, "consume", "--workers", workers, "--until-empty", env=local, check=True)
    assert SECRET_NAME not in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    lotes = [line for line in lines if line["message"].endswith(" committed")]
    with Database(local["DATABASE_URL"]).session() as connection:
        stored = connection.execute(
            "SELECT l.lote::text, l.run_id, l.mensajes, l.eventos, min(m.id::text || m.n),"
            " array_agg(m.id::text ORDER BY m.n) FROM core.lotes AS l JOIN raw.mensajes AS m"
            " USING (lote) GROUP BY l.lote ORDER BY l.lote"
        ).fetchall()
        ((rejected,),) = connection.execute("SELECT id_mensaje::text FROM stg.rechazos").fetchall()
    assert [
        (line["lote"], line["run_id"], line["mensajes"], line["eventos"])
        for line in sorted(lotes, key=lambda line: int(line["lote"]))
        if line["mensajes"]
    ] == [row[:4] for row in stored]
    for lote, *_, ids in stored:
        (line,) = [line for line in lotes if line["lote"] == lote]
        assert (line["id_primero"], line["id_ultimo"]) == (ids[0], ids[-1])
    assert sum(line.get("aplicado", 0) for line in lotes) == 7
    (reject,) = [line for line in lines if line["message"] == "event rejected"]
    assert (reject["id_mensaje"], reject["campo"]) == (rejected, "id_alumno")
    assert reject["motivo"] == "tipo_invalido"


def test_errors_are_json_too(cli: Cli) -> None:
    env = {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x", "RABBIT_URL": ""}
    done = cli("--log-format", "json", "consume", env=env)
    (line,) = map(json.loads, done.stderr.splitlines())
    assert (done.returncode, line["level"]) == (3, "error")
    assert "secret" not in done.stderr
