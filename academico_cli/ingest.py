"""A batch's whole life: the one file that names the stages in order.

Messages come in, one transaction takes them through raw, stg and academico and writes the ledger;
the caller commits, and only then acknowledges. A batch that one row spoils is split until only that
row is set aside.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import psycopg
from psycopg.errors import (
    DataError,
    ForeignKeyViolation,
    IntegrityError,
    ProgramLimitExceeded,
)

from academico_cli import academico, raw, stg
from academico_cli.broker import Message
from academico_cli.core import ledger
from academico_cli.events.reader import (
    DESCONOCIDA,
    FieldError,
    Rejected,
    read,
)
from academico_cli.postgres import Connection, savepoint
from academico_cli.reading import Banned, events_of, read_message

STRAGGLERS = 5_000
"""Parked events that one transaction takes up at most."""

ROW_FAULTS = (DataError, IntegrityError, ProgramLimitExceeded)
"""Errors of the database that are a row's fault."""

_RACES = 5
"""Times that a lote is tried again because another worker stored one of its ids meanwhile."""

MORTAL = Rejected(
    DESCONOCIDA,
    (FieldError("", "mensaje_mortal", "A message that does not end the process that reads it"),),
)
"""The reason of a dead letter."""


class Result(NamedTuple):
    """What one transaction did."""

    lotes: tuple[int, ...]
    """Usually one; more when the batch was split."""
    eventos: int
    destinos: Counter[str]
    """Events by destino, parked ones of earlier lotes that were taken up included."""
    conflictos: int

    def __add__(self, other: object) -> "Result":
        if not isinstance(other, Result):
            return NotImplemented
        return Result(
            self.lotes + other.lotes,
            self.eventos + other.eventos,
            self.destinos + other.destinos,
            self.conflictos + other.conflictos,
        )


class Reading(NamedTuple):
    """The events of a batch, validated and typed."""

    rows: dict[str, list[stg.Row]]
    rechazos: list[stg.Rechazo]
    duplicados: Counter[str]
    eventos: int


class Hold(Protocol):
    """Why a lote is to be set aside."""

    @property
    def reason(self) -> str:
        """What its events are rejected for."""

    def record(self, connection: Connection, lote: int) -> None:
        """Note it under the number of the lote that was set aside."""


Gate = Callable[[Connection, int, Mapping[str, Collection[stg.Row]]], Hold | None]
"""Asked of each lote after its merge, with the keys of its rows by entidad (none of catalogues)."""


class _HeldError(Exception):
    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.reason)
        self.hold = hold


class Received(NamedTuple):
    """A lote that is stored in raw and staged, and not merged yet."""

    lote: int
    ids: frozenset[bytes]
    """Ids in raw of its messages."""
    mensajes: int
    eventos: int
    conflictos: int
    entidades: frozenset[str]
    """Those that have staged rows."""
    keys: dict[str, frozenset[stg.Row]]
    """Of these rows: see stg.keys_of."""
    destinos: Counter[tuple[str, str]]
    """Events by entidad and destino of which the merge sees nothing."""

    def depends_on(self, other: "Received") -> bool:
        """Tell whether merging both at once may give another result than one after the other.

        Not when they have no key in common and neither has a parent of the other's rows; parked
        events that one of them takes up have a parent in it.
        """
        if not stg.CATALOGUES.isdisjoint(self.entidades | other.entidades):
            return True
        if any(not keys.isdisjoint(other.keys.get(e, ())) for e, keys in self.keys.items()):
            return True
        return _has_parents_of(self, other) or _has_parents_of(other, self)


def _has_parents_of(one: Received, other: Received) -> bool:
    alumnos = one.keys.get("alumno", frozenset())
    return any(
        key[:1] in alumnos
        for entidad, keys in other.keys.items()
        if alumnos and entidad != "alumno"
        for key in keys
    )


def ingest(
    connection: Connection, run_id: int, messages: Sequence[Message], gate: Gate | None = None
) -> Result:
    """Take a batch through all stages in the transaction of ``connection``; the caller commits.

    Args:
        gate: may have a lote set aside: its merge is undone and its events are kept as rejects.

    Raises:
        psycopg.Error: not the fault of a row (an outage, a deadlock): roll back and try again.
    """
    try:
        return _past(gate, connection, run_id, messages, {})
    except ForeignKeyViolation:
        # A parent was there when it was read: it changed meanwhile, which is no fault of the row.
        raise
    except ROW_FAULTS as exc:
        if len(messages) > 1:
            half = len(messages) // 2
            return ingest(connection, run_id, messages[:half], gate) + ingest(
                connection, run_id, messages[half:], gate
            )
        return _past(gate, connection, run_id, messages, _bad_lines(connection, messages, exc))


def _past(
    gate: Gate | None,
    connection: Connection,
    run_id: int,
    messages: Sequence[Message],
    banned: Banned,
) -> Result:
    try:
        return _in_savepoint(connection, run_id, messages, banned, gate)
    except _HeldError as exc:
        hold = exc.hold
    aside = banned | {
        (n, linea): Rejected(event.entidad, (FieldError("", "cuarentena", hold.reason),))
        for n, message in enumerate(messages)
        for linea, _, event in read_message(n, message, banned)
        if not isinstance(event, Rejected)
    }
    result = _in_savepoint(connection, run_id, messages, aside)
    hold.record(connection, *result.lotes)
    return result


def set_aside_dead(connection: Connection, run_id: int, messages: Sequence[Message]) -> Result:
    """Keep dead letters as rejects, unread: whoever read one of them may have died of it."""
    banned = {
        (n, linea): MORTAL for n, message in enumerate(messages) for linea, _ in events_of(message)
    }
    return _in_savepoint(connection, run_id, messages, banned)


