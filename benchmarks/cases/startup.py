"""How long a command takes from start to end, on a warm machine."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from academico_cli.postgres import Database
from benchmarks.figures import Figure
from benchmarks.ground import PROGRAM, Ground, Options

TIMES = 5


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the best of a few starts, in seconds."""
    del options
    yield Figure("interpreter alone", interpreter_seconds(ground), "s")
    with ground.database() as database, database.session() as connection:
        connection.execute("SELECT * FROM marts.refrescar()")
        seconds = command_seconds(ground, database, "--help")
        yield Figure("academico --help", seconds, "s", sense="<=", target=0.35)
        seconds = command_seconds(ground, database, "kpi", "materia")
        yield Figure("academico kpi materia", seconds, "s", sense="<=", target=0.7)


def interpreter_seconds(ground: Ground) -> float:
    """Return the time of an interpreter that does nothing."""
    command = [sys.executable, "-c", "pass"]
    return best(lambda: subprocess.run(command, check=True, cwd=ground.folder), TIMES)


def command_seconds(ground: Ground, database: Database, *args: str) -> float:
    """Return the time of a whole ``academico`` command."""
    environment = ground.environment(database, None)

    def command() -> None:
        subprocess.run(
            [PROGRAM, *args], env=environment, cwd=ground.folder, check=True, capture_output=True
        )

    return best(command, TIMES)


def best(work: Callable[[], object], times: int) -> float:
    """Return the seconds of the fastest of some runs, after one that does not count."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)
