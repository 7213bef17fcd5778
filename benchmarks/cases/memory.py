"""Resident memory of a worker over a deep queue: a million messages."""

from collections.abc import Iterator

from benchmarks.events import messages, packed
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options

DEPTH = 1_000_000


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the largest resident memory, over single events and over NDJSON messages."""
    depth = options.size(DEPTH)
    shapes = (
        ("single events", messages(depth)),
        # Past the budget of bytes that a worker holds: 2,000 messages of 500 are 100 MB.
        ("NDJSON", packed(depth, 500)),
    )
    for shape, sent in shapes:
        with ground.queue(sent) as queue, ground.database() as database:
            rate, cost = ground.consume(depth, database, queue)
        mib = cost["peak_mib"]
        name = f"memory over {depth:,} {shape}"
        yield Figure(name, mib, "MiB", sense="<=", target=200, detail=cost)
        yield Figure(f"rate over {depth:,} {shape}", rate, "events/s", (Against("drain"),))
