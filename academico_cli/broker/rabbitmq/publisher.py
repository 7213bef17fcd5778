"""Publishing with thousands of confirms in flight, over connections that may break."""

import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable

import pika
from pika.channel import Channel
from pika.exceptions import ConnectionBlockedTimeout
from pika.spec import Basic

from academico_cli.broker import Outgoing
from academico_cli.broker.rabbitmq.link import PIKA_ERRORS, Link
from academico_cli.broker.rabbitmq.link import reason as reason_of
from academico_cli.errors import AcademicoError, BrokerLoginRefused, QueueUnusable
from academico_cli.metrics.publishing import PublishMeter

LOG = logging.getLogger(__name__)
WINDOW_MESSAGES = 8_000
WINDOW_BYTES = 16 * 1024 * 1024
CHUNK = 250
"""Messages handed to pika before the socket gets its turn."""
PATIENCE_S = 60.0
"""How long a publisher goes on without a single confirm, over reconnects and refusals."""
BACKOFF_S = (0.1, 5.0)


class Publisher:
    """One call of publish: runs pika's I/O loop in the calling thread."""

    def __init__(
        self,
        link: Link,
        messages: Iterable[Outgoing],
        on_confirmed: Callable[[int], None] | None,
        meter: PublishMeter,
    ) -> None:
        self._meter = meter
        self._link = link
        self._source = iter(messages)
        self._exhausted = False
        self._on_confirmed = on_confirmed
        self._confirmed = 0
        self._again: deque[Outgoing] = deque()
        self._in_flight: dict[int, tuple[Outgoing, float]] = {}
        """By delivery tag, with the moment of sending."""
        self._in_flight_bytes = 0
        self._oldest = self._next_tag = 1
        self._trouble_since: float | None = None
        self._connection: pika.SelectConnection | None = None
        self._channel: Channel | None = None
        self._opened = self._pumping = self._paused = False
        self._failure: BaseException | None = None

    def run(self) -> int:
        """Publish everything; return how many were confirmed.

        Raises:
            BrokerUnavailable, BrokerLoginRefused, QueueUnusable: not everything was.
        """
        low, high = BACKOFF_S
        delay, opened_once = low, False
        while True:
            before = self._confirmed
            self._connect_and_pump()
            opened_once = opened_once or self._opened
            if self._failure is None:
                return self._confirmed
            if self._confirmed > before:
                delay = low
            self._judge(opened_once)
            LOG.warning("publishing was interrupted (%s); trying again", reason_of(self._failure))
            time.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            delay = min(high, delay * 2)

    def _judge(self, opened_once: bool) -> None:
        """Raise when going on makes no sense: refused, never reached, or too long without news."""
        failure = self._failure
        if isinstance(failure, AcademicoError) or not isinstance(failure, PIKA_ERRORS):
            raise failure or AssertionError
        ours = self._link.unusable(failure)
        hopeless = isinstance(ours, BrokerLoginRefused | QueueUnusable) or isinstance(
            failure, ConnectionBlockedTimeout
        )
        if hopeless or not opened_once or self._out_of_patience():
            raise ours from failure

    def _out_of_patience(self) -> bool:
        now = time.monotonic()
        if self._trouble_since is None:
            self._trouble_since = now
        return now - self._trouble_since > PATIENCE_S

    # ------------------------------------------------------------------ one connection

    def _connect_and_pump(self) -> None:
        """Run one connection until all is confirmed or something breaks (then _failure is set)."""
        self._failure, self._opened, self._pumping, self._paused = None, False, False, False
        self._oldest = self._next_tag = 1
        connection = pika.SelectConnection(
            self._link.named("publish"),
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_open_error,
            on_close_callback=self._on_close,
        )
        self._connection = connection
        try:
            connection.ioloop.start()
        finally:
            self._abandon(connection)
            self._meter.refused("fallido", len(self._in_flight))
            self._again.extendleft(message for message, _ in reversed(self._in_flight.values()))
            self._in_flight.clear()
            self._in_flight_bytes = 0

    def _abandon(self, connection: pika.SelectConnection) -> None:
        """Close what is still open, within a moment."""
        if not connection.is_closed:
            if not connection.is_closing:
                connection.close()
            connection.ioloop.call_later(2, connection.ioloop.stop)
            connection.ioloop.start()
        if not connection.is_closed and connection._transport is not None:
            # The broker is silent: nothing but this lets go of the socket.
            connection._transport.abort()
            connection.ioloop.add_callback_threadsafe(connection.ioloop.stop)
            connection.ioloop.start()
        connection.ioloop.close()

    def _fail(self, failure: BaseException) -> None:
        if self._failure is None:
            self._failure = failure
        if self._connection is not None:
            self._connection.ioloop.stop()

    def _on_open(self, connection: pika.SelectConnection) -> None:
        self._opened = True
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        connection.channel(on_open_callback=self._on_channel)

    def _on_open_error(self, _connection: object, error: BaseException) -> None:
        self._fail(error)

    def _on_close(self, connection: pika.SelectConnection, error: BaseException) -> None:
        if self._failure is None and (self._in_flight or self._again or not self._exhausted):
            self._failure = error
        connection.ioloop.stop()

    def _on_channel(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(lambda _channel, error: self._on_channel_closed(error))
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, lambda _frame: self._pump())

    def _on_channel_closed(self, error: BaseException) -> None:
        if self._connection is not None and self._connection.is_open:
            self._fail(error)

    def _on_blocked(self, _connection: object, _frame: object) -> None:
        LOG.warning("RabbitMQ at %s blocks publishers (memory or disk alarm)", self._link.address)
        self._paused = True

    def _on_unblocked(self, _connection: object, _frame: object) -> None:
        LOG.warning("RabbitMQ at %s accepts messages again", self._link.address)
        self._paused = False
        self._pump()

    def _on_return(
        self, _channel: object, method: Basic.Return, _properties: object, _body: bytes
    ) -> None:
        self._meter.refused("devuelto")
        self._fail(
            QueueUnusable(
                queue=self._link.queue,
                address=self._link.address,
                detail=f"the broker returned a message ({method.reply_text}); {self._confirmed} "
                "messages were confirmed before. Does the queue exist?",
            )
        )

    # ------------------------------------------------------------------ sending

    def _pump(self) -> None:
        """Send a chunk if the window has room, and come again."""
        self._pumping = False
        channel = self._channel
        if channel is None or not channel.is_open or self._paused or self._failure is not None:
            return
        try:
            for _ in range(CHUNK):
                if len(self._in_flight) >= WINDOW_MESSAGES or self._in_flight_bytes > WINDOW_BYTES:
                    return
                message = self._again.popleft() if self._again else self._next()
                if message is None:
                    self._finish_if_done()
                    return
                self._send(channel, message)
        except BaseException as exc:  # noqa: BLE001 - from the caller's generator, re-raised by run
            self._fail(exc)
            return
        self._pump_soon()

    def _pump_soon(self) -> None:
        if not self._pumping and self._connection is not None:
            self._pumping = True
            self._connection.ioloop.add_callback_threadsafe(self._pump)

    def _next(self) -> Outgoing | None:
        if self._exhausted:
            return None
        message = next(self._source, None)
        if message is None:
            self._exhausted = True
        elif message.message_id is None:
            # So that a message sent again after a lost connection can be recognised.
            message = message._replace(message_id=str(uuid.uuid4()))
        return message

    def _send(self, channel: Channel, message: Outgoing) -> None:
        self._in_flight[self._next_tag] = message, time.monotonic()
        self._next_tag += 1
        self._in_flight_bytes += len(message.body)
        channel.basic_publish(
            "",
            self._link.queue,
            message.body,
            pika.BasicProperties(
                delivery_mode=2,
                message_id=message.message_id,
                timestamp=message.timestamp,
                content_type=message.content_type,
                headers=message.headers,
            ),
            mandatory=True,
        )

    def _on_confirm(self, frame: pika.frame.Method) -> None:
        if isinstance(self._failure, QueueUnusable):
            return  # the broker also confirms what it has returned
        method = frame.method
        tag = int(method.delivery_tag or 0)
        tags = range(self._oldest, tag + 1) if method.multiple else (tag,)
        pop = self._in_flight.pop
        sent = [entry for entry in (pop(t, None) for t in tags) if entry is not None]
        if method.multiple:
            self._oldest = tag + 1
        self._in_flight_bytes -= sum(len(message.body) for message, _ in sent)
        if isinstance(method, Basic.Nack):
            self._on_refused([message for message, _ in sent])
            return
        self._confirmed += len(sent)
        self._meter.confirmed(at for _, at in sent)
        self._trouble_since = None
        if self._on_confirmed is not None and sent:
            self._on_confirmed(self._confirmed)
        if len(self._in_flight) < WINDOW_MESSAGES // 2:
            self._pump_soon()
        self._finish_if_done()

    def _on_refused(self, messages: list[Outgoing]) -> None:
        """Send again, a moment later, what the broker did not accept."""
        self._meter.refused("fallido", len(messages))
        if self._out_of_patience():
            self._fail(
                QueueUnusable(
                    queue=self._link.queue,
                    address=self._link.address,
                    detail="the broker refuses messages (is the queue full?)",
                )
            )
        self._again.extend(messages)
        if self._connection is not None:
            self._connection.ioloop.call_later(0.5, self._pump_soon)

    def _finish_if_done(self) -> None:
        if self._exhausted and not self._again and not self._in_flight and self._connection:
            self._connection.ioloop.stop()
