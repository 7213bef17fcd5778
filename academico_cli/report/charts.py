"""Charts as inline SVG. Colours are the page's."""

from collections.abc import Sequence
from html import escape
from math import ceil
from typing import NamedTuple

from academico_cli.report import svg
from academico_cli.report.svg import WIDTH, Chart

_DIGIT = 6.4
"""Width of a digit of a label."""


class Point(NamedTuple):
    """A place on a line; value None leaves a gap."""

    label: str
    value: float | None
    text: str
    """The value, as it is written beside the point."""


class Bar(NamedTuple):
    """A bar of one or more parts, one upon the other: class of the part, and its height."""

    label: str
    parts: tuple[tuple[str, float], ...]
    text: str

    @property
    def height(self) -> float:
        """The height of the whole bar."""
        return sum(part for _, part in self.parts)


def trend(
    what: Chart,
    points: Sequence[Point],
    *,
    least: float,
    ends: tuple[float, float],
    unit: str = "",
) -> str:
    """Draw values over time as a line.

    Args:
        points: at least one of them has a value.
        least, ends: as ``svg.axis``.
        unit: what follows a number on the axis.
    """
    top, bottom, left, right, inset = 24, 182, 44, WIDTH - 14, 24
    known = [point.value for point in points if point.value is not None]
    low, high, step = svg.axis(known, least, ends)
    across = (right - left - 2 * inset) / max(len(points) - 1, 1)
    start = left + inset if len(points) > 1 else (right + left) / 2
    parts: list[str] = []
    places: list[tuple[float, float] | None] = []
    for i in range(round((high - low) / step) + 1):
        y = bottom - i * step / (high - low) * (bottom - top)
        said = f"{low + i * step:.10g}".replace(".", ",") + unit
        parts += [svg.line(left, y, right, y, "grid"), svg.text(left - 7, y + 4, said, "end")]
    every = ceil(len(points) * 42 / (right - left))
    for i, point in enumerate(points):
        x, kind = start + i * across, "strong" if i == len(points) - 1 else ""
        if (len(points) - 1 - i) % every == 0:
            parts.append(svg.text(x, bottom + 20, point.label, "middle", kind))
        if point.value is None:
            places.append(None)
        else:
            places.append((x, bottom - (point.value - low) / (high - low) * (bottom - top)))
    return svg.drawing(what, "trend", 210, [*parts, *_line(points, places)])


def bars(
    what: Chart,
    each: Sequence[Bar],
    *,
    edges: Sequence[str] = (),
    outline: Sequence[float] = (),
    tall: int = 210,
) -> str:
    """Draw bars side by side, each with its value on top.

    Args:
        edges: what is written between the bars, in place of a label under each; one more than bars.
        outline: heights of other bars, drawn as a line round them.
        tall: height of the chart; it is 400 wide.
    """
    top, bottom, left = 24, tall - 28, 8
    wide = (WIDTH - 2 * left) / len(each)
    inner = min(wide - 3, wide * 0.92) if edges else min(wide * 0.8, 64)
    scale = (bottom - top) / (max([bar.height for bar in each] + list(outline)) or 1)
    parts = [svg.hatch(what)]
    for i, bar in enumerate(each):
        x, y = left + i * wide + (wide - inner) / 2, float(bottom)
        for kind, part in bar.parts:
            if part:
                y -= part * scale
                parts.append(svg.box(what, kind, x, y, (inner, part * scale)))
        if len(bar.text) * _DIGIT <= wide + 4:
            line = bottom - outline[i] * scale if outline else bottom
            tip = line if y - 20 < line < y else y  # not through the text
            parts.append(svg.text(x + inner / 2, tip - 6, bar.text, "middle", "value"))
    if outline:
        steps = "".join(
            f"V{bottom - value * scale:.1f}H{left + (i + 1) * wide:.1f}"
            for i, value in enumerate(outline)
        )
        parts.append(f'<path class="outline" d="M{left},{bottom}{steps}V{bottom}"/>')
    parts.append(svg.line(left, bottom, WIDTH - left, bottom, "axis"))
    return svg.drawing(what, "bars", tall, [*parts, *_under(each, edges, wide, bottom + 18)])


