"""The consumer: one worker, from its connections to its last entry in the ledger."""

import gc
import logging
import sys
import threading
import uuid
from dataclasses import dataclass, field, replace
from typing import Protocol

import psycopg

from academico_cli import ingest, reading
from academico_cli.broker import Prepare, Subscription
from academico_cli.core import audit, ledger
from academico_cli.duty import Options, TakeIn
from academico_cli.errors import ServiceUnavailable
from academico_cli.loop import Loop
from academico_cli.meter import Meter
from academico_cli.postgres import Connection, Database

log = logging.getLogger(__name__)


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
    prepare: Prepare | None = reading.prepare
    take_in: TakeIn = ingest.ingest
    meter: Meter = field(default_factory=Meter)

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
        self.meter.run_id = run_id
        self.meter.report()
        status: ledger.Status = "failed"
        try:
            with self.broker.subscribe(self.prepare) as subscription:
                loop = Loop(self, subscription, connection, run_id)
                try:
                    with loop.hurried_when_stopped():
                        loop.run()
                finally:
                    loop.behind.close()
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
            audit.seal(connection, once=self.stop.is_set())
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
