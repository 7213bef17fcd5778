"""Each service of docker-compose.yml, run as a program of this machine with what the file gives it.

See tests/support/compose.py. The secrets are those that ``academico up --mode docker`` writes, and
the services reach each other with them. Grafana cannot be had as a program.
"""

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from academico_cli.local import account, files, variables
from academico_cli.local.postgres import programs
from academico_cli.local.processes import as_user, user_group
from academico_cli.local.rabbitmq import PrivateRabbit
from tests.conftest import cli_environment, require
from tests.support.compose import FOLDER, PROGRAMS, Service, config, load, running


class Ground:
    """The secrets of one stack, as files, and the services that use them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logins = variables.choose_logins({})
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        for name, text in variables.secret_files(self.logins).items():
            (self.secrets / name).write_text(text)
        self.services = load(config(env={"ACADEMICO_SECRETS": str(self.secrets)}))["services"]

    def service(self, name: str, **ports: int) -> Service:
        """Return a service whose secrets are here, and whose ports are others."""
        service = Service(name, self.services[name], {"/run/secrets": str(self.secrets)})
        for theirs, ours in ports.items():
            service.instead[theirs.removeprefix("p")] = str(ours)
        return service

    def at(self, name: str) -> Path:
        """Make a folder of this name."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="module")
def postgres_port(ground: Ground) -> Iterator[int]:
    """Yield the port of PostgreSQL, initialised and started as the image does it."""
    port = files.free_port()
    service = ground.service("postgres", p5432=port)
    folder = ground.at("postgres")
    user = account.server_user(folder / "data")
    account.make_reachable(programs(), user)
    data = folder / "data"
    data.mkdir(mode=0o700)
    password = folder / "password"
    shutil.copy(ground.secrets / "postgres_password", password)
    if user is not None:
        for path in (folder, data, password):
            os.chown(path, user, user_group(user))
    env = service.environment
    assert env["POSTGRES_PASSWORD_FILE"] == str(ground.secrets / "postgres_password")
    given = ["--username", env["POSTGRES_USER"], "--pwfile", "../password"]
    subprocess.run(
        [programs() / "initdb", "-D", account.HERE, *given, *env["POSTGRES_INITDB_ARGS"].split()],
        cwd=data,
        check=True,
        capture_output=True,
        **as_user(user),
    )
    program, *arguments = service.command
    listen = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    argv = [programs() / program, "-D", account.HERE, *arguments, *listen]
    log = folder / "log"
    assert not service.healthy({"PATH": path_with_postgres()})
    with running(argv, log, cwd=data, **as_user(user)) as process:
        service.wait(process, log, {"PATH": path_with_postgres()})
        url = f"postgresql://app@127.0.0.1:{port}"
        login = {"password": ground.logins["POSTGRES_PASSWORD"], "autocommit": True}
        with psycopg.connect(f"{url}/postgres", **login) as connection:
            connection.execute(f"CREATE DATABASE {env['POSTGRES_DB']}")
        logins = folder / "logins.sql"
        logins.write_text(service.here((FOLDER / "postgres" / "logins.sql").read_text()))
        subprocess.run(
            [
                *(programs() / "psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-f", logins),
                f"{url}/{env['POSTGRES_DB']}",
            ],
            env={"PGPASSWORD": ground.logins["POSTGRES_PASSWORD"], "PATH": os.defpath},
            check=True,
        )
        yield port


def path_with_postgres() -> str:
    return f"{programs()}:{os.environ['PATH']}"


class _Configured(PrivateRabbit):
    """A private node that reads the files of docker-compose.yml, and not our own."""

    def __init__(self, folder: Path, config_folder: Path) -> None:
        super().__init__(folder)
        self._config_folder = config_folder

    def _environment(self, state: dict[str, object]) -> dict[str, str]:
        env = super()._environment(state)
        del env["RABBITMQ_CONFIG_FILE"]
        env["RABBITMQ_CONFIG_FILES"] = str(self._config_folder)
        env["RABBITMQ_ENABLED_PLUGINS_FILE"] = str(FOLDER / "rabbitmq" / "enabled_plugins")
        return env


