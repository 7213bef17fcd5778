"""The usual tutorial consumer: a message is a connection, an insert, a merge, a commit, an ack.

Also with the connection kept, for what that alone is worth.
"""

import json
import time
from collections.abc import Iterator

import pika
import psycopg

from benchmarks.cases.peer_sql import INSERT, PARTITION, UPSERT, values
from benchmarks.events import messages
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options

MESSAGES = 500


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the rate with a connection a message, and with one kept."""
    del options
    for name, kept in (("naive", False), ("naive, connection kept", True)):
        with ground.database() as database, ground.queue(messages(MESSAGES)) as queue:
            rate = MESSAGES / _consume(ground.rabbit_url, queue, database.url, kept=kept)
        yield Figure(name, rate, "messages/s", (Against("drain"),))


def _consume(rabbit_url: str, queue: str, database_url: str, *, kept: bool) -> float:
    seen = 0
    with psycopg.connect(database_url) as first:
        first.execute(PARTITION)
    one = psycopg.connect(database_url) if kept else None
    with pika.BlockingConnection(pika.URLParameters(rabbit_url)) as broker:
        channel = broker.channel()

        def on_message(channel, method, properties, body):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            nonlocal seen
            connection = one or psycopg.connect(database_url)
            try:
                event = json.loads(body)
                connection.execute(INSERT, (properties.message_id, seen, body))
                connection.execute(UPSERT[event["entity"]], values(event, properties.message_id))
                connection.commit()
            finally:
                if one is None:
                    connection.close()
            channel.basic_ack(method.delivery_tag)
            seen += 1
            if seen == MESSAGES:
                channel.stop_consuming()

        channel.basic_consume(queue, on_message)
        began = time.perf_counter()
        channel.start_consuming()
        seconds = time.perf_counter() - began
    if one is not None:
        one.close()
    return seconds
