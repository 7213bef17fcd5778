"""Ours: the queue in PostgreSQL, for machines without RabbitMQ: publishing and consuming."""

from collections.abc import Iterator

from benchmarks.events import bodies
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the rates of publishing, and of consuming with one worker and two."""
    path = ground.folder / "pgqueue.ndjson"
    with path.open("wb") as file:
        file.writelines(body + b"\n" for body in bodies(options.events))
    for workers in (1, 2):
        with ground.database() as database:
            sent = ground.run("publish", path, database=database)
            if workers == 1:
                rate = options.events / sent.output["segundos"]
                yield Figure("PostgreSQL queue, publish", rate, "messages/s")
            command = ("consume", "--until-empty", "--workers", str(workers))
            rate, cost = ground.consume(options.events, database, None, *command)
        name = f"PostgreSQL queue, {workers} worker" + "s" * (workers > 1)
        against = (Against("drain"), Against("consume, 1 worker"))
        yield Figure(name, rate, "events/s", against, detail=cost)
    path.unlink()
