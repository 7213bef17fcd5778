"""One way to hold a consumer of either broker in a test's hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from academico_cli.broker import Broker, Message, Outgoing, Subscription
from academico_cli.postgres import Connection, Database

MB = 1024 * 1024


@dataclass
class Consumer:
    """A subscription and the transaction it takes in."""

    subscription: Subscription
    connection: Connection
    limit: int = 1000

    def take(
        self, limit: int | None = None, *, wait: float = 10, max_bytes: int = 16 * MB
    ) -> Sequence[Message]:
        return self.subscription.take(
            self.connection, limit=limit or self.limit, wait=wait, max_bytes=max_bytes
        )

    def commit(self) -> None:
        self.connection.commit()
        self.subscription.settle(self.subscription.held())

    def rollback(self) -> None:
        self.connection.rollback()

    def again(self, limit: int | None = None) -> Sequence[Message]:
        """Return what a rollback left to try again, as a worker would get it."""
        return self.subscription.held() or self.take(limit)

    def empty(self) -> bool:
        answer = self.subscription.empty(self.connection)
        self.connection.commit()
        return answer

    def drain(self, count: int, limit: int | None = None) -> list[Message]:
        """Take and commit until ``count`` messages came."""
        got: list[Message] = []
        while len(got) < count:
            batch = self.take(min(limit or self.limit, count - len(got)))
            assert batch, f"only {len(got)} of {count} messages came"
            got += batch
            self.commit()
        return got

    def close(self) -> None:
        self.subscription.close()
        self.connection.close()


@dataclass
class Station:
    """A broker and the consumers that a test opens on it."""

    broker: Broker
    database: Database
    opened: list[Consumer] = field(default_factory=list)

    def consumer(self) -> Consumer:
        consumer = Consumer(self.broker.subscribe(), self.database.connect())
        self.opened.append(consumer)
        return consumer

    def send(self, bodies: Iterable[bytes]) -> int:
        return self.broker.publish(Outgoing(body) for body in bodies)

    def close(self) -> None:
        for consumer in self.opened:
            consumer.close()


def numbered(count: int, first: int = 0) -> list[bytes]:
    """Return distinct bodies in a recognisable order."""
    return [b"%d" % i for i in range(first, first + count)]


def bodies(messages: Iterable[Message]) -> list[bytes]:
    return [message.body for message in messages]
