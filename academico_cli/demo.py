"""Where the demo plays and what it does: commands that anybody could type, one after the other.

Each runs as a process of its own, in an environment where nothing but the demo's home is
configured: it cannot reach a database or a broker that was there before.
"""

import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psycopg

from academico_cli import migrations
from academico_cli.app import App
from academico_cli.errors import AcademicoError
from academico_cli.local import files
from academico_cli.settings import (
    RECORD_NAME,
    Settings,
    environment_of,
    explain,
    read_record,
)


@dataclass(frozen=True)
class Step:
    """One command of the demo."""

    says: str
    arguments: tuple[str, ...]
    shows: bool = False
    """Whether what it prints is what the demo is for; else it is part of the narration."""
    refusable: bool = False
    """Whether it may refuse a school that is too small; those like it that follow are left out."""


TRAIN = ("ml", "train", "--cutoff-day", "60")
PREDICT = ("ml", "predict", "--limit", "5")


def steps(alumnos: int, seed: int) -> list[Step]:
    """Return the commands of the demo, in order."""
    sample = ("--alumnos", str(alumnos), "--seed", str(seed))
    faults = ("--invalid", "0.01", "--duplicates", "0.02", "--shuffle")
    return [
        Step("Start PostgreSQL and a broker, make the tables", ("up", "--mode", "local")),
        Step("Publish a school's events; some broken, some twice", ("publish", *sample, *faults)),
        Step("Consume the queue: every event gets one fate", ("consume", "--until-empty")),
        Step("Check the grades against the rules", ("dq", "check", "--entity", "calificacion")),
        Step("Compute the KPIs", ("marts", "refresh")),
        Step("How each materia goes", ("kpi", "materia", "--limit", "10"), shows=True),
        Step("The best materias of the latest periodo", ("kpi", "top", "--limit", "5"), shows=True),
        Step("Maestros by promedio", ("kpi", "maestros", "--limit", "10"), shows=True),
        Step("Alumnos at risk", ("kpi", "riesgo", "--limit", "10"), shows=True),
        Step("Who will be in trouble: a model, if it beats the rules", TRAIN, refusable=True),
        Step("And what it says of the latest periodo", PREDICT, refusable=True),
        Step("The whole of it as a page for the school's staff", ("report",)),
    ]


def choose_home(settings: Settings) -> Path:
    """Return the home that the demo plays in: never one with data that it did not make.

    It is the configured home itself when that is new, holds nothing yet, or is the demo's since an
    earlier time, so that plain `academico kpi materia` works afterwards; else its folder ``demo``.
    """
    home = settings.home
    configured = {
        value.name for value in explain(settings) if value.source in ("environment", ".env")
    }
    if configured & {"DATABASE_URL", "RABBIT_URL"}:
        return home / "demo"
    if not read_record(home):
        # Data without a record: somebody deleted that, and may want them back.
        return home / "demo" if (home / "postgres").exists() else home
    # Of the same release: the same events under the same ids, which change nothing.
    if files.read_json(home / files.DEMO_MARK).get("version") == version("academico"):
        return home
    return home if _holds_nothing(App(settings).hurried()) else home / "demo"


def play(step: Step, home: Path) -> int:
    """Run one step in this home; return its exit code.

    Raises:
        HomeUnusable: the folder cannot be made.
    """
    with files.mended(home):
        files.private_folder(home, ours=RECORD_NAME)
    # In the home as its working folder, so that no `.env` of the caller's is read.
    return subprocess.run(
        [sys.executable, "-m", "academico_cli", *step.arguments],
        env=environment_of(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=None if step.shows else sys.stderr,
        check=False,
    ).returncode


def mark(home: Path) -> None:
    """Remember that what is in this home is the demo's."""
    files.write_json(home / files.DEMO_MARK, {"version": version("academico")})


def _holds_nothing(app: App) -> bool:
    try:
        if migrations.current(app.database) is None:
            return True
        lotes = app.database.rows("SELECT FROM core.lotes LIMIT 1")
        return not lotes and app.broker.depth() == 0
    except (AcademicoError, psycopg.Error):
        return False
