"""``academico privacy erase``: everything about one alumno, in one transaction, for good."""

import secrets
import uuid
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from academico_cli import marts, raw, sqlfiles
from academico_cli.core import audit, ledger
from academico_cli.core.personal import TABLES
from academico_cli.postgres import Connection, Database
from academico_cli.privacy import rewrite, search
from academico_cli.privacy.person import Person
from academico_cli.privacy.rewrite import Work

SQL = sqlfiles.load(__package__, "privacy.sql")

PARKED = "stg.pendientes"
"""The table whose rows are not simply deleted: the ledger counts them."""

CHANGES = "core.auditoria"
"""The table whose rows are emptied: the chain counts them."""

_KEYS = ("id_alumno", "id_repetido")
"""Names under which a rule of data quality gives an alumno's id."""


class Erased(NamedTuple):
    """What an erasure did, or would do."""

    borrado: int | None
    """Its number in core.borrados; None when nothing was found, or it was only tried."""
    prueba: str | None
    """The receipt: its SHA-256 is kept, so that whoever has it can prove whom it was about."""
    rows: dict[str, int]
    """Table -> rows deleted, or events replaced by a tombstone."""
    mentioning: int
    """Messages about others, or about nobody, that hold the person's name; they stay."""
    refreshed: bool
    """Whether the marts were brought up to date."""
    unvacuumed: list[str]
    """Tables in which the deleted rows still lie, because this user may not vacuum them."""


class _Ahead(NamedTuple):
    """What was found before anybody had to wait."""

    found: search.Found
    last: int
    """The last lote that was searched."""


def erase(
    database: Database,
    number: int,
    *,
    reason: str | None = None,
    dry_run: bool = False,
    on_lotes: Callable[[int], None] | None = None,
) -> Erased:
    """Erase an alumno: rows deleted, events in raw and among the rejects replaced by tombstones.

    Raw is searched beside running consumers. Then they wait, while what came meanwhile is searched
    and all is erased, in one transaction. ``replay`` and ``reconcile`` pass tombstones over.

    Args:
        number: id of the alumno.
        reason: why; it is kept, so it should not name the person.
        dry_run: undo it in the end.
        on_lotes: called from time to time with the last lote of raw that was searched.
    """
    person = Person("alumno", number)
    with database.connect(name="academico privacy") as connection:
        run_id = ledger.start_run(connection, uuid.uuid4(), "privacy erase")
        connection.commit()
        status: ledger.Status = "failed"
        try:
            ahead = _search_ahead(connection, person, on_lotes)
            done, touched = _in_transaction(connection, person, run_id, ahead, reason)
            if dry_run or done.borrado is None:
                connection.rollback()
            connection.commit()
            status = "ok"
        finally:
            if not connection.closed:
                connection.rollback()
                ledger.finish_run(connection, run_id, status)
                connection.commit()
                audit.seal_rest(connection)
    if dry_run or done.borrado is None:
        return done._replace(borrado=None, prueba=None)
    return done._replace(
        refreshed=marts.refresh_if_possible(database), unvacuumed=_vacuum(database, touched)
    )


def _search_ahead(
    connection: Connection, person: Person, on_lotes: Callable[[int], None] | None
) -> _Ahead:
    """Search all that is committed by now."""
    connection.execute(SQL["drain"])
    last = search.number(connection, SQL["last_lote"])
    connection.commit()
    search.learn_names(connection, person)
    found = search.raw(connection, person, first=0, last=last, on_lotes=on_lotes)
    connection.commit()
    return _Ahead(found, last)


def _in_transaction(
    connection: Connection, person: Person, run_id: int, ahead: _Ahead, reason: str | None
) -> tuple[Erased, set[str]]:
    for name in ("lock", "lock_queue", "drain"):
        connection.execute(SQL[name])
    _seal(connection)
    found = _with_later(connection, person, ahead)
    receipt = f"{person.quien} {person.id} {secrets.token_hex(16)}"
    params = {"quien": person.quien, "prueba": receipt.encode(), "motivo": reason}
    borrado = search.number(connection, SQL["register"], params)
    lote = raw.open_lote(connection).numero
    work = Work(connection, person, borrado, Counter(), set())
    rewrite.messages(work, found.about)
    rewrite.conflicts(work)
    rewrite.rejects(work)
    rewrite.queued(work)
    _rows(work, lote)
    rows = dict(work.rows)
    connection.execute(SQL["sum_up"], {"filas": Jsonb(rows), "borrado": borrado})
    ledger.close_lote(connection, lote, run_id, mensajes=0, eventos=0, conflictos=0, destinos={})
    mentioning = len(found.mentioning - found.about)
    done = Erased(borrado if rows else None, receipt, rows, mentioning, False, [])
    return done, work.touched


def _seal(connection: Connection) -> None:
    """Put all that is committed into the audit trail's chain, which remembers what was there."""
    while (row := connection.execute(SQL["seal"]).fetchone()) is not None and row[1]:
        pass


def _with_later(connection: Connection, person: Person, ahead: _Ahead) -> search.Found:
    """Add what came after the search; all again when that taught another name."""
    names = set(person.names)
    search.learn_names(connection, person)
    last = search.number(connection, SQL["last_lote"])
    later = search.raw(connection, person, first=ahead.last + 1, last=last)
    if person.names != names:
        later = search.raw(connection, person, first=0, last=last)
    found = ahead.found
    return search.Found(found.about | later.about, found.mentioning | later.mentioning)


def _rows(work: Work, lote: int) -> None:
    connection, who = work.connection, {"id": work.person.id}
    periodos = [row["periodo"] for row in search.select(connection, SQL["periodos"], who)]
    connection.execute(SQL["touch"], {"lote": lote, "periodos": periodos})
    parked = next(table for table in TABLES if table.name == PARKED)
    params = {**who, "lote": lote, "borrado": work.borrado}
    unpark = search.about(parked, "alumno", SQL["unpark"])
    work.add(PARKED, search.number(connection, unpark, params))
    connection.execute(SQL["bury_unparked"])
    work.add(CHANGES, search.number(connection, SQL["forget_changes"], who))
    # Children before parents.
    for table in reversed(search.tables_about(connection, "alumno")):
        if table.name not in (PARKED, CHANGES):
            delete = search.about(table, "alumno", SQL["delete"])
            for (partition,) in connection.execute(delete, who).fetchall():
                work.add(table.name, 1, str(partition))
    forget = {"campos": list(_KEYS), "texto": str(work.person.id)}
    samples = connection.execute(SQL["forget_sample"], forget).rowcount
    work.add("core.dq_results", samples)


def _vacuum(database: Database, tables: set[str]) -> list[str]:
    """Free what was deleted, and sample anew: statistics keep frequent values."""
    left: list[str] = []
    refused: list[object] = []  # the server only warns where somebody may not
    with database.session(name="academico privacy") as connection:
        connection.execute("SET statement_timeout = 0")
        connection.add_notice_handler(refused.append)
        parents = search.select(connection, SQL["sampled_parents"], {"tablas": sorted(tables)})
        todo = [("VACUUM (ANALYZE)", name) for name in sorted(tables)]
        for command, name in (*todo, *(("ANALYZE", row["tabla"]) for row in parents)):
            refused.clear()
            try:
                # As regclass spells it.
                connection.execute(sql.SQL(f"{command} {name}"))
            except psycopg.Error as exc:
                refused.append(exc)
            left += [name] if refused else []
    return left
