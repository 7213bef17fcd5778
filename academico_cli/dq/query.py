"""A rule's SELECT inside statements of ours, and what its columns are."""

from collections.abc import Sequence
from typing import LiteralString

from psycopg import sql

from academico_cli import sqlfiles
from academico_cli.dq.rule import Rule
from academico_cli.errors import RuleBroken
from academico_cli.postgres import Connection

SQL = sqlfiles.load(__package__, "check.sql")

_FOLLOWED = ("lote", "id_mensaje")
"""Columns by which a failure is followed to the message that it came from, when a rule has them."""


def statement(name: str, **parts: sql.Composable) -> sql.Composed:
    """Return a statement of check.sql with its parts filled in."""
    return sql.SQL(SQL[name]).format(**parts)


def source(text: str) -> sql.SQL:
    """Return a rule's own text as a part. It runs in read-only transactions only."""
    # The user's own, as an .sql file given to psql would be.
    return sql.SQL(text)


def described(connection: Connection, rule: Rule, hidden: frozenset[str]) -> list[str]:
    """Return the columns of a rule's SELECT, once they are what its header says.

    The SELECT is prepared and started, for no rows. The transaction should be read-only.

    Args:
        hidden: ``schema.table.column`` of those that must not be shown, by whatever name.

    Raises:
        RuleBroken: a column is missing, or shows personal data under another name.
        psycopg.Error: the SELECT is not valid here.
    """
    # binary: by the extended protocol, which takes one statement and no more.
    cursor = connection.execute(statement("describe", query=source(rule.query)), binary=True)
    names = [column.name for column in cursor.description or ()]
    for column in (*rule.columns, *filter(None, [rule.parent])):
        if column not in names:
            raise RuleBroken(
                rule=rule.id,
                detail=f"its SELECT has no column {column}; it has {', '.join(names)}",
            )
    result = cursor.pgresult
    assert result is not None  # noqa: S101  a SELECT has one
    places = [names.index(c) for c in (*rule.columns, *filter(None, [rule.parent]))]
    origins = connection.execute(
        SQL["origin"],
        {
            "tables": [result.ftable(place) for place in places],
            "columns": [result.ftablecol(place) for place in places],
        },
    )
    shown = sorted({str(row[0]) for row in origins} & hidden)
    if shown:
        raise RuleBroken(
            rule=rule.id, detail=f"columnas or padre would show {shown[0]}, which is personal data"
        )
    return names


def collecting(rule: Rule, names: Sequence[str]) -> sql.Composed:
    """Return the statement that puts a rule's failures into pg_temp.dq_falla."""

    def column(name: str, kind: LiteralString) -> sql.Composable:
        if name not in names:
            return sql.SQL("NULL")
        return sql.SQL("r.{}::" + kind).format(sql.Identifier(name))

    lote, message = (
        column(name, kind) for name, kind in zip(_FOLLOWED, ("bigint", "uuid"), strict=True)
    )
    shown = [part for name in rule.columns for part in (sql.Literal(name), _column(name))]
    return statement(
        "collect",
        key=sql.SQL(", ").join(map(_column, rule.key)),
        shown=sql.SQL(", ").join(shown),
        parent=column(rule.parent, "text") if rule.parent else sql.SQL("NULL"),
        lote=lote,
        message=message,
        query=source(rule.query),
    )


def _column(name: str) -> sql.Composable:
    return sql.SQL("r.{}").format(sql.Identifier(name))
