"""``academico privacy pseudonymize``: tables for research, without names and without ids."""

import csv
import hmac
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import LiteralString, NamedTuple

import psycopg

from academico_cli import sqlfiles
from academico_cli.errors import UnreadableFile, WrongUsage
from academico_cli.local import files
from academico_cli.postgres import Connection, Database

SQL = sqlfiles.load(__package__, "pseudonym.sql")

KEY_BYTES = 32
"""Length of a key that we make."""

LEAST_KEY = 32
"""Characters that a key has at least: shorter ones can be found by trying."""

DIGITS = 32
"""Hexadecimal digits of a pseudonym, 128 bits: among a billion people no two share one."""

_CHUNK = 10_000
_HASHED = {
    "id_alumno": "alumno", "id_maestro": "maestro", "nombre_alumno": "nombre",
    "nombre_maestro": "nombre",
}  # fmt: skip
"""Columns that are replaced, and the kind that goes into the hash with each value: one person has
one pseudonym in every table, and alumno 7 another than maestro 7."""


class Written(NamedTuple):
    """One file."""

    file: str
    rows: int


def new_key(path: Path) -> None:
    """Write a random key to a new file that only its owner can read.

    Raises:
        WrongUsage: the file exists, or cannot be written.
    """
    with files.writable(path):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")


def read_key(path: Path) -> str:
    """Return the key in a file.

    Raises:
        UnreadableFile: it cannot be read, or by others than its owner, too.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise UnreadableFile(path=path, detail="others can read it; run `chmod 600` on it")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        why = getattr(exc, "strerror", None) or "it is not UTF-8"
        raise UnreadableFile(path=path, detail=why) from exc


def pseudonymize(
    database: Database,
    folder: Path,
    key: str,
    *,
    on_rows: Callable[[int], None] | None = None,
) -> list[Written]:
    """Write each table of academico to a CSV file in a new folder, all of one snapshot.

    Raises:
        WrongUsage: the key is too short, or the folder exists or cannot be written.
    """
    if len(key) < LEAST_KEY:
        raise WrongUsage(
            detail=f"the key has fewer than {LEAST_KEY} characters; --new-key FILE makes a good one"
        )
    if folder.exists():
        raise WrongUsage(detail=f"{folder} exists; give a name that is free")
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        with files.writable(folder):
            unfinished.mkdir(mode=0o700)
            written = _export(database, unfinished, _hasher(key), on_rows)
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return written


def _hasher(key: str) -> Callable[[str, object], str]:
    secret = key.encode()

    @lru_cache(maxsize=100_000)
    def pseudonym(kind: str, value: object) -> str:
        return hmac.digest(secret, f"{kind}:{value}".encode(), "sha256").hex()[:DIGITS]

    return pseudonym


def _export(
    database: Database,
    folder: Path,
    pseudonym: Callable[[str, object], str],
    on_rows: Callable[[int], None] | None,
) -> list[Written]:
    written: list[Written] = []
    done = 0
    with database.connect(name="academico privacy") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for name, query in SQL.items():
            handle = os.open(folder / f"{name}.csv", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                writer, rows = csv.writer(file), 0
                for row in _replaced(connection, name, query, pseudonym):
                    writer.writerow(row)
                    rows += 1
                    if on_rows is not None and rows % _CHUNK == 0:
                        on_rows(done + rows)
            done += rows - 1  # without the heading
            written.append(Written(f"{name}.csv", rows - 1))
        connection.rollback()
    return written


def _replaced(
    connection: Connection,
    name: str,
    query: LiteralString,
    pseudonym: Callable[[str, object], str],
) -> Iterator[list[object]]:
    """Yield the heading, then each row with its personal columns replaced."""
    with connection.cursor(name=f"seudonimo_{name}") as cursor:
        cursor.itersize = _CHUNK
        cursor.execute(query)
        columns = [column.name for column in cursor.description or ()]
        kinds = [_HASHED.get(column) for column in columns]
        yield list(columns)
        for row in cursor:
            yield [
                value if kind is None or value is None else pseudonym(kind, value)
                for kind, value in zip(kinds, row, strict=True)
            ]
