"""Counts that can be added up: made by a worker batch by batch, summed by whoever exposes them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

Key = tuple[str, ...]
"""A metric's name and the values of its labels."""

EVENTS, REJECTED = "academico_events_total", "academico_events_rejected_total"
LATENCY, LAG = "academico_message_latency_seconds", "academico_event_lag_seconds"
STAGE, SIZE = "academico_batch_stage_seconds", "academico_batch_messages"
RESTARTED = "academico_worker_restarts_total"
EVENTS_RECEIVED = "events received"
"""Counted, and exposed only in what is reckoned from it."""


class Tally:
    """What happened since the last report. Additive and small, so that it can cross a pipe."""

    def __init__(self) -> None:
        self.numbers: defaultdict[Key, float] = defaultdict(float)
        """Counters, and where they are read gauges."""
        self.spreads: dict[Key, list[float]] = {}
        """Histograms: observations up to each bound, then all of them, then their sum."""

    def __iadd__(self, other: "Tally") -> "Tally":
        for key, number in other.numbers.items():
            self.numbers[key] += number
        for key, spread in other.spreads.items():
            self._add(key, spread)
        return self

    def observe(self, key: Key, bounds: Sequence[float], values: Iterable[float]) -> None:
        """Count observations, many at once."""
        ordered = sorted(values)
        counts = [float(bisect_right(ordered, bound)) for bound in bounds]
        self._add(key, [*counts, float(len(ordered)), float(sum(ordered))])

    def _add(self, key: Key, spread: Sequence[float]) -> None:
        known = self.spreads.get(key)
        added = spread if known is None else (a + b for a, b in zip(known, spread, strict=True))
        self.spreads[key] = list(added)
