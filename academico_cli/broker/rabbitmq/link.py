"""How to reach one queue of one RabbitMQ, and what pika's errors mean to a user."""

import logging
import re
from copy import copy
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelClosedByBroker,
    ConnectionBlockedTimeout,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from academico_cli.broker.caution import dead_letter_name
from academico_cli.errors import (
    BrokerLoginRefused,
    BrokerUnavailable,
    QueueUnusable,
    ServiceUnavailable,
    WrongUsage,
)

HEARTBEAT_S = 30
BLOCKED_TIMEOUT_S = 300
EXPECTED = "RABBIT_URL is not an AMQP URL; expected amqp://user:password@host:port/vhost"
PIKA_ERRORS = (AMQPError, AMQPConnectorException, OSError)
"""What pika raises when a connection or a channel cannot go on."""

_NESTED = re.compile(r"\w+: \((?:\d+\) )?['\"](.*)['\"],?\)?", re.DOTALL)
"""An error that pika holds within another as its text: ``StreamLostError: ('why',)``."""

_ACCESS_REFUSED, _NOT_FOUND, _PRECONDITION_FAILED, _NOT_ALLOWED = 403, 404, 406, 530
_REFUSALS = (AuthenticationError, ProbableAuthenticationError, ProbableAccessDeniedError)


@dataclass(frozen=True)
class Link:
    """Parameters of a connection for one purpose (``publish``, ``consume``, ...) and its queue."""

    parameters: pika.URLParameters
    queue: str

    @classmethod
    def parse(cls, url: str, queue: str, *, connect_timeout: int) -> "Link":
        """Read an AMQP URL; what it says about heartbeat and timeouts wins over our defaults.

        Raises:
            WrongUsage: it is no AMQP URL; the message does not repeat it.
        """
        # pika logs tracebacks of errors that are raised to us as well.
        logging.getLogger("pika").setLevel(logging.CRITICAL)
        try:
            parts = urlsplit(url.strip())
            parameters = pika.URLParameters(url.strip())
            given = parse_qs(parts.query)
        except (ValueError, TypeError, LookupError, AttributeError) as exc:
            raise WrongUsage(detail=EXPECTED) from exc
        if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
            raise WrongUsage(detail=EXPECTED)
        defaults = {
            "heartbeat": HEARTBEAT_S,
            "blocked_connection_timeout": BLOCKED_TIMEOUT_S,
            "socket_timeout": connect_timeout,
            "stack_timeout": connect_timeout,
        }
        for name, value in defaults.items():
            if name not in given:
                setattr(parameters, name, value)
        return cls(parameters, queue)

    @property
    def address(self) -> str:
        """``host:port/vhost``, without user and password."""
        vhost = self.parameters.virtual_host
        return f"{self.parameters.host}:{self.parameters.port}/{vhost if vhost != '/' else ''}"

    def named(self, purpose: str) -> pika.connection.Parameters:
        """Return the parameters with a connection name that an operator recognises."""
        parameters = copy(self.parameters)
        parameters.client_properties = {"connection_name": f"academico {purpose}"}
        return parameters

    def connect(
        self, purpose: str, kind: type[pika.SelectConnection] = pika.SelectConnection
    ) -> pika.BlockingConnection:
        """Open a connection, which is a blocking one over ``kind``.

        Raises:
            BrokerUnavailable: nobody answers; BrokerLoginRefused: it says no.
        """
        try:
            return pika.BlockingConnection(self.named(purpose), _impl_class=kind)
        except PIKA_ERRORS as exc:
            raise self.unreachable(exc) from exc

    def unreachable(self, exc: BaseException) -> ServiceUnavailable:
        """Return our error for one of pika's about the connection."""
        exc = root_of(exc)
        refused = isinstance(exc, _REFUSALS) or (
            isinstance(exc, ConnectionClosedByBroker)
            and exc.reply_code in (_ACCESS_REFUSED, _NOT_ALLOWED)
        )
        kind = BrokerLoginRefused if refused else BrokerUnavailable
        return kind(address=self.address, detail=reason(exc))

    def unusable(self, exc: BaseException) -> ServiceUnavailable:
        """Return our error for one of pika's about the queue, else about the connection."""
        if isinstance(exc, ChannelClosedByBroker):
            return QueueUnusable(queue=self.queue, address=self.address, detail=reason(exc))
        return self.unreachable(exc)

    def open_queue(self, connection: pika.BlockingConnection) -> BlockingChannel:
        """Return a channel on which the queue is known to exist; made if it was missing."""
        channel = connection.channel()
        try:
            channel.queue_declare(self.queue, passive=True)
        except ChannelClosedByBroker as exc:
            if exc.reply_code != _NOT_FOUND:
                raise
        else:
            return channel
        dead = dead_letter_name(self.queue)
        make_queue(connection, dead)
        make_queue(
            connection,
            self.queue,
            {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead},
        )
        return connection.channel()

    def count_ready(self, connection: pika.BlockingConnection) -> int | None:
        """Return the number of ready messages, None when the queue is missing."""
        try:
            answer = connection.channel().queue_declare(self.queue, passive=True)
        except ChannelClosedByBroker as exc:
            if exc.reply_code == _NOT_FOUND:
                return None
            raise
        return int(answer.method.message_count)


def make_queue(
    connection: pika.BlockingConnection, queue: str, arguments: dict[str, str] | None = None
) -> None:
    """Make a durable quorum queue; one that somebody else made in the meantime will do as it is."""
    channel = connection.channel()
    try:
        channel.queue_declare(
            queue, durable=True, arguments={"x-queue-type": "quorum", **(arguments or {})}
        )
    except ChannelClosedByBroker as exc:
        if exc.reply_code != _PRECONDITION_FAILED:
            raise
        channel = connection.channel()
        channel.queue_declare(queue, passive=True)
    channel.close()


def root_of(exc: BaseException) -> BaseException:
    """Return the error inside of pika's nested ones that says what happened."""
    while True:
        inner = (getattr(exc, "exceptions", None) or [getattr(exc, "exception", None)])[-1]
        if inner is None and exc.args:
            inner = exc.args[0]
        if not isinstance(inner, BaseException):
            return exc
        exc = inner


def reason(exc: BaseException) -> str:
    """Return one line that says why."""
    exc = root_of(exc)
    text = getattr(exc, "reply_text", None) or getattr(exc, "strerror", None)
    if text is None and isinstance(exc, ConnectionBlockedTimeout):
        text = "it blocks publishers (memory or disk alarm)"
    if text is None:
        text = ", ".join(str(arg) for arg in exc.args) or type(exc).__name__
    if nested := _NESTED.fullmatch(str(text)):
        text = nested[1]
    return " ".join(str(text).split()).rstrip(".")
