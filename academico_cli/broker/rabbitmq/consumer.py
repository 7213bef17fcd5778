"""The thread that owns the consuming connection.

It keeps heartbeats alive while the database works, buffers what the broker delivers within a
budget, and reconnects for as long as it takes. Other threads reach it only by ``post``.
"""

import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from functools import partial

import pika
from pika.exceptions import AMQPHeartbeatTimeout

from academico_cli.broker import ArrivalClock, Prepare
from academico_cli.broker.caution import LAST_RESORT, caution, is_dead_letter_queue
from academico_cli.broker.rabbitmq.burial import bury
from academico_cli.broker.rabbitmq.deliveries import Doorbell, Stretch, Survivors
from academico_cli.broker.rabbitmq.link import PIKA_ERRORS, Link
from academico_cli.broker.rabbitmq.link import reason as reason_of
from academico_cli.broker.rabbitmq.wire import DirectConnection
from academico_cli.errors import QueueUnusable, ServiceUnavailable

LOG = logging.getLogger(__name__)
BUDGET_BYTES = 32 * 1024 * 1024
"""Bodies held here, buffered or taken, beyond which no more are asked for."""
FIRST_LIMIT = 1000
GROWTH = 8
BACKOFF_S = (0.1, 10.0)
STEADY_S = 10.0
"""A connection that lived this long was a good one: the backoff starts anew after it."""


