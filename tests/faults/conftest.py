"""Servers that are there to be killed, and a stage on them for each fault."""

import os
import random
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from academico_cli import migrations
from academico_cli.local.postgres import ADMIN, EmbeddedPostgres
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.postgres import Database

from ..conftest import add_vhosts, at_database, create_database, require
from . import databases
from .registry import Fault
from .stage import Stage

TEMPLATE = "plantilla_fallas"


@pytest.fixture(scope="session")
def doomed_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("doomed-postgres"))
    try:
        url = server.start()
        create_database(url, TEMPLATE)
        migrations.upgrade(Database(at_database(url, TEMPLATE)))
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def doomed_rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRabbit]:
    require(PrivateRabbit.installed(), "rabbitmq-server")
    node = PrivateRabbit(tmp_path_factory.mktemp("doomed-rabbit"))
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="session")
def doomed_vhosts(doomed_rabbit: PrivateRabbit) -> Iterator[str]:
    def stock() -> Iterator[str]:
        while True:
            doomed_rabbit.start()
            yield from add_vhosts(doomed_rabbit)

    return stock()


@pytest.fixture(scope="session")
def fault_seed() -> int:
    given = os.environ.get("FAULT_SEED")
    return int(given) if given else random.SystemRandom().randrange(10**6)


@pytest.fixture
def small_disk(
    tmp_path: Path, doomed_postgres: EmbeddedPostgres
) -> Iterator[Callable[[str], None]]:
    """Yield a function that moves a database to a file system of 48 MB, ``tmp_path``/disk."""
    admin = doomed_postgres._url(doomed_postgres._state(), ADMIN, "postgres")
    mounted: list[Path] = []

    def move(database: str) -> None:
        # Not below pytest's own folder, which PostgreSQL's user may not enter.
        folder = Path(tempfile.mkdtemp(prefix="academico-disk-"))
        folder.chmod(0o755)
        (tmp_path / "disk").symlink_to(folder)
        there = databases.mount_small(folder)
        if not there:
            folder.rmdir()
        require(there, "the right to mount a file system that can be filled")
        mounted.append(folder)
        inner = folder / "espacio"
        inner.mkdir()
        owner = doomed_postgres._data.stat()
        os.chown(inner, owner.st_uid, owner.st_gid)
        databases.move_to(admin, database, inner)

    yield move
    for folder in mounted:
        try:
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute("DROP TABLESPACE IF EXISTS escaso")
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
            folder.rmdir()


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    fault: Fault,
    tmp_path: Path,
    fault_seed: int,
    small_disk: Callable[[str], None],
    doomed_postgres: EmbeddedPostgres,
) -> Iterator[Stage]:
    rabbit: PrivateRabbit | None = None
    rabbit_url: str | None = None
    if fault.broker == "rabbitmq":
        rabbit = request.getfixturevalue("doomed_rabbit")
        vhost = next(request.getfixturevalue("doomed_vhosts"))
        rabbit_url = f"{rabbit.start().rpartition('/')[0]}/{vhost}"
    name = f"f_{uuid.uuid4().hex[:10]}"
    create_database(doomed_postgres.start(), name, TEMPLATE)
    if fault.name == "disk full":
        small_disk(name)
    url = at_database(doomed_postgres.start(), name)
    opened = Stage(
        doomed_postgres, rabbit, tmp_path, url, rabbit_url, fault_seed,
        os.environ.get("FAULTS") == "long",
    )  # fmt: skip
    try:
        yield opened
    finally:
        opened.close()
        with psycopg.connect(doomed_postgres.start(), autocommit=True) as connection:
            connection.execute(
                # FORCE would also end autovacuum, which only a superuser may.
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user",
                (name,),
            )
            connection.execute(f"DROP DATABASE {name}")
