"""What is wrong with rules before they are run: their headers, their SELECTs, their plans."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import psycopg

from academico_cli.dq import catalog, gate
from academico_cli.dq.check import why_broken
from academico_cli.dq.query import SQL, described, source, statement
from academico_cli.dq.rule import Rule, read_file
from academico_cli.errors import RuleBroken, RuleInvalid, UnreadableFile
from academico_cli.postgres import Connection


class Finding(NamedTuple):
    """One thing that is wrong (error), or that may be slow (warn)."""

    file: str
    line: int | None
    key: str | None
    level: Literal["error", "warn"]
    message: str


def lint(
    files: Sequence[Path],
    own: Path | None,
    *,
    hidden: frozenset[str] = frozenset(),
    connection: Connection | None = None,
) -> tuple[int, list[Finding]]:
    """Look rules over; return their number and what was found, file by file.

    Args:
        files: files of rules; empty: all shipped ones and those in ``own``.
        hidden: columns that must not be shown.
        connection: where the SELECTs are planned, autocommit; None: only the files are read.
    """
    chosen = list(files) or catalog.files(own)
    return len(chosen), [
        finding for path in chosen for finding in _findings(path, hidden, connection)
    ]


def planned(connection: Connection, rules: Sequence[Rule], hidden: frozenset[str]) -> list[Finding]:
    """Look over only what can be told of rules on a database."""
    return [
        Finding(str(rule.path), None, key, level, message)
        for rule in rules
        for key, level, message in _planned(connection, rule, hidden)
    ]


def _findings(
    path: Path, hidden: frozenset[str], connection: Connection | None
) -> Iterator[Finding]:
    shipped = path.resolve().parent == catalog.SHIPPED.resolve()
    try:
        rule = read_file(path, shipped=shipped)
        catalog.require_sound(rule, hidden)
    except RuleInvalid as exc:
        line, key, detail = (exc.fields[name] for name in ("line", "key", "detail"))
        yield Finding(str(path), int(str(line)), str(key), "error", str(detail))
        return
    except UnreadableFile as exc:
        yield Finding(str(path), None, None, "error", str(exc.fields["detail"]))
        return
    if connection is not None:
        yield from planned(connection, [rule], hidden)


def _planned(
    connection: Connection, rule: Rule, hidden: frozenset[str]
) -> Iterator[tuple[str, Literal["error", "warn"], str]]:
    try:
        with connection.transaction():
            connection.execute(SQL["read_only"])
            names = described(connection, rule, hidden)
            if rule.total:
                _plan(connection, rule.total)
            plan = _plan(connection, rule.query)
            missing = [name for name in gate.needs(rule) if name not in names]
            scans = _scans(connection, rule) if rule.gate and not missing else []
    except (psycopg.Error, RuleBroken) as exc:
        if connection.broken:
            raise
        yield "SELECT", "error", why_broken(exc)
        return
    for outer, inner in _crossed(plan):
        yield "SELECT", "warn", f"joins every row of {outer} with every row of {inner}"
    if missing:
        yield "compuerta", "error", f"the SELECT of a gate also needs {', '.join(missing)}"
    if scans:
        yield (
            "compuerta",
            "error",
            (
                f"it reads the whole of {', '.join(scans)} for each lote: its keys must "
                "reach an index, which a window or an aggregate prevents"
            ),
        )


def _plan(connection: Connection, query: str) -> dict[str, Any]:
    # Without nested loops only those are left that have nothing to join by.
    connection.execute("SELECT set_config('enable_nestloop', 'off', true)")
    row = connection.execute(statement("explain", query=source(query))).fetchone()
    connection.execute("SELECT set_config('enable_nestloop', 'on', true)")
    return row[0][0]["Plan"]  # type: ignore[index, no-any-return]


def _scans(connection: Connection, rule: Rule) -> list[str]:
    """Return the tables that the rule, as a gate, would read as a whole for every key."""
    if len(gate.needs(rule)) == 1:
        return []  # a catalogue is small
    connection.execute(SQL["lookups"])
    restricted = gate.restricted(rule, 0, [(1, 1)])
    row = connection.execute(statement("explain", query=restricted)).fetchone()
    plan = row[0][0]["Plan"]  # type: ignore[index]
    return sorted(
        {
            str(node["Relation Name"])
            for node in _nodes(plan)
            if node["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan")
            and node.get("Schema") == "academico"
            and "Index Cond" not in node
        }
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _crossed(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what each join reads that compares every row with every other."""
    for node in _nodes(plan):
        if node["Node Type"] != "Nested Loop":
            continue
        outer, inner = [p for p in node["Plans"] if p.get("Parent Relationship") != "InitPlan"][:2]
        looked_up = any("Index Cond" in below for below in _nodes(inner))
        if looked_up or _single(outer) or _single(inner):
            continue
        yield _read_by(outer), _read_by(inner)


def _single(node: dict[str, Any]) -> bool:
    """Tell whether a node gives one row, or rows that were written into the SELECT."""
    kind = node["Node Type"]
    if kind in ("Result", "Function Scan", "Values Scan"):
        return True
    if kind in ("Materialize", "Memoize", "Subquery Scan", "Gather"):
        return _single(node["Plans"][0])
    return node["Plan Rows"] <= 1 or (kind == "Aggregate" and node.get("Strategy") == "Plain")


def _read_by(node: dict[str, Any]) -> str:
    names = {str(n.get("Relation Name") or n.get("CTE Name") or "") for n in _nodes(node)} - {""}
    return ", ".join(sorted(names)) or "a subquery"
