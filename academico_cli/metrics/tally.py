"""Counts that can be added up: made by a worker batch by batch, summed by whoever exposes them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

Key = tuple[str, ...]
"""A metric's name and the values of its labels."""

EVENTS, REJECTED = "academico_events_total", "academico_events_rejected_total"
LATENCY, LAG = "academico_message_latency_seconds", "academico_event_lag_seconds"
STAGE, SIZE = "academico_batch_stage_seconds", "academico_batch_messages"
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

    def observe(self, key: Key, bounds: Sequence[float], value: float) -> None:
        """Count one observation."""
        place = bisect_left(bounds, value)
        counts = [0.0] * place + [1.0] * (len(bounds) + 1 - place)
        self._add(key, [*counts, value])

    def observe_since(
        self, key: Key, bounds: Sequence[float], moments_us: Sequence[int], now_us: int
    ) -> None:
        """Count the ages of many moments at once.

        Args:
            moments_us: microseconds, in ascending order; one that is yet to come has age 0.
            now_us: the moment at which they are that old.
        """
        number = len(moments_us)
        counts = [number - bisect_left(moments_us, now_us - b * 1_000_000) for b in bounds]
        total = max(0, number * now_us - sum(moments_us)) / 1_000_000
        self._add(key, [*counts, number, total])

    def _add(self, key: Key, spread: Sequence[float]) -> None:
        known = self.spreads.get(key)
        added = spread if known is None else (a + b for a, b in zip(known, spread, strict=True))
        self.spreads[key] = list(added)