@pytest.fixture(scope="module")
def rabbitmq(ground: Ground) -> Iterator[tuple[_Configured, int, int]]:
    """Yield RabbitMQ with its ports of management and metrics."""
    require(PrivateRabbit.installed(), "rabbitmq-server")
    folder, conf = ground.at("rabbitmq"), ground.at("conf.d")
    places = {
        **{each["target"]: each["source"] for each in ground.services["rabbitmq"]["volumes"]},
        **{
            each["target"]: ground.secrets / each["source"]
            for each in ground.services["rabbitmq"]["secrets"]
        },
    }
    assert places.pop("/etc/rabbitmq/enabled_plugins") == str(
        FOLDER / "rabbitmq" / "enabled_plugins"
    )
    for target, source in places.items():
        if target.startswith("/etc/rabbitmq/conf.d/"):
            shutil.copy(source, conf / Path(target).name)
    assert sorted(path.name for path in conf.iterdir()) == ["20-academico.conf", "30-login.conf"]
    management, metrics = files.free_port(), files.free_port()
    (conf / "90-ports.conf").write_text(
        f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}\n"
        f"prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {metrics}\n"
    )
    files.private_folder(folder)
    record = {"password": ground.logins["RABBITMQ_DEFAULT_PASS"], "cookie": "c" * 24}
    files.write_json(folder / "server.json", record)
    node = _Configured(folder, conf)
    try:
        node.start()
        yield node, management, metrics
    finally:
        node.stop()


@pytest.fixture(scope="module")
def exporter_port(ground: Ground, postgres_port: int) -> Iterator[int]:
    require(
        shutil.which("prometheus-postgres-exporter") is not None, "prometheus-postgres-exporter"
    )
    port = files.free_port()
    service = ground.service("postgres-exporter")
    service.instead |= {"postgres:5432": f"127.0.0.1:{postgres_port}", ":9187": f":{port}"}
    service.instead |= {"address=:": "address=127.0.0.1:"}
    log = ground.folder / "exporter.log"
    argv = ["prometheus-postgres-exporter", *service.command]
    with running(argv, log, env=service.environment) as process:
        service.wait(process, log)
        yield port


