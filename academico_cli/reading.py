"""From the bytes of a message to the typed columns of its events.

None of it needs the database, so that it can be done ahead, while the database is busy.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from academico_cli.broker import Message, is_ndjson
from academico_cli.events.envelope import Evento
from academico_cli.events.reader import ENTIDADES, Rejected, read, tie_break
from academico_cli.postgres import PG_EPOCH_US
from academico_cli.stg import Rechazo, Row

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIELDS: dict[str, Callable[[dict[str, Any]], tuple[Any, ...]]] = {
    entidad: itemgetter(*modelo.CAMPOS) for entidad, modelo in ENTIDADES.items()
}

Banned = dict[tuple[int, int], Rejected]
"""Events, by place of the message in the batch and line, that the database itself refused."""


class Typed(NamedTuple):
    """A valid event, typed for staging."""

    entidad: str
    columns: tuple[object, ...]
    """ocurrido_en, desempate, and the fields of the entidad: see stg.Row."""


Read = tuple[int, bytes, Typed | Rejected]
"""An event's line (0 when it is the only one), its own bytes, and what they mean."""


class Reading(NamedTuple):
    """The events of a batch, validated and typed."""

    rows: dict[str, list[Row]]
    rechazos: list[Rechazo]
    duplicados: Counter[str]
    eventos: int


def events_of(message: Message) -> list[tuple[int, bytes]]:
    """Return the events of a message with their line: 0 for a single one, else 1, 2, ..."""
    if not is_ndjson(message.content_type):
        return [(0, message.body)]
    lines = [(i, line) for i, line in enumerate(message.body.split(b"\n"), 1) if line.strip()]
    return lines or [(1, b"")]


def prepare(
    body: bytes, received_us: int, timestamp: int | None, content_type: str | None
) -> list[Read] | None:
    """Validate a message's only event ahead of time; a message of many waits for its batch.

    A worker's memory is bounded by the bytes that it holds: many lines would be many objects.
    """
    if is_ndjson(content_type):
        return None
    return [(0, body, _typed(body, received_us, timestamp, 0))]


def read_message(n: int, message: Message, banned: Banned) -> Iterable[Read]:
    """Return the events of a message; those that are banned are not read.

    Args:
        n: place of the message in its batch.
    """
    if isinstance(message.prepared, list) and not banned:
        return message.prepared
    sent, arrival = message.timestamp, message.received_us
    return (
        (linea, body, banned.get((n, linea)) or _typed(body, arrival, sent, linea))
        for linea, body in events_of(message)
    )


def read_batch(
    lote: int, messages: Sequence[Message], ids: Sequence[bytes | None], banned: Banned
) -> Reading:
    """Validate the events of a batch and type those that are to be merged.

    Args:
        ids: for each message its id in raw, or None for a duplicate, whose events only count.
    """
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    rechazos: list[Rechazo] = []
    duplicates: Counter[str] = Counter()
    eventos = 0
    for n, (message, raw_id) in enumerate(zip(messages, ids, strict=True)):
        for linea, body, event in read_message(n, message, banned):
            eventos += 1
            if raw_id is None:
                duplicates[event.entidad] += 1
            elif isinstance(event, Rejected):
                arrival = message.received_us + linea
                rechazos.append(Rechazo(n, linea, raw_id, event, body, arrival))
            else:
                rows[event.entidad].append((lote, lote, n, linea, raw_id, *event.columns))
    return Reading(rows, rechazos, duplicates, eventos)


def _typed(body: bytes, received_us: int, timestamp: int | None, linea: int) -> Typed | Rejected:
    event = read(body)
    if isinstance(event, Rejected):
        return event
    return Typed(event.entity, _columns(event, received_us, timestamp, linea, body))


def _columns(
    event: Evento, received_us: int, timestamp: int | None, linea: int, body: bytes
) -> tuple[object, ...]:
    values = event.__dict__
    order = _order(values["ocurrido_en"], received_us, timestamp, linea, body)
    return *order, *_FIELDS[event.entity](values)


def staged_row(
    lote: int, place: tuple[int, int, int, bytes], event: Evento, message: Message, body: bytes
) -> Row:
    """Return the row that stages an event.

    Args:
        lote: the transaction that carries it.
        place: where it came from: lote, n and id of its message, and its line, in the order
            (lote, n, linea, id).
        message: the one that it came in, for its times.
        body: the event's own bytes.
    """
    columns = _columns(event, message.received_us, message.timestamp, place[2], body)
    return (lote, *place, *columns)


def _order(
    ocurrido_en: datetime | None, received_us: int, timestamp: int | None, linea: int, body: bytes
) -> tuple[int, int]:
    """Return what events of one key are ordered by: microseconds since 2000, then a tie-break.

    Equal ocurrido_en are decided by the events' own bytes, so that the order of arrival does not
    matter; equal AMQP timestamps (whole seconds) by arrival.
    """
    arrival = received_us - PG_EPOCH_US + linea
    if ocurrido_en is not None:
        return (ocurrido_en - _EPOCH) // _MICROSECOND, tie_break(body)
    if timestamp is not None:
        return timestamp * 1_000_000 - PG_EPOCH_US, arrival
    return arrival, 0
