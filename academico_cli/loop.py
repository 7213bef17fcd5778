"""A worker's loop, which survives whatever its servers do.

Order of things: take, ingest, COMMIT, one multiple ack. When the database does not answer, the
worker holds what it has taken and waits; nothing is rejected for it.
"""

import logging
import time
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager

import psycopg
from psycopg.errors import ForeignKeyViolation

from academico_cli import ingest, raw, stg
from academico_cli.behind import Behind
from academico_cli.broker import Message, Subscription
from academico_cli.core import audit, ledger
from academico_cli.core.attempts import Attempts
from academico_cli.culprits import ROW_FAULTS
from academico_cli.duty import Duty
from academico_cli.errors import BrokerUnavailable, DatabaseUnavailable, ServiceUnavailable
from academico_cli.lote import Received, Result
from academico_cli.pace import Pace
from academico_cli.postgres import Connection, classify
from academico_cli.stopping import hurrying

log = logging.getLogger(__name__)

STRAGGLERS_S = 5.0
"""How often a busy worker looks for parked events whose parent another worker has stored."""

BESIDE_S = 0.01
"""Seconds to wait for messages before looking whether a batch behind is committed."""

TOO_MUCH = ("57014", "53200")
"""SQLSTATEs of a statement that took too long or too much memory: fewer messages may do, as they
may in a quarrel that does not end."""


