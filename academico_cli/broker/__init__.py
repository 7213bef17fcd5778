"""What a broker must do for us, and no more. Two implementations: rabbitmq and pgqueue."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, Self

from academico_cli.metrics.publishing import PublishMeter
from academico_cli.postgres import Connection

NDJSON = "application/x-ndjson"
"""Content type of a message that carries many events, one a line."""


class Message(NamedTuple):
    """One delivered message, exactly as it came."""

    body: bytes
    received_us: int
    """Arrival, microseconds since the epoch (UTC); see ArrivalClock."""
    message_id: str | None = None
    timestamp: int | None = None
    """AMQP timestamp, seconds since the epoch."""
    content_type: str | None = None
    headers: Mapping[str, object] | None = None
    """AMQP headers with values that JSON can hold."""
    redelivered: bool = False
    """The broker says that it may have delivered this message before."""
    deliveries: int = 0
    """How often it was delivered before, where the broker counts."""
    prepared: object = None
    """What ``Prepare`` made of it ahead of time; None when nothing was."""


class Prepare(Protocol):
    """Work on a message that may be done as soon as it arrives, while the database is busy."""

    def __call__(
        self, body: bytes, received_us: int, timestamp: int | None, content_type: str | None, /
    ) -> object:
        """Return what is to be the message's ``prepared``; must not raise."""


class Outgoing(NamedTuple):
    """One message to publish. Always persistent."""

    body: bytes
    message_id: str | None = None
    timestamp: int | None = None
    content_type: str | None = None
    headers: Mapping[str, str] | None = None


def is_ndjson(content_type: str | None) -> bool:
    """Tell whether a message of this content type carries one event a line."""
    return content_type is not None and content_type.split(";")[0].strip().lower() == NDJSON


class ArrivalClock:
    """Arrival times that strictly increase, leaving one microsecond for each line of a message."""

    def __init__(self) -> None:
        self._next_us = 0

    def stamp(self, body: bytes, content_type: str | None) -> int:
        """Return the arrival of this message in microseconds since the epoch."""
        now = max(time.time_ns() // 1000, self._next_us)
        lines = body.count(b"\n") if is_ndjson(content_type) else 0
        self._next_us = now + 1 + lines
        return now


class Subscription(Protocol):
    """A consumer's hold on one queue. Used by one thread."""

    @property
    def runs_ahead(self) -> bool:
        """Whether more may be taken while what was taken before is not settled."""

    @property
    def reconnects(self) -> int:
        """How often a lost connection was made again so far."""

    def take(
        self, connection: Connection, *, limit: int, wait: float, max_bytes: int
    ) -> Sequence[Message]:
        """Return at most ``limit`` messages and about ``max_bytes``, in delivery order.

        Waits up to ``wait`` seconds for the first one, and a short, bounded time to fill the
        batch. Empty when none came. A broker that lives in the database takes them in the
        transaction that ``connection`` is in (and takes none again after a rollback).

        Raises:
            BrokerUnavailable, QueueUnusable: it cannot go on; unsettled messages come again.
        """

    def held(self) -> Sequence[Message]:
        """Return what was taken, is not settled, and can still be settled.

        Asked after a ROLLBACK or a lost database: the consumer tries these again before it takes
        others. Empty when the broker has them back already (its connection was lost meanwhile, or
        the rollback itself put them back).
        """

    def settle(self, messages: Sequence[Message]) -> None:
        """Acknowledge these, the first of those that are held, after COMMIT: one multiple ack.

        Those that are no longer held are left alone: the broker has them back.
        """

    def give_back(self) -> None:
        """Put all that was taken and not settled back into the queue, after ROLLBACK."""

    def empty(self, connection: Connection) -> bool:
        """Tell whether the queue holds no ready message and nothing is buffered here."""

    def close(self) -> None:
        """Let go of the queue; what was not settled goes back. Safe to call twice."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...


class Broker(Protocol):
    """A place where messages wait."""

    @property
    def address(self) -> str:
        """Where it is, without a password, for messages and ``status``."""

    def declare(self) -> None:
        """Make the queue if it is missing; use one that exists as it is."""

    def publish(
        self,
        messages: Iterable[Outgoing],
        on_confirmed: Callable[[int], None] | None = None,
        meter: PublishMeter | None = None,
    ) -> int:
        """Publish, and return how many the broker has confirmed: all of them, or it raises.

        ``on_confirmed`` is called from time to time with the number confirmed so far; ``meter``
        is told how long each confirm took. Reads ``messages`` lazily; memory is bounded by the
        window of unconfirmed ones.

        Raises:
            BrokerUnavailable: it went away and did not come back; QueueUnusable: unroutable.
        """

    def subscribe(self, prepare: Prepare | None = None) -> Subscription:
        """Start consuming.

        Args:
            prepare: for messages that are delivered for the first time. One that was delivered
                before may have ended its consumer, and is left alone until it is taken.
        """

    def depth(self) -> int:
        """Number of messages ready in the queue."""

    def dead_letters(self) -> "Broker":
        """Return the broker of the queue where the messages end that kill their consumers."""
