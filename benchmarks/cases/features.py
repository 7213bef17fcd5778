"""Features of a million enrolments: seconds, the client's memory, and what PostgreSQL spilled."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from academico_cli.ml import features
from academico_cli.postgres import Database
from benchmarks.cases.stored import store
from benchmarks.figures import Figure
from benchmarks.ground import Ground, Options

ENROLMENTS = 1_000_000
CUTOFF_DAY = 30


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield what building all of them costs, in a process of its own."""
    rows = options.size(ENROLMENTS)
    with ground.database() as database:
        store(database, rows, "grades", "evaluations")
        command = [sys.executable, "-m", __name__]
        done = subprocess.run(
            command, input=database.url, capture_output=True, text=True, check=True
        )
    cost = json.loads(done.stdout)
    name = f"features of {rows:,} enrolments"
    yield Figure(name, cost["seconds"], "s", sense="<=", target=300, detail=cost)
    yield Figure(f"{name}, memory", cost["peak_mib"], "MiB", sense="<=", target=1024)


def measure(database: Database) -> dict[str, float]:
    """Return what one build of every periodo costs."""
    began = time.perf_counter()
    with database.session() as connection:
        data = features.build(connection, cutoff_day=CUTOFF_DAY, target="reprueba_o_baja")
        spilled = connection.execute(
            "SELECT temp_bytes / 1048576.0 FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "rows": len(data),
        "matrix_mib": round(data.values.nbytes / 1024**2, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "spilled_mib": round(float(str(spilled[0])), 1) if spilled else 0.0,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Database(sys.stdin.read()))))
