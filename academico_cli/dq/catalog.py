"""Which rules there are: those of the package, and the user's own."""

import difflib
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from academico_cli.dq.rule import Rule, read_file
from academico_cli.errors import RuleInvalid, UnknownRule, UnreadableFile

_SHOWN = re.compile(r"id(_\w+)?|evaluacion|fecha\w*|estado|peso|calificacion")
"""Columns about a person that a failure cannot be told without: the keys of its row, and the dates
and grades that are wrong. They name nobody; who an id is, only academico.alumnos knows."""

SHIPPED = Path(__file__).parent / "reglas"


def hidden(personal: frozenset[str]) -> frozenset[str]:
    """Return the personal columns that are never shown: who somebody is, and what was sent."""
    return frozenset(name for name in personal if not _SHOWN.fullmatch(name.rpartition(".")[2]))


def load(own: Path | None, hidden: frozenset[str] = frozenset()) -> list[Rule]:
    """Return every rule, by id.

    Args:
        own: folder with the user's rules; None: there is none.
        hidden: ``schema.table.column`` of each column that must not be shown.

    Raises:
        RuleInvalid: a rule is not well-formed, or has the id of a shipped one.
        UnreadableFile: the folder or a file in it cannot be read.
    """
    rules = {path.stem: read_file(path) for path in sorted(SHIPPED.glob("*.sql"))}
    for path in _files(own):
        if path.stem in rules:
            raise RuleInvalid(
                path=path,
                line=1,
                key="id",
                detail=f"academico ships a rule {path.stem}; give yours another id and file name",
            )
        rules[path.stem] = read_file(path, shipped=False)
    for rule in rules.values():
        require_impersonal(rule, hidden)
    return [rules[name] for name in sorted(rules)]


def require_impersonal(rule: Rule, hidden: frozenset[str]) -> None:
    """Return when no hidden column of the rule's table is among those that may be shown.

    Raises:
        RuleInvalid: one is.
    """
    shown = (*rule.columns, *filter(None, [rule.parent]))
    for column in shown:
        if f"{rule.table}.{column}" in hidden:
            raise RuleInvalid(
                path=rule.path,
                line=1,
                key="columnas" if column in rule.columns else "padre",
                detail=f"{column} is personal data and must not be shown; show the id",
            )


def _files(own: Path | None) -> list[Path]:
    if own is None:
        return []
    try:
        return sorted(path for path in own.iterdir() if path.suffix == ".sql")
    except OSError as exc:
        raise UnreadableFile(path=own, detail=exc.strerror or exc) from exc


def select(rules: Sequence[Rule], patterns: Iterable[str], entity: str | None = None) -> list[Rule]:
    """Return the rules that one of the patterns and the entity choose; all when nothing is given.

    Args:
        patterns: ids, or ids with ``*`` and ``?``.

    Raises:
        UnknownRule: a pattern, the entity or both together choose nothing.
    """
    wanted = list(patterns)
    for pattern in wanted:
        if not any(fnmatchcase(rule.id, pattern) for rule in rules):
            raise UnknownRule(selection=pattern, near=_near(pattern, [rule.id for rule in rules]))
    if entity is not None and not any(rule.entity == entity for rule in rules):
        known = sorted({rule.entity for rule in rules})
        raise UnknownRule(selection=f"--entity {entity}", near=", ".join(known))
    chosen = [
        rule
        for rule in rules
        if (not wanted or any(fnmatchcase(rule.id, pattern) for pattern in wanted))
        and entity in (None, rule.entity)
    ]
    if not chosen:
        both = f"{', '.join(wanted)} of --entity {entity}" if wanted else "the selection"
        raise UnknownRule(selection=both, near="see `academico dq list`")
    return chosen


def _near(pattern: str, ids: list[str]) -> str:
    near = difflib.get_close_matches(pattern, ids, n=5, cutoff=0.5)
    near += [name for name in ids if pattern.strip("*?") in name and name not in near]
    return ", ".join(near[:8]) or "see `academico dq list`"
