"""stg.rechazos: look at what was refused, and close it. Nothing is ever deleted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from psycopg.rows import dict_row

from academico_cli import sqlfiles
from academico_cli.broker import Message
from academico_cli.errors import UnknownRechazo
from academico_cli.postgres import Connection, Database, Row

SQL = sqlfiles.load(__package__, "rechazos.sql")

MASK = "***"
_SENT = ("message_id", "headers", "cuerpo", "correccion")

Estado = Literal["abierto", "reintentado", "descartado"]


@dataclass(frozen=True)
class Filter:
    """Which rejects are meant; None leaves a field out of it."""

    estado: Estado = "abierto"
    entidad: str | None = None
    motivo: str | None = None
    since: datetime | None = None
    """Received at this moment or later."""
    until: datetime | None = None
    """Received before this moment."""
    limit: int | None = None


class Event(NamedTuple):
    """A refused event, as it is read again."""

    id: int
    place: tuple[int, int, int, bytes]
    """lote, n, linea, and the id of its message."""
    message: Message
    """Carries the event's body and its message's times; received_us is without the line."""


def list_rows(database: Database, wanted: Filter) -> list[Row]:
    """Return rejects, one a row, oldest first."""
    return database.rows(SQL["list"], asdict(wanted))


def group_rows(database: Database, wanted: Filter) -> list[Row]:
    """Return kinds of rejects with their number, and missing parents with what waits for each."""
    return database.rows(SQL["group"], asdict(wanted))


def show(database: Database, number: int) -> Row:
    """Return all that is known of one reject; its bodies as bytes.

    Raises:
        UnknownRechazo: there is none of this number.
    """
    rows = database.rows(SQL["show"], {"id": number})
    if not rows:
        raise UnknownRechazo(ids=number)
    return rows[0]


def masked(row: Row) -> Row:
    """Return a reject without what was sent."""
    return {k: MASK if v is not None and k in _SENT else v for k, v in row.items()}


def require_known(connection: Connection, ids: Sequence[int]) -> None:
    """Check that there is a reject of each number.

    Raises:
        UnknownRechazo: there is not.
    """
    known = {row[0] for row in connection.execute(SQL["known"], {"ids": list(ids)})}
    unknown = [number for number in ids if number not in known]
    if unknown:
        raise UnknownRechazo(ids=", ".join(map(str, unknown)))


def discard(database: Database, ids: Sequence[int]) -> list[Row]:
    """Mark rejects as done with; return each with the estado that it has now.

    Raises:
        UnknownRechazo: there is none of one of the numbers; nothing is marked then.
    """
    with database.connect() as connection:
        require_known(connection, ids)
        connection.execute(SQL["discard"], {"ids": list(ids)})
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(SQL["lock"], {"ids": list(ids)}).fetchall()


def lock(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Lock rejects until the end of the transaction; return each one's estado."""
    rows = connection.execute(SQL["lock"], {"ids": list(ids)})
    return {number: estado for number, estado in rows}  # type: ignore[misc]  # noqa: C416


def events(connection: Connection, ids: Sequence[int]) -> list[Event]:
    """Return rejects as events, with the times of their messages."""
    rows = connection.execute(SQL["open_events"], {"ids": list(ids)}, binary=True)
    return [
        Event(number, (lote, n, linea, raw_id), Message(body, arrival - linea, timestamp=sent))  # type: ignore[operator,arg-type]
        for number, lote, n, linea, raw_id, arrival, sent, body in rows
    ]


def close_retried(
    connection: Connection, lote: int, ids: Sequence[int], correccion: bytes | None
) -> None:
    """Close rejects that the lote applied, and take them off the rejected in the ledger."""
    params = {"lote": lote, "ids": list(ids), "correccion": correccion}
    connection.execute(SQL["close_retried"], params)
