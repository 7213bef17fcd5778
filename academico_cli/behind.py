"""The batches behind: merged and committed while the next one is received.

Receiving is Python's work and merging PostgreSQL's: done in turns, each waits for the other. So a
worker has some connections, and each batch is merged on a thread of its own. Whatever is done at
the same time, the result is that of one batch after the other: a batch waits for those before it
when it has a key or a new parent in common with them, and none is committed before those before it.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import psycopg

from academico_cli import academico, ingest
from academico_cli.broker import Message
from academico_cli.errors import ServiceUnavailable
from academico_cli.lote import Received, Result
from academico_cli.postgres import Connection, Database

PATIENCE_S = 0.5
"""Seconds between two looks whether the batch before waits for a lock."""


class Batch(NamedTuple):
    """A batch that is received, and whose merge and COMMIT are under way."""

    messages: Sequence[Message]
    received: Received
    connection: Connection
    done: Future[Result]
    closed: list[Result]
    """What it did, once all of it but the COMMIT is done."""


class Behind:
    """Up to ``most`` batches, in the order in which they were received."""

    def __init__(self, database: Database, name: str, run_id: int, most: int) -> None:
        self._database = database
        self._name = name
        self._run_id = run_id
        self._threads = ThreadPoolExecutor(max(most, 1), "merge")
        self._spare: list[Connection] = []
        self._most = most
        self.batches: deque[Batch] = deque()
        self.doubtful: Result | None = None
        """What the batch that ended last did, when the answer to its COMMIT was lost."""

    def __len__(self) -> int:
        return len(self.batches)

    def ready(self) -> bool:
        """Tell whether there is another connection, which is opened when it is missing."""
        while self._spare:
            if not (self._spare[-1].broken or self._spare[-1].closed):
                return True
            self._spare.pop()
        try:
            self._spare.append(self._database.connect(name=self._name))
        except ServiceUnavailable:
            return False
        return True

    def hold(self, ids: Collection[bytes]) -> bool:
        """Tell whether one of these messages is in a batch behind."""
        return any(not batch.received.ids.isdisjoint(ids) for batch in self.batches)

    def to_end_before(self, connection: Connection, received: Received) -> Iterator[Batch]:
        """Yield the first batch behind, again and again, while this one may not begin beside it."""
        stored = partial(academico.stored, connection)
        alone = any(received.depends_on(batch.received, stored) for batch in self.batches)
        while self.batches and (
            alone or len(self.batches) >= self._most or self.batches[0].done.done()
        ):
            yield self.batches[0]

    def begin(
        self, connection: Connection, messages: Sequence[Message], received: Received
    ) -> Connection:
        """Merge and commit what was received on a connection; return another one, for the next."""
        before = self.batches[-1] if self.batches else None
        closed: list[Result] = []

        def work() -> Result:
            destinos = ingest.merge(connection, received)
            if before is not None:
                with received.watch.time("wait"):
                    _wait(connection, before)
            closed.append(ingest.close(connection, self._run_id, received, destinos))
            with received.watch.time("commit"):
                connection.commit()
            return closed[0]

        free = self._spare.pop()
        done = self._threads.submit(work)
        self.batches.append(Batch(messages, received, connection, done, closed))
        return free

    def end(self) -> Result:
        """Wait until the first batch is committed.

        Raises:
            psycopg.Error: it is not, or nobody knows: see ``doubtful``.
        """
        batch = self.batches[0]
        self.doubtful = None
        try:
            return batch.done.result()
        finally:
            # Not before: whoever is asked to stop hangs up the connections of those at work.
            self.batches.popleft()
            try:
                batch.connection.rollback()
            except psycopg.Error:
                batch.connection.close()
                self.doubtful = next(iter(batch.closed), None)
            else:
                self._spare.append(batch.connection)

    def abandon(self) -> None:
        """Wait for the end of the other batches, none of which is committed: the first was not."""
        while self.batches:
            with suppress(psycopg.Error):
                self.end()

    def at_work(self) -> list[Connection]:
        """Return the connections of the batches behind."""
        return [batch.connection for batch in self.batches]

    def close(self) -> None:
        """Let go of the threads and the connections."""
        self._threads.shutdown()
        for connection in (*self.at_work(), *self._spare):
            connection.close()


def _wait(connection: Connection, before: Batch) -> None:
    """Wait until a batch is committed; give way when it waits for a lock.

    The lock may be held by somebody who waits for one of ours, and PostgreSQL cannot know that we
    wait too.

    Raises:
        psycopg.errors.DeadlockDetected: roll back and try again. Whatever the batch raised.
    """
    while not wait([before.done], PATIENCE_S).done:
        pid = before.connection.info.backend_pid
        row = connection.execute("SELECT pg_blocking_pids(%s) <> '{}'", (pid,)).fetchone()
        if row is not None and row[0]:
            connection.rollback()
            raise psycopg.errors.DeadlockDetected("a batch gave way to the one before it")
    before.done.result()
