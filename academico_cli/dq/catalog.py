"""Which rules there are: those of the package, and the user's own."""

import difflib
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from academico_cli.dq.rule import Rule, parse, read_file
from academico_cli.errors import RuleInvalid, UnknownRule, UnreadableFile, WrongUsage

_SHOWN = re.compile(r"id(_\w+)?|evaluacion|fecha\w*|estado|peso|calificacion")
"""Columns about a person that a failure cannot be told without: the keys of its row, and the dates
and grades that are wrong. They name nobody; who an id is, only academico.alumnos knows."""

SHIPPED = Path(__file__).parent / "reglas"
_TEMPLATE = Path(__file__).parent / "plantilla.sql"


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
    rules = []
    for path in files(own):
        rule = read_file(path, shipped=path.parent == SHIPPED)
        require_sound(rule, hidden)
        rules.append(rule)
    return sorted(rules, key=lambda rule: rule.id)


def require_sound(rule: Rule, hidden: frozenset[str]) -> None:
    """Return when a rule shows no hidden column of its table and takes no shipped rule's place.

    Raises:
        RuleInvalid: it does.
    """
    if not rule.shipped and (SHIPPED / f"{rule.id}.sql").exists():
        raise RuleInvalid(
            path=rule.path,
            line=1,
            key="id",
            detail=f"academico ships a rule {rule.id}; give yours another id and file name",
        )
    for column in (*rule.columns, *filter(None, [rule.parent])):
        if f"{rule.table}.{column}" in hidden:
            raise RuleInvalid(
                path=rule.path,
                line=1,
                key="columnas" if column in rule.columns else "padre",
                detail=f"{column} is personal data and must not be shown; show the id",
            )


def files(own: Path | None) -> list[Path]:
    """Return the files of all rules: shipped ones, then the user's own.

    Raises:
        UnreadableFile: the folder ``own`` cannot be read.
    """
    shipped = sorted(SHIPPED.glob("*.sql"))
    if own is None:
        return shipped
    try:
        return shipped + sorted(path for path in own.iterdir() if path.suffix == ".sql")
    except OSError as exc:
        raise UnreadableFile(path=own, detail=exc.strerror or exc) from exc


def create(own: Path, name: str) -> Path:
    """Write a template of a rule into the user's folder, which is made when it is not there.

    Raises:
        WrongUsage: the name is no id, or there is such a rule already.
        UnreadableFile: it cannot be written.
    """
    path = own / f"{name}.sql"
    text = _TEMPLATE.read_text(encoding="utf-8").replace("{id}", name)
    try:
        require_sound(parse(path, text, shipped=False), frozenset())
        own.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except RuleInvalid as exc:
        raise WrongUsage(detail=f"{name} is no id for a rule: {exc.fields['detail']}") from exc
    except FileExistsError as exc:
        raise WrongUsage(detail=f"{path} is there already; nothing was written") from exc
    except OSError as exc:
        raise UnreadableFile(path=path, detail=exc.strerror or exc) from exc
    return path


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


def row(rule: Rule) -> dict[str, object]:
    """Return all that a rule says of itself, but for its SELECT."""
    return {
        "id": rule.id,
        "entidad": rule.entity,
        "severity": rule.severity,
        "threshold": str(rule.threshold),
        "table": rule.table,
        "gate": rule.gate,
        "own": not rule.shipped,
        "titulo": rule.title,
        "significa": rule.meaning,
        "importa": rule.matters,
        "remedio": rule.remedy,
    }


def _near(pattern: str, ids: list[str]) -> str:
    near = difflib.get_close_matches(pattern, ids, n=5, cutoff=0.5)
    near += [name for name in ids if pattern.strip("*?") in name and name not in near]
    return ", ".join(near[:8]) or "see `academico dq list`"
