"""What one channel has delivered, and how pika's properties become a Message.

A delivery tag means something only on the channel that issued it. Each channel therefore has a
:class:`Stretch` of its own: a tag of a lost channel cannot reach the next one.
"""

import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from pika import BasicProperties
from pika.adapters.blocking_connection import BlockingChannel

from academico_cli.broker import ArrivalClock, Message, Prepare
from academico_cli.broker.caution import COUNT_HEADER
from academico_cli.broker.rabbitmq.wire import Properties


class Stretch:
    """Messages that one channel delivered and that nobody has settled yet.

    The I/O thread fills ``buffer`` and keeps ``held``; the consuming thread pops from the left.
    Both ends of a deque may be used at once without a lock.
    """

    def __init__(
        self,
        channel: BlockingChannel,
        clock: ArrivalClock,
        *,
        poison_at: int | None,
        most_bytes: int,
        survivors: "Survivors",
        prepare: Prepare | None = None,
    ) -> None:
        self.channel = channel
        self.buffer: deque[tuple[int, Message]] = deque()
        self.taken: Sequence[tuple[int, Message]] = ()
        """What the consuming thread has taken and not settled."""
        self.poison: list[tuple[int, BasicProperties, bytes]] = []
        self.refused: list[int] = []
        """Deliveries beyond what memory allows, to be returned to the broker."""
        self.held = 0
        """Messages delivered here and not settled, buffered or taken."""
        self.held_bytes = 0
        self.last_tag = 0
        self.settled_tag = 0
        self.last_deliveries = 0
        """How often the message that came last was delivered before."""
        self.open = True
        self._clock = clock
        self._poison_at = poison_at or sys.maxsize
        self._most_bytes = most_bytes
        self._survivors = survivors
        self._prepare = prepare

    def on_message(
        self, tag: int, redelivered: bool, properties: BasicProperties | Properties, body: bytes
    ) -> None:
        """Buffer one delivery. Runs for every message: keep it cheap."""
        deliveries = 0
        headers: dict[str, object] | None = None
        if properties.headers:
            count = properties.headers.get(COUNT_HEADER)
            headers = {text(key): plain(value) for key, value in properties.headers.items()}
            if isinstance(count, int):
                deliveries = max(0, count - self._survivors.times(properties.message_id, body))
        if not deliveries and redelivered:
            deliveries = 1
        self.last_deliveries = deliveries
        self.last_tag = tag
        if self.held_bytes > self._most_bytes:
            self.refused.append(tag)
            return
        self.held += 1
        self.held_bytes += len(body)
        if deliveries >= self._poison_at:
            self.poison.append((tag, properties, body))
            return
        message_id, content_type = properties.message_id, properties.content_type
        if isinstance(message_id, bytes):
            message_id = text(message_id)
        if isinstance(content_type, bytes):
            content_type = text(content_type)
        sent, arrival = properties.timestamp, self._clock.stamp(body, content_type)
        prepared = None
        if self._prepare is not None and not deliveries:
            prepared = self._prepare(body, arrival, sent, content_type)
        message = Message(
            body,
            arrival,
            message_id,
            sent,
            content_type,
            headers,
            redelivered,
            deliveries,
            prepared,
        )
        self.buffer.append((tag, message))

    def lose(self) -> None:
        """Note that the channel is gone: nothing can be settled, and all comes again."""
        self.open = False
        self._survivors.note(message for _, message in (*self.taken, *self.buffer))

    def settle(self, tag: int, messages: int, size: int) -> None:
        """Acknowledge everything up to ``tag``. Runs in the I/O thread."""
        if self.open and self.channel.is_open:
            self.channel.basic_ack(tag, multiple=True)
            self.settled_tag = tag
            self.held -= messages
            self.held_bytes -= size


class Survivors:
    """How often a connection was lost with a message in hand, and this process lived on.

    The broker counts these deliveries too; they are no evidence against the message.
    """

    _MOST = 50_000

    def __init__(self) -> None:
        self._times: Counter[int] = Counter()

    def note(self, messages: Iterable[Message]) -> None:
        """Note what was in hand when a connection was lost."""
        if len(self._times) > self._MOST:
            self._times.clear()
        self._times.update(self._mark(m.message_id, m.body) for m in messages)

    def times(self, message_id: object, body: bytes) -> int:
        """Return how often this message was."""
        return self._times[self._mark(message_id, body)]

    @staticmethod
    def _mark(message_id: object, body: bytes) -> int:
        return hash((None if message_id is None else text(message_id), body))


class Doorbell:
    """Wakes the consuming thread when there is something to take."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._listening = False

    def ring(self) -> None:
        """Wake the listener, if there is one."""
        if self._listening:
            with self._condition:
                self._condition.notify_all()

    def listen(self, seconds: float, ready: Callable[[], object]) -> None:
        """Sleep until the bell rings, at most this long; not at all when ``ready`` already."""
        with self._condition:
            self._listening = True
            if not ready():
                self._condition.wait(seconds)
            self._listening = False


def text(value: object) -> str:
    """Return a string for what pika hands over as text, or as bytes when it is not UTF-8."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def plain(value: object) -> object:
    """Return a header's value as something JSON can hold."""
    if isinstance(value, dict):
        return {text(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, datetime) else text(value)
