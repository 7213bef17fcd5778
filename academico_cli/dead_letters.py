"""Dead letters become rejects: from the queue that they end in, into stg.rechazos.

Their bodies are not read on the way: that may be what their consumers died of.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from academico_cli import ingest
from academico_cli.broker import Broker
from academico_cli.consumer import Worker
from academico_cli.duty import Options
from academico_cli.errors import AcademicoError, QueueUnusable, ServiceUnavailable
from academico_cli.meter import Meter
from academico_cli.metrics.board import Board
from academico_cli.postgres import Database

log = logging.getLogger(__name__)

EVERY_S = 30.0
"""How often a consumer looks for dead letters."""

HASTE_S = 3.0
"""How long it waits for them to be stored once it is asked to stop."""


def collect(
    database: Database,
    broker: Broker,
    sesion: uuid.UUID,
    stop: threading.Event,
    comando: str,
    *,
    meter: Meter | None = None,
) -> None:
    """Move the dead letters of the broker's queue into stg.rechazos, until there are none.

    Raises:
        ServiceUnavailable: a server cannot be reached at the start.
    """
    dead = broker.dead_letters()
    if dead.depth():
        options = Options(batch=100, until_empty=True)
        worker = Worker(database, dead, options, sesion, stop, comando)
        worker.prepare, worker.take_in = None, ingest.set_aside_dead
        worker.meter = meter or worker.meter
        worker.run()


@contextmanager
def collecting(
    database: Database, broker: Broker, sesion: uuid.UUID, stop: threading.Event, board: Board
) -> Iterator[None]:
    """Collect dead letters now, every EVERY_S while the block runs, and when it has ended well.

    Args:
        board: where they are counted.
    """
    ended = threading.Event()

    def attempt() -> None:
        meter = Meter(lambda report: board.add(report.tally))
        _attempt(lambda: collect(database, broker, sesion, stop, "consume", meter=meter))

    def watch() -> None:
        attempt()
        while not ended.wait(EVERY_S) and not stop.is_set():
            attempt()

    watcher = threading.Thread(target=watch, name="dead-letters", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        # Asked to stop, nobody waits for a broker that does not answer: what is not committed
        # stays in its queue.
        watcher.join(HASTE_S if stop.is_set() else None)
    if not stop.is_set():
        attempt()


def _attempt(collecting: Callable[[], None]) -> None:
    try:
        collecting()
    except (AcademicoError, psycopg.Error) as exc:
        outage = isinstance(exc, ServiceUnavailable) and not isinstance(exc, QueueUnusable)
        # Whoever consumes beside us says that a server is away.
        log.log(
            logging.DEBUG if outage else logging.WARNING,
            "dead letters stay where they are for now: %s",
            exc,
        )
