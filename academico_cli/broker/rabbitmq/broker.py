"""The broker that the rest of the package sees."""

from collections.abc import Callable, Iterable

from academico_cli.broker import Outgoing, Prepare
from academico_cli.broker.caution import dead_letter_name
from academico_cli.broker.rabbitmq.consumer import Consumer
from academico_cli.broker.rabbitmq.link import PIKA_ERRORS, Link
from academico_cli.broker.rabbitmq.publisher import Publisher
from academico_cli.broker.rabbitmq.subscription import RabbitSubscription
from academico_cli.metrics.publishing import PublishMeter


class RabbitBroker:
    """One queue of one RabbitMQ. Opening is cheap and holds nothing.

    Args:
        url: AMQP URL; ``heartbeat``, ``socket_timeout`` and the like in its query are heeded.
        queue: name of the queue.
        connect_timeout: seconds to wait for a connection.

    Raises:
        WrongUsage: ``url`` is not an AMQP URL.
    """

    def __init__(self, url: str, queue: str, *, connect_timeout: int = 10) -> None:
        self._url = url
        self._connect_timeout = connect_timeout
        self._link = Link.parse(url, queue, connect_timeout=connect_timeout)

    @property
    def address(self) -> str:
        """``host:port/vhost``, without user and password."""
        return self._link.address

    @property
    def queue(self) -> str:
        """Name of the queue."""
        return self._link.queue

    def dead_letters(self) -> "RabbitBroker":
        """Return the broker of the queue that holds this queue's dead letters."""
        return RabbitBroker(
            self._url, dead_letter_name(self.queue), connect_timeout=self._connect_timeout
        )

    def declare(self) -> None:
        """Make the queue (quorum, with a dead-letter queue) if missing; else use it as it is.

        Raises:
            BrokerUnavailable, BrokerLoginRefused, QueueUnusable: it cannot.
        """
        try:
            with self._link.connect("declare") as connection:
                self._link.open_queue(connection)
        except PIKA_ERRORS as exc:
            raise self._link.unusable(exc) from exc

    def publish(
        self,
        messages: Iterable[Outgoing],
        on_confirmed: Callable[[int], None] | None = None,
        meter: PublishMeter | None = None,
    ) -> int:
        """Publish with confirms in flight; see :class:`~academico_cli.broker.Broker`."""
        meter = meter or PublishMeter()
        try:
            return Publisher(self._link, messages, on_confirmed, meter).run()
        finally:
            meter.report()

    def subscribe(self, prepare: Prepare | None = None) -> RabbitSubscription:
        """Start consuming; the queue is made if it is missing.

        Raises:
            BrokerUnavailable, BrokerLoginRefused, QueueUnusable: at the first attempt. Later
            on the subscription reconnects by itself for as long as it takes.
        """
        consumer = Consumer(self._link, prepare)
        consumer.start_consuming()
        return RabbitSubscription(consumer)

    def depth(self) -> int:
        """Return the number of ready messages; 0 when the queue does not exist yet."""
        try:
            with self._link.connect("depth") as connection:
                return self._link.count_ready(connection) or 0
        except PIKA_ERRORS as exc:
            raise self._link.unusable(exc) from exc
