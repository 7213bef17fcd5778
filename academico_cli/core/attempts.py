"""How often a message was tried, which RabbitMQ cannot tell.

A classic queue only says that it may have delivered a message before, and a quorum queue counts
what was prefetched beside it too. What is in hand is noted before it is tried and forgotten by the
transaction that stores it: what stays noted was tried when a consumer ended.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from academico_cli import sqlfiles
from academico_cli.broker import Message
from academico_cli.broker.caution import POISON_DELIVERIES, steps
from academico_cli.events.reader import message_uuid
from academico_cli.postgres import Connection, UuidArray

SQL = sqlfiles.load(__package__, "attempts.sql")


class Step(NamedTuple):
    """Messages to be taken in together."""

    messages: Sequence[Message]
    ids: list[bytes]
    mortal: bool
    """Consumers ended with it in hand again and again: it is not to be read."""


class Attempts:
    """What this process has tried. An outage that it lives through is not counted twice."""

    def __init__(self) -> None:
        self._noted: set[bytes] = set()

    def steps(
        self, connection: Connection, messages: Sequence[Message], limit: int
    ) -> Iterator[Step]:
        """Yield messages in ever smaller steps, each noted and committed before it is yielded.

        Args:
            limit: messages that one transaction takes in when there is no need for caution.
        """
        ids = [message_uuid(m.message_id, m.body) for m in messages]
        rows = connection.execute(SQL["count"], {"ids": UuidArray(ids)}, binary=True).fetchall()
        before = {bytes(i): int(n) for i, n in rows}  # type: ignore[call-overload]
        tried = [max(0, before.get(i, 0) - (i in self._noted)) for i in ids]
        for part in steps(tried, limit):
            step = Step(messages[part], ids[part], tried[part.start] + 1 >= POISON_DELIVERIES)
            new = [i for i in step.ids if i not in self._noted]
            connection.execute(SQL["note"], {"ids": UuidArray(new)})
            connection.commit()
            self._noted.update(new)
            yield step

    def forget(self, connection: Connection, step: Step) -> None:
        """Forget a step in the transaction that stores it; the caller commits."""
        connection.execute(SQL["forget"], {"ids": UuidArray(step.ids)})

    def stored(self, step: Step) -> None:
        """Take a step for done: its transaction is committed."""
        self._noted.difference_update(step.ids)
