"""The ceiling: pika receives and acknowledges in batches, and does nothing else.

Twice, with pika's blocking connection and with its callback one, which costs less a message; the
ceiling is the better of the two.
"""

import time
from collections.abc import Iterator

import pika

from benchmarks.events import messages
from benchmarks.figures import Figure
from benchmarks.ground import Ground, Options

PREFETCH, ACK_EVERY = 8_000, 2_000


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the rate of the better connection."""
    rates = {}
    for name, drain in (("blocking", _blocking), ("select", _select)):
        with ground.queue(messages(options.events)) as queue:
            rates[name] = options.events / drain(ground.rabbit_url, queue, options.events)
    detail = {name: round(rate) for name, rate in rates.items()}
    yield Figure("drain", max(rates.values()), "messages/s", detail=detail)


def _blocking(url: str, queue: str, number: int) -> float:
    """Return the seconds from the subscription to the last ack."""
    seen = 0
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=PREFETCH)

        def on_message(channel, method, properties, body):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
            nonlocal seen
            seen += 1
            if seen % ACK_EVERY == 0 or seen == number:
                channel.basic_ack(method.delivery_tag, multiple=True)
                if seen == number:
                    channel.stop_consuming()

        channel.basic_consume(queue, on_message)
        began = time.perf_counter()
        channel.start_consuming()
        return time.perf_counter() - began


def _select(url: str, queue: str, number: int) -> float:
    seen, began, seconds = 0, 0.0, 0.0

    def on_message(channel, method, properties, body):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        nonlocal seen, seconds
        seen += 1
        if seen % ACK_EVERY == 0 or seen == number:
            channel.basic_ack(method.delivery_tag, multiple=True)
            if seen == number:
                seconds = time.perf_counter() - began
                connection.close()

    def on_channel(channel):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        nonlocal began
        channel.basic_qos(prefetch_count=PREFETCH)
        channel.basic_consume(queue, on_message)
        began = time.perf_counter()

    connection = pika.SelectConnection(
        pika.URLParameters(url),
        on_open_callback=lambda c: c.channel(on_open_callback=on_channel),
        on_close_callback=lambda c, _: c.ioloop.stop(),
    )
    connection.ioloop.start()
    return seconds
