"""How a worker goes on after failures: how long it waits, and how much it tries at once."""

import random
import threading

BACKOFF_FIRST, BACKOFF_MOST = 0.1, 10.0
"""Seconds to wait after the first failure, and at most."""

RETRIES = 20
"""Times that a batch is tried again at once after a deadlock or a serialization failure."""


class Pace:
    """Grows slower with each failure in a row, and is itself again after a success.

    Args:
        stop: ends every wait.
        most: messages in one transaction when all is well.
    """

    def __init__(self, stop: threading.Event, most: int) -> None:
        self.limit = most
        """Messages to try in one transaction now."""
        self._stop = stop
        self._most = most
        self._failures = self._quarrels = 0

    def succeeded(self) -> None:
        """Note that a transaction was committed."""
        self._failures = self._quarrels = 0
        self.limit = min(self._most, self.limit * 2)

    def was_too_much(self, tried: int) -> None:
        """Note that this many messages were too many for the time, memory or peace there is."""
        self.limit = max(1, min(self.limit, tried) // 2)

    def may_retry(self) -> bool:
        """Tell whether to try again at once, after a moment that differs between workers."""
        if self._quarrels >= RETRIES:
            return False
        self._quarrels += 1
        self._stop.wait(random.uniform(0, 0.01 * self._quarrels))  # noqa: S311  jitter
        return True

    def pause(self) -> None:
        """Wait, longer with each failure in a row."""
        wait = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(self._failures, 10))
        self._failures += 1
        self._stop.wait(wait * random.uniform(0.5, 1))  # noqa: S311  jitter
