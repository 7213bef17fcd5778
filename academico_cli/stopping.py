"""A request to stop, as it reaches a process."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
