"""``academico retention``: months of raw that are too old to keep, dropped and recorded."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, LiteralString, NamedTuple

from psycopg import sql
from psycopg.rows import dict_row

from academico_cli import sqlfiles
from academico_cli.core import audit
from academico_cli.errors import WrongUsage
from academico_cli.postgres import Connection, Database

SQL = sqlfiles.load(__package__, "retention.sql")

LEAST_MONTHS = 3
"""Months before the current one by which a duplicate is known: see ADR 0002."""


class Month(NamedTuple):
    """A month of raw that is dropped, or would be."""

    mes: date
    mensajes: int
    bytes: int
    conflictos: int
    """Bodies under an id that was taken, which go with it."""
    rechazos: int
    """Closed rejects whose bodies go with it; the rejects stay."""
    filas: int
    """Rows of academico that come from it, which ``replay`` cannot rebuild without it."""
    huella: str
    """SHA-256 over the SHA-256 of each lote's ids and bodies."""
    aplicada: bool


def retention(
    database: Database, *, months: int | None = None, apply: bool = False
) -> Iterator[Month]:
    """Yield the months of raw older than those to keep, each dropped in a transaction of its own.

    The ledger stays: it names nobody, is a few rows a lote, and is the evidence that all was
    accounted for.

    Args:
        months: how many before the current one are kept; default: core.parametros.
        apply: drop them; else only look.

    Raises:
        WrongUsage: fewer months than the memory by which duplicates are known.
        psycopg.errors.LockNotAvailable: somebody went on reading raw; the month is still there.
    """
    with database.connect(name="academico retention") as connection:
        connection.execute("SELECT set_config('statement_timeout', '0', false)")
        if months is None:
            months = int(_one(connection, SQL["months_kept"])["valor"])
        if months < LEAST_MONTHS:
            raise WrongUsage(
                detail=f"{months} months are too few: duplicates are known by the current month "
                f"and the {LEAST_MONTHS} before it, so --months is {LEAST_MONTHS} at least"
            )
        due = _rows(connection, SQL["due"], {"months": months})
        connection.commit()
        for partition in due:
            yield _drop(connection, partition, months, apply=apply)
        if apply and due:
            audit.seal_rest(connection)


def _drop(connection: Connection, partition: dict[str, Any], months: int, *, apply: bool) -> Month:
    connection.execute(SQL["lock"])
    named = {"particion": sql.Identifier("raw", partition["particion"])}
    lotes = {"lotes": [r["lote"] for r in _rows(connection, SQL["lotes"], partition)]}
    found = partition | _one(connection, sql.SQL(SQL["sum_up"]).format(**named))
    found["conflictos"] = _one(connection, SQL["count_conflicts"], lotes)["n"]
    found["rechazos"] = _one(connection, SQL["count_rejects"], lotes)["n"]
    found["filas"] = _one(connection, SQL["count_rows"], lotes)["filas"]
    if apply:
        connection.execute(SQL["pause"])
        connection.execute(sql.SQL(SQL["drop"]).format(**named))
        connection.execute(SQL["delete_conflicts"], lotes)
        connection.execute(SQL["empty_rejects"], lotes)
        connection.execute(SQL["bury"], found)
        connection.execute(SQL["record"], {**found, "months": months})
    connection.commit()
    shown = {name: found[name] for name in Month._fields if name not in ("huella", "aplicada")}
    return Month(**shown, huella=found["huella"].hex(), aplicada=apply)


def _rows(
    connection: Connection,
    statement: LiteralString | sql.Composed,
    params: Mapping[str, object] | None = None,
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, params).fetchall()


def _one(
    connection: Connection,
    statement: LiteralString | sql.Composed,
    params: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    (row,) = _rows(connection, statement, params)
    return row
