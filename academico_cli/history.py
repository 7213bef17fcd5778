"""What was ever received, read again from raw as it counts today.

Without what is rejected or was erased, and with the corrections that a person made. ``replay`` and
``reconcile`` are built on it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from academico_cli import reading, sqlfiles, stg
from academico_cli.broker import Message
from academico_cli.events.reader import Rejected, read
from academico_cli.events.tombstone import entidad_of
from academico_cli.postgres import Connection

SQL = sqlfiles.load(__package__, "history.sql")

CHUNK = 20_000
"""Events that are read at once, about: a lote is never split."""

Place = tuple[int, int, int]
"""lote, n, linea of an event."""


class Lote(NamedTuple):
    """A lote and how many events it is thought to hold."""

    numero: int
    eventos: int


class Chunk(NamedTuple):
    """The events of some lotes, in order."""

    lotes: list[int]
    rows: dict[str, list[stg.Row]]
    """The valid ones, typed, that are not set aside."""
    eventos: Counter[tuple[int, str]]
    """All of them, by lote and entidad."""
    invalid: list[tuple[Place, Rejected]]
    """Those that break the contract and are not set aside."""


class _Aside(NamedTuple):
    entidad: str
    is_retried: bool
    correccion: bytes | None


def received_lotes(
    connection: Connection, *, since: datetime | None = None, day: date | None = None
) -> list[Lote]:
    """Return the lotes committed since, or opened on a day (UTC), or all that raw or core knows."""
    if since is not None or day is not None:
        rows = connection.execute(SQL["lotes_between"], {"since": since, "day": day})
    else:
        rows = connection.execute(SQL["lotes"])
    return [Lote(*row) for row in rows]  # type: ignore[arg-type]


def forgotten_lotes(connection: Connection) -> set[int]:
    """Return the lotes of months that retention dropped from raw."""
    return {row[0] for row in connection.execute(SQL["forgotten"])}  # type: ignore[misc]


def read_again(
    connection: Connection, lote: int, lotes: Sequence[Lote], since: datetime | None = None
) -> Iterator[Chunk]:
    """Read lotes again, some at a time.

    Args:
        lote: the one that the rows are to be staged under.
        since: leave out messages received before.
    """
    for part in _parts(lotes):
        yield _read(connection, lote, part, since)


def parked(connection: Connection, lotes: Sequence[int]) -> dict[Place, int]:
    """Return the parked events of some lotes: place -> id in stg.pendientes."""
    rows = connection.execute(SQL["parked"], {"lotes": lotes})
    return {(lote, n, linea): number for lote, n, linea, number in rows}  # type: ignore[misc]


def _parts(lotes: Sequence[Lote]) -> Iterator[list[int]]:
    part: list[int] = []
    size = 0
    for numero, eventos in lotes:
        if part and size + eventos > CHUNK:
            yield part
            part, size = [], 0
        part.append(numero)
        size += eventos
    if part:
        yield part


def _read(connection: Connection, lote: int, lotes: list[int], since: datetime | None) -> Chunk:
    asides = _asides(connection, lotes)
    rows: defaultdict[str, list[stg.Row]] = defaultdict(list)
    chunk = Chunk(lotes, rows, Counter(), [])
    for origen, n, raw_id, message in _messages(connection, lotes, since):
        for linea, sent in reading.events_of(message):
            place, body = (origen, n, linea), sent
            aside = asides.get(place)
            if aside is not None:
                if not aside.is_retried:
                    chunk.eventos[origen, aside.entidad] += 1
                    continue
                body = sent if aside.correccion is None else aside.correccion
            erased = entidad_of(body)
            if erased is not None:
                chunk.eventos[origen, erased] += 1
                continue
            event = read(body)
            if isinstance(event, Rejected):
                chunk.eventos[origen, event.entidad] += 1
                chunk.invalid.append((place, event))
                continue
            chunk.eventos[origen, event.entity] += 1
            rows[event.entity].append(
                reading.staged_row(lote, (*place, raw_id), event, message, body)
            )
    return chunk


def _asides(connection: Connection, lotes: list[int]) -> dict[Place, _Aside]:
    rows = connection.execute(SQL["asides"], {"lotes": lotes}, binary=True)
    return {(lote, n, linea): _Aside(*rest) for lote, n, linea, *rest in rows}  # type: ignore[misc,arg-type]


def _messages(
    connection: Connection, lotes: list[int], since: datetime | None
) -> Iterator[tuple[int, int, bytes, Message]]:
    params = {"lotes": lotes, "first": lotes[0], "last": lotes[-1], "since": since}
    cursor = connection.execute(SQL["messages"], params, binary=True)
    for lote, n, raw_id, received_us, timestamp, content_type, body in cursor:
        message = Message(
            body,  # type: ignore[arg-type]
            received_us,  # type: ignore[arg-type]
            timestamp=timestamp,  # type: ignore[arg-type]
            content_type=content_type,  # type: ignore[arg-type]
        )
        yield lote, n, raw_id, message  # type: ignore[misc]
