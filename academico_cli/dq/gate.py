"""Rules asked of one lote, in the transaction that wrote it.

Only the rows that the lote wrote are looked at, found by their keys, so that the cost follows the
lote and not the history.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from academico_cli.dq.check import why_broken
from academico_cli.dq.query import SQL, source, statement
from academico_cli.dq.rule import Rule
from academico_cli.events.reader import ENTIDADES
from academico_cli.postgres import Connection, classify

Mode = Literal["warn", "quarantine"]

Rows = Mapping[str, Sequence[tuple[object, ...]]]
"""The staged rows of a lote by entidad; the fields of each follow PLACE columns."""

PLACE = 7

_KEYS: dict[str, tuple[str, ...]] = {
    "inscripcion": ("id_alumno", "id_grupo"),
    "calificacion": ("id_alumno", "id_grupo"),
    "evaluacion": ("id_alumno", "id_grupo", "evaluacion"),
}


class Verdict(NamedTuple):
    """A rule that a lote does not keep, or that broke."""

    rule: Rule
    failed: int | None
    total: int
    error: str | None = None

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.error or f'{self.failed} of {self.total} rows fail'}"


def key(entity: str) -> tuple[str, ...]:
    """Return the columns by which the SELECT of a gate names a row of an entidad."""
    return _KEYS.get(entity, (f"id_{entity}",))


def needs(rule: Rule) -> tuple[str, ...]:
    """Return the columns that the SELECT of a rule needs because it is a gate; else none."""
    return (*key(rule.entity), "lote") if rule.gate else ()


def verdicts(connection: Connection, rules: Sequence[Rule], lote: int, rows: Rows) -> list[Verdict]:
    """Return what is wrong with a lote that has just been merged.

    A rule that breaks is told like one that fails: nobody knows whether the lote is right.

    Raises:
        psycopg.Error: an outage or a quarrel with other workers, and no fault of a rule.
    """
    found = (_verdict(connection, rule, lote, rows.get(rule.entity, ())) for rule in rules)
    return [verdict for verdict in found if verdict is not None]


def _verdict(
    connection: Connection, rule: Rule, lote: int, rows: Sequence[tuple[object, ...]]
) -> Verdict | None:
    keys = _keys(rule, rows)
    if not keys:
        return None
    try:
        # Not savepoint(): what is rolled back here takes the settings with it, and nothing more.
        with connection.transaction(force_rollback=True):
            connection.execute(SQL["lookups"])
            connection.execute("SET LOCAL transaction_read_only = on")
            failed = connection.execute(restricted(rule, lote, keys), binary=True).rowcount
    except psycopg.Error as exc:
        if classify(exc) != "fault":
            raise
        return Verdict(rule, None, len(keys), why_broken(exc))
    return Verdict(rule, failed, len(keys)) if rule.threshold.exceeded(failed, len(keys)) else None


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
    names = key(rule.entity)
    arrays = [
        sql.SQL("{}::{}[]").format(
            sql.Literal([each[i] for each in keys]),
            sql.SQL("text" if name == "evaluacion" else "bigint"),
        )
        for i, name in enumerate(names)
    ]
    columns = [sql.Identifier(name) for name in names]
    return statement(
        "of_lote",
        columns=sql.SQL(", ").join(columns),
        keys=sql.SQL(", ").join(arrays),
        same=sql.SQL(" AND ").join(sql.SQL("r.{0} = k.{0}").format(column) for column in columns),
        lote=sql.Literal(lote),
        query=source(rule.query),
    )


def _keys(rule: Rule, rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    fields = list(ENTIDADES[rule.entity].CAMPOS)
    places = [PLACE + fields.index(name) for name in key(rule.entity)]
    return list(dict.fromkeys(tuple(row[place] for place in places) for row in rows))
