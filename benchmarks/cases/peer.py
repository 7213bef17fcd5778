"""A consumer that users would write with aio-pika: batches, pydantic, executemany, one ack.

The events are validated by the same models as ours. It knows neither duplicates nor missing
parents nor which event is newer.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg

from academico_cli.events.reader import Rejected, read
from benchmarks.cases.peer_sql import INSERT, PARTITION, UPSERT, values
from benchmarks.events import messages
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options, Skipped, Wrong

if TYPE_CHECKING:
    from aio_pika.abc import AbstractIncomingMessage

BATCH, PREFETCH, WAIT_S = 500, 2_000, 0.1


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield its rate, of a fifth of the events: it is slow."""
    try:
        import aio_pika  # noqa: F401, PLC0415
    except ImportError as exc:
        raise Skipped("aio-pika is not installed (see benchmarks/requirements.txt)") from exc
    number = options.events // 5
    with ground.database() as database, ground.queue(messages(number)) as queue:
        with psycopg.connect(database.url) as connection:
            connection.execute(PARTITION)
        seconds = asyncio.run(_consume(ground.rabbit_url, queue, database.url, number))
    yield Figure("peer", number / seconds, "messages/s", (Against("drain"), Against("naive")))


async def _consume(rabbit_url: str, queue_name: str, database_url: str, number: int) -> float:
    """Return the seconds from the subscription to the last ack."""
    import aio_pika  # noqa: PLC0415

    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    broker = await aio_pika.connect(rabbit_url)
    async with broker, await psycopg.AsyncConnection.connect(database_url) as connection:
        channel = await broker.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(queue_name)
        done = 0
        began = time.perf_counter()
        await queue.consume(arrived.put)
        while done < number:
            batch = [await arrived.get()]
            while len(batch) < BATCH:
                try:
                    batch.append(await asyncio.wait_for(arrived.get(), WAIT_S))
                except TimeoutError:
                    break
            await _store(connection, batch)
            await batch[-1].ack(multiple=True)
            done += len(batch)
        return time.perf_counter() - began


async def _store(
    connection: "psycopg.AsyncConnection[Any]", batch: "list[AbstractIncomingMessage]"
) -> None:
    by: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in batch:
        event = read(message.body)
        if isinstance(event, Rejected):
            raise Wrong(f"the peer refuses an event: {event}")
        by[event.entity].append(values(event.model_dump(), message.message_id or ""))
    async with connection.cursor() as cursor:
        await cursor.executemany(INSERT, [(m.message_id, n, m.body) for n, m in enumerate(batch)])
        for entidad, rows in by.items():
            await cursor.executemany(UPSERT[entidad], rows)
    await connection.commit()
