"""Which events of a message the database refuses, and the reason that they are rejected for."""

from collections.abc import Collection

import psycopg
from psycopg.errors import (
    DataError,
    ForeignKeyViolation,
    IntegrityError,
    ProgramLimitExceeded,
)

from academico_cli import academico, raw, stg
from academico_cli.broker import Message
from academico_cli.events.reader import FieldError, Rejected, read
from academico_cli.postgres import Connection, savepoint
from academico_cli.reading import Banned, events_of, read_batch

ROW_FAULTS = (DataError, IntegrityError, ProgramLimitExceeded)
"""Errors of the database that are a row's fault."""


def bad_lines(connection: Connection, message: Message, exc: psycopg.Error) -> Banned:
    """Find the lines of a message that the database refuses, by trying and undoing."""
    places = [linea for linea, _ in events_of(message)]
    banned: Banned = {}

    def search(lines: Collection[int], cause: psycopg.Error) -> None:
        if len(lines) == 1:
            (linea,) = lines
            body = dict(events_of(message))[linea]
            banned[0, linea] = refused(body, cause)
            return
        listed = list(lines)
        half = len(listed) // 2
        for part in (listed[:half], listed[half:]):
            failure = _try(connection, message, part)
            if failure is not None:
                search(part, failure)

    search(places, exc)
    return banned


def _try(connection: Connection, message: Message, lines: Collection[int]) -> psycopg.Error | None:
    """Stage and merge some lines of a message, undo it, and return what went wrong."""
    kept = dict(events_of(message))
    bodies = [kept[linea] for linea in lines]
    parts = [
        message._replace(body=b, content_type=None, message_id=None, prepared=None) for b in bodies
    ]
    try:
        with savepoint(connection, keep=False):
            lote = raw.open_lote(connection)
            ids = [b"\0" * 16] * len(parts)
            reading = read_batch(lote.numero, parts, list(ids), {})
            stg.stage(connection, reading.rows)
            academico.merge(connection, lote.numero, reading.rows.keys())
    except ForeignKeyViolation:
        raise  # no fault of the line: a parent changed since it was read
    except ROW_FAULTS as exc:
        return exc
    return None


def refused(body: bytes, exc: psycopg.Error) -> Rejected:
    """Return the reason of a valid event that the database does not take."""
    event = read(body)
    entidad = event.entidad if isinstance(event, Rejected) else event.entity
    # The primary message names the constraint; the detail would repeat the row's values.
    said = exc.diag.message_primary or type(exc).__name__
    return Rejected(
        entidad, (FieldError("", "base_de_datos", f"PostgreSQL {exc.sqlstate}: {said}"),)
    )
