"""The consuming thread's side of a consumer: take, settle, give back."""

import time
from collections.abc import Sequence
from typing import Self

from academico_cli.broker import Message
from academico_cli.broker.caution import caution
from academico_cli.broker.rabbitmq.consumer import Consumer
from academico_cli.broker.rabbitmq.deliveries import Stretch
from academico_cli.errors import ServiceUnavailable
from academico_cli.postgres import Connection

FILL_S = 0.03
"""How long a batch may wait for more after its first message."""

RUNNING_AHEAD = 4
"""Batches asked of the broker for who takes the next before what was taken is settled."""


class RabbitSubscription:
    """A consumer's hold on one queue; see :class:`~academico_cli.broker.Subscription`.

    While RabbitMQ cannot be reached, ``take`` returns nothing after its ``wait``; ``connected``
    and ``last_error`` tell why. What was taken from a connection that is gone comes again from
    the broker, so settling it does nothing.
    """

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._stretch: Stretch | None = None
        self._taken: list[tuple[int, Message]] = []

    runs_ahead = True

    @property
    def connected(self) -> bool:
        """Whether there is a connection at this moment."""
        return self._consumer.stretch is not None

    @property
    def last_error(self) -> ServiceUnavailable | None:
        """Why there is none."""
        return self._consumer.last_error

    @property
    def losses(self) -> int:
        """How often the connection or its channel was lost so far."""
        return self._consumer.losses

    @property
    def reconnects(self) -> int:
        """How often a lost connection was made again so far."""
        return self._consumer.reconnects

    def take(
        self, connection: Connection, *, limit: int, wait: float, max_bytes: int
    ) -> Sequence[Message]:
        """Return at most ``limit`` messages; fewer when they were delivered before.

        The more often a message was delivered before, the fewer are handed out together with
        it: a tenth of ``limit``, ten, one. So one that ends the process takes few neighbours
        along, and after :data:`LAST_RESORT` times it goes to the dead-letter queue.
        """
        del connection
        self._consumer.limit = limit
        self._consumer.limit_bytes = max_bytes
        stretch = self._wait_for_some(limit, time.monotonic() + wait)
        if stretch is None:
            return []
        if stretch is not self._stretch:
            self._stretch, self._taken = stretch, []
        if self._taken:
            self._consumer.batches = RUNNING_AHEAD
        batch: list[tuple[int, Message]] = []
        size, buffer = 0, stretch.buffer
        while buffer and len(batch) < limit:
            item = buffer[0]
            message = item[1]
            if message.deliveries:
                limit = caution(message.deliveries, limit)
                if len(batch) >= limit:
                    break
            size += len(message.body)
            if size > max_bytes and batch:
                break
            batch.append(buffer.popleft())
        self._taken += batch
        stretch.taken = self._taken
        return [message for _, message in batch]

    def _wait_for_some(self, limit: int, deadline: float) -> Stretch | None:
        """Wait for the first message and then a moment for the batch to fill."""
        consumer = self._consumer
        filling = False
        while True:
            stretch = consumer.stretch
            if stretch is not None and stretch.buffer:
                if not filling:
                    filling, deadline = True, time.monotonic() + FILL_S
                if len(stretch.buffer) >= limit or consumer.saturated(stretch):
                    return stretch
            left = deadline - time.monotonic()
            if left <= 0:
                return stretch if stretch is not None and stretch.buffer else None
            if filling:
                time.sleep(min(left, FILL_S / 10))
            else:
                consumer.bell.listen(left, consumer.has_some)

    def held(self) -> Sequence[Message]:
        """Return what was taken, is not settled, and can still be settled."""
        if self._stretch is None or not self._stretch.open:
            self._taken = []
        return [message for _, message in self._taken]

    def settle(self, messages: Sequence[Message]) -> None:
        """Acknowledge these, the first of those that are held: one multiple ack."""
        number = 0
        for (_, held), message in zip(self._taken, messages, strict=False):
            if held is not message:  # taken from a connection that is gone
                break
            number += 1
        if not number or self._stretch is None:
            return
        stretch, tag = self._stretch, self._taken[number - 1][0]
        size = sum(len(message.body) for _, message in self._taken[:number])
        self._consumer.post(lambda: stretch.settle(tag, number, size))
        self._taken = stretch.taken = self._taken[number:]

    def give_back(self, *, in_doubt: bool = True) -> None:
        """Put back all that was taken and not settled, in its order.

        It stays with this consumer, before everything that came later, and ``close`` returns it
        to the broker: an outage of hours must not wear out the broker's count of deliveries.

        Args:
            in_doubt: mark the messages as redelivered, since the effect of the batch may have
                been committed. False after a rollback that is certain.
        """
        taken, stretch = self._taken, self._stretch
        self._taken = []
        if stretch is not None and stretch.open:
            if in_doubt:
                taken = [(tag, m._replace(redelivered=True)) for tag, m in taken]
            stretch.buffer.extendleft(reversed(taken))

    def empty(self, connection: Connection) -> bool:
        """Tell whether no message is ready and none is buffered; False while not connected."""
        del connection
        consumer = self._consumer
        if time.monotonic() < consumer.doubtful_until:
            return False
        stretch = consumer.stretch
        if stretch is None or stretch.buffer:
            return False
        return consumer.count_ready() == 0 and not stretch.buffer and consumer.stretch is stretch

    def close(self) -> None:
        """Let go of the queue; what was not settled goes back to the broker."""
        self._taken = []
        self._consumer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
