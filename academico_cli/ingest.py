"""A batch's whole life: the one file that names the stages in order.

Messages come in, one transaction takes them through raw, stg and academico and writes the ledger;
the caller commits, and only then acknowledges. A batch that one row spoils is split until only that
row is set aside.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import psycopg
from psycopg.errors import ForeignKeyViolation

from academico_cli import academico, raw, stg
from academico_cli.broker import Message
from academico_cli.core import ledger
from academico_cli.culprits import ROW_FAULTS, bad_lines
from academico_cli.events.reader import DESCONOCIDA, FieldError, Rejected
from academico_cli.lote import Destinos, Gate, Hold, Received, Refused, Result, Stopwatch
from academico_cli.postgres import Connection, savepoint
from academico_cli.reading import Banned, Reading, events_of, read_batch, read_message

STRAGGLERS = 5_000
"""Parked events that one transaction takes up at most."""

_RACES = 5
"""Times that a lote is tried again because another worker stored one of its ids meanwhile."""

MORTAL = Rejected(
    DESCONOCIDA,
    (FieldError("", "mensaje_mortal", "A message that does not end the process that reads it"),),
)
"""The reason of a dead letter."""


class _HeldError(Exception):
    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.reason)
        self.hold = hold


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
        return _past(gate, connection, run_id, messages, bad_lines(connection, messages[0], exc))


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
    return Result((lote.numero,), 0, destinos, 0, (), (), Stopwatch())


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
    watch = Stopwatch()
    with watch.time("raw"):
        lote = raw.open_lote(connection)
        stored = raw.store(connection, lote, messages, before)
    with watch.time("validate"):
        reading = read_batch(lote.numero, messages, stored.ids, banned)
    with watch.time("stage"):
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
        [_told(rechazo) for rechazo in reading.rechazos],
        stg.times_of(reading.rows),
        watch,
    )


def merge(connection: Connection, received: Received) -> Destinos:
    """Merge what was staged, and the parked events that waited for it; return their fates."""
    with received.watch.time("merge"):
        return _merge(connection, received.lote, received.entidades)


def close(connection: Connection, run_id: int, received: Received, destinos: Destinos) -> Result:
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
    return Result(
        (received.lote,),
        received.eventos,
        destinos + received.destinos,
        received.conflictos,
        received.refused,
        received.momentos,
        received.watch,
    )


def consolidate(
    connection: Connection, lote: int, rows: Mapping[str, Sequence[stg.Row]]
) -> Destinos:
    """Merge typed events, and the parked ones that waited for them; return their fates."""
    stg.stage(connection, rows)
    return _merge(connection, lote, rows.keys())


def _merge(connection: Connection, lote: int, staged: Collection[str]) -> Destinos:
    entidades = {*staged, *stg.take_up_children(connection, lote)}
    return academico.merge(connection, lote, entidades)


def _told(rechazo: stg.Rechazo) -> Refused:
    entidad, errors = rechazo.rejected
    return Refused(rechazo.id_mensaje, rechazo.linea, entidad, errors[0].motivo, errors[0].campo)


def _outside_the_merge(reading: Reading) -> Destinos:
    destinos = Counter((r.rejected.entidad, "rechazado") for r in reading.rechazos)
    destinos.update({(e, "duplicado"): n for e, n in reading.duplicados.items()})
    return destinos
