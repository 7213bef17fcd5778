"""Where each table's rows come from: event -> stg -> merge -> academico -> mart.

Views say it themselves: PostgreSQL keeps what each depends on. Of a function it keeps the source
only, so that is read: what it inserts into, updates or refreshes it writes, every other relation
that it names it reads. What a function puts together at run time cannot be seen in it; it names its
sources in its comment, which is read as its source is.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from academico_cli.catalog.model import Catalog, Function

NodeKind = Literal["event", "function", "table", "view"]

_NOT_CODE = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r"\b([a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*)\b"
_NAMED = re.compile(_NAME)
_CALLED = re.compile(_NAME + r"\(")
_WRITTEN = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|REFRESH\s+MATERIALIZED\s+VIEW(?:\s+CONCURRENTLY)?)\s+" + _NAME,
    re.IGNORECASE,
)


_TAKEN = re.compile(r"\bDELETE\s+FROM\s+" + _NAME + r"[^;()]*\bRETURNING\b", re.IGNORECASE)
"""What a merge takes its events from; it may put one back, to judge it again."""


class Flow(NamedTuple):
    """What a function reads and writes, and which functions it calls, by full name."""

    reads: frozenset[str]
    writes: frozenset[str]
    calls: frozenset[str]


class Lineage(NamedTuple):
    """Everything that is known about who feeds whom."""

    flows: dict[str, Flow]
    """Of each function."""
    sources: dict[str, tuple[str, ...]]
    """Relation or view -> functions that write it, or relations that it reads."""
    uses: dict[str, tuple[str, ...]]
    """Relation -> functions and views that read it."""


class Graph(NamedTuple):
    """The part of the lineage that an event goes through."""

    nodes: dict[str, NodeKind]
    edges: tuple[tuple[str, str], ...]


def trace(catalog: Catalog) -> Lineage:
    """Return who feeds whom."""
    known = frozenset(relation.full_name for relation in catalog.relations())
    callable_ = frozenset(function.full_name for function in catalog.functions())
    flows = {f.full_name: flow(f, known, callable_) for f in catalog.functions()}
    edges = [(read, name) for name, found in flows.items() for read in found.reads]
    edges += [(name, written) for name, found in flows.items() for written in found.writes]
    edges += [(source, view) for view, source in catalog.view_sources if source in known]
    return Lineage(flows, _grouped((b, a) for a, b in edges), _grouped(edges))


def flow(function: Function, known: frozenset[str], callable_: frozenset[str]) -> Flow:
    """Return what a function reads, writes and calls, of what is known."""
    code = _NOT_CODE.sub(" ", function.definition)
    writes = (frozenset(_WRITTEN.findall(code)) - frozenset(_TAKEN.findall(code))) & known
    named = frozenset(_NAMED.findall(f"{code} {function.comment or ''}")) & known
    calls = frozenset(f"{name}()" for name in _CALLED.findall(code)) & callable_
    return Flow(named - writes, writes, calls - {function.full_name})


def journey(catalog: Catalog, lineage: Lineage) -> Graph:
    """Return what the rows of an event go through, from its staging table to the last mart.

    Left out are the ledger, the parents that a merge only looks up (each is on a path of its own),
    and functions that only direct others, with what these note for themselves.
    """
    directing = {name for name, found in lineage.flows.items() if _directs(found, lineage)}
    nodes: dict[str, NodeKind] = {}
    edges: list[tuple[str, str]] = []
    for entidad, table in catalog.staged.items():
        nodes |= {entidad: "event", table: "table"}
        edges.append((entidad, table))
    kinds: dict[str, NodeKind] = {
        relation.full_name: "table" if relation.kind == "table" else "view"
        for relation in catalog.relations()
    }
    reading = {function.full_name for function in catalog.functions() if function.only_reads}
    reached = [table for table in nodes if table in kinds]
    while reached:
        relation = reached.pop()
        for user in lineage.uses.get(relation, ()):
            if user in directing:
                continue
            steps = _steps(relation, user, lineage, reading)
            edges += steps
            for _, name in steps:
                if name not in nodes:
                    nodes[name] = kinds.get(name, "function")
                    reached.append(name) if name in kinds else None
    return Graph(nodes, tuple(dict.fromkeys(edges)))


def _directs(flow: Flow, lineage: Lineage) -> bool:
    """Tell whether a function writes by calling functions that write marts themselves."""
    return any(
        written.startswith("marts.")
        for name in flow.calls
        for written in lineage.flows[name].writes
    )


def _steps(relation: str, user: str, lineage: Lineage, reading: set[str]) -> list[tuple[str, str]]:
    """Return the edges from a relation through what reads it to what that writes."""
    if user not in lineage.flows:
        return [(relation, user)] if _is_ahead(relation, user) else []
    if user in reading:
        return [(relation, user)] if user.startswith("marts.") else []
    written = [name for name in sorted(lineage.flows[user].writes) if _is_ahead(relation, name)]
    return [(relation, user), *((user, name) for name in written)] if written else []


def _is_ahead(source: str, target: str) -> bool:
    """Tell whether rows go on from one to the other: stg -> academico -> marts."""
    before, after = source.partition(".")[0], target.partition(".")[0]
    return after == "marts" or (after == "academico" and before == "stg")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    grouped: defaultdict[str, set[str]] = defaultdict(set)
    for name, other in pairs:
        grouped[name].add(other)
    return {name: tuple(sorted(others)) for name, others in grouped.items()}
