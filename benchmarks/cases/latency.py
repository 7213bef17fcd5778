"""From publish to COMMIT, one event a message, at a steady 1,000 a second.

An event's clock starts when it was due to be sent, not when it was, so that a publisher that falls
behind hides nothing. It stops when another connection first sees its lote: COMMIT has returned by
then, and the time until the next look is counted in.
"""

import random
import threading
import time
from collections.abc import Iterator
from signal import SIGTERM
from statistics import quantiles

import pika

from academico_cli.postgres import Database
from benchmarks.events import bodies, message_id
from benchmarks.figures import Figure
from benchmarks.ground import Ground, Options, Wrong

RATE, SECONDS, LOOK_S = 1_000, 20, 0.002
WARM = 1_000
"""Events at the start that are not counted: the worker is just beginning."""


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield p50, p99 and the largest, in seconds."""
    number = WARM + RATE * (3 if options.quick else SECONDS)
    with ground.database() as database, ground.queue() as queue:
        worker = ground.start("consume", database=database, queue=queue)
        try:
            due, seen = _observe(ground, database, queue, number)
        finally:
            worker.send_signal(SIGTERM)
            worker.communicate()
        lotes = {
            str(row["id"]): int(str(row["lote"]))
            for row in database.rows("SELECT id::text, lote FROM raw.mensajes")
        }
    waits = [seen[lotes[name]] - at for name, at in list(due.items())[WARM:]]
    cuts = quantiles(waits, n=100)
    detail = {"events": len(waits), "lotes": len(seen)}
    yield Figure("latency, p50", cuts[49], "s", detail=detail)
    yield Figure("latency, p99", cuts[98], "s", sense="<=", target=0.3)
    yield Figure("latency, largest", max(waits), "s")


def _observe(
    ground: Ground, database: Database, queue: str, number: int
) -> tuple[dict[str, float], dict[int, float]]:
    """Return when each message was due, and when each lote was first seen."""
    due: dict[str, float] = {}
    publisher = threading.Thread(target=_publish, args=(ground.rabbit_url, queue, number, due))
    seen: dict[int, float] = {}
    events, give_up = 0, time.monotonic() + number / RATE + 60
    with database.session() as connection:
        publisher.start()
        while events < number:
            for lote, eventos in connection.execute(
                "SELECT lote, eventos FROM core.lotes WHERE lote > %s", (max(seen, default=0),)
            ):
                seen[int(str(lote))] = time.monotonic()
                events += int(str(eventos))
            if time.monotonic() > give_up:
                raise Wrong(f"latency: {events} of {number} events arrived")
            time.sleep(LOOK_S)
    publisher.join()
    return due, seen


def _publish(url: str, queue: str, number: int, due: dict[str, float]) -> None:
    dice = random.Random(9)
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        began = time.monotonic()
        for i, body in enumerate(bodies(number)):
            name, at = message_id(dice), began + i / RATE
            wait = at - time.monotonic()
            if wait > 0:
                connection.sleep(wait)
            due[name] = at
            properties = pika.BasicProperties(delivery_mode=2, message_id=name)
            channel.basic_publish("", queue, body, properties)
