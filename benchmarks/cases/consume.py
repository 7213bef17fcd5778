"""Ours: ``academico consume``, single events and NDJSON messages of 500, one worker and two."""

from collections.abc import Iterator

from benchmarks.events import messages, packed
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options

PACK = 500


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the rates in events a second."""
    for workers, share in ((1, 0.40), (2, 0.55)):
        against = (
            Against("drain", ">=", share),
            Against("naive", ">=", 100),
            Against("naive, connection kept"),
            Against("peer", ">=", 3),
        )
        with ground.queue(messages(options.events)) as queue:
            rate, cost = _consume(ground, options.events, queue, workers)
        yield Figure(_name("consume", workers), rate, "events/s", against, detail=cost)
    # Packed events go much faster: three times as many of them for as steady a figure.
    number = options.events * 3
    for workers in (1, 2):
        with ground.queue(packed(number, PACK)) as queue:
            rate, cost = _consume(ground, number, queue, workers)
        name = _name("consume NDJSON", workers)
        yield Figure(name, rate, "events/s", (Against("floor", ">=", 0.6),), detail=cost)


def _consume(
    ground: Ground, number: int, queue: str, workers: int
) -> tuple[float, dict[str, float]]:
    command = ("consume", "--until-empty", "--workers", str(workers))
    with ground.database() as database:
        return ground.consume(number, database, queue, *command)


def _name(kind: str, workers: int) -> str:
    return f"{kind}, {workers} worker" + "s" * (workers > 1)