class Consumer:
    """Background consumer of one queue."""

    def __init__(self, link: Link, prepare: Prepare | None = None) -> None:
        self.link = link
        self.bell = Doorbell()
        self.stretch: Stretch | None = None
        """What the channel of the moment has delivered; None while there is none."""
        self.limit = FIRST_LIMIT
        """Messages that the consuming thread asks for at once."""
        self.limit_bytes = BUDGET_BYTES
        """And their bodies together."""
        self.batches = 2
        """So many times as many are asked of the broker: more are kept from other consumers."""
        self.last_error: ServiceUnavailable | None = None
        self.losses = self.reconnects = 0
        """How often a connection or channel was lost."""
        self.doubtful_until = 0.0
        """Until then (time.monotonic) the broker may think that a dead connection of ours lives."""
        self._clock = ArrivalClock()
        self._survivors = Survivors()
        self._poison_at = None if is_dead_letter_queue(link.queue) else LAST_RESORT
        self._connection: pika.BlockingConnection | None = None
        self._stopping = threading.Event()
        self._prepare = prepare
        self._first = threading.Event()
        self._prefetch = 0
        self._before_tag = 0
        self._turn = 0
        self._tag: str | None = None
        self._mean_bytes = 0.0
        self._thread = threading.Thread(target=self._run, name="rabbit-consumer", daemon=True)

    def start_consuming(self) -> None:
        """Start the thread and wait until the first connection stands.

        Raises:
            BrokerUnavailable, BrokerLoginRefused, QueueUnusable: it does not.
        """
        self._thread.start()
        self._first.wait()
        if self.stretch is None and self.last_error is not None:
            self.stop()
            raise self.last_error

    def has_some(self) -> bool:
        """Tell whether there is something to take."""
        stretch = self.stretch
        return stretch is not None and bool(stretch.buffer)

    def post(self, work: Callable[[], None]) -> bool:
        """Have the I/O thread do this; False when there is no connection to do it on."""
        connection = self._connection
        if connection is None:
            return False
        try:
            connection.add_callback_threadsafe(work)
        except PIKA_ERRORS:
            return False
        return True

    def stop(self, patience: float = 5.0) -> None:
        """End the thread after the work posted so far; what is not settled goes back."""
        if not self.post(self._stopping.set):
            self._stopping.set()
        self._thread.join(patience)
        self._stopping.set()

    def count_ready(self) -> int | None:
        """Return the ready messages of the queue; None when there is no answer to rely on.

        Asks twice on the consuming channel: what was on its way to us at the first answer has
        arrived before the second. A quorum queue whose leader does not answer counts as 0
        messages and 0 consumers, and the consumer it must know of is this one.
        """
        stretch, answers = self.stretch, queue.SimpleQueue[int | None]()

        def ask() -> None:
            try:
                counts = [self._count(stretch) for _ in range(2)] if stretch else [None]
            except PIKA_ERRORS as exc:
                LOG.debug("cannot count the messages of %s: %s", self.link.queue, reason_of(exc))
                counts = [None]
            answers.put(None if None in counts else max(n for n in counts if n is not None))

        if stretch is None or not self.post(ask):
            return None
        try:
            return answers.get(timeout=10)
        except queue.Empty:
            return None

    def _count(self, stretch: Stretch) -> int | None:
        method = stretch.channel.queue_declare(self.link.queue, passive=True).method
        return int(method.message_count) if method.consumer_count else None

    # ------------------------------------------------------------------ the I/O thread

    def _run(self) -> None:
        low, high = BACKOFF_S
        delay = low
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._consume()
            except PIKA_ERRORS as exc:
                self._note_loss(self.link.unusable(exc), exc)
            except ServiceUnavailable as exc:
                self._note_loss(exc, exc)
            except Exception as exc:
                # Whatever it is, the consuming thread must not wait for a thread that is gone.
                LOG.exception("the consumer of %s starts anew", self.link.queue)
                self._note_loss(self.link.unreachable(exc), exc)
            finally:
                self._let_go()
            if not self._first.is_set():
                self._first.set()
                return
            if time.monotonic() - began > STEADY_S:
                delay = low
            self._stopping.wait(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            delay = min(high, delay * 2)

    def _consume(self) -> None:
        """Connect and pump until told to stop or something breaks."""
        connection = self.link.connect("consume", DirectConnection)
        self._connection = connection
        channel = self.link.open_queue(connection)
        stretch = Stretch(
            channel,
            self._clock,
            poison_at=self._poison_at,
            most_bytes=2 * BUDGET_BYTES,
            survivors=self._survivors,
            prepare=self._prepare,
        )
        connection._impl.deliver_to(
            channel.channel_number, stretch.on_message, partial(self._after_read, stretch)
        )
        channel.add_on_cancel_callback(partial(self._on_cancelled, stretch))
        # One message tells whether its consumer died with it in hand: only then ask for more,
        # so that its neighbours are not counted as often as it is.
        self._ask_for(stretch, 1)
        if self.last_error is not None:
            self.reconnects += 1
            LOG.warning("connected to RabbitMQ at %s again", self.link.address)
        self.last_error = None
        self.stretch = stretch
        self._first.set()
        while not self._stopping.is_set():
            connection.process_data_events(time_limit=1.0)
            if stretch.refused:
                self._refuse(stretch)
            if stretch.poison:
                bury(connection, stretch, self.link.queue)
            self._adapt(stretch)
            self._check(stretch)

    def _after_read(self, stretch: Stretch) -> None:
        """Wake who waits for messages, and the pump when it has something to do."""
        if stretch.buffer:
            self.bell.ring()
        if stretch.poison or stretch.refused or self._plan(stretch) is not None:
            self.post(lambda: None)

    def _refuse(self, stretch: Stretch) -> None:
        for tag in stretch.refused:
            stretch.channel.basic_reject(tag, requeue=True)
        stretch.refused.clear()

    def _check(self, stretch: Stretch) -> None:
        if not stretch.channel.is_open:
            stretch.channel.basic_qos(prefetch_count=1)  # raises why it was closed
        if not stretch.open:
            raise QueueUnusable(
                queue=self.link.queue,
                address=self.link.address,
                detail="the broker cancelled the consumer; the queue was deleted or moved",
            )

    def saturated(self, stretch: Stretch) -> bool:
        """Tell whether the broker sends no more until something is settled."""
        outstanding = stretch.last_tag - max(stretch.settled_tag, self._before_tag)
        return self._tag is None or outstanding >= self._prefetch

    def _adapt(self, stretch: Stretch) -> None:
        """Ask for as many messages as caution and the budget allow."""
        plan = self._plan(stretch)
        if plan is not None:
            self._pause(stretch)
            if plan:
                self._ask_for(stretch, plan)

    def _plan(self, stretch: Stretch) -> int | None:
        """Return how many messages to ask for at once from now on: 0 for none, None: as before."""
        prefetch, held_bytes = self._prefetch, stretch.held_bytes
        if self._tag is None:
            room = held_bytes <= BUDGET_BYTES // 2
            return max(1, int(BUDGET_BYTES // 2 / self._mean(stretch))) if room else None
        if held_bytes > BUDGET_BYTES * 1.5:
            return None if self.saturated(stretch) else 0
        if not self.saturated(stretch):
            return None
        wanted = self._wanted(stretch)
        if wanted < prefetch * 0.5:
            return wanted
        grows = wanted > prefetch * 1.25 and held_bytes <= BUDGET_BYTES // 2
        return min(wanted, prefetch * GROWTH) if grows else None

    def _mean(self, stretch: Stretch) -> float:
        if stretch.held:
            self._mean_bytes = max(stretch.held_bytes / stretch.held, 1.0)
        return self._mean_bytes or 1.0

    def _wanted(self, stretch: Stretch) -> int:
        if stretch.last_deliveries:
            return caution(stretch.last_deliveries, self.limit)
        most_bytes = min(self.batches * self.limit_bytes, BUDGET_BYTES)
        return max(1, min(self.batches * self.limit, int(most_bytes / self._mean(stretch))))

    def _ask_for(self, stretch: Stretch, prefetch: int) -> None:
        stretch.channel.basic_qos(prefetch_count=min(prefetch, 65_535))
        self._before_tag = stretch.last_tag
        # When a connection ends, a quorum queue takes back the messages of each consumer tag in
        # the order of the tags: ascending ones keep the messages in theirs.
        self._turn += 1
        self._tag = stretch.channel.basic_consume(
            self.link.queue, _past_the_sink, consumer_tag=f"academico-{self._turn:09d}"
        )
        self._prefetch = prefetch

    def _pause(self, stretch: Stretch) -> None:
        if self._tag is not None:
            tag, self._tag = self._tag, None
            stretch.channel.basic_cancel(tag)

    def _on_cancelled(self, stretch: Stretch, _frame: object) -> None:
        """Note that the broker cancelled the consumer: the queue was deleted or moved."""
        stretch.open = False

    def _note_loss(self, ours: ServiceUnavailable, cause: BaseException) -> None:
        if self._stopping.is_set():
            return
        self.losses += 1
        if isinstance(cause, AMQPHeartbeatTimeout):
            heartbeat = self.link.parameters.heartbeat
            self.doubtful_until = time.monotonic() + 2 * int(heartbeat or 0)
        if type(self.last_error) is not type(ours) and self._first.is_set():
            LOG.warning("%s Trying again until it answers.", ours)
        self.last_error = ours

    def _let_go(self) -> None:
        """Forget what the channel delivered (the broker delivers it again) and close."""
        stretch, self.stretch = self.stretch, None
        if stretch is not None:
            stretch.lose()
        connection, self._connection, self._tag = self._connection, None, None
        if connection is not None and connection.is_open:
            try:
                connection.close()
            except PIKA_ERRORS as exc:
                LOG.debug("closing: %s", reason_of(exc))
        self.bell.ring()


def _past_the_sink(*_delivery: object) -> None:
    raise AssertionError("a delivery did not take the direct way")
