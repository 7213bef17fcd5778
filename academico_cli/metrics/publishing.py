"""What a publisher tells: how the broker answered, and how soon."""

import time
from collections.abc import Callable, Iterable

from academico_cli.metrics.board import Report
from academico_cli.metrics.names import LATENCY_S
from academico_cli.metrics.tally import Tally

REPORT_S = 0.5
"""How often it reports."""

PUBLISHED, CONFIRM = "academico_published_messages_total", "academico_publish_confirm_seconds"
RESULTADOS = ("confirmado", "devuelto", "fallido")


class PublishMeter:
    """Collects a publisher's counts and reports them from time to time.

    Args:
        report: where reports go; None: nowhere, and nothing is counted.
    """

    def __init__(self, report: Callable[[Report], None] | None = None) -> None:
        self._report = report
        self._tally = Tally()
        self._waits: list[float] = []
        self._reported_at = 0.0

    def confirmed(self, sent_at: Iterable[float]) -> None:
        """Count messages that the broker confirmed just now.

        Args:
            sent_at: when each was sent, by time.monotonic().
        """
        if self._report is None:
            return
        now = time.monotonic()
        self._waits += [now - at for at in sent_at]
        if now - self._reported_at >= REPORT_S:
            self.report()

    def refused(self, resultado: str, messages: int = 1) -> None:
        """Count messages that were returned (devuelto), or lost or refused (fallido)."""
        self._tally.numbers[PUBLISHED, resultado] += messages

    def report(self) -> None:
        """Report what was not reported yet."""
        if self._report is None:
            return
        waits, self._waits = self._waits, []
        tally, self._tally = self._tally, Tally()
        if waits:
            tally.numbers[PUBLISHED, "confirmado"] += len(waits)
            tally.observe((CONFIRM,), LATENCY_S, waits)
        self._reported_at = time.monotonic()
        self._report(Report(tally))