class Loop:
    """The state of a running worker: its connection, and what it waits for."""

    def __init__(
        self, worker: Duty, subscription: Subscription, connection: Connection, run_id: int
    ) -> None:
        self.worker = worker
        self.subscription = subscription
        self.connection = connection
        self.run_id = run_id
        self.meter = worker.meter
        self.behind = Behind(
            worker.database, f"academico {worker.comando}", run_id, worker.options.behind
        )
        self.suspect = False
        """Whether what is held has a row that the database refuses, or an id that others store."""
        self.unsure: Result | None = None
        """What is committed or not: the answer was lost."""
        self.tried: Sequence[Message] = ()
        """Messages in the transaction of the moment, the first of those that are held."""
        self.pace = Pace(worker.stop, worker.options.batch)
        self.attempts = Attempts()
        self.look_at = time.monotonic() + STRAGGLERS_S

    def run(self) -> None:
        """Consume until stopped or, when asked for, until the queue is empty."""
        stop, options = self.worker.stop, self.worker.options
        while self.behind or not stop.is_set():
            self.meter.turned(self.subscription.reconnects)
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

    def hurried_when_stopped(self) -> AbstractContextManager[None]:
        """See to it that the block ends soon after a request to stop."""
        return hurrying(self.worker.stop, lambda: [*self.behind.at_work(), self.connection])

    def _step(self) -> bool:
        """Carry a batch from the queue towards the database; False when there was nothing to do."""
        if self.behind:
            self._step_beside()
            self._look_round()
            return True
        if not self._connected() or self._settle_if_committed():
            return True
        self.tried = ()
        held = self.subscription.held()
        self.meter.in_flight = len(held)
        messages = held[: self.pace.limit] or self._take(self.worker.options.wait)
        if not messages:
            self.connection.rollback()
            return self._take_up_stragglers()
        if any(message.redelivered for message in messages):
            self._carefully(messages)
        elif self._may_overlap(held, messages):
            self._follow(messages, self._receive(messages))
        else:
            self.suspect, self.tried = False, messages
            self._commit(self.worker.take_in(self.connection, self.run_id, messages))
        self._look_round()
        return True

    def _take(self, wait: float) -> Sequence[Message]:
        began = time.perf_counter()
        messages = self.subscription.take(
            self.connection,
            limit=self.pace.limit,
            wait=wait,
            max_bytes=self.worker.options.max_bytes,
        )
        self.meter.took(len(messages), time.perf_counter() - began)
        return messages

    def _may_overlap(self, held: Sequence[Message], messages: Sequence[Message]) -> bool:
        """Tell whether the next batch may be received while this one is merged.

        Not when others are held already: their turn is next, and they are not taken again.
        """
        one_by_one = self.worker.take_in is not ingest.ingest or not self.subscription.runs_ahead
        calm = not self.suspect and self.pace.limit >= self.worker.options.batch
        return (
            self.worker.options.behind > 0
            and not one_by_one
            and calm
            and len(held) <= len(messages)
            and self.behind.ready()
        )

    def _step_beside(self) -> None:
        """Receive the next batch while those behind are merged, and let it follow."""
        done = self.worker.stop.is_set() or self.behind.batches[0].done.done()
        messages = () if done else self._take(BESIDE_S)
        if not messages:
            if done:
                self._end_first()
            return
        received = None
        try:
            if not any(message.redelivered for message in messages):
                received = self._receive(messages)
        except psycopg.Error:
            self._end_behind()
            raise
        self._follow(messages, received)

    def _receive(self, messages: Sequence[Message]) -> Received | None:
        """Store and stage a batch; None when it wants more care."""
        try:
            return ingest.receive(self.connection, messages, {}, self._wait_for_twins)
        except (raw.DuplicateRaceError, *ROW_FAULTS):
            self.suspect = True
        return None

    def _wait_for_twins(self, ids: Collection[bytes]) -> None:
        """Let the batches behind be committed first when one of them holds one of these ids."""
        if self.behind.hold(ids):
            self._end_behind()

    def _follow(self, messages: Sequence[Message], received: Received | None) -> None:
        """Have a received batch merged behind; else undo it: it is held, and comes by itself."""
        if received is None:
            self._end_behind()
        else:
            for _ in self.behind.to_end_before(self.connection, received):
                self._end_first()
        if received is None or self.suspect or not self.behind.ready():
            self._end_behind()
            self.connection.rollback()
        else:
            self.connection = self.behind.begin(self.connection, messages, received)

    def _end_behind(self) -> None:
        """Wait until all batches behind are committed; acknowledge them."""
        while self.behind:
            self._end_first()

    def _end_first(self) -> None:
        """Wait until the first batch behind is committed; acknowledge it."""
        self.tried = self.behind.batches[0].messages
        try:
            result = self.behind.end()
        except (psycopg.Error, *ROW_FAULTS) as exc:
            self.unsure = self.behind.doubtful
            self.behind.abandon()
            if isinstance(exc, ForeignKeyViolation) or not isinstance(exc, ROW_FAULTS):
                raise
            self.suspect = True
        else:
            self._committed(result)

    def _carefully(self, messages: Sequence[Message]) -> None:
        """Take in messages of which a consumer may have died, in ever smaller steps.

        Each is acknowledged as soon as it is committed: those without id that nobody had taken
        before would else be new ones when a later step fails and they are tried again.
        """
        for step in self.attempts.steps(self.connection, messages, self.worker.options.batch):
            take_in = ingest.set_aside_dead if step.mortal else self.worker.take_in
            self.tried = step.messages
            result = take_in(self.connection, self.run_id, step.messages)
            self.attempts.forget(self.connection, step)
            self._commit(result)
            self.attempts.stored(step)

    def _commit(self, result: Result) -> None:
        """Commit what was done with the messages tried, and acknowledge these."""
        self.unsure = result
        with result.watch.time("commit"):
            self.connection.commit()
        self._committed(result)

    def _settle_if_committed(self) -> bool:
        """After a COMMIT whose answer was lost, find out what became of it."""
        if self.unsure is None:
            return False
        committed = ledger.committed(self.connection, self.unsure.lotes)
        self.connection.rollback()
        if committed:
            self._committed(self.unsure)
        self.unsure = None
        return committed

    def _committed(self, result: Result) -> None:
        self.unsure = None
        self.pace.succeeded()
        with self.meter.acknowledging(result, self.tried):
            self.subscription.settle(self.tried)
        self.tried = ()

    def _look_round(self) -> None:
        if time.monotonic() > self.look_at:
            self._end_behind()
            self._take_up_stragglers()

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
        audit.seal(self.connection, once=True)
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
        self.meter.reconnected()
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
        if kind == "retry":
            self.meter.retried(exc.sqlstate)
            if self.pace.may_retry():
                return
        log.warning("the database says %s: %s", exc.sqlstate, exc.diag.message_primary or exc)
        if self.tried and (kind == "retry" or exc.sqlstate in TOO_MUCH):
            self.pace.was_too_much(len(self.tried))
        self.pace.pause()
