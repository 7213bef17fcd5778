"""Rejects a second time: those that are valid now are applied, at the place and time they had."""

import random
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psycopg
from psycopg.errors import ForeignKeyViolation

from academico_cli import ingest, raw, reading, stg
from academico_cli.core import audit, ledger
from academico_cli.culprits import ROW_FAULTS, refused
from academico_cli.events.envelope import Evento
from academico_cli.events.reader import Rejected, read
from academico_cli.pace import RETRIES
from academico_cli.postgres import Connection, Database, classify, savepoint
from academico_cli.stg import rechazos

CHUNK = 500
"""Rejects in one transaction."""


class Outcome(NamedTuple):
    """What a retry did to one reject, and why it is still refused if it is."""

    id: int
    estado: str
    retried: bool
    """Whether it was this retry that closed it."""
    entidad: str | None = None
    motivo: str | None = None
    campo: str | None = None
    esperado: str | None = None


class Retried(NamedTuple):
    """What a retry did to all."""

    outcomes: list[Outcome]
    destinos: Counter[str]
    """Events by destino, parked ones that were taken up included."""

    def __add__(self, other: object) -> "Retried":
        if not isinstance(other, Retried):
            return NotImplemented
        return Retried(self.outcomes + other.outcomes, self.destinos + other.destinos)


class _Valid(NamedTuple):
    reject: rechazos.Event
    event: Evento
    body: bytes


def retry(database: Database, ids: Sequence[int], body: bytes | None = None) -> Retried:
    """Validate rejects again and apply those that are valid now.

    An event keeps its place and its time: a newer one that arrived meanwhile is not overwritten.
    One that was retried already stays as it is, also when two retry it at once.

    Args:
        body: for exactly one id, the event that takes the place of what was sent.

    Raises:
        UnknownRechazo: there is none of one of the numbers; nothing is retried then.
    """
    wanted = sorted(set(ids))
    done = Retried([], Counter())
    with database.connect(name="academico dlq retry") as connection:
        rechazos.require_known(connection, wanted)
        run_id = ledger.start_run(connection, uuid.uuid4(), "dlq retry")
        connection.commit()
        status: ledger.Status = "failed"
        try:
            for start in range(0, len(wanted), CHUNK):
                chunk = wanted[start : start + CHUNK]
                done += _patiently(connection, lambda c=chunk: _retry(connection, run_id, c, body))  # type: ignore[misc]
            status = "ok"
        finally:
            if not connection.closed:
                connection.rollback()
                ledger.finish_run(connection, run_id, status)
                connection.commit()
                audit.seal_rest(connection)
    return done


def _patiently(connection: Connection, work: Callable[[], Retried]) -> Retried:
    """Do the work and commit; begin anew when another worker was in the way."""
    for attempt in range(RETRIES):
        try:
            done = work()
            connection.commit()
        except psycopg.Error as exc:
            if classify(exc) != "retry" or attempt == RETRIES - 1:
                raise
            connection.rollback()
            time.sleep(random.uniform(0, 0.01 * attempt))  # noqa: S311  jitter
        else:
            break
    return done


def _retry(connection: Connection, run_id: int, ids: Sequence[int], body: bytes | None) -> Retried:
    estados = rechazos.lock(connection, ids)
    closed = [Outcome(i, e, retried=False) for i, e in estados.items() if e == "reintentado"]
    valid: list[_Valid] = []
    refused: list[Outcome] = []
    for reject in rechazos.events(connection, [i for i in ids if estados[i] != "reintentado"]):
        sent = reject.message.body if body is None else body
        event = read(sent)
        if isinstance(event, Rejected):
            refused.append(_still_refused(reject.id, estados[reject.id], event))
        else:
            valid.append(_Valid(reject, event, sent))
    done = _apply(connection, run_id, valid, estados, correccion=body) if valid else None
    outcomes = Retried(closed + refused, Counter())
    return outcomes + done if done else outcomes


def _apply(
    connection: Connection,
    run_id: int,
    valid: Sequence[_Valid],
    estados: dict[int, str],
    correccion: bytes | None,
) -> Retried:
    """Apply events in one lote, or in several when the database refuses some of them."""
    try:
        with savepoint(connection):
            destinos = _stages(connection, run_id, valid, correccion)
    except ForeignKeyViolation:
        raise  # a parent changed meanwhile: no fault of the row
    except ROW_FAULTS as exc:
        if len(valid) > 1:
            half = len(valid) // 2
            return _apply(connection, run_id, valid[:half], estados, correccion) + _apply(
                connection, run_id, valid[half:], estados, correccion
            )
        reject, _, body = valid[0]
        still = _still_refused(reject.id, estados[reject.id], refused(body, exc))
        return Retried([still], Counter())
    return Retried(
        [Outcome(v.reject.id, "reintentado", retried=True, entidad=v.event.entity) for v in valid],
        destinos,
    )


def _stages(
    connection: Connection, run_id: int, valid: Sequence[_Valid], correccion: bytes | None
) -> Counter[str]:
    lote = raw.open_lote(connection).numero
    rows: defaultdict[str, list[stg.Row]] = defaultdict(list)
    for (_, place, message), event, body in valid:
        rows[event.entity].append(reading.staged_row(lote, place, event, message, body))
    destinos = ingest.consolidate(connection, lote, rows)
    rechazos.close_retried(connection, lote, [v.reject.id for v in valid], correccion)
    ledger.close_lote(connection, lote, run_id, mensajes=0, eventos=0, conflictos=0, destinos={})
    by_destino: Counter[str] = Counter()
    for (_, destino), number in destinos.items():
        by_destino[destino] += number
    return by_destino


def _still_refused(number: int, estado: str, rejected: Rejected) -> Outcome:
    campo, motivo, esperado = rejected.errores[0]
    return Outcome(number, estado, False, rejected.entidad, motivo, campo or None, esperado)
