"""Many workers of one command, each a process of its own.

The parent starts them, passes a request to stop on, adds up what they report, and starts one anew
that died. Each reports over a pipe of its own: what is killed while it writes spoils no other's.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from academico_cli import dead_letters, ingest, logs
from academico_cli.consumer import Worker, fates
from academico_cli.core.ledger import Fates
from academico_cli.duty import Options, TakeIn
from academico_cli.errors import AcademicoError, WorkersFailed
from academico_cli.lotelog import log_lote
from academico_cli.meter import Meter
from academico_cli.metrics.board import Board, Member, Report
from academico_cli.metrics.recount import recount
from academico_cli.metrics.tally import RESTARTED, Tally
from academico_cli.monitoring import Listen, consumer_board, consuming
from academico_cli.postgres import Database, translate
from academico_cli.settings import Settings
from academico_cli.stopping import stopping_on_signals
from academico_cli.tracing import tracing

if TYPE_CHECKING:
    from academico_cli.app import App
    from academico_cli.dq.gate import Mode

log = logging.getLogger(__name__)

RESTARTS = 10
"""Deaths of workers in a row, each within a minute of the last and with no batch committed in
between, after which the crew gives up."""

RECOUNT_S = 0.5
"""Seconds after a worker's death when it is looked up what it did last."""

_CALM = 60.0
_POLL = 0.2


def consume(
    settings: Settings,
    options: Options,
    workers: int,
    gate: "Mode | None" = None,
    listen: Listen | None = None,
) -> tuple[Fates, bool]:
    """Consume the configured queue with some workers until stopped or, if asked for, empty.

    Args:
        gate: what to do with a lote that fails a rule of data quality; None: none is asked.
        listen: where to answer Prometheus meanwhile; None: nowhere.

    Returns:
        The fates, as they are at the end, of the events that this command received, and whether
        it was interrupted.

    Raises:
        AcademicoError: a worker could not start, or workers died again and again.
        RuleInvalid, RuleBroken: a rule of the gate does not work.
        PortUnusable: it cannot listen there.
    """
    from academico_cli.app import App  # noqa: PLC0415  app is above: only its types are needed

    app = App(settings, ("etl",))
    sesion = uuid.uuid4()
    stop = threading.Event()
    take_in = _behind_gate(app, gate)
    board = consumer_board()
    with (
        stopping_on_signals(stop) as told,
        consuming(app, board, listen),
        dead_letters.collecting(app.database, app.broker, sesion, stop, board),
    ):
        if workers == 1:
            worker = Worker(app.database, app.broker, options, sesion, stop, take_in=take_in)
            _work(worker, settings, partial(board.hear, board.join("worker")))
        else:
            busy = len(os.sched_getaffinity(0)) < 2 * workers
            if busy:
                options = replace(options, behind=0)
            job = _Job(settings, options, sesion, os.getpid(), logs.chosen(), gate)
            _Crew(job, app.hurried().database, workers, stop, board).run()
    database = (app.hurried() if stop.is_set() else app).database
    return fates(database, sesion), told.interrupted


def _behind_gate(app: "App", gate: "Mode | None") -> TakeIn:
    """Return what a worker does with a batch."""
    if gate is None:
        return ingest.ingest
    from academico_cli import quality  # noqa: PLC0415  for this only

    asked = quality.lote_gate(app.database, app.settings.dq_rules, gate)
    return partial(ingest.ingest, gate=asked)


def _work(worker: Worker, settings: Settings, report: Callable[[Report], None]) -> None:
    """Run a worker that reports, logs and, where it is asked for, is traced."""
    with tracing(settings.traces, worker.comando, settings.queue_name) as traced:
        also = (log_lote, traced.committed) if traced else (log_lote,)
        worker.meter = Meter(report, also)
        worker.run()


class _Job(NamedTuple):
    """What a worker's process is told when it starts."""

    settings: Settings
    options: Options
    sesion: uuid.UUID
    parent: int
    logs: tuple[int, logs.LogFormat]
    gate: "Mode | None"


class _Hand(NamedTuple):
    """A worker as its parent holds it."""

    process: SpawnProcess
    reports: Connection
    member: Member


