"""``academico replay``: academico again, from what raw holds, in one transaction."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from psycopg import sql

from academico_cli import history, ingest, raw, sqlfiles, stg
from academico_cli.core import audit, ledger
from academico_cli.errors import CheckFailed
from academico_cli.postgres import Connection, Database

SQL = sqlfiles.load(__package__, "replay.sql")

TABLES = (
    "academico.periodos", "academico.maestros", "academico.materias", "academico.grupos",
    "academico.alumnos", "academico.inscripciones", "academico.calificaciones",
    "academico.evaluaciones", "stg.pendientes",
)  # fmt: skip

_EMPTYING = ("empty", "empty_alumnos", "empty_grupos", "empty_catalogue")


class Compared(NamedTuple):
    """A table before and after."""

    table: str
    rows_before: int
    rows: int
    checksum_before: str
    checksum: str
    equal: bool


def replay(
    database: Database,
    *,
    since: datetime | None = None,
    dry_run: bool = False,
    force: bool = False,
    on_events: Callable[[int], None] | None = None,
) -> list[Compared]:
    """Rebuild academico from raw, or apply again what was received since a moment.

    Consumers wait meanwhile; readers see the former state until the end. Rejects stay out,
    corrections are applied as they were, the ledger stays as it is.

    Args:
        since: delete nothing, and apply only messages received at this moment or later. What is
            missing comes back; a row that somebody altered by hand stays as it is.
        dry_run: undo it all in the end.
        force: go on although rows are lost whose messages raw no longer holds.
        on_events: called from time to time with the number of events read so far.

    Raises:
        CheckFailed: it would lose rows, or an event that was applied is not valid any more.
        psycopg.errors.LockNotAvailable: consumers did not pause in time.
    """
    with database.connect(name="academico replay") as connection:
        run_id = ledger.start_run(connection, uuid.uuid4(), "replay")
        connection.commit()
        status: ledger.Status = "failed"
        try:
            compared = _in_transaction(connection, run_id, since, force, on_events)
            if dry_run:
                connection.rollback()
            connection.commit()
            status = "ok"
        finally:
            if not connection.closed:
                connection.rollback()
                ledger.finish_run(connection, run_id, status)
                connection.commit()
                audit.seal_rest(connection)
    return compared


def _in_transaction(
    connection: Connection,
    run_id: int,
    since: datetime | None,
    force: bool,
    on_events: Callable[[int], None] | None,
) -> list[Compared]:
    connection.execute(SQL["lock"])
    if since is None and not force:
        _refuse_loss(connection)
    # What two workers missed in each other would else be found here and differ.
    while stg.has_pendientes(connection) and ingest.take_up_stragglers(connection, run_id).destinos:
        pass
    before = _checksums(connection)
    lote = raw.open_lote(connection).numero
    if since is None:
        for name in _EMPTYING:
            connection.execute(SQL[name])
    _apply(connection, lote, since, on_events)
    if since is None:
        connection.execute(SQL["touch_every_periodo"], {"lote": lote})
        connection.execute(SQL["forget_changes"], {"lote": lote})
    connection.execute(SQL["forget_destinos"], {"lote": lote})
    ledger.close_lote(connection, lote, run_id, mensajes=0, eventos=0, conflictos=0, destinos={})
    after = _checksums(connection)
    return [
        Compared(table, *_woven(before[table], after[table]), before[table] == after[table])
        for table in TABLES
    ]


def _woven(before: tuple[int, str], after: tuple[int, str]) -> tuple[int, int, str, str]:
    return before[0], after[0], before[1], after[1]


def _apply(
    connection: Connection,
    lote: int,
    since: datetime | None,
    on_events: Callable[[int], None] | None,
) -> None:
    lotes = history.received_lotes(connection, since=since)
    events = 0
    for chunk in history.read_again(connection, lote, lotes, since):
        if chunk.invalid:
            _refuse_invalid(chunk)
        if since is not None:
            _unpark(connection, chunk)
        ingest.consolidate(connection, lote, chunk.rows)
        events += chunk.eventos.total()
        if on_events:
            on_events(events)


def _unpark(connection: Connection, chunk: history.Chunk) -> None:
    """Take parked events away that are about to be parked again."""
    parked = history.parked(connection, chunk.lotes)
    if parked:
        places = {row[1:4] for rows in chunk.rows.values() for row in rows}
        ids = [number for place, number in parked.items() if place in places]
        connection.execute(SQL["unpark"], {"ids": ids})


def _refuse_loss(connection: Connection) -> None:
    lost = [f"{entidad} {filas}" for entidad, filas in connection.execute(SQL["orphans"])]
    if lost:
        raise CheckFailed(
            detail="A replay would lose rows whose messages raw no longer holds: "
            f"{', '.join(lost)}. {_why_gone(connection)}"
            "Nothing was changed; --force replays all the same."
        )


def _why_gone(connection: Connection) -> str:
    """Return a sentence about the months that retention dropped; empty when it dropped none."""
    months, first, last, kept = connection.execute(SQL["retained"]).fetchone() or (0,) * 4
    if not months:
        return ""
    span = first if first == last else f"{first} to {last}"
    return (
        f"Retention dropped {span} from raw ({months} in all); --since {kept} applies again what "
        "raw still holds, and deletes nothing. "
    )


def _refuse_invalid(chunk: history.Chunk) -> None:
    (lote, n, linea), rejected = chunk.invalid[0]
    why = "; ".join(f"{e.campo or 'body'}: {e.esperado}" for e in rejected.errores)
    raise CheckFailed(
        detail=f"The event at lote {lote}, message {n}, line {linea} is valid no more and is not "
        f"among the rejects either ({why}). Nothing was changed."
    )


def _checksums(connection: Connection) -> dict[str, tuple[int, str]]:
    return {table: _checksum(connection, table) for table in TABLES}


def _checksum(connection: Connection, table: str) -> tuple[int, str]:
    if table == "stg.pendientes":
        source: sql.Composable = sql.SQL(SQL["pendientes"])
    else:
        source = sql.Identifier(*table.split("."))
    row = connection.execute(sql.SQL(SQL["checksum"]).format(tabla=source)).fetchone()
    if row is None:
        raise LookupError(table)
    return int(str(row[0])), str(row[1])