def square(
    what: Chart,
    lines: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    *,
    across: str,
    up: str,
    dots: Sequence[tuple[float, float, float]] = (),
) -> str:
    """Draw curves in a square of shares from 0 to 1.

    Args:
        lines: class of the line, and its points (x, y), in order of x.
        across: what is below; up: what is on the left.
        dots: places and radius (x, y, radius).
    """
    left, top, size = 58, 14, 310
    bottom = top + size
    parts = []
    for i in range(5):
        said = f"{i * 25}\u00a0%"
        x, y = left + i / 4 * size, bottom - i / 4 * size
        parts += [svg.line(left, y, left + size, y, "grid"), svg.line(x, top, x, bottom, "grid")]
        parts += [svg.text(left - 7, y + 4, said, "end"), svg.text(x, bottom + 18, said, "middle")]
    for kind, points in lines:
        path = "L".join(f"{left + x * size:.1f},{bottom - y * size:.1f}" for x, y in points)
        parts.append(f'<path class="{kind}" d="M{path}"/>')
    parts += [svg.dot(left + x * size, bottom - y * size, radius) for x, y, radius in dots]
    parts.append(svg.text(left + size / 2, bottom + 38, across, "middle", "name"))
    parts.append(
        '<text class="name" text-anchor="middle"'
        f' transform="translate(14 {top + size / 2}) rotate(-90)">{escape(up)}</text>'
    )
    return svg.drawing(what, "square", bottom + 46, parts)


def strip(what: Chart, parts: Sequence[tuple[str, float]]) -> str:
    """Draw parts of a whole as one bar; a part that is there is seen, however small."""
    least, gap = 3.0, 2.0
    there = [(kind, part) for kind, part in parts if part]
    room, whole = WIDTH - gap * (len(there) - 1), sum(part for _, part in there)
    widths = [max(part / whole * room, least) for _, part in there]
    drawn, x = [svg.hatch(what)], 0.0
    for (kind, _), width in zip(there, widths, strict=True):
        fitting = width * room / sum(widths)
        drawn.append(svg.box(what, kind, x, 0, (fitting, 22)))
        x += fitting + gap
    return svg.drawing(what, "strip", 22, drawn, stretch=True)


def bar(value: float, most: float) -> str:
    """Return a small bar for a cell of a table that also says the number."""
    wide = max(min(value / most, 1), 0) * 100
    return (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rest" width="100" height="8"/><rect class="good" width="{wide:.1f}"'
        ' height="8"/></svg>'
    )


def _line(points: Sequence[Point], places: Sequence[tuple[float, float] | None]) -> list[str]:
    """Return the line with its gaps, its dots, and the values that are written beside them."""
    path, pen = "", "M"
    for place in places:
        path += f"{pen}{place[0]:.1f},{place[1]:.1f}" if place else ""
        pen = "L" if place else "M"
    parts, told, last = [f'<path class="line" d="{path}"/>'], _told(points), len(points) - 1
    for i, (point, place) in enumerate(zip(points, places, strict=True)):
        if place:
            parts.append(svg.dot(*place, 4.5 if i == last else 3))
        if place and i in told:
            kind = "value strong" if i == last else "value"
            aside = 20 if _is_valley(places, i) else -10
            parts.append(svg.text(place[0], place[1] + aside, point.text, "middle", kind))
    return parts


def _is_valley(places: Sequence[tuple[float, float] | None], i: int) -> bool:
    """Tell whether the line goes up on both sides of a point, and there is room below it."""
    here = places[i]
    beside = [place for place in (*places[max(i - 1, 0) : i], *places[i + 1 : i + 2]) if place]
    return bool(here and beside and here[1] < 155 and all(y < here[1] for _, y in beside))


def _told(points: Sequence[Point]) -> set[int]:
    """Return which points have their value beside them: all when they are few."""
    known = [i for i, point in enumerate(points) if point.value is not None]
    if len(points) <= 7:
        return set(known)
    by_value = sorted(known, key=lambda i: points[i].value or 0)
    told = {known[-1]}
    for i in (known[0], by_value[0], by_value[-1]):
        if all(abs(i - other) > 1 for other in told):
            told.add(i)
    return told


def _under(each: Sequence[Bar], edges: Sequence[str], wide: float, y: float) -> list[str]:
    """Return what is written under bars: as many labels as there is room for, the last of them."""
    left = (WIDTH - wide * len(each)) / 2
    if edges:
        ends = {0: "start", len(edges) - 1: "end"}
        places = [(left + i * wide, ends.get(i, "middle"), said) for i, said in enumerate(edges)]
        return [svg.text(x, y, said, anchor) for x, anchor, said in places if said]
    every = ceil((max(len(bar.label) for bar in each) * _DIGIT + 10) / wide)
    return [
        svg.text(left + (i + 0.5) * wide, y, bar.label, "middle")
        for i, bar in enumerate(each)
        if (len(each) - 1 - i) % every == 0
    ]
