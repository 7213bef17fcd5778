"""`up`, `down` and `status` in docker mode: what they tell Docker, and what they say without it.

See tests/support/docker_stand_in.py for what stands in for the engine. PostgreSQL and RabbitMQ,
which it would have started, are real ones: migrations and the queue are made in them.
"""

import json
import re
import socket
import stat
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from academico_cli.local import mode
from academico_cli.local.services import BrokerChoice
from academico_cli.settings import load_settings
from tests.conftest import cli_environment
from tests.support.compose import COMPOSE
from tests.support.docker_stand_in import StandIn

SERVICES = (
    *("postgres", "rabbitmq", "worker"),
    *("prometheus", "alertmanager", "postgres-exporter", "grafana"),
)


@pytest.fixture
def docker(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "bin")


@pytest.fixture
def env(docker: StandIn, database_url: str, rabbit_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose `.env` names logins and ports: those of real servers."""
    database, rabbit = urlsplit(database_url), urlsplit(rabbit_url)
    (tmp_path / ".env").write_text(
        f"POSTGRES_USER={database.username}\nPOSTGRES_PASSWORD={database.password}\n"
        f"POSTGRES_DB={database.path[1:]}\nPOSTGRES_PORT={database.port}\n"
        f"RABBITMQ_DEFAULT_USER={rabbit.username}\nRABBITMQ_DEFAULT_PASS={rabbit.password}\n"
        f"RABBITMQ_PORT={rabbit.port}\nQUEUE_NAME={rabbit.path[1:]}\n"
        + "".join(f"{name}={port}\n" for name, port in docker.ports.items())
    )
    return {"PATH": docker.path}


def commanded(call: dict[str, Any]) -> list[str]:
    """Return what Docker was asked to do, without the flags that say which stack."""
    argv: list[str] = call["argv"]
    flags = [i + 2 for i, word in enumerate(argv) if word == "--profile"]
    return argv[max(flags, default=0) :]


def test_up_status_down(cli: Any, docker: StandIn, env: dict[str, str], tmp_path: Path) -> None:
    docker.answer("up", "Container academico-postgres-1 Healthy")
    first = cli("up", "--mode", "docker", "--format", "json", env=env, check=True)
    calls = docker.calls()
    wait = ["up", "--detach", "--wait", "--wait-timeout", "600"]
    assert [commanded(call) for call in calls] == [
        ["version", "--format", "{{.Server.Version}}"],
        ["compose", "version", "--short"],
        ["ps", "--all", "--format", "json"],
        [*wait, "postgres", "rabbitmq"],
        [*wait, "--build"],
        ["ps", "--all", "--format", "json"],
    ]
    assert "Container academico-postgres-1 Healthy" in first.stderr

    home = tmp_path / "home"
    secrets = home / "docker" / "secrets"
    hidden = {path.read_text().strip() for path in secrets.iterdir()}
    hidden.add((secrets / "rabbitmq_login").read_text().split()[-1])
    assert len(hidden) == 9
    for call in calls:
        assert not [secret for secret in hidden if secret in json.dumps(call)]
    assert not [secret for secret in hidden if secret in first.stdout + first.stderr]
    variables_file = (home / "docker" / "compose.env").read_text()
    assert not [secret for secret in hidden if secret in variables_file]
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700

    understood(calls, docker)

    rows = {row["name"]: row for row in json.loads(first.stdout)}
    assert rows["postgresql"]["state"] == rows["rabbitmq"]["state"] == "up"
    assert rows["migration"]["state"] == "ok"
    assert rows["grafana"]["value"] == f"http://127.0.0.1:{docker.ports['GRAFANA_PORT']}"
    assert rows["grafana"]["state"] == "down"  # the stand-in says that two services run

    docker.running(*SERVICES)
    assert cli("status", env=env).returncode == 0
    docker.running(*SERVICES, health="unhealthy")
    assert cli("status", env=env).returncode == 3
    docker.calls()

    # Again: the same secrets, the same place without being told, no migration.
    before = {path.name: path.stat().st_ino for path in secrets.iterdir()}
    cli("up", env=env, check=True)
    assert {path.name: path.stat().st_ino for path in secrets.iterdir()} == before
    docker.calls()

    assert "stopped: docker" in cli("down", env=env, check=True).stderr
    assert commanded(docker.calls()[-1]) == ["down"]
    assert (home / "docker").exists()
    cli("down", "--delete-data", env=env, check=True)
    assert commanded(docker.calls()[-1]) == ["down", "--volumes"]
    assert not home.exists()


def understood(calls: list[dict[str, Any]], docker: StandIn) -> None:
    """Give the commands to the real Compose: all that it misses is an engine."""
    for call in calls:
        argv = call["argv"]
        if argv[0] != "compose" or "version" in argv:
            continue
        done = compose(argv[1:], call["env"])
        assert re.search(r"(?i)cannot connect|failed to connect|docker API", done.stderr), (
            done.stderr
        )
        last = max(i for i, word in enumerate(argv) if word == "--profile") + 2
        done = compose([*argv[1:last], "config", "--format", "json"], call["env"])
        held = json.loads(done.stdout)
        assert re.fullmatch(r"academico-[0-9a-f]{8}", held["name"])
        assert all(Path(each["file"]).is_file() for each in held["secrets"].values())
        published = {p["published"] for s in held["services"].values() for p in s.get("ports", [])}
        assert {str(port) for port in docker.ports.values()} < published
        build = held["services"]["worker"]["build"]
        assert Path(build["additional_contexts"]["package"], "cli", "main.py").is_file()
        assert Path(build["context"], build["dockerfile"]).is_file()
        assert Path(build["context"], "requirements.lock").is_file()


def compose(argv: list[str], env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [COMPOSE, *argv], env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_local_mode_comes_back_as_it_was(
    docker: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (cli_environment(tmp_path) | {"PATH": docker.path}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    settings.home.mkdir()
    local = {"settings": {"RABBIT_URL": ""}, "servers": {}}
    (settings.home / "up.json").write_text(json.dumps(local))
    docker.running(*SERVICES)
    for _ in range(2):
        mode.up_docker(settings, print)
    recorded = json.loads((settings.home / "up.json").read_text())["settings"]
    assert recorded.keys() == {"DATABASE_URL", "RABBIT_URL", "ACADEMICO_PROMETHEUS_URL"}
    assert mode.choose(settings, "auto", "auto", print)
    mode.leave_docker(settings, print)
    assert json.loads((settings.home / "up.json").read_text()) == local
    assert not mode.choose(settings, "auto", "auto", print)


class TestWhatIsMissing:
    """Each ends with 3, says what is missing, and leaves nothing behind."""

    def failed(self, cli: Any, tmp_path: Path, says: str, *args: str, **env: str) -> None:
        done = cli("up", "--mode", "docker", *args, env=env)
        assert done.returncode == 3, done.stderr
        assert says in done.stderr
        assert "--mode local" in done.stderr
        assert not (tmp_path / "home").exists()

    def test_docker(self, cli: Any, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        self.failed(cli, tmp_path, "docker is not on the PATH", PATH=str(tmp_path / "empty"))

    def test_engine(self, cli: Any, docker: StandIn, tmp_path: Path) -> None:
        docker.answer("version", "", code=1)
        self.failed(cli, tmp_path, "the engine does not answer", PATH=docker.path)

    def test_compose(self, cli: Any, docker: StandIn, tmp_path: Path) -> None:
        docker.answer("version", "27.0")
        docker.answer("--short", "unknown command", code=1)
        docker._answers.reverse()
        docker.answer("ps", "")
        self.failed(cli, tmp_path, "docker has no Compose plugin", PATH=docker.path)

    def test_compose_that_is_new_enough(self, cli: Any, docker: StandIn, tmp_path: Path) -> None:
        docker.answer("version", "v2.23.9")
        self.failed(cli, tmp_path, "Compose v2.23.9 is too old, 2.24", PATH=docker.path)


def test_a_taken_port_is_named_before_anything_starts(
    cli: Any, docker: StandIn, env: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = cli("up", "--mode", "docker", env=env | {"GRAFANA_PORT": str(port)})
    assert done.returncode == 3
    assert f"{port} (grafana)" in done.stderr
    assert "set GRAFANA_PORT" in done.stderr
    assert not [call for call in docker.calls() if commanded(call)[0] == "up"]


def test_what_compose_says_of_a_failure_is_told(
    cli: Any, docker: StandIn, env: dict[str, str]
) -> None:
    docker.answer("up", "container academico-rabbitmq-1 is unhealthy", code=1)
    done = cli("up", "--mode", "docker", env=env)
    assert done.returncode == 3
    assert "docker compose up failed: container academico-rabbitmq-1 is unhealthy" in done.stderr
    assert "logs --tail 20" in done.stderr


@pytest.mark.parametrize(
    ("args", "env", "says"),
    [
        ((), {"DATABASE_URL": "postgresql://h/d"}, "DATABASE_URL is set in the environment"),
        (("--broker", "postgres"), {}, "--broker postgres"),
    ],
)
def test_contradictions(
    cli: Any, docker: StandIn, args: tuple[str, ...], env: dict[str, str], says: str
) -> None:
    done = cli("up", "--mode", "docker", *args, env={"PATH": docker.path, **env})
    assert done.returncode == 2
    assert says in done.stderr


class TestAuto:
    def test_takes_docker_when_it_answers_and_stays_there(
        self, cli: Any, docker: StandIn, env: dict[str, str]
    ) -> None:
        assert "Docker answers" in cli("up", env=env, check=True).stderr
        docker.answer("version", "", code=1)
        done = cli("up", env=env)
        # The data are in Docker's volumes: no empty database is started in their stead.
        assert done.returncode == 3
        assert "the engine does not answer" in done.stderr

    @pytest.mark.parametrize(("broker", "record"), [("auto", {"settings": {}}), ("postgres", None)])
    def test_stays_local_where_the_data_are_or_have_to_be(
        self,
        docker: StandIn,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        broker: BrokerChoice,
        record: dict[str, Any] | None,
    ) -> None:
        for name, value in (cli_environment(tmp_path) | {"PATH": docker.path}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        settings = load_settings()
        assert mode.choose(settings, "auto", "auto", print)
        docker.calls()
        settings.home.mkdir()
        if record is not None:
            (settings.home / "up.json").write_text(json.dumps(record))
        assert not mode.choose(settings, "auto", broker, print)
        assert docker.calls() == []
