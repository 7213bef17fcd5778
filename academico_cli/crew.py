"""Many workers of one command, each a process of its own.

The parent starts them, passes a request to stop on, and starts one anew that died. It touches
neither queue nor database meanwhile.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
import uuid
from ctypes import c_ulong
from dataclasses import replace
from functools import partial
from multiprocessing.context import SpawnProcess
from multiprocessing.sharedctypes import RawValue
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from academico_cli import dead_letters, ingest
from academico_cli.consumer import Worker, fates
from academico_cli.core.ledger import Fates
from academico_cli.errors import AcademicoError, WorkersFailed
from academico_cli.loop import Options, TakeIn
from academico_cli.postgres import translate
from academico_cli.settings import Settings
from academico_cli.stopping import stopping_on_signals

if TYPE_CHECKING:
    from academico_cli.app import App
    from academico_cli.dq.gate import Mode

log = logging.getLogger(__name__)

RESTARTS = 10
"""Deaths of workers in a row, each within a minute of the last and with no batch committed in
between, after which the crew gives up."""

_CALM = 60.0
_POLL = 0.2


def consume(
    settings: Settings, options: Options, workers: int, gate: "Mode | None" = None
) -> tuple[Fates, bool]:
    """Consume the configured queue with some workers until stopped or, if asked for, empty.

    Args:
        gate: what to do with a lote that fails a rule of data quality; None: none is asked.

    Returns:
        The fates, as they are at the end, of the events that this command received, and whether
        it was interrupted.

    Raises:
        AcademicoError: a worker could not start, or workers died again and again.
        RuleInvalid, RuleBroken: a rule of the gate does not work.
    """
    from academico_cli.app import App  # noqa: PLC0415  app is above: only its types are needed

    app = App(settings, ("etl",))
    sesion = uuid.uuid4()
    stop = threading.Event()
    take_in = _behind_gate(app, gate)
    with (
        stopping_on_signals(stop) as told,
        dead_letters.collecting(app.database, app.broker, sesion, stop),
    ):
        if workers == 1:
            Worker(app.database, app.broker, options, sesion, stop, take_in=take_in).run()
        else:
            busy = len(os.sched_getaffinity(0)) < 2 * workers
            if busy:
                options = replace(options, behind=0)
            _Crew(settings, options, workers, sesion, stop, gate=gate).run()
    database = (app.hurried() if stop.is_set() else app).database
    return fates(database, sesion), told.interrupted


def _behind_gate(app: "App", gate: "Mode | None") -> TakeIn:
    """Return what a worker does with a batch."""
    if gate is None:
        return ingest.ingest
    from academico_cli import quality  # noqa: PLC0415  for this only

    asked = quality.lote_gate(app.database, app.settings.dq_rules, gate)
    return partial(ingest.ingest, gate=asked)


class _Job(NamedTuple):
    """What a worker's process is told when it starts."""

    settings: Settings
    options: Options
    sesion: uuid.UUID
    parent: int
    level: int
    gate: "Mode | None"


class _Crew:
    def __init__(
        self,
        settings: Settings,
        options: Options,
        workers: int,
        sesion: uuid.UUID,
        stop: threading.Event,
        *,
        gate: "Mode | None",
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._job = _Job(settings, options, sesion, os.getpid(), log.getEffectiveLevel(), gate)
        self._errors = self._context.SimpleQueue()
        self._commits = RawValue(c_ulong, 0)
        self._seen = 0
        self._stop = stop
        self._members = [self._start() for _ in range(workers)]
        self._deaths = 0
        self._last_death = 0.0

    def _start(self) -> SpawnProcess:
        process = self._context.Process(
            target=_member, args=(self._job, self._errors, self._commits)
        )
        process.start()
        return process

    def run(self) -> None:
        told = False
        try:
            while self._members:
                if self._stop.is_set() and not told:
                    told = True
                    self._terminate()
                for member in list(self._members):
                    member.join(_POLL / len(self._members))
                    if member.exitcode is not None:
                        self._ended(member)
        finally:
            self._terminate()
            for member in self._members:
                member.join()

    def _ended(self, member: SpawnProcess) -> None:
        self._members.remove(member)
        if member.exitcode == 0 or self._stop.is_set():
            return
        if not self._errors.empty():
            raise self._errors.get()
        now = time.monotonic()
        in_a_row = now - self._last_death < _CALM and self._commits.value == self._seen
        self._deaths = self._deaths + 1 if in_a_row else 1
        self._last_death, self._seen = now, self._commits.value
        if self._deaths > RESTARTS:
            raise WorkersFailed(deaths=self._deaths)
        log.warning("worker %s died (exit %s): another starts", member.pid, member.exitcode)
        self._members.append(self._start())

    def _terminate(self) -> None:
        for member in self._members:
            if member.is_alive():
                member.terminate()


def _member(
    job: _Job, errors: "multiprocessing.SimpleQueue[AcademicoError]", commits: c_ulong
) -> None:
    """Run one worker in this process; what ends it is told to the parent."""
    from academico_cli.app import App  # noqa: PLC0415

    logging.basicConfig(
        level=logging.CRITICAL,
        format="%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s",
    )
    logging.getLogger("academico_cli").setLevel(job.level)
    stop = threading.Event()
    # Ctrl-C reaches the whole process group: the parent decides, by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_watch_parent, args=(job.parent, stop), daemon=True).start()
    app = App(job.settings, ("etl",))
    worker = Worker(app.database, app.broker, job.options, job.sesion, stop)

    def count(_: object) -> None:
        # Two at once may count as one: it is only asked whether there was any.
        commits.value += 1

    worker.on_result = count
    try:
        worker.take_in = _behind_gate(app, job.gate)
        worker.run()
    except AcademicoError as exc:
        errors.put(exc)
    except psycopg.Error as exc:
        errors.put(translate(exc, app.database.address))
    else:
        return
    raise SystemExit(1)


def _watch_parent(parent: int, stop: threading.Event) -> None:
    while os.getppid() == parent:
        if stop.wait(1):
            return
    stop.set()