def get(port: int, path: str, login: str = "") -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if login:
        request.add_header("Authorization", f"Basic {b64encode(login.encode()).decode()}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def connect(ground: Ground, port: int, user: str, secret: str) -> "psycopg.Connection[Any]":
    password = (ground.secrets / secret).read_text()
    return psycopg.connect(f"postgresql://{user}:{password}@127.0.0.1:{port}/payments")


class TestPostgres:
    def test_its_arguments_are_in_force(self, ground: Ground, postgres_port: int) -> None:
        command = ground.services["postgres"]["command"]
        settings = dict(word.split("=", 1) for word in command if "=" in word)
        assert len(settings) == 7
        with connect(ground, postgres_port, "app", "postgres_password") as connection:
            for name, value in settings.items():
                assert connection.execute(f"SHOW {name}").fetchone() == (value,)
            assert connection.execute("SHOW data_checksums").fetchone() == ("on",)

    def test_nobody_gets_in_without_a_password(self, postgres_port: int) -> None:
        for user in ("app", "monitor", "grafana"):
            for url in (f"{user}@", f"{user}:{user}@", f"{user}:postgres@"):
                with pytest.raises(psycopg.OperationalError, match="password"):
                    psycopg.connect(f"postgresql://{url}127.0.0.1:{postgres_port}/payments")

    def test_who_looks_from_outside_may_look_only(self, ground: Ground, postgres_port: int) -> None:
        with connect(ground, postgres_port, "monitor", "postgres_monitor_password") as connection:
            who = "SELECT pg_has_role('pg_monitor', 'USAGE'), rolsuper FROM pg_roles"
            found = connection.execute(f"{who} WHERE rolname = current_user").fetchone()
            assert found == (True, False)
        with connect(ground, postgres_port, "grafana", "grafana_database_password") as connection:
            reads = "SELECT pg_has_role('academico_tablero', 'USAGE')"
            assert connection.execute(reads).fetchone() == (True,)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("CREATE TABLE here (n int)")


class TestRabbitmq:
    def test_its_files_are_in_force(
        self, ground: Ground, rabbitmq: tuple[_Configured, int, int]
    ) -> None:
        node, management, metrics = rabbitmq
        asked = "application:get_env(rabbit, {})"
        names = ("vm_memory_high_watermark", "disk_free_limit", "default_user")
        said = node.rabbitmqctl("eval", f"[{', '.join(asked.format(n) for n in names)}].")
        assert '{absolute,"600MiB"}' in said
        assert '"1GB"' in said
        assert '<<"app">>' in said
        login = f"app:{ground.logins['RABBITMQ_DEFAULT_PASS']}"
        assert json.loads(get(management, "/api/whoami", login))["tags"] == ["administrator"]
        with pytest.raises(urllib.error.HTTPError, match="401"):
            get(management, "/api/whoami", "guest:guest")
        assert "rabbitmq_build_info" in get(metrics, "/metrics")

    def test_it_is_healthy_while_it_runs(
        self, ground: Ground, rabbitmq: tuple[_Configured, int, int]
    ) -> None:
        node = rabbitmq[0]
        env = node._environment(node._state())
        assert ground.service("rabbitmq").healthy(
            env | {"PATH": f"/usr/lib/rabbitmq/bin:{env['PATH']}"}
        )


def test_the_exporter_reads_postgresql(exporter_port: int) -> None:
    said = get(exporter_port, "/metrics")
    assert "\npg_up 1\n" in said
    assert "pg_stat_database_numbackends{datid=" in said


def test_alertmanager(ground: Ground) -> None:
    require(shutil.which("prometheus-alertmanager") is not None, "prometheus-alertmanager")
    port = files.free_port()
    service = ground.service("alertmanager", p9093=port)
    service.instead |= {
        "/etc/alertmanager": str(FOLDER / "alertmanager"),
        "=/alertmanager": f"={ground.at('alertmanager')}",
    }
    own = FOLDER / "alertmanager" / "alertmanager.yml"
    check = subprocess.run(["amtool", "check-config", own], capture_output=True, check=False)
    assert check.returncode == 0, check.stdout
    log = ground.folder / "alertmanager.log"
    listen = f"--web.listen-address=127.0.0.1:{port}"
    assert not service.healthy()
    argv = ["prometheus-alertmanager", *service.command, listen]
    with running(argv, log) as process:
        service.wait(process, log)
        status = json.loads(get(port, "/api/v2/status"))
        assert "receiver: escuela" in status["config"]["original"]
        assert status["cluster"]["status"] == "disabled"


def test_prometheus(ground: Ground) -> None:
    require(shutil.which("prometheus") is not None, "prometheus")
    port = files.free_port()
    service = ground.service("prometheus", p9090=port)
    service.instead |= {
        "/etc/prometheus": str(FOLDER / "prometheus"),
        "=/prometheus": f"={ground.at('prometheus')}",
    }
    log = ground.folder / "prometheus.log"
    assert not service.healthy()
    argv = ["prometheus", *service.command, f"--web.listen-address=127.0.0.1:{port}"]
    with running(argv, log) as process:
        service.wait(process, log)
        flags = json.loads(get(port, "/api/v1/status/flags"))["data"]
        assert flags["storage.tsdb.retention.size"] == "4GiB"
        assert flags["storage.tsdb.retention.time"] == "30d"
        known = json.loads(get(port, "/api/v1/status/config"))["data"]["yaml"]
        rules = json.loads(get(port, "/api/v1/rules"))["data"]["groups"]
    assert rules, "the rules beside prometheus.yml were not found"
    # Every target is a service of the file, at a port that it opens inside.
    targets = {line.strip(" -") for line in known.splitlines() if line.strip(" -").count(":") == 1}
    hosts = {t.split(":")[0] for t in targets} & ground.services.keys()
    assert hosts == {"worker", "rabbitmq", "postgres-exporter", "alertmanager", "prometheus"}


def test_the_worker(
    ground: Ground, postgres_port: int, rabbitmq: tuple[_Configured, int, int], tmp_path: Path
) -> None:
    """It consumes with the URLs of its secrets, says when it is ready, ends when it is told to."""
    port = files.free_port()
    service = ground.service("worker", p8000=port)
    inside = tmp_path / "secrets"
    inside.mkdir()
    for name in ("database_url", "rabbit_url"):
        text = (ground.secrets / name).read_text()
        text = text.replace("@postgres:5432", f"@127.0.0.1:{postgres_port}")
        text = text.replace("@rabbitmq:5672", f"@127.0.0.1:{rabbitmq[0].port}")
        (inside / name).write_text(text)
    service.instead |= {str(ground.secrets): str(inside), "0.0.0.0": "127.0.0.1"}
    env = cli_environment(tmp_path) | service.environment
    assert not any("@" in value for value in env.values())
    academico = PROGRAMS / "academico"
    subprocess.run([academico, "migrate"], env=env, check=True, capture_output=True)
    log = tmp_path / "worker.log"
    path = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    assert not service.healthy(path)
    with running([academico, *service.command], log, env=env) as process:
        service.wait(process, log, path)
        assert not any("@" in word for word in Path(f"/proc/{process.pid}/cmdline").read_text())
        get(port, "/live")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with connect(ground, postgres_port, "grafana", "grafana_database_password") as connection:
        connection.execute("SELECT * FROM marts.refrescos")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM raw.mensajes")
