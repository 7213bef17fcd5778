"""The consumer: one worker's loop, which survives whatever its servers do.

Order of things: take, ingest, COMMIT, one multiple ack. When the database does not answer, the
worker holds what it has taken and waits; nothing is rejected for it.
"""

import gc
import logging
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import psycopg

from academico_cli import ingest, reading, stg
from academico_cli.broker import Message, Prepare, Subscription
from academico_cli.core import ledger
from academico_cli.core.attempts import Attempts
from academico_cli.errors import BrokerUnavailable, DatabaseUnavailable, ServiceUnavailable
from academico_cli.pace import Pace
from academico_cli.postgres import Connection, Database, classify, hang_up

log = logging.getLogger(__name__)

STRAGGLERS_S = 5.0
"""How often a busy worker looks for parked events whose parent another worker has stored."""

TOO_MUCH = ("57014", "53200")
"""SQLSTATEs of a statement that took too long or too much memory: fewer messages may do, as they
may in a quarrel that does not end."""

GRACE, HASTE = 3.0, 1.0
"""Seconds that the batch in hand gets after a request to stop, and then each way to end it: whoever
asked is told within ten, also when a lock is held or a server does not answer."""


@dataclass(frozen=True)
class Options:
    """How to consume."""

    batch: int = 2000
    """Messages in one transaction, at most."""
    wait: float = 0.5
    """Seconds to wait for a message before looking round."""
    max_bytes: int = 2 * 1024 * 1024
    """Bytes of message bodies in one transaction, about."""
    until_empty: bool = False
    """End when the queue is empty."""


class Queue(Protocol):
    """The part of a Broker that a worker needs."""

    def subscribe(self, prepare: Prepare | None = None) -> Subscription:
        """Start consuming; ``prepare`` messages ahead where possible."""


@dataclass
class Worker:
    """One consumer: a database connection, a subscription, a row in core.etl_run_log."""

    database: Database
    broker: Queue
    options: Options
    sesion: uuid.UUID
    stop: threading.Event
    comando: str = "consume"
    on_result: Callable[[ingest.Result], None] | None = None
    prepare: Prepare | None = reading.prepare
    take_in: Callable[[Connection, int, Sequence[Message]], ingest.Result] = ingest.ingest

    def run(self) -> None:
        """Consume until stopped or, when asked for, until the queue is empty.

        Raises:
            ServiceUnavailable: a server cannot be reached at the start, or the database is not at
                our version.
        """
        _tune_the_interpreter()
        connection = self.database.connect(name=f"academico {self.comando}")
        run_id = ledger.start_run(connection, self.sesion, self.comando)
        connection.commit()
        status: ledger.Status = "failed"
        try:
            with self.broker.subscribe(self.prepare) as subscription:
                loop = _Loop(self, subscription, connection, run_id)
                with loop.hurried_when_stopped():
                    loop.run()
                connection = loop.connection
            status = "interrupted" if self.stop.is_set() else "ok"
        finally:
            connection = self._finish(connection, run_id, status)
            connection.close()
            # Frozen objects are never freed, which some libraries complain about at exit.
            gc.unfreeze()

    def _finish(self, connection: Connection, run_id: int, status: ledger.Status) -> Connection:
        try:
            if connection.broken or connection.closed:
                timeout = 2 if self.stop.is_set() else self.database.connect_timeout
                database = replace(self.database, connect_timeout=timeout)
                connection = database.connect(name=f"academico {self.comando}")
            connection.rollback()
            ledger.finish_run(connection, run_id, status)
            connection.commit()
        except (psycopg.Error, ServiceUnavailable):
            log.warning("run %s ends without its last entry: the database is away", run_id)
        return connection


