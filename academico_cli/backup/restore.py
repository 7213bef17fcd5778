"""A dump into a database: as a whole, with the rows that it was dumped with, or not at all."""

import os
import re
import subprocess
from pathlib import Path
from typing import IO

from psycopg import sql

from academico_cli import migrations, shipped, sqlfiles
from academico_cli.backup import manifest as manifests
from academico_cli.backup.manifest import Manifest
from academico_cli.errors import (
    BackupDamaged,
    BackupTooNew,
    CheckFailed,
    DatabaseFault,
    DatabaseNotEmpty,
)
from academico_cli.local.pgclient import client, target
from academico_cli.postgres import Database, lock_key

SQL = sqlfiles.load(__package__, "backup.sql")

_ROLES_SINCE = "0013"
"""Revision from which on there are roles, which own what is restored."""

_ERROR = re.compile(r"(?:ERROR|FATAL|error):\s+(.*)")
_ROWS = re.compile(r"academico: (table .*)")


def restore(database: Database, dump: Path, *, replace: bool = False) -> Manifest:
    """Restore a dump after its checksum was compared; return its manifest.

    One transaction: what was there is dropped, what was dumped takes its place, the rows of each
    table are counted, and only then is it committed.

    Args:
        replace: drop what academico has in the database first.

    Raises:
        BackupDamaged, BackupTooNew, UnreadableFile: before anything is touched.
        DatabaseNotEmpty: academico's tables are there already; ForeignDatabase: somebody else's.
        CheckFailed: a table came out with another number of rows; nothing was changed.
        DatabaseFault: the server refused a part of it; nothing was changed.
    """
    manifest = manifests.read(dump)
    if not replace and migrations.current(database) is not None:
        raise DatabaseNotEmpty(address=database.address)
    load(database, dump, manifest, replace=replace)
    return manifest


def load(
    database: Database,
    dump: Path,
    manifest: Manifest,
    *,
    replace: bool = False,
    privileges: bool = True,
) -> None:
    """Restore a dump that is known to be whole, and compare the rows of each table.

    Args:
        privileges: also who owns what and who may do what; missing roles are made.

    Raises:
        CheckFailed, DatabaseFault, BackupTooNew: as ``restore``.
    """
    with database.session(name="academico restore") as connection:
        server = connection.info.server_version // 10_000
    if server < manifest.server:
        found = f"of PostgreSQL {manifest.server}"
        raise BackupTooNew(path=dump, found=found, known=f"PostgreSQL {server} on the server")
    programs, to = client(max(server, manifest.pg_dump)), target(database)
    psql = subprocess.Popen(
        [
            *(programs.program("psql"), "-X", "-q", "-d", to.conninfo, "-v", "ON_ERROR_STOP=1"),
            # A row's values stand in the details of an error.
            *("-v", "VERBOSITY=terse", "-v", "SHOW_CONTEXT=never", "-o", os.devnull),
        ],
        env=to.environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    command = [programs.program("pg_restore"), "--no-owner", "-f", "-", str(dump)]
    if not privileges:
        command.insert(1, "--no-privileges")
    try:
        roles = privileges and manifest.revision >= _ROLES_SINCE
        _feed(psql, _head(database, replace, roles), command, _tail(manifest, roles))
        said = psql.communicate()[1].decode("utf-8", "replace")
    except BaseException:
        # Without the COMMIT at the end of the script the server undoes all of it.
        psql.kill()
        psql.wait()
        raise
    if psql.returncode:
        _explain(database, said)


def _feed(psql: "subprocess.Popen[bytes]", head: str, command: list[str], tail: str) -> None:
    """Write the script into psql; when psql has stopped reading, it has said why.

    Args:
        command: prints the part between head and tail.
    """
    assert psql.stdin is not None  # noqa: S101  it was asked for as a pipe
    try:
        _write(psql.stdin, head)
        part = subprocess.run(
            command, stdout=psql.stdin, stderr=subprocess.PIPE, check=False, text=True
        )
        if part.returncode == 0:
            _write(psql.stdin, tail)
        elif psql.poll() is None:
            raise BackupDamaged(path=command[-1], detail=_first_error(part.stderr))
    except BrokenPipeError:
        pass


def _write(stream: IO[bytes], text: str) -> None:
    stream.write(text.encode())
    stream.flush()


def _head(database: Database, replace: bool, roles: bool) -> str:
    begin = sql.SQL(SQL["begin"]).format(
        lock_timeout=sql.Literal(f"{database.lock_timeout}s"),
        clave=sql.Literal(lock_key("migrate")),
    )
    drop = SQL["drop"] + "\n" if replace else ""
    return begin.as_string() + "\n" + drop + (_script("roles_crear_v01.sql") if roles else "")


def _script(name: str) -> str:
    """Return a file of the migrations that may be run again."""
    return (shipped.folder("alembic") / "sql" / name).read_text(encoding="utf-8")


def _tail(manifest: Manifest, roles: bool) -> str:
    version = sql.SQL(SQL["version"]).format(revision=sql.Literal(manifest.revision)).as_string()
    if roles:
        version += "\n" + _script("roles_v01.sql") + "RESET ROLE;"
    parts: list[sql.Composable] = []
    for name, rows in manifest.rows.items():
        table = sql.Identifier(*name.split(".", 1))
        parts.append(
            sql.SQL(SQL["compare"]).format(
                tabla=table,
                rows=sql.SQL(str(int(rows))),
                nombre=sql.Literal(name),
            )
        )
    rest = sql.SQL("\n").join([*parts, sql.SQL(SQL["end"])]).as_string()
    return f"{version}\n{rest}\n"


def _explain(database: Database, said: str) -> None:
    """Raise what a failed restore amounts to."""
    detail = _first_error(said) or "psql ended without a word"
    rows = _ROWS.search(detail)
    if rows is not None:
        raise CheckFailed(detail=f"The restore was undone: {rows[1]}.")
    raise DatabaseFault(address=database.address, detail=detail.rstrip("."))


def _first_error(said: str) -> str:
    match = _ERROR.search(said)
    return match[1].strip() if match else " ".join(said.split())[:200]
