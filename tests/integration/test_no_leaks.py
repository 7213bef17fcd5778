"""What is printed, logged and listed says what is wrong, where, and why, and never about whom."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from academico_cli.broker import NDJSON, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.events.contract import EXAMPLES
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.postgres import Database

Cli = Callable[..., "subprocess.CompletedProcess[str]"]
MARK = "Zzyxmarca"


def bodies() -> Iterator[bytes]:
    """Yield a valid event of each entity, then each with the mark in each of its fields."""
    for body in EXAMPLES.values():
        named = body | ({"nombre": MARK} if "nombre" in body else {})
        yield json.dumps(named | {"nota": MARK}).encode()
    for body in EXAMPLES.values():
        for field in (*body, "version", "ocurrido_en"):
            for value in (MARK, [MARK], {MARK: MARK}, f"{MARK}\x00" * 40):
                yield json.dumps(body | {field: value}).encode()
        yield json.dumps({k: v for k, v in body.items() if k == "entity"} | {MARK: 1}).encode()
    yield from (
        MARK.encode(),
        b'{"entity":"alumno","nombre":"' + MARK.encode(),
        b"\xff" + MARK.encode(),
    )
    yield from (json.dumps([{"nombre": MARK}]).encode(), json.dumps({"nombre": MARK}).encode())
    yield json.dumps({"entity": "alumno", "id_alumno": 9, "nombre": MARK, "genero": "X"}).encode()


@pytest.fixture
def env(database_url: str) -> dict[str, str]:
    """Return the environment of a database that refuses what is called like the mark."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            f"ALTER TABLE academico.alumnos ADD CONSTRAINT manual CHECK (nombre <> '{MARK}')"
        )
    broker = PostgresBroker(Database(database_url), "etl")
    sent = [Outgoing(body, f"{MARK}-{n}") for n, body in enumerate(bodies())]
    sent.append(Outgoing(b"\n".join(bodies()), f"{MARK}-many", content_type=NDJSON))
    sent.append(Outgoing(json.dumps({"nombre": f"{MARK} 2"}).encode(), f"{MARK}-0"))  # a conflict
    broker.publish(sent)
    broker.dead_letters().publish([Outgoing(MARK.encode(), f"{MARK}-dead")])
    return {"DATABASE_URL": database_url, "RABBIT_URL": ""}


def test_nobody_is_named_in_output_logs_or_listings(
    env: dict[str, str], postgres: EmbeddedPostgres, tmp_path: Path, cli: Cli
) -> None:
    said: dict[str, str] = {}

    def run(*args: str, code: int | None = 0) -> None:
        done = cli("--verbose", *args, env=env)
        assert code is None or done.returncode == code, done.stderr
        said[" ".join(args)] = done.stdout + done.stderr

    (tmp_path / "bad.ndjson").write_bytes(b"\n".join(bodies()))
    (tmp_path / "mended.json").write_text(json.dumps({"entity": "alumno", "nombre": MARK}))
    run("consume", "--until-empty", "--format", "json")
    run("load", "bad.ndjson")
    run("publish", "bad.ndjson")
    run("dlq", "list", "--format", "json")
    run("dlq", "list", "--group")
    run("dlq", "retry", "--all", code=1)
    some = str(json.loads(cli("dlq", "list", "--format", "json", env=env).stdout)[0]["id"])
    run("dlq", "retry", some, "--body", "mended.json", code=1)
    run("dlq", "discard", some)
    run("replay", "--dry-run")
    run("reconcile")
    run("status")
    run("doctor", code=None)
    run("dq", "check", "--format", "json", code=None)
    run("privacy", "erase", "9", "--yes")
    run("retention")
    assert {command for command, text in said.items() if MARK in text} == set()

    with psycopg.connect(env["DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT motivo, campo, entidad, errores::text FROM stg.rechazos"
        ).fetchall()
    assert {row[0] for row in rows} >= {
        "base_de_datos", "mensaje_mortal", "json_invalido", "no_es_objeto", "tipo_invalido",
        "valor_invalido", "campo_ausente", "entidad_desconocida", "entidad_ausente",
    }  # fmt: skip
    assert not [row for row in rows if MARK in repr(row)]
    logs = [p for p in postgres.folder.rglob("*.log") if MARK in p.read_text(errors="replace")]
    assert logs == []


def test_what_is_asked_for_by_number_is_shown(env: dict[str, str], cli: Cli) -> None:
    cli("consume", "--until-empty", env=env, check=True)
    listed = json.loads(cli("dlq", "list", "--format", "json", env=env, check=True).stdout)
    shown = cli("dlq", "show", str(listed[0]["id"]), env=env, check=True)
    assert MARK in shown.stdout
