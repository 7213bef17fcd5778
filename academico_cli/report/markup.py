"""The parts that the page is made of. What is given as text is escaped; what is markup says so."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from academico_cli.report import charts


class Column(NamedTuple):
    """A column of a table."""

    heading: str
    number: bool = True
    minor: bool = False
    """Whether it is left out where there is little room."""


class Cell(NamedTuple):
    """A cell that is more than a text."""

    markup: str


def section(name: str, title: str, about: str, *parts: str) -> str:
    """Return a section of the page.

    Args:
        about: what it says, as markup.
        parts: markup.
    """
    told = f'<p class="about">{about}</p>' if about else ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-h"><h2 id="{name}-h">{escape(title)}</h2>'
        f"{told}{''.join(parts)}</section>"
    )


def pair(*parts: str) -> str:
    """Return parts side by side where there is room."""
    return f'<div class="pair">{"".join(part for part in parts if part)}</div>'


def figure(title: str, chart: str, data: str, note: str = "") -> str:
    """Return a chart under its title, with its figures as a table that opens.

    Args:
        chart, data: markup.
        note: a legend, as markup.
    """
    told = f'<div class="legend">{note}</div>' if note else ""
    return (
        f'<figure class="card"><figcaption><h3>{escape(title)}</h3></figcaption>{chart}{told}'
        f'<details class="data"><summary>Ver los datos</summary>{data}</details></figure>'
    )


def key(kind: str, text: str) -> str:
    """Return an entry of a legend."""
    return f'<span class="key"><i class="{kind}"></i>{escape(text)}</span>'


def table(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str | Cell]],
    *,
    shown: bool = True,
) -> str:
    """Return a table; the first cell of each row is its heading.

    Args:
        shown: whether the title is seen, or only heard.
    """
    head = "".join(
        f"<th scope=col{_kind(column)}>{escape(column.heading)}</th>" for column in columns
    )
    body = "".join(_row(columns, row) for row in rows)
    caption = f"<caption{'' if shown else ' class=heard'}>{escape(title)}</caption>"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def note(markup: str) -> str:
    """Return a remark under a chart or table."""
    return f'<p class="note">{markup}</p>'


def measured(value: float, most: float, text: str) -> Cell:
    """Return a cell with a number and a bar as long as it."""
    return Cell(
        f'<span class="measured">{charts.bar(value, most)}<span>{escape(text)}</span></span>'
    )


def _row(columns: Sequence[Column], row: Sequence[str | Cell]) -> str:
    cells = []
    for i, (column, cell) in enumerate(zip(columns, row, strict=True)):
        markup = cell.markup if isinstance(cell, Cell) else escape(cell)
        tag = "th scope=row" if i == 0 else "td"
        cells.append(f"<{tag}{_kind(column)}>{markup}</{tag[:2]}>")
    return f"<tr>{''.join(cells)}</tr>"


def _kind(column: Column) -> str:
    kinds = [name for name, has in (("n", column.number), ("minor", column.minor)) if has]
    return f' class="{" ".join(kinds)}"' if kinds else ""
