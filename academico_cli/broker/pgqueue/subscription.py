"""Consuming from the queue, within the transaction that loads."""

import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import psycopg

from academico_cli.broker import ArrivalClock, Message
from academico_cli.broker.caution import (
    POISON_DELIVERIES,
    caution,
    dead_letter_name,
    is_dead_letter_queue,
)
from academico_cli.broker.pgqueue.statements import SQL, first, reason, unavailable
from academico_cli.postgres import Connection, Database

LOG = logging.getLogger(__name__)
POLL_S = 0.5
"""Longest sleep between two looks: messages that another consumer gives back ring no bell."""


class PostgresSubscription:
    """A consumer's hold on one queue; see :class:`~academico_cli.broker.Subscription`.

    A connection of its own, in autocommit, waits for messages and notes what is in hand.
    """

    def __init__(self, database: Database, queue: str) -> None:
        self._database = database
        self._queue = queue
        self._taker = uuid.uuid4()
        self._clock = ArrivalClock()
        self._more_likely = False
        self._noted: tuple[int, list[int]] = (0, [])
        """Backend of the loading connection, and what was in hand when it took last."""
        self._own: Connection | None = None
        self.reconnects = -1  # the first connection is none made again
        with self._watching():
            pass

    runs_ahead = False

    def take(
        self, connection: Connection, *, limit: int, wait: float, max_bytes: int
    ) -> Sequence[Message]:
        """Take messages in the transaction that ``connection`` is in.

        Waits outside of that transaction. The more often consumers ended with a message in hand,
        the fewer are taken together with it; see :mod:`academico_cli.broker.caution`.

        Raises:
            DatabaseUnavailable: the waiting connection was lost and cannot be made again.
            psycopg.Error: from ``connection``.
        """
        deadline = time.monotonic() + wait
        while True:
            with self._watching() as own:
                self._count_deaths(own)
                self._object(own, connection.info.backend_pid)
                if not self._more_likely and not self._wait(own, deadline):
                    return []
            rows = self._delete(connection, limit, max_bytes)
            self._more_likely = len(rows) == limit
            if rows:
                self._note(connection.info.backend_pid, [int(str(row[0])) for row in rows])
                return self._messages(rows)
            if time.monotonic() >= deadline:
                return []

    def _note(self, backend: int, ids: list[int]) -> None:
        """Note what is in hand, so that the ids outlive this process."""
        self._noted = (backend, ids)
        with self._watching() as own:
            params = {"tomador": self._taker, "cola": self._queue, "pid": backend, "ids": ids}
            own.execute(SQL["note_in_hand"], params)

    def _object(self, own: Connection, backend: int) -> None:
        """Take back the death that others counted when only our loading backend had ended."""
        before, ids = self._noted
        if not ids or before == backend:
            return
        if own.execute(SQL["forget_in_hand"], {"tomador": self._taker}).rowcount == 0:
            own.execute(SQL["count_one_less"], {"cola": self._queue, "ids": ids})
        self._noted = (backend, [])

    def _delete(
        self, connection: Connection, limit: int, max_bytes: int
    ) -> list[tuple[object, ...]]:
        with connection.cursor(binary=True) as cursor:
            return cursor.execute(
                SQL["take"],
                {
                    "cola": self._queue,
                    "limit": limit,
                    "max_bytes": max_bytes,
                    "caution_1": caution(1, limit),
                    "caution_2": caution(2, limit),
                    "caution_3": caution(3, limit),
                },
            ).fetchall()

    def _messages(self, rows: list[tuple[object, ...]]) -> list[Message]:
        stamp = self._clock.stamp
        return [
            Message(body, stamp(body, ct), mid, sent, ct, headers, False, deliveries)  # type: ignore[arg-type]
            for _, body, mid, sent, ct, headers, deliveries in rows
        ]

    def _wait(self, own: Connection, deadline: float) -> bool:
        """Sleep until a message is free or the time is over; tell which."""
        while not first(own.execute(SQL["any_free"], {"cola": self._queue})):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            for _ in own.notifies(timeout=min(left, POLL_S), stop_after=1):
                pass
        return True

    def _count_deaths(self, own: Connection) -> None:
        """Count against messages that a consumer process ended with them in hand."""
        dead = dead_letter_name(self._queue)
        rows = own.execute(
            SQL["count_deaths"],
            {
                "cola": self._queue,
                "tomador": self._taker,
                "muertos": dead,
                "poison": 2**31 - 1 if is_dead_letter_queue(self._queue) else POISON_DELIVERIES,
            },
        ).fetchall()
        for number, message_id, is_dead in rows:
            if is_dead:
                LOG.error(
                    "message %s ended its consumer again and again and was moved to %s"
                    " (message id %s)",
                    number,
                    dead,
                    message_id,
                )

    @contextmanager
    def _watching(self) -> Iterator[Connection]:
        """Yield the subscription's own connection; a lost one is made again next time."""
        try:
            if self._own is None:
                self._own = self._database.connect(autocommit=True, name="academico queue")
                self._own.execute(SQL["listen"])
                self.reconnects += 1
            yield self._own
        except psycopg.OperationalError as exc:
            if self._own is not None:
                self._own.close()
                self._own = None
            raise unavailable(self._database, exc) from exc

    def held(self) -> Sequence[Message]:
        """Return nothing: the rollback has put everything back."""
        return []

    def settle(self, messages: Sequence[Message]) -> None:
        """Do nothing: the COMMIT has removed what was taken."""
        del messages

    def give_back(self, *, in_doubt: bool = True) -> None:
        """Do nothing: the ROLLBACK has put everything back."""
        del in_doubt
        self._more_likely = False

    def empty(self, connection: Connection) -> bool:
        """Tell whether the queue holds no message, also none that another consumer is loading."""
        del connection
        with self._watching() as own:
            return not first(own.execute(SQL["any_left"], {"cola": self._queue}))

    def close(self) -> None:
        """Close the connection that waits."""
        own, self._own = self._own, None
        if own is not None:
            try:
                own.execute(SQL["forget_in_hand"], {"tomador": self._taker})
            except psycopg.Error as exc:
                LOG.debug("closing: %s", reason(exc))
            own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
