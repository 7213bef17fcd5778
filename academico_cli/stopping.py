"""A request to stop, as it reaches a process."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from academico_cli.postgres import Connection, hang_up

log = logging.getLogger(__name__)

GRACE, HASTE = 3.0, 1.0
"""Seconds that the batch in hand gets after a request to stop, and then each way to end it: whoever
asked is told within ten, also when a lock is held or a server does not answer."""


class Signals:
    """What a process was told while it worked."""

    interrupted = False
    """Whether somebody pressed Ctrl-C, rather than asking it to end."""


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[Signals]:
    """Set ``stop`` on SIGTERM and SIGINT; a second SIGINT interrupts at once."""
    told = Signals()

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        told.interrupted = told.interrupted or number == signal.SIGINT
        stop.set()

    former = {n: signal.signal(n, handle) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def hurrying(stop: threading.Event, at_work: Callable[[], Sequence[Connection]]) -> Iterator[None]:
    """See to it that the block ends soon after a request to stop.

    Args:
        at_work: returns the connections that the block may be waiting for.
    """
    done = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            if done.wait(0.2):
                return
        if not done.wait(GRACE):
            log.warning("the batch in hand takes too long: it is undone and comes again")
            hang_up(at_work(), done, HASTE)

    thread = threading.Thread(target=watch, name="stop-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
