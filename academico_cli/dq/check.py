"""Runs rules and records what they found.

Each rule's SELECT runs once, in a read-only transaction of its own, into a temporary table: the
failures never pass through Python, but for the few that are shown.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import psycopg
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.types.json import Jsonb

from academico_cli.dq import causes
from academico_cli.dq.causes import Cause
from academico_cli.dq.query import SQL, collecting, described, source, statement
from academico_cli.dq.rule import Rule
from academico_cli.errors import RuleBroken
from academico_cli.postgres import Connection, Database, savepoint

SAMPLE = 20
"""Failures that are shown and stored of each rule."""

KEPT = 100_000
"""Failures of a rule whose keys are kept for the next run; of more, none are."""

Status = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class Result:
    """What a rule found. Of one that broke, only ``error`` and ``seconds`` mean anything."""

    rule: Rule
    status: Status
    """``error``: the rule itself broke, so that nobody knows whether the data are right."""
    failed: int | None = None
    total: int | None = None
    new: int | None = None
    """Failures that the run before did not have; None when that is not known."""
    sample: list[dict[str, object]] = field(default_factory=list)
    """New ones first, at most SAMPLE."""
    causes: list[Cause] = field(default_factory=list)
    error: str | None = None
    seconds: float = 0.0


def check(
    database: Database,
    rules: Sequence[Rule],
    *,
    hidden: frozenset[str] = frozenset(),
    command: str = "dq check",
    on_rules: Callable[[int], None] | None = None,
) -> list[Result]:
    """Run rules and record the results in core.dq_results; return them in the same order.

    Args:
        hidden: ``schema.table.column`` of columns that must not be shown.
        command: what the run is recorded as.
        on_rules: called after each rule with the number of those that have been run.

    Raises:
        ServiceUnavailable: the database cannot be reached.
        psycopg.Error: the connection was lost, or the user may not record results.
    """
    results: list[Result] = []
    with database.session(name=f"academico {command}") as connection:
        run = _start(connection, rules, command)
        connection.execute(SQL["scratch"])
        totals: dict[str, int] = {}
        for rule in rules:
            results.append(_run(connection, rule, run, hidden, totals))
            if on_rules:
                on_rules(len(results))
        failed = sum(result.status == "failed" for result in results)
        errors = sum(result.status == "error" for result in results)
        status = "error" if errors else "failed" if failed else "passed"
        ended = {"run": run, "status": status, "failed": failed, "errors": errors}
        connection.execute(SQL["finish_run"], ended)
    return results


def history(database: Database, rule: str, limit: int) -> list[dict[str, object]]:
    """Return the last results of a rule, oldest first: run, check_time, status, counts, seconds."""
    return database.rows(SQL["history"], {"rule": rule, "limit": limit})[::-1]


def _start(connection: Connection, rules: Sequence[Rule], command: str) -> int:
    definitions = [
        {
            "id": rule.id, "entity": rule.entity, "severity": rule.severity, "title": rule.title,
            "meaning": rule.meaning, "table": rule.table, "matters": rule.matters,
            "remedy": rule.remedy, "threshold": str(rule.threshold), "own": not rule.shipped,
            "query": rule.query,
        }
        for rule in sorted(rules, key=lambda rule: rule.id)
    ]  # fmt: skip
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(SQL["define"], definitions)
        row = cursor.execute(SQL["start_run"], {"command": command, "rules": len(rules)}).fetchone()
    assert row is not None  # noqa: S101  INSERT ... RETURNING gives one row
    return int(str(row[0]))


def _run(
    connection: Connection,
    rule: Rule,
    run: int,
    hidden: frozenset[str],
    totals: dict[str, int],
) -> Result:
    began = time.monotonic()
    connection.execute(SQL["clear"])
    try:
        with connection.transaction():
            connection.execute(SQL["read_only"])
            failed, total, found = _measure(connection, rule, hidden, totals)
    except (psycopg.Error, RuleBroken) as exc:
        if connection.broken or connection.closed:
            raise
        seconds = round(time.monotonic() - began, 3)
        result = Result(rule, "error", error=why_broken(exc), seconds=seconds)
        with connection.transaction():
            _record(connection, result, run)
        return result
    with connection.transaction():
        connection.execute(SQL["lock"], {"rule": rule.id})
        result = Result(
            rule,
            "failed" if rule.threshold.exceeded(failed, total) else "passed",
            failed,
            total,
            _count_new(connection, rule, failed),
            _sample(connection, rule),
            found,
            seconds=round(time.monotonic() - began, 3),
        )
        _remember(connection, rule, run, failed)
        _record(connection, result, run)
    return result


def _measure(
    connection: Connection, rule: Rule, hidden: frozenset[str], totals: dict[str, int]
) -> tuple[int, int, list[Cause]]:
    """Collect the failures; return their number, that of all rows, and what explains them."""
    names = described(connection, rule, hidden)
    failed = connection.execute(collecting(rule, names), binary=True).rowcount
    total = _total(connection, rule, totals)
    found: list[Cause] = []
    if rule.threshold.exceeded(failed, total):
        try:
            with savepoint(connection):
                found = causes.find(connection, rule, total)
        except InsufficientPrivilege:
            pass  # whoever may not read raw gets the failures without their cause
    return failed, total, found


def _total(connection: Connection, rule: Rule, totals: dict[str, int]) -> int:
    table = sql.Identifier(*rule.table.split("."))
    query = source(rule.total) if rule.total else statement("count_all", table=table)
    text = query.as_string(connection)
    if text not in totals:
        row = connection.execute(query, binary=True).fetchone()
        if row is None or not isinstance(row[0], int):
            raise RuleBroken(rule=rule.id, detail="total gives no whole number")
        totals[text] = row[0]
    return totals[text]


def _count_new(connection: Connection, rule: Rule, failed: int) -> int | None:
    before = connection.execute(SQL["previous"], {"rule": rule.id}).fetchone()
    if before is not None and int(str(before[0])) > KEPT:
        return None if failed else 0
    row = connection.execute(SQL["count_new"], {"rule": rule.id}).fetchone()
    return int(str(row[0])) if row else None


def _sample(connection: Connection, rule: Rule) -> list[dict[str, object]]:
    rows = connection.execute(SQL["sample"], {"rule": rule.id, "limit": SAMPLE}).fetchall()
    return [{name: row[0][name] for name in rule.columns} for row in rows]  # type: ignore[index]


def _remember(connection: Connection, rule: Rule, run: int, failed: int) -> None:
    connection.execute(SQL["forget"], {"rule": rule.id, "all": failed > KEPT})
    if failed <= KEPT:
        connection.execute(SQL["keep"], {"rule": rule.id, "run": run})


def _record(connection: Connection, result: Result, run: int | None) -> None:
    rule = result.rule
    schema, _, table = rule.table.partition(".")
    details = {"threshold": str(rule.threshold), "error": result.error}
    connection.execute(
        SQL["record"],
        {
            "check_name": rule.id, "schema": schema, "table": table, "run": run,
            "passed": result.status == "passed", "severity": rule.severity,
            "status": result.status, "failed": result.failed, "total": result.total,
            "new": result.new, "sample": Jsonb(result.sample), "seconds": result.seconds,
            "causes": Jsonb([cause._asdict() for cause in result.causes]),
            "details": Jsonb({name: value for name, value in details.items() if value}),
        },
    )  # fmt: skip


def why_broken(exc: psycopg.Error | RuleBroken) -> str:
    """Return why a rule broke, without any row's values."""
    if isinstance(exc, RuleBroken):
        return str(exc.fields["detail"])
    state, said = exc.sqlstate or "", exc.diag.message_primary or ""
    # Class 22, data: such a message quotes the value that it is about.
    if state.startswith("22") or not said:
        said = type(exc).__name__
    return f"PostgreSQL {state}: {said}"
