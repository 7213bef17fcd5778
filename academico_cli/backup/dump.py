"""The database into a file, in one snapshot; then the file into a database, to see it work."""

import hashlib
import os
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import LiteralString, NamedTuple, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from academico_cli import migrations, sqlfiles
from academico_cli.backup.manifest import Manifest, beside
from academico_cli.backup.restore import load
from academico_cli.errors import CheckFailed, DatabaseFault, MigrationMissing, WrongUsage
from academico_cli.local import files
from academico_cli.local.pgclient import client, target
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.postgres import Connection, Database

SQL = sqlfiles.load(__package__, "backup.sql")

SCHEMAS = ("raw", "stg", "core", "academico", "marts", "ml")
"""What is ours in the database; what else it may hold is for its owner to back up."""

SESSION = "academico backup"
"""Name of the database session of a backup."""

_CHUNK = 1024 * 1024


class Backup(NamedTuple):
    """What a backup wrote."""

    file: Path
    bytes: int
    tables: int
    rows: int
    revision: str
    sha256: str
    verified: bool
    """Whether it was restored once, and every table came out with its rows."""


def backup(
    database: Database,
    file: Path,
    *,
    verify: bool = True,
    on_bytes: Callable[[int], None] | None = None,
) -> Backup:
    """Dump the database to a file that is there only when it is whole, and try to restore it.

    Args:
        verify: restore it into a database of the moment, on the same server where this user may
            make one, else on an embedded server, and count the rows of each table.
        on_bytes: called from time to time with the number of bytes written.

    Raises:
        CheckFailed: the trial restore came out different; there is no file then.
        WrongUsage: the file exists, or its folder cannot be written.
        MigrationMissing: there is nothing of ours to back up.
        ProgramMissing: there is no pg_dump for this server. DatabaseFault: it failed.
    """
    if file.exists():
        raise WrongUsage(detail=f"{file} exists; give a name that is free")
    revision = migrations.current(database)
    if revision is None:
        raise MigrationMissing(address=database.address, current="none", wanted=migrations.head())
    with _temporary(file) as unfinished:
        manifest = _dump(database, unfinished, revision, on_bytes)
        if verify:
            _try(database, unfinished, manifest)
        # The manifest alone means nothing; a dump without its manifest would.
        files.write_private(beside(file), manifest.text())
        unfinished.rename(file)
    return Backup(
        file,
        manifest.bytes,
        len(manifest.rows),
        sum(manifest.rows.values()),
        revision,
        manifest.sha256,
        verify,
    )


@contextmanager
def _temporary(file: Path) -> Iterator[Path]:
    """Yield a path beside the file; whatever is there in the end is taken away."""
    path = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with files.writable(file):
            yield path
    finally:
        path.unlink(missing_ok=True)


def _dump(
    database: Database, file: Path, revision: str, on_bytes: Callable[[int], None] | None
) -> Manifest:
    with database.connect(name=SESSION) as connection:
        connection.execute(SQL["patient"])
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        server = connection.info.server_version // 10_000
        programs, of = client(server), target(database)
        snapshot = str(_one(connection, SQL["snapshot"]))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        # The counts lock what they read: no table is dropped before pg_dump has come to it.
        rows = _count(connection)
        command = [programs.program("pg_dump"), "--format=custom", "--no-unlogged-table-data"]
        command += [f"--snapshot={snapshot}", f"--lock-wait-timeout={database.lock_timeout}s"]
        command += [f"--schema={name}" for name in SCHEMAS]
        size, digest = _write(
            [*command, "-d", of.conninfo], dict(of.environment), file, database.address, on_bytes
        )
        connection.rollback()
    return Manifest(
        version("academico"), revision, server, programs.version, now, size, digest, rows
    )