class _Crew:
    def __init__(
        self, job: _Job, database: Database, workers: int, stop: threading.Event, board: Board
    ) -> None:
        self._database = database
        self._context = multiprocessing.get_context("spawn")
        self._job = job
        self._stop = stop
        self._board = board
        self._committed = False
        """Whether a batch was committed since the last death."""
        self._deaths = 0
        self._last_death = 0.0
        self._hands = [self._start() for _ in range(workers)]

    def _start(self) -> _Hand:
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_member, args=(self._job, theirs))
        process.start()
        theirs.close()
        return _Hand(process, ours, self._board.join(f"worker {process.pid}"))

    def run(self) -> None:
        told = False
        try:
            while self._hands:
                if self._stop.is_set() and not told:
                    told = True
                    self._terminate()
                for hand in self._ended():
                    self._replace(hand)
        finally:
            self._terminate()
            while self._hands:
                with suppress(AcademicoError):  # one is being raised already
                    self._ended()

    def _ended(self) -> list[_Hand]:
        """Hear what the workers report, for a moment; let go of those that have ended."""
        some = wait([hand.reports for hand in self._hands], _POLL)
        gone = [hand for hand in self._hands if hand.reports in some and not self._hear(hand)]
        for hand in gone:
            hand.process.join()
            hand.reports.close()
            self._board.leave(hand.member)
            self._hands.remove(hand)
        return gone

    def _hear(self, hand: _Hand) -> bool:
        """Take in one report; False when there will be none any more.

        Raises:
            AcademicoError: what the worker ended with.
        """
        try:
            said: Report | AcademicoError = hand.reports.recv()
        except (EOFError, OSError):
            return False
        if isinstance(said, AcademicoError):
            if self._stop.is_set():
                return True  # whoever asks what became of the events says it again
            raise said
        self._committed = self._committed or said.lote > hand.member.last.lote
        self._board.hear(hand.member, said)
        return True

    def _replace(self, hand: _Hand) -> None:
        if hand.process.exitcode == 0 or self._stop.is_set():
            return
        now = time.monotonic()
        in_a_row = now - self._last_death < _CALM and not self._committed
        self._deaths = self._deaths + 1 if in_a_row else 1
        self._last_death, self._committed = now, False
        if self._deaths > RESTARTS:
            raise WorkersFailed(deaths=self._deaths)
        log.warning(
            "worker %s died (exit %s): another starts", hand.process.pid, hand.process.exitcode
        )
        # Its last COMMIT may still be under way.
        later = threading.Timer(RECOUNT_S, self._recount, [hand.member])
        later.daemon = True
        later.start()
        self._hands.append(self._start())

    def _recount(self, dead: Member) -> None:
        """Count what a worker committed and did not come to report."""
        missed = Tally()
        missed.numbers[RESTARTED,] += 1
        try:
            if dead.last.run_id:
                with self._database.session(name="academico metrics") as connection:
                    missed += recount(connection, dead.last.run_id, dead.last.lote)
        except (AcademicoError, psycopg.Error) as exc:
            log.warning("%s died: its last batch may not be counted: %s", dead.name, exc)
        self._board.add(missed)

    def _terminate(self) -> None:
        for hand in self._hands:
            if hand.process.is_alive():
                hand.process.terminate()


def _member(job: _Job, parent: Connection) -> None:
    """Run one worker in this process; what it does, and what ends it, is told to the parent."""
    from academico_cli.app import App  # noqa: PLC0415

    logs.configure(*job.logs)
    stop = threading.Event()
    # Ctrl-C reaches the whole process group: the parent decides, by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_watch_parent, args=(job.parent, stop), daemon=True).start()

    def tell(what: Report | AcademicoError) -> None:
        with suppress(OSError):  # the parent is gone, and this worker is about to end
            parent.send(what)

    app = App(job.settings, ("etl",))
    worker = Worker(app.database, app.broker, job.options, job.sesion, stop)
    try:
        worker.take_in = _behind_gate(app, job.gate)
        _work(worker, job.settings, tell)
    except AcademicoError as exc:
        tell(exc)
    except psycopg.Error as exc:
        tell(translate(exc, app.database.address))
    else:
        return
    raise SystemExit(1)


def _watch_parent(parent: int, stop: threading.Event) -> None:
    while os.getppid() == parent:
        if stop.wait(1):
            return
    stop.set()
