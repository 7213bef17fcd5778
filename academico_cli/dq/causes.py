"""What most failures of a rule have in common: a parent, a lote, a publisher.

Runs beside the failures in pg_temp.dq_falla, in the transaction that collected them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from psycopg import sql

from academico_cli.dq.query import SQL, statement
from academico_cli.dq.rule import Rule
from academico_cli.postgres import Connection

LEAST = 3
"""Failures below which nothing is concluded."""

SHARE, LIFT = 0.5, 2.0
"""A cause has at least this share of the failures, and this many times its share of all rows."""

LOOKED_AT = 5_000
"""Failures, and about as many of all rows, whose publisher is looked up."""


class Cause(NamedTuple):
    """What a share of the failures has in common."""

    by: str
    """A column of the rule, ``lote`` or ``publicador``."""
    value: str
    failed_rows: int
    share: float
    """Of all failures."""
    lift: float | None
    """How many times its share of all rows that is; None where this is not known."""


def find(connection: Connection, rule: Rule, total: int) -> list[Cause]:
    """Return what explains at least half of the failures, the most telling first."""
    known = {str(row[0]) for row in connection.execute(SQL["columns"], {"table": rule.table})}
    causes = [
        cause
        for cause in (
            *_by_column(connection, rule, known),
            *_by_publisher(connection, rule, known, total),
        )
        if cause.share >= SHARE and (cause.lift is None or cause.lift >= LIFT)
    ]
    return sorted(causes, key=lambda cause: (-cause.share, -(cause.lift or 0)))


def _by_column(connection: Connection, rule: Rule, known: set[str]) -> Iterator[Cause]:
    for name, column in (("top_parent", rule.parent), ("top_lote", "lote")):
        top = _top(connection, sql.SQL(SQL[name])) if column else None
        if top is None or column is None:
            continue
        base = None
        if column in known:
            base = statement(
                "base",
                table=sql.Identifier(*rule.table.split(".")),
                column=sql.Identifier(column),
                value=sql.Literal(top[0]),
            )
        yield _cause(connection, column, top, base)


def _by_publisher(
    connection: Connection, rule: Rule, known: set[str], total: int
) -> Iterator[Cause]:
    publisher = sql.SQL(SQL["publisher"])
    look = statement("top_publisher", limit=sql.Literal(LOOKED_AT), publisher=publisher)
    top = _top(connection, look)
    if top is None:
        return
    base = None
    if {"lote", "id_mensaje"} <= known:
        base = statement(
            "base_publisher",
            table=sql.Identifier(*rule.table.split(".")),
            percent=sql.Literal(min(100.0, 100 * LOOKED_AT / max(total, 1))),
            value=sql.Literal(top[0]),
            publisher=publisher,
        )
    yield _cause(connection, "publicador", top, base)


def _top(connection: Connection, query: sql.SQL | sql.Composed) -> tuple[str, int, int] | None:
    """Return the most frequent value, its failures, and all; None when they are too few."""
    row = connection.execute(query).fetchone()
    if row is None or row[0] is None or int(str(row[1])) < LEAST:
        return None
    return str(row[0]), int(str(row[1])), int(str(row[2]))


def _cause(
    connection: Connection, by: str, top: tuple[str, int, int], base: sql.Composed | None
) -> Cause:
    value, failed, all_failed = top
    share, lift = failed / all_failed, None
    found = connection.execute(base).fetchone() if base else None
    if found is not None and int(str(found[0])):
        lift = round(share / (int(str(found[0])) / int(str(found[1]))), 1)
    return Cause(by, value, failed, round(share, 4), lift)
