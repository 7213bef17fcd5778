"""Real servers for the tests, each started once a session and ended with it.

Under pytest-xdist each worker has servers of its own; nothing is shared, so nothing can collide.
"""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql

from academico_cli import migrations
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.postgres import Database

VHOSTS_AT_ONCE = 8
_ADD_VHOSTS = """
    lists:foreach(
        fun(V) ->
            rabbit_vhost:add(V, <<"tests">>),
            rabbit_auth_backend_internal:set_permissions(
                <<"app">>, V, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)
        end,
        [{names}]).
"""

# A shell that starts the tests in its background has them ignore Ctrl-C, and so would every program
# that they start: what a signal does could not be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


def require(there: bool, what: str) -> None:
    """Skip the test where something it needs is missing; in CI, where it must not be, fail it."""
    if there:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and in CI it must be there")
    pytest.skip(f"{what} is missing: `make test` installs it, given root and apt-get")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """Yield an embedded PostgreSQL 16 of this session's own, running."""
    yield from _embedded(tmp_path_factory.mktemp("postgres16"), 16)


@pytest.fixture(scope="session")
def postgres18(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """Yield an embedded PostgreSQL 18, running."""
    yield from _embedded(tmp_path_factory.mktemp("postgres18"), 18)


def _embedded(folder: Path, version: int) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder, version=version)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        _expect_nobody_left(folder)


@pytest.fixture(scope="session")
def template_database(postgres: EmbeddedPostgres) -> str:
    """Return the name of a database at the newest version, to make copies of."""
    name = "plantilla"
    url = postgres.start()
    create_database(url, name)
    migrations.upgrade(Database(at_database(url, name)))
    return name


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """Yield the URL of a migrated database that only this test uses."""
    yield from own_database(postgres.start(), template_database)


@pytest.fixture
def empty_database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Yield the URL of an empty database that only this test uses."""
    yield from own_database(postgres.start(), "template1")


@pytest.fixture(params=[16, 18])
def each_empty_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of an empty database, once on PostgreSQL 16 and once on 18."""
    name = "postgres" if request.param == 16 else "postgres18"
    yield from own_database(request.getfixturevalue(name).start(), "template1")


def own_database(url: str, template: str) -> Iterator[str]:
    """Yield the URL of a copy of a database, which is dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    create_database(url, name, template)
    try:
        yield at_database(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            # FORCE would also end autovacuum, which only a superuser may.
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user",
                (name,),
            )
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def create_database(url: str, name: str, template: str = "template1") -> None:
    """Create a database on the server of ``url`` as a copy of another."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def at_database(url: str, name: str) -> str:
    """Return ``url`` with another database's name."""
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRabbit]:
    """Yield a private RabbitMQ node of this session's own, running."""
    require(PrivateRabbit.installed(), "rabbitmq-server")
    folder = tmp_path_factory.mktemp("rabbit")
    node = PrivateRabbit(folder)
    try:
        node.start()
        yield node
    finally:
        node.stop()
        _expect_nobody_left(folder)


@pytest.fixture(scope="session")
def _vhosts(rabbit: PrivateRabbit) -> Iterator[str]:
    # rabbitmqctl takes longer than most tests, however many it makes.
    def stock() -> Iterator[str]:
        while True:
            yield from add_vhosts(rabbit)

    return stock()


def add_vhosts(node: PrivateRabbit) -> list[str]:
    """Make some virtual hosts and return their names."""
    names = [f"t_{uuid.uuid4().hex[:12]}" for _ in range(VHOSTS_AT_ONCE)]
    listed = ",".join(f'<<"{name}">>' for name in names)
    node.rabbitmqctl("eval", _ADD_VHOSTS.format(names=listed))
    return names


@pytest.fixture
def rabbit_url(rabbit: PrivateRabbit, _vhosts: Iterator[str]) -> str:
    """Return the AMQP URL of an empty virtual host that only this test uses."""
    return f"{rabbit.start().rpartition('/')[0]}/{next(_vhosts)}"


def _expect_nobody_left(folder: Path) -> None:
    """Fail when a process that was started for this folder is still there, epmd included."""
    left = []
    for process in psutil.process_iter():
        try:
            traces = [*process.cmdline(), *process.environ().values(), process.cwd()]
        except psutil.Error:
            continue
        if any(str(folder) in trace for trace in traces):
            left.append(f"{process.pid} {process.name()}")
    assert not left, f"still running after the tests: {left}"


Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a function that runs the installed ``academico`` as a user would.

    ``cli("kpi", "materia", env={"DATABASE_URL": url})``: in a folder and a home of this test's own
    and with nothing of our environment but what ``env`` gives. ``check=True`` fails the test
    unless it ends with 0; ``input`` is its stdin, empty otherwise; ``program`` is another
    ``academico`` than this environment's.
    """

    def run(
        *args: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        input: str = "",
        check: bool = False,
        timeout: float = 120,
        program: Path = Path(sys.executable).parent / "academico",
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [program, *args],
            env=cli_environment(tmp_path) | dict(env or {}),
            cwd=cwd or tmp_path,
            input=input,
            text=True,
            encoding="utf-8",
            capture_output=True,
            check=False,
            timeout=timeout,
        )
        if check:
            assert done.returncode == 0, f"academico {' '.join(args)}: {done.stderr}"
        return done

    return run


def cli_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a user with a home under ``folder`` and nothing configured."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "ACADEMICO_HOME": str(folder / "home"),
        "COLUMNS": "200",
        # No engine answers there: nothing of a test runs in one that this machine has.
        "DOCKER_HOST": f"unix://{folder}/no-engine.sock",
    }
