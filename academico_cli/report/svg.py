"""What charts are made of."""

from collections.abc import Sequence
from html import escape
from math import ceil, floor
from typing import NamedTuple

WIDTH = 400
"""Width of every chart in units of its own: letters are then as large as the page's on a telephone
and on paper."""

HATCHED = ("bad", "warn")
"""Classes that are told from the others by more than their colour."""


class Chart(NamedTuple):
    """What a chart is, for those who do not see it."""

    name: str
    """Its id in the page."""
    title: str
    about: str
    """What it shows, in words."""


def drawing(
    what: Chart, kind: str, height: float, parts: Sequence[str], *, stretch: bool = False
) -> str:
    """Return a chart of its parts; stretched, it is as wide as there is room, and no higher."""
    name, fit = what.name, ' preserveAspectRatio="none"' if stretch else ""
    return (
        f'<svg class="chart {kind}" viewBox="0 0 {WIDTH} {height:g}" role="img"{fit}'
        f' aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(what.title)}</title>'
        f'<desc id="{name}-d">{escape(what.about)}</desc>{"".join(parts)}</svg>'
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, said: str, anchor: str, kind: str = "") -> str:
    """Return a text that starts, ends or has its middle at a place."""
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def dot(x: float, y: float, radius: float) -> str:
    """Return a dot."""
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'


def box(what: Chart, kind: str, x: float, y: float, size: tuple[float, float]) -> str:
    """Return a filled box of some width and height, hatched when its class asks for it."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
    plain = f'<rect class="{kind}" {place}/>'
    return plain + (f'<rect fill="url(#{what.name}-h)" {place}/>' if kind in HATCHED else "")


def hatch(what: Chart) -> str:
    """Return the pattern of what is hatched."""
    return (
        f'<defs><pattern id="{what.name}-h" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="thread" width="2" height="6"/></pattern>'
        "</defs>"
    )


def axis(
    values: Sequence[float], least: float, ends: tuple[float, float]
) -> tuple[float, float, float]:
    """Return the ends of an axis for some values, and its step, all of them round.

    Args:
        least: the shortest axis: what moves less should look still.
        ends: smallest and largest value that there can be.
    """
    low, high = min(values), max(values)
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50) if (high - low) / s <= 4)
    low = max(floor(low / step + 1e-9) * step, ends[0])
    high = min(ceil(high / step - 1e-9) * step, ends[1])
    return low, high, step
