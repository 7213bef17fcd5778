"""Ours: ``academico load`` of one file with an event a line."""

from collections.abc import Iterator

from benchmarks.events import bodies
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the rate in events a second."""
    number = options.events * 3
    path = ground.folder / "events.ndjson"
    with path.open("wb") as file:
        file.writelines(body + b"\n" for body in bodies(number))
    with ground.database() as database:
        rate, cost = ground.consume(number, database, None, "load", path)
    path.unlink()
    yield Figure("load", rate, "events/s", (Against("floor", ">=", 0.6),), detail=cost)
