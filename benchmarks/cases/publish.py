"""Ours: ``academico publish`` of a file, each message confirmed, against pika without confirms.

pika's clock stops when the queue holds all messages: what is in a socket is not published.
"""

import time
from collections.abc import Iterator

import pika

from academico_cli.broker.rabbitmq import RabbitBroker
from benchmarks.events import bodies, messages
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options, Wrong


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield pika's rate and ours."""
    with ground.queue() as queue:
        seconds = _plain(ground.rabbit_url, queue, options.events)
    yield Figure("pika without confirms", options.events / seconds, "messages/s")
    path = ground.folder / "publish.ndjson"
    with path.open("wb") as file:
        file.writelines(body + b"\n" for body in bodies(options.events))
    with ground.database() as database, ground.queue() as queue:
        before = ground.server_cpu()
        spent = ground.run("publish", path, database=database, queue=queue)
        after = ground.server_cpu()
        held = RabbitBroker(ground.rabbit_url, queue).depth()
    path.unlink()
    if not spent.output["publicados"] == held == options.events:
        raise Wrong(f"publish: {spent.output}, and the queue holds {held}")
    cost = {n: round((after[n] - before[n]) * 1e6 / options.events, 2) for n in after}
    cost["cpu_worker"] = round(spent.cpu_seconds * 1e6 / options.events, 2)
    rate = options.events / spent.output["segundos"]
    against = (Against("pika without confirms", ">=", 0.7),)
    yield Figure("publish", rate, "messages/s", against, detail=cost)


def _plain(url: str, queue: str, number: int) -> float:
    sent = list(messages(number))
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        began = time.perf_counter()
        for message in sent:
            properties = pika.BasicProperties(delivery_mode=2, message_id=message.message_id)
            channel.basic_publish("", queue, message.body, properties)
        while channel.queue_declare(queue, passive=True).method.message_count < number:
            time.sleep(0.01)
        return time.perf_counter() - began
