"""Run the benchmarks: ``python -m benchmarks``; its options are told by ``--help``.

Figures are for comparison within one run. A target that is missed is said, not failed.
"""

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import CalledProcessError

import psutil
import psycopg
from pika.exceptions import AMQPError
from rich.console import Console

from academico_cli.errors import AcademicoError
from benchmarks.cases import CASES
from benchmarks.figures import Figure, as_json, judge, show
from benchmarks.ground import Ground, Options, Skipped, Wrong

EVENTS, QUICK_EVENTS = 100_000, 5_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen cases, print their table, write their JSON file."""
    given = _arguments(argv)
    options = Options(
        events=given.events or (QUICK_EVENTS if given.quick else EVENTS),
        quick=given.quick,
        rows=given.rows,
    )
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    figures: list[Figure] = []
    notes: dict[str, str] = {}
    try:
        with Ground() as ground:
            for name in given.only or CASES:
                figures += _run(name, ground, options, notes)
    except KeyboardInterrupt:
        notes["run"] = "interrupted"
    lines = judge(figures)
    show(console, lines)
    for name, note in notes.items():
        console.print(f"{name}: {note}")
    if given.output:
        record: dict[str, object] = {"machine": _machine(), "options": vars(given), "notes": notes}
        record["figures"] = as_json(lines)
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(record, indent=1, default=str) + "\n", encoding="utf-8")
        print(f"written: {given.output}", file=sys.stderr)
    return 1 if any(note.startswith("wrong") for note in notes.values()) else 0


def _run(name: str, ground: Ground, options: Options, notes: dict[str, str]) -> list[Figure]:
    print(f"{name}: {CASES[name]} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    figures: list[Figure] = []
    try:
        for figure in importlib.import_module(f"benchmarks.cases.{name}").run(ground, options):
            figures.append(figure)  # what came before a failure is kept
    except Skipped as exc:
        notes[name] = f"skipped: {exc}"
    except (Wrong, AcademicoError, psycopg.Error, AMQPError, CalledProcessError) as exc:
        notes[name] = f"wrong: {exc!r}"
    print(f"    {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return figures


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: only to see it work")
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--events", type=int, help=f"events of a case (default {EVENTS:,})")
    parser.add_argument(
        "--rows", type=int, default=200_000, help="rows of a fact table in the case plans"
    )
    parser.add_argument("--output", type=Path, help="JSON file to write")
    return parser.parse_args(argv)


def _machine() -> dict[str, object]:
    return {
        "cpus": os.cpu_count(),
        "load_at_end": os.getloadavg(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


if __name__ == "__main__":
    sys.exit(main())
