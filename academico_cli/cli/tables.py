"""How a table is drawn for people: as wide as the terminal, never a number or a moment in two."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from academico_cli.cli import output

if TYPE_CHECKING:
    from rich.console import Console

_LEAST_TEXT = 12  # characters that a column of text keeps however narrow the terminal
_GAP = 2
_TOO_WIDE = 2  # times the terminal's width: beyond that rows are records, a line for each field
_WORD = re.compile(r"[^\s_]*_|\S+")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d\S{0,6})?")


def write(rows: Iterator[Mapping[str, object]], names: list[str], shown: list[str]) -> None:
    """Print rows to stdout as a table, or as records where a table would be all folds.

    Args:
        rows: mappings that have all the names.
        names: keys to print, in order.
        shown: heading of each; when all are blank there is no head.
    """
    body = [[row[name] for name in names] for row in rows]
    cells = [[one_line(_readable(value), "\\n") for value in line] for line in body]
    screen = output.console(stderr=False)
    natural = [max(map(len, column)) for column in zip(shown, *cells, strict=True)]
    if len(names) > 2 and sum(natural) + _GAP * len(names) > _TOO_WIDE * screen.width:
        _write_records(screen, cells, shown)
    else:
        numeric = [
            bool(present := [line[i] for line in body if line[i] is not None])
            and all(map(is_number, present))
            for i in range(len(names))
        ]
        _write_columns(screen, cells, shown, numeric)


def _write_columns(
    screen: "Console", cells: list[list[str]], shown: list[str], numeric: list[bool]
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    widths = _widths(shown, cells, numeric, screen.width)
    screen.width = max(screen.width, sum(widths) + _GAP * (len(widths) - 1))
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0),
        show_header=any(map(str.strip, shown)),
    )  # fmt: skip
    for heading, right, width in zip(shown, numeric, widths, strict=True):
        table.add_column(
            Text(_wrapped(heading, width)), justify="right" if right else "left",
            overflow="fold", width=width,
        )  # fmt: skip
    for line in cells:
        table.add_row(*map(Text, line))
    screen.print(table, crop=False)


def _write_records(screen: "Console", cells: list[list[str]], shown: list[str]) -> None:
    from rich.cells import cell_len
    from rich.text import Text

    width = max(map(cell_len, shown))
    room = max(screen.width - width - _GAP, _LEAST_TEXT)
    for number, line in enumerate(cells):
        if number:
            screen.print()
        for heading, cell in zip(shown, line, strict=True):
            pieces = Text(cell).wrap(screen, room, overflow="fold")
            for name, piece in zip_longest([heading], pieces, fillvalue=""):
                label = str(name) + " " * (width - cell_len(str(name)) + _GAP)
                screen.print(f"{label}{piece}".rstrip(), soft_wrap=True)


def _widths(
    shown: list[str], cells: list[list[str]], numeric: list[bool], available: int
) -> list[int]:
    """Return the width of each column; together more than is available if it cannot be helped.

    A heading may wrap between words and a text anywhere, but a number never: cut in two it would
    be another number. Nor a moment, which would be hard to read.
    """
    from rich.cells import cell_len

    widths, of_heading, least = [], [], []
    for i, heading in enumerate(shown):
        widest = max((cell_len(line[i]) for line in cells), default=0)
        word = max(map(cell_len, _WORD.findall(heading)), default=0)
        whole = numeric[i] or all(_STAMP.fullmatch(line[i]) for line in cells if line[i])
        widths.append(max(widest, cell_len(heading), 1))
        of_heading.append(max(word, widest, 1))
        least.append(max(word, widest if whole else min(widest, _LEAST_TEXT), 1))
    for floors in (of_heading, least):  # headings fold before what they stand over does
        while sum(widths) + _GAP * (len(widths) - 1) > available and widths != floors:
            spare = [width - floor for width, floor in zip(widths, floors, strict=True)]
            widths[spare.index(max(spare))] -= 1
    return widths


def _wrapped(heading: str, width: int) -> str:
    """Return a heading in lines of at most this width, broken after a blank or an underscore."""
    from rich.cells import cell_len

    if cell_len(heading) <= width:
        return heading
    lines = [""]
    ends = [0, *(found.end() for found in re.finditer(r"_|\s+", heading)), len(heading)]
    for start, end in pairwise(ends):
        piece = heading[start:end]
        if cell_len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines if line)


def is_number(value: object) -> bool:
    """Tell whether a value is a number, and so stands at the right."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def one_line(text: str, newline: str) -> str:
    """Return a text with its control characters shown and not obeyed."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\n", newline)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _readable(value: object) -> str:
    if not isinstance(value, datetime):
        return output.text_of(value)
    text = value.isoformat(sep=" ", timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if value.utcoffset() == UTC.utcoffset(None) else text
