"""Schema raw: every delivered message whose id is new, byte for byte."""

import hashlib
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import NamedTuple

from psycopg.errors import UniqueViolation

from academico_cli import sqlfiles
from academico_cli.broker import Message
from academico_cli.events.reader import message_uuid, uuid5
from academico_cli.postgres import PG_EPOCH_US, Connection, UuidArray, jsonb

SQL = sqlfiles.load(__package__, "raw.sql")

# A binary COPY carries no types, only lengths: a bytea of 16 bytes is read as a uuid and an int8 of
# microseconds as a timestamptz, without building either in Python.
_TYPES = ("bytea", "date", "int8", "int4", "int8", "text", "int8", "text", "bytea", "bool", "bytea")


_ERASED = b""
"""Digest of a body from which an event was erased: what it was is not known any more."""


class Lote(NamedTuple):
    """An open lote: its number and the month (first day, UTC) that it writes to."""

    numero: int
    mes: date


class Stored(NamedTuple):
    """What became of the messages of a lote in raw."""

    ids: list[bytes | None]
    """For each message the 16 bytes of its id in raw, or None for a duplicate."""
    conflictos: int
    """Duplicates whose body differs from the one that was kept."""


class DuplicateRaceError(Exception):
    """Another worker stored one of these ids while this lote was open: read again and go on."""


def open_lote(connection: Connection) -> Lote:
    """Open a lote in the transaction of ``connection``."""
    row = connection.execute(SQL["open_lote"]).fetchone()
    assert row is not None  # noqa: S101  the function returns one row, always
    return Lote(*row)  # type: ignore[arg-type]


def store(
    connection: Connection,
    lote: Lote,
    messages: Sequence[Message],
    before: Callable[[Collection[bytes]], None] | None = None,
) -> Stored:
    """Store the messages that are new; tell which are.

    A message is a duplicate when its id was seen before, here or in the months that raw remembers.
    One without an id is a duplicate only when the broker marks it redelivered: two equal ones in
    one lote are two messages, because both are held at once.

    Args:
        before: called with the messages' ids before it is asked which of them are known.

    Raises:
        DuplicateRaceError: roll back to before open_lote and try again.
    """
    identities = [message_uuid(m.message_id, m.body) for m in messages]
    if before:
        before(identities)
    known = _known(connection, lote, identities)
    seen: dict[bytes, bytes] = {}
    ids: list[bytes | None] = []
    rows = []
    conflicts = 0
    for n, (message, identity) in enumerate(zip(messages, identities, strict=True)):
        kept = known.get(identity)
        twin = seen.get(identity)
        new_id: bytes | None = identity
        if kept is not None or twin is not None:
            if message.message_id is None and not (message.redelivered and kept is not None):
                new_id = uuid5(identity + b"%d/%d/%d" % (lote.numero, n, message.received_us))
            else:
                new_id = None
                same = kept in (_ERASED, hashlib.sha256(message.body).digest())
                if not same and twin != message.body:
                    conflicts += 1
                    _record_conflict(connection, lote, n, identity, message)
        ids.append(new_id)
        if new_id is not None:
            seen[identity] = message.body
            rows.append(_row(lote, n, new_id, message))
    _copy(connection, rows)
    return Stored(ids, conflicts)


def _known(connection: Connection, lote: Lote, identities: Sequence[bytes]) -> dict[bytes, bytes]:
    cursor = connection.execute(
        SQL["known"], {"ids": UuidArray(identities), "mes": lote.mes}, binary=True
    )
    return dict(cursor.fetchall())  # type: ignore[arg-type]


def _row(lote: Lote, n: int, new_id: bytes, message: Message) -> tuple[object, ...]:
    sent, headers = message.timestamp, message.headers
    return (
        new_id,
        lote.mes,
        lote.numero,
        n,
        message.received_us - PG_EPOCH_US,
        _text(message.message_id),
        None if sent is None else sent * 1_000_000 - PG_EPOCH_US,
        _text(message.content_type),
        None if headers is None else jsonb(headers),
        message.redelivered,
        message.body,
    )


def _text(value: str | None) -> str | None:
    # PostgreSQL's text holds neither NUL nor lone surrogates; the identity was taken before.
    if value is None or (value.isascii() and "\x00" not in value):
        return value
    return value.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _copy(connection: Connection, rows: list[tuple[object, ...]]) -> None:
    if not rows:
        return
    # In the order of the index: neighbours land on one page, and two workers meet in one order.
    rows.sort(key=lambda row: row[0])  # type: ignore[arg-type,return-value]
    try:
        with connection.cursor() as cursor, cursor.copy(SQL["copy_mensajes"]) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
    except UniqueViolation as exc:
        raise DuplicateRaceError from exc


def _record_conflict(
    connection: Connection, lote: Lote, n: int, identity: bytes, message: Message
) -> None:
    connection.execute(
        SQL["insert_conflicto"],
        {
            "id": uuid.UUID(bytes=identity),
            "lote": lote.numero,
            "n": n,
            "recibido_us": message.received_us,
            "message_id": _text(message.message_id),
            "cuerpo": message.body,
        },
    )
