"""Rules asked of one lote, in the transaction that merged it.

Only the rows that the lote itself wrote are looked at, found by their keys, so that the cost
follows the lote and not the history.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

import psycopg
from psycopg import sql
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.types.json import Jsonb

from academico_cli.dq.check import why_broken
from academico_cli.dq.query import SQL, source, statement
from academico_cli.dq.rule import Rule
from academico_cli.postgres import Connection, classify

Mode = Literal["warn", "quarantine"]

Keys = Mapping[str, Collection[tuple[object, ...]]]
"""Of each entidad with rows in a lote the keys of these; of a catalogue none are needed."""

_KEYS: dict[str, tuple[str, ...]] = {
    "alumno": ("id_alumno",),
    "inscripcion": ("id_alumno", "id_grupo"),
    "calificacion": ("id_alumno", "id_grupo"),
    "evaluacion": ("id_alumno", "id_grupo"),
}
"""Columns by which the SELECT of a gate is asked for some rows. A catalogue is small: it is read
whole."""


class Verdict(NamedTuple):
    """A rule that a lote does not keep, or that broke."""

    rule: Rule
    failed: int | None
    total: int
    error: str | None = None

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.error or f'{self.failed} of {self.total} rows fail'}"


def needs(rule: Rule) -> tuple[str, ...]:
    """Return the columns that the SELECT of a rule needs because it is a gate; else none."""
    return (*_KEYS.get(rule.entity, ()), "lote") if rule.gate else ()


def verdicts(connection: Connection, rules: Sequence[Rule], lote: int, keys: Keys) -> list[Verdict]:
    """Return what is wrong with a lote that has just been merged.

    A rule that breaks is told like one that fails: nobody knows whether the lote is right.

    Raises:
        psycopg.Error: an outage or a quarrel with other workers, and no fault of a rule.
    """
    asked = [rule for rule in rules if rule.entity in keys]
    found = [_verdict(connection, rule, lote, sorted(keys[rule.entity])) for rule in asked]
    return [verdict for verdict in found if verdict is not None]


def _verdict(
    connection: Connection, rule: Rule, lote: int, keys: Sequence[tuple[object, ...]]
) -> Verdict | None:
    total = len(keys)
    try:
        # Not savepoint(): what is rolled back here takes the settings with it, and nothing more.
        with connection.transaction(force_rollback=True):
            connection.execute(SQL["lookups"])
            connection.execute("SET LOCAL transaction_read_only = on")
            failed = connection.execute(restricted(rule, lote, keys), binary=True).rowcount
            if rule.entity not in _KEYS:
                table = sql.Identifier(*rule.table.split("."))
                written = statement("rows_of_lote", table=table, lote=sql.Literal(lote))
                total = connection.execute(written).rowcount
    except psycopg.Error as exc:
        # Read-only is what we made it, and no outage.
        if classify(exc) != "fault" and not isinstance(exc, ReadOnlySqlTransaction):
            raise
        return Verdict(rule, None, total, why_broken(exc))
    return Verdict(rule, failed, total) if rule.threshold.exceeded(failed, total) else None


def record(connection: Connection, lote: int, found: Sequence[Verdict], mode: Mode) -> None:
    """Record in core.dq_results what was found in a lote."""
    for rule, failed, total, error in found:
        schema, _, table = rule.table.partition(".")
        details = {"lote": lote, "gate": mode, "threshold": str(rule.threshold), "error": error}
        connection.execute(
            SQL["record"],
            {
                "check_name": rule.id, "schema": schema, "table": table, "run": None,
                "passed": False, "severity": rule.severity, "failed": failed,
                "status": "error" if error else "failed", "total": total,
                "new": None, "sample": None, "causes": None, "seconds": None,
                "details": Jsonb({name: value for name, value in details.items() if value}),
            },
        )  # fmt: skip


def restricted(rule: Rule, lote: int, keys: Sequence[tuple[object, ...]]) -> sql.Composed:
    """Return a rule's SELECT for some keys: a row for each failure that the lote wrote."""
    query, number = source(rule.query), sql.Literal(lote)
    names = _KEYS.get(rule.entity)
    if names is None:
        return statement("of_catalogue", query=query, lote=number)
    columns = [sql.Identifier(name) for name in names]
    arrays = [
        sql.SQL("{}::bigint[]").format(sql.Literal([key[i] for key in keys]))
        for i in range(len(names))
    ]
    return statement(
        "of_lote",
        columns=sql.SQL(", ").join(columns),
        keys=sql.SQL(", ").join(arrays),
        same=sql.SQL(" AND ").join(sql.SQL("r.{0} = k.{0}").format(column) for column in columns),
        lote=number,
        query=query,
    )