def _tune_the_interpreter() -> None:
    """Set Python up for two threads, one with the broker and one with the database.

    A batch is many thousands of objects without cycles: the collector looks for them less often.
    The thread that the database has answered gets its turn within half a millisecond, not five.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    sys.setswitchinterval(0.0005)


def fates(database: Database, sesion: uuid.UUID) -> ledger.Fates:
    """Return the fates, as they are now, of the events that a command received."""
    with database.session() as connection:
        return ledger.session_fates(connection, sesion)


class _Loop:
    """The state of a running worker: its connection, and what it waits for."""

    def __init__(
        self, worker: Worker, subscription: Subscription, connection: Connection, run_id: int
    ) -> None:
        self.worker = worker
        self.subscription = subscription
        self.connection = connection
        self.run_id = run_id
        self.unsure: tuple[int, ...] = ()
        self.tried = 0
        """Messages in the transaction of the moment, the first of those that are held."""
        self.pace = Pace(worker.stop, worker.options.batch)
        self.attempts = Attempts()
        self.look_at = time.monotonic() + STRAGGLERS_S

    def run(self) -> None:
        stop, options = self.worker.stop, self.worker.options
        while not stop.is_set():
            try:
                if self._step():
                    continue
                if options.until_empty and self._drained():
                    return
            except psycopg.Error as exc:
                self._after(exc)
            except (DatabaseUnavailable, BrokerUnavailable) as exc:
                log.warning("%s", exc)
                self.pace.pause()

    @contextmanager
    def hurried_when_stopped(self) -> Iterator[None]:
        """See to it that the block ends soon after a request to stop."""
        done = threading.Event()

        def watch() -> None:
            while not self.worker.stop.is_set():
                if done.wait(0.2):
                    return
            if not done.wait(GRACE) and not self.connection.closed:
                log.warning("the batch in hand takes too long: it is undone and comes again")
                hang_up(self.connection, done, HASTE)

        thread = threading.Thread(target=watch, name="stop-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _step(self) -> bool:
        """Carry one batch from the queue into the database; False when there was nothing to do."""
        if not self._connected() or self._settle_if_committed():
            return True
        options = self.worker.options
        limit, self.tried = self.pace.limit, 0
        messages = self.subscription.held()[:limit] or self.subscription.take(
            self.connection,
            limit=limit,
            wait=options.wait,
            max_bytes=options.max_bytes,
        )
        if not messages:
            self.connection.rollback()
            return self._take_up_stragglers()
        if any(message.redelivered for message in messages):
            self._carefully(messages)
        else:
            self.tried = len(messages)
            self._commit(self.worker.take_in(self.connection, self.run_id, messages))
        if time.monotonic() > self.look_at:
            self._take_up_stragglers()
        return True

    def _carefully(self, messages: Sequence[Message]) -> None:
        """Take in messages of which a consumer may have died, in ever smaller steps.

        Each is acknowledged as soon as it is committed: those without id that nobody had taken
        before would else be new ones when a later step fails and they are tried again.
        """
        for step in self.attempts.steps(self.connection, messages, self.worker.options.batch):
            take_in = ingest.set_aside_dead if step.mortal else self.worker.take_in
            self.tried = len(step.messages)
            result = take_in(self.connection, self.run_id, step.messages)
            self.attempts.forget(self.connection, step)
            self._commit(result)
            self.attempts.stored(step)

    def _commit(self, result: ingest.Result) -> None:
        """Commit what was done with the messages tried, and acknowledge these."""
        self.unsure = result.lotes
        self.connection.commit()
        self._committed()
        if self.worker.on_result:
            self.worker.on_result(result)

    def _settle_if_committed(self) -> bool:
        """After a COMMIT whose answer was lost, find out what became of it."""
        if not self.unsure:
            return False
        committed = ledger.committed(self.connection, self.unsure)
        self.connection.rollback()
        if committed:
            self._committed()
        self.unsure = ()
        return committed

    def _committed(self) -> None:
        self.unsure = ()
        self.pace.succeeded()
        self.subscription.settle(self.tried)
        self.tried = 0

    def _take_up_stragglers(self) -> bool:
        """Apply parked events that another worker stored the parent of; False when none was."""
        self.look_at = time.monotonic() + STRAGGLERS_S
        some = False
        if stg.has_pendientes(self.connection):
            result = ingest.take_up_stragglers(self.connection, self.run_id)
            some = bool(result.destinos)
            if some:
                self._commit(result)
        self.connection.rollback()
        return some

    def _drained(self) -> bool:
        empty = self.subscription.empty(self.connection)
        self.connection.rollback()
        return empty

    def _connected(self) -> bool:
        """Connect again when the connection is gone; False when that failed, after a pause."""
        if not (self.connection.broken or self.connection.closed):
            return True
        try:
            self.connection = self.worker.database.connect(name=f"academico {self.worker.comando}")
        except ServiceUnavailable as exc:
            log.warning("%s", exc)
            self.pace.pause()
            return False
        return True

    def _after(self, exc: psycopg.Error) -> None:
        kind = classify(exc)
        if kind == "fault":
            raise exc
        if not self.connection.closed:
            try:
                self.connection.rollback()
            except psycopg.Error:
                self.connection.close()
        if kind == "retry" and self.pace.may_retry():
            return
        log.warning("the database says %s: %s", exc.sqlstate, exc.diag.message_primary or exc)
        if self.tried and (kind == "retry" or exc.sqlstate in TOO_MUCH):
            self.pace.was_too_much(self.tried)
        self.pace.pause()