def take_up_stragglers(connection: Connection, run_id: int) -> Result:
    """Apply parked events whose parent arrived while they were being parked."""
    lote = raw.open_lote(connection)
    entidades = stg.take_up_stragglers(connection, lote.numero, STRAGGLERS)
    destinos = academico.merge(connection, lote.numero, entidades)
    ledger.close_lote(
        connection, lote.numero, run_id, mensajes=0, eventos=0, conflictos=0, destinos={}
    )
    return Result((lote.numero,), 0, destinos, 0)


def _in_savepoint(
    connection: Connection,
    run_id: int,
    messages: Sequence[Message],
    banned: Banned,
    gate: Gate | None = None,
) -> Result:
    for _ in range(_RACES):
        try:
            with savepoint(connection):
                return _stages(connection, run_id, messages, banned, gate)
        except raw.DuplicateRaceError as exc:
            race = exc
    raise psycopg.errors.SerializationFailure("an id is being stored by others") from race


def _stages(
    connection: Connection,
    run_id: int,
    messages: Sequence[Message],
    banned: Banned,
    gate: Gate | None,
) -> Result:
    received = receive(connection, messages, banned)
    destinos = merge(connection, received)
    if gate is not None:
        keys = {entidad: received.keys.get(entidad, ()) for entidad in received.entidades}
        hold = gate(connection, received.lote, keys)
        if hold is not None:
            raise _HeldError(hold)
    return close(connection, run_id, received, destinos)


def receive(
    connection: Connection,
    messages: Sequence[Message],
    banned: Banned,
    before: Callable[[Collection[bytes]], None] | None = None,
) -> Received:
    """Open a lote, store the messages in raw, validate their events, stage those that are valid.

    Args:
        before: called with the messages' ids before it is asked which of them are known.

    Raises:
        raw.DuplicateRaceError: roll back and try again.
    """
    lote = raw.open_lote(connection)
    stored = raw.store(connection, lote, messages, before)
    reading = read_batch(lote.numero, messages, stored.ids, banned)
    stg.set_aside(connection, lote.numero, reading.rechazos)
    stg.stage(connection, reading.rows)
    return Received(
        lote.numero,
        frozenset(raw_id for raw_id in stored.ids if raw_id is not None),
        len(messages),
        reading.eventos,
        stored.conflictos,
        frozenset(reading.rows),
        stg.keys_of(reading.rows),
        _outside_the_merge(reading),
    )


def merge(connection: Connection, received: Received) -> Counter[str]:
    """Merge what was staged, and the parked events that waited for it; return events by destino."""
    return _merge(connection, received.lote, received.entidades)


def close(
    connection: Connection, run_id: int, received: Received, destinos: Counter[str]
) -> Result:
    """Write the lote and its fates into the ledger."""
    ledger.close_lote(
        connection,
        received.lote,
        run_id,
        mensajes=received.mensajes,
        eventos=received.eventos,
        conflictos=received.conflictos,
        destinos=received.destinos,
    )
    for (_, destino), number in received.destinos.items():
        destinos[destino] += number
    return Result((received.lote,), received.eventos, destinos, received.conflictos)


def consolidate(
    connection: Connection, lote: int, rows: Mapping[str, Sequence[stg.Row]]
) -> Counter[str]:
    """Merge typed events, and the parked ones that waited for them; return events by destino."""
    stg.stage(connection, rows)
    return _merge(connection, lote, rows.keys())


def _merge(connection: Connection, lote: int, staged: Collection[str]) -> Counter[str]:
    entidades = {*staged, *stg.take_up_children(connection, lote)}
    return academico.merge(connection, lote, entidades)


def _outside_the_merge(reading: Reading) -> Counter[tuple[str, str]]:
    destinos = Counter((r.rejected.entidad, "rechazado") for r in reading.rechazos)
    destinos.update({(e, "duplicado"): n for e, n in reading.duplicados.items()})
    return destinos


def read_batch(
    lote: int, messages: Sequence[Message], ids: Sequence[bytes | None], banned: Banned
) -> Reading:
    """Validate the events of a batch and type those that are to be merged.

    Args:
        ids: for each message its id in raw, or None for a duplicate, whose events only count.
    """
    rows: defaultdict[str, list[stg.Row]] = defaultdict(list)
    rechazos: list[stg.Rechazo] = []
    duplicates: Counter[str] = Counter()
    eventos = 0
    for n, (message, raw_id) in enumerate(zip(messages, ids, strict=True)):
        for linea, body, event in read_message(n, message, banned):
            eventos += 1
            if raw_id is None:
                duplicates[event.entidad] += 1
            elif isinstance(event, Rejected):
                arrival = message.received_us + linea
                rechazos.append(stg.Rechazo(n, linea, raw_id, event, body, arrival))
            else:
                rows[event.entidad].append((lote, lote, n, linea, raw_id, *event.columns))
    return Reading(rows, rechazos, duplicates, eventos)


def _bad_lines(connection: Connection, messages: Sequence[Message], exc: psycopg.Error) -> Banned:
    """Find the lines of a single message that the database refuses, by trying and undoing."""
    places = [linea for linea, _ in events_of(messages[0])]
    banned: Banned = {}

    def search(lines: Collection[int], cause: psycopg.Error) -> None:
        if len(lines) == 1:
            (linea,) = lines
            body = dict(events_of(messages[0]))[linea]
            banned[0, linea] = refused(body, cause)
            return
        listed = list(lines)
        half = len(listed) // 2
        for part in (listed[:half], listed[half:]):
            failure = _try(connection, messages[0], part)
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
        raise  # as above: no fault of the line
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