def _write(
    command: list[str],
    environment: dict[str, str],
    file: Path,
    address: str,
    on_bytes: Callable[[int], None] | None,
) -> tuple[int, str]:
    """Write what a program prints to a file of our user's only; return its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as sink, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=errors
        ) as dump:
            assert dump.stdout is not None  # noqa: S101  it was asked for as a pipe
            try:
                while part := dump.stdout.read(_CHUNK):
                    sink.write(part)
                    digest.update(part)
                    size += len(part)
                    if on_bytes is not None:
                        on_bytes(size)
            except BaseException:
                dump.kill()
                raise
        sink.flush()
        os.fsync(sink.fileno())
        if dump.returncode:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").splitlines() or ["it ended early"]
            raise DatabaseFault(address=address, detail=said[0].rstrip("."))
    return size, digest.hexdigest()


def _count(connection: Connection) -> dict[str, int]:
    tables = connection.execute(SQL["tables"], {"schemas": list(SCHEMAS)}).fetchall()
    counted: dict[str, int] = {}
    for schema, table, rows in tables:
        source = cast(LiteralString, rows)  # the server's own catalogue quotes its names
        statement = sql.SQL(SQL["count"]).format(filas=sql.SQL(source))
        counted[f"{schema}.{table}"] = int(str(_one(connection, statement)))
    return counted


def _try(database: Database, file: Path, manifest: Manifest) -> None:
    """Restore a dump into a database that lives for it.

    Raises:
        CheckFailed: it cannot be restored, or comes out different.
    """
    with _scratch(database, manifest) as (scratch, is_same_server):
        try:
            # Who owns what can be tried by the owner's members only, where the roles are.
            owners = is_same_server and database.may("owner")
            load(scratch, file, manifest, privileges=owners)
        except DatabaseFault as exc:
            raise CheckFailed(
                detail=f"The backup cannot be restored, so it was not kept: {exc}"
            ) from exc
        except CheckFailed as exc:
            raise CheckFailed(detail=f"The backup was not kept. {exc}") from exc


@contextmanager
def _scratch(database: Database, manifest: Manifest) -> Iterator[tuple[Database, bool]]:
    """Yield an empty database, and whether it is on the same server; drop it afterwards."""
    with database.session(name=SESSION) as connection:
        # By the session that is in its name it is known whether anybody still needs it.
        name = f"academico_prueba_{connection.info.backend_pid}_{uuid.uuid4().hex[:12]}"
        for (left,) in connection.execute(SQL["left_over"], {"session": SESSION}).fetchall():
            _drop(connection, str(left))
        encoding, collate, ctype = connection.execute(SQL["collation"]).fetchone() or ("",) * 3
        connection.execute(SQL["patient"])
        create = sql.SQL(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}"
        ).format(sql.Identifier(name), encoding, collate, ctype)
        try:
            connection.execute(create)
        except psycopg.errors.InsufficientPrivilege:
            name = ""
        else:
            try:
                yield _at(database, name), True
            finally:
                _drop(connection, name)
    if not name:
        with _embedded(manifest.server) as embedded:
            yield embedded, False


def _drop(connection: Connection, name: str) -> None:
    """Drop a database whose last client may be ending this moment."""
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = %s AND usename = current_user",
        [name],
    )
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def _embedded(version_needed: int) -> Iterator[Database]:
    programs = client(version_needed)
    with tempfile.TemporaryDirectory(prefix="academico-backup-") as folder:
        server = EmbeddedPostgres(Path(folder), version=programs.version)
        try:
            yield Database(server.start())
        finally:
            server.stop()


def _at(database: Database, name: str) -> Database:
    return Database(
        make_conninfo(database.conninfo, dbname=name),
        connect_timeout=database.connect_timeout,
        statement_timeout=database.statement_timeout,
        lock_timeout=database.lock_timeout,
    )


def _one(connection: Connection, statement: "sql.Composed | LiteralString") -> object:
    row = connection.execute(statement).fetchone()
    assert row is not None  # noqa: S101  an aggregate or a function gives one row
    return row[0]
