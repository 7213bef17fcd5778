"""What commands print: data on stdout in four formats, everything else on stderr.

Values keep their exact text in every format; only a terminal's table escapes control characters,
so that a name holding an escape sequence cannot drive the reader's terminal.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from academico_cli.cli.progress import Progress, Total

_LOGGER = "academico_cli"
_NO_LIMIT = 100_000  # columns of a "terminal" that is a pipe or a file: nothing wraps


class Format(StrEnum):
    """How data is printed."""

    table = "table"
    json = "json"
    csv = "csv"
    md = "md"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print the data.")]
"""Type of the ``--format`` parameter; write ``fmt: FormatOption = Format.table``."""


class LogFormat(StrEnum):
    """How what happens is logged."""

    console = "console"
    json = "json"


def configure(
    *, quiet: bool = False, verbose: bool = False, log_format: LogFormat = LogFormat.console
) -> None:
    """Set what reaches stderr: only errors, notes and warnings (default), or each step.

    In JSON, which programs read, each lote is told of by default too.

    The logger ``academico_cli`` holds the choice, so threads and library modules share it.
    Stdout becomes UTF-8 whatever the locale, with line ends as written.
    """
    import io
    import logging

    from academico_cli import logs

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    usual = logging.INFO if log_format == LogFormat.json else logging.WARNING
    level = logging.ERROR if quiet else logging.DEBUG if verbose else usual
    logs.configure(level, log_format.value)


def quiet() -> bool:
    """Tell whether ``--quiet`` is in force."""
    import logging

    return not logging.getLogger(_LOGGER).isEnabledFor(logging.WARNING)


def say(text: str) -> None:
    """Print a note to stderr unless ``--quiet``; where logs are JSON it is one of them."""
    if not quiet():
        tell(text)


def tell(text: str, *, error: bool = False) -> None:
    """Print a line to stderr, or log it where logs are JSON."""
    import logging

    from academico_cli import logs

    if logs.chosen()[1] == "json":
        logging.getLogger(_LOGGER).log(logging.ERROR if error else logging.INFO, "%s", text)
    else:
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def console(*, stderr: bool = True) -> "Console":
    """Return a rich console on stderr (or stdout); it never wraps when that is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _NO_LIMIT
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def render(
    rows: Iterable[Mapping[str, object]],
    fmt: str = Format.table,
    *,
    columns: Sequence[str] | None = None,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Print rows to stdout.

    Args:
        rows: flat mappings, all with the same keys; json, csv and md are streamed.
        fmt: table, json, csv or md.
        columns: keys to print, in order; default: those of the first row.
        title: caption of a table, printed to stderr.
        headers: column -> heading for table and md; json and csv always use the keys.

    Raises:
        KeyError: a row lacks one of the columns.
    """
    iterator = iter(rows)
    first = next(iterator, None)
    names = list(columns if columns is not None else first or ())
    body = chain([first], iterator) if first is not None else iter(())
    shown = [(headers or {}).get(name, name) for name in names]
    if fmt == Format.json:
        _write_json(body, names)
    elif fmt == Format.csv:
        _write_csv(body, names)
    else:
        if title and fmt == Format.table:
            say(title)
        from academico_cli.cli import tables

        (_write_md if fmt == Format.md else tables.write)(body, names, shown)
        if first is None:
            say("(no rows)")
    sys.stdout.flush()


def render_record(
    record: Mapping[str, object],
    fmt: str = Format.table,
    *,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Print one record: json an object, csv one line; table and md one line for each field."""
    if fmt == Format.json:
        sys.stdout.write(json_text(record) + "\n")
        sys.stdout.flush()
    elif fmt == Format.csv:
        render([record], fmt)
    else:
        fields = [{"": (headers or {}).get(k, k), " ": v} for k, v in record.items()]
        render(fields, fmt, columns=["", " "], title=title)


def json_text(value: object) -> str:  # noqa: PLR0911  one line for each kind of value
    """Return JSON: exact decimals, ISO dates, unescaped UTF-8; what is not finite is null."""
    import json

    if isinstance(value, Mapping):
        parts = (f"{json_text(str(k))}: {json_text(v)}" for k, v in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else "null"
    if isinstance(value, float):
        return json.dumps(value) if abs(value) < float("inf") else "null"
    if isinstance(value, timedelta):
        return json.dumps(value.total_seconds())
    return json.dumps(text_of(value), ensure_ascii=False)


def text_of(value: object) -> str:  # noqa: PLR0911  one line for each kind of value
    """Return a value as the text that csv, md and table print; NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, Enum):
        return text_of(value.value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return json_text(value)
    return str(value)


def _write_json(rows: Iterator[Mapping[str, object]], names: list[str]) -> None:
    opening = "[\n "
    for row in rows:
        sys.stdout.write(opening + json_text({name: row[name] for name in names}))
        opening = ",\n "
    sys.stdout.write("\n]\n" if opening.startswith(",") else "[]\n")


def _write_csv(rows: Iterator[Mapping[str, object]], names: list[str]) -> None:
    import csv

    writer = csv.writer(sys.stdout)
    if names:
        writer.writerow(names)
    writer.writerows([text_of(row[name]) for name in names] for row in rows)


def _write_md(rows: Iterator[Mapping[str, object]], names: list[str], shown: list[str]) -> None:
    from academico_cli.cli.tables import is_number, one_line

    first = next(rows, None)
    rule = ["---:" if first and is_number(first[name]) else "---" for name in names]
    body = chain([first], rows) if first is not None else rows
    lines = chain([shown, rule], ([text_of(row[name]) for name in names] for row in body))
    for line in lines:
        cells = (one_line(cell, "<br>").replace("|", "\\|") for cell in line)
        sys.stdout.write("| " + " | ".join(cells) + " |\n")


@contextmanager
def progress(total: "Total", label: str) -> Iterator["Progress"]:
    """Yield a progress bar: stderr only, on a terminal only, silent with ``--quiet``.

    Args:
        total: units of the whole work; None when not known; or a function that counts them,
            called only when the bar appears.
        label: what is being done, such as ``"publishing"``.
    """
    from academico_cli.cli.progress import Progress

    bar = Progress(total, label, console if sys.stderr.isatty() and not quiet() else None)
    try:
        yield bar
    finally:
        bar.close()
