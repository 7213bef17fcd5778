"""What a case yields, how it is judged and shown."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

Sense = Literal[">=", "<="]
_HOLDS = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Against:
    """A comparison with another figure of the same run."""

    of: str
    """Name of the other figure."""
    sense: Sense | None = None
    target: float = 0
    """What the ratio is meant to be; nothing is promised when ``sense`` is None."""


@dataclass(frozen=True)
class Figure:
    """One number that was measured."""

    name: str
    value: float
    unit: str
    against: tuple[Against, ...] = ()
    sense: Sense | None = None
    target: float = 0
    """What the value itself is meant to be, when ``sense`` is given."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """Kept in the JSON file; microseconds of CPU an event (``cpu_*``) are shown as well."""


@dataclass(frozen=True)
class Judged:
    """One line of the table: a figure, or one of its ratios."""

    name: str
    value: float
    unit: str
    of: str | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def judge(figures: Sequence[Figure]) -> list[Judged]:
    """Return each figure, its ratios computed from the others of this run."""
    by_name = {figure.name: figure for figure in figures}
    lines: list[Judged] = []
    for f in figures:
        own = _HOLDS[f.sense](f.value, f.target) if f.sense else None
        target = f"{f.sense} {f.target:g} {f.unit}" if f.sense else ""
        judged = [Judged(f.name, f.value, f.unit, target=target, met=own, detail=f.detail)]
        for a in f.against:
            base = by_name.get(a.of)
            if base is None or not base.value:
                continue
            ratio = f.value / base.value
            met = _HOLDS[a.sense](ratio, a.target) if a.sense else None
            aim = f"{a.sense} {a.target:g}" if a.sense else ""
            judged.append(Judged(f.name, f.value, f.unit, a.of, ratio, aim, met, f.detail))
        # A bare figure says nothing that its first ratio does not say as well.
        lines += judged[1:] if len(judged) > 1 and not target else judged
    return lines


def show(console: Console, lines: Iterable[Judged]) -> None:
    """Print the table of figures, and one of CPU where it was measured."""
    table = Table("figure", "value", "unit", "ratio", "of", "target", "", box=None, pad_edge=False)
    for column in (1, 3):
        table.columns[column].justify = "right"
    last = ""
    spent: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        first = line.name != last
        last = line.name
        ratio = "" if line.ratio is None else f"{line.ratio:,.3g}"
        met = "" if line.met is None else "met" if line.met else "NOT MET"
        value = f"{line.value:,.0f}" if line.value >= 100 else f"{line.value:.3g}"
        head = (line.name, value, line.unit) if first else ("", "", "")
        table.add_row(*head, ratio, line.of or "", line.target, met)
        if any(name.startswith("cpu_") for name in line.detail):
            spent[line.name] = line.detail
    console.print(table)
    if spent:
        names = ("cpu_worker", "cpu_postgres", "cpu_rabbit")
        cpu = Table("CPU microseconds an event", *(n[4:] for n in names), "sum", box=None)
        for name, detail in spent.items():
            parts = [float(detail.get(n, 0)) for n in names]
            cpu.add_row(name, *(f"{part:.1f}" for part in parts), f"{sum(parts):.1f}")
        console.print()
        console.print(cpu)


def as_json(lines: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return the lines as flat objects."""
    return [asdict(line) for line in lines]
