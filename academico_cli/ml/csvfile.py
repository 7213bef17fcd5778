"""A table of somebody else's to try the models on: one row a person, one column that is the truth.

Separator, byte-order mark, quotes, decimal commas and types are found out. A column of words is
read as codes; whole numbers of few different values may be codes, too, and both are told so.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from academico_cli.errors import BadInput, NotLearnable, UnreadableFile, WrongUsage

_SEPARATORS = ",;\t|"
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
_CODES = range(3, 61)
"""How many different whole numbers may be codes."""


@dataclass(frozen=True)
class Table:
    """What was read of a file."""

    names: tuple[str, ...]
    """The k features."""
    values: npt.NDArray[np.float32]
    """(n, k); NaN where a cell is empty."""
    truth: npt.NDArray[np.float32]
    """(n,) 1 where the target column has the value that was asked for."""
    codes: tuple[int, ...]
    """Positions of the features that may be codes of categories."""


def read(
    path: Path, target: str, *, columns: Sequence[str] = (), exclude: Sequence[str] = ()
) -> Table:
    """Read a CSV file.

    Args:
        path: where.
        target: ``Column=Value``: at risk are the rows with this value.
        columns: names of the features, with ``*``; all when empty.
        exclude: names that are none, with ``*``.

    Raises:
        UnreadableFile: it cannot be read, or is not UTF-8.
        BadInput: a row has more or fewer cells than the header; the message says which.
        WrongUsage: a name matches no column, or no row has the target's value.
        NotLearnable: nothing is left to learn from.
    """
    column, equals, wanted = target.partition("=")
    if not equals:
        raise WrongUsage(
            detail=f"--target is COLUMN=VALUE with --csv, as Target=Dropout, not {target!r}"
        )
    header, rows = _rows(path)
    place = _place(header, column)
    chosen = _chosen(header, place, columns, exclude)
    found = Counter(row[place].strip() for row in rows)
    if wanted not in found:
        values = ", ".join(repr(value) for value, _ in found.most_common(10))
        raise WrongUsage(detail=f"no row has {wanted!r} in {header[place]!r}; it has {values}")
    truth = np.array([row[place].strip() == wanted for row in rows], dtype=np.float32)
    read_columns = [_numbers([row[j].strip() for row in rows]) for j in chosen]
    matrix = np.array([numbers for numbers, _ in read_columns], dtype=np.float32).T
    codes = tuple(k for k, (numbers, words) in enumerate(read_columns) if words or _coded(numbers))
    return Table(tuple(header[j] for j in chosen), matrix, truth, codes)


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise UnreadableFile(path=path, detail=(exc.strerror or "").lower()) from exc
    except UnicodeDecodeError as exc:
        detail = f"it is not UTF-8 (byte {exc.start}); convert it first"
        raise UnreadableFile(path=path, detail=detail) from exc
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = [" ".join(name.split()) for name in next(reader, [])]
    rows = []
    for row in reader:
        if row and len(row) != len(header):
            raise BadInput(
                detail=f"{path}, line {reader.line_num}: {len(row)} cells, but the header has "
                f"{len(header)} (separator {separator!r})"
            )
        if row:
            rows.append(row)
    if not rows:
        raise NotLearnable(detail=f"{path} has no rows")
    return header, rows


def _place(header: Sequence[str], column: str) -> int:
    places = [j for j, name in enumerate(header) if name.casefold() == column.strip().casefold()]
    if len(places) != 1:
        raise WrongUsage(
            detail=f"{len(places) or 'no'} columns are named {column!r}; "
            f"there are {', '.join(header)}"
        )
    return places[0]


def _chosen(
    header: Sequence[str], target: int, columns: Sequence[str], exclude: Sequence[str]
) -> list[int]:
    def matching(pattern: str) -> set[int]:
        asked = pattern.casefold()
        found = {
            j
            for j, n in enumerate(header)
            if n.casefold() == asked or fnmatchcase(n.casefold(), asked)
        }
        if not found:
            raise WrongUsage(detail=f"no column matches {pattern!r}; there are {', '.join(header)}")
        return found

    kept = set().union(*map(matching, columns)) if columns else set(range(len(header)))
    kept = kept.difference({target}, *map(matching, exclude))
    if not kept:
        raise NotLearnable(detail="no column is left to learn from")
    return sorted(kept)


def _numbers(cells: Sequence[str]) -> tuple[npt.NDArray[Any], bool]:
    """Return a column as numbers, and whether it is one of words: then they are codes."""
    known = [cell for cell in cells if cell.casefold() not in _MISSING]
    for comma in (False, True):
        try:
            numbers = {cell: float(cell.replace(",", ".") if comma else cell) for cell in known}
        except ValueError:
            continue
        return np.array([numbers.get(cell, np.nan) for cell in cells]), False
    # The more frequent first, so that one column of codes is read alike wherever it is cut.
    codes = {word: k for k, (word, _) in enumerate(Counter(sorted(known)).most_common())}
    return np.array([float(codes.get(cell, np.nan)) for cell in cells]), True


def _coded(numbers: npt.NDArray[Any]) -> bool:
    known = numbers[~np.isnan(numbers)]
    return bool((known % 1 == 0).all()) and len(np.unique(known)) in _CODES
