"""From counts to what Prometheus reads."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TypeVar

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from academico_cli.metrics.board import Board
from academico_cli.metrics.names import BUILD, Metric
from academico_cli.metrics.tally import EVENTS_RECEIVED, LATENCY, REJECTED, Key, Tally

Sample = TypeVar("Sample")


class BoardCollector(Collector):
    """Exposes the counts of a board.

    Args:
        metrics: which of them.
    """

    def __init__(self, board: Board, metrics: Sequence[Metric]) -> None:
        self._board = board
        self._metrics = metrics

    def collect(self) -> Iterator[Family]:
        """Yield every metric with its samples as they are now."""
        tally = self._board.read()
        _add_earlier_names(tally)
        for metric in self._metrics:
            yield _counted(metric, tally)
        values = (version("academico"), platform.python_version(), self._board.comando)
        yield family(BUILD, {values: 1})


def family(metric: Metric, samples: Mapping[Key, float]) -> Family:
    """Return a counter or a gauge with its samples, by the values of its labels."""
    made = Family(metric.name.removesuffix("_total"), metric.help, metric.kind)
    for values, number in samples.items():
        made.add_sample(metric.name, dict(zip(metric.labels, values, strict=True)), number)
    return made


def _counted(metric: Metric, tally: Tally) -> Family:
    if metric.kind != "histogram":
        numbers = dict(_series(metric, tally.numbers))
        return family(metric, numbers or ({} if metric.labels else {(): 0}))
    made = Family(metric.name, metric.help, metric.kind)
    none = [0.0] * (len(metric.buckets) + 2)
    spreads = dict(_series(metric, tally.spreads)) or ({} if metric.labels else {(): none})
    for values, spread in spreads.items():
        labels = dict(zip(metric.labels, values, strict=True))
        *counts, total = spread
        for limit, count in zip((*map(float, metric.buckets), "+Inf"), counts, strict=True):
            made.add_sample(f"{metric.name}_bucket", {**labels, "le": str(limit)}, count)
        made.add_sample(f"{metric.name}_count", labels, counts[-1])
        made.add_sample(f"{metric.name}_sum", labels, total)
    return made


def _series(metric: Metric, held: Mapping[Key, Sample]) -> Iterator[tuple[Key, Sample]]:
    return ((key[1:], sample) for key, sample in sorted(held.items()) if key[0] == metric.name)


def _add_earlier_names(tally: Tally) -> None:
    """Give the earlier names to what has a new one."""
    rejected = sum(n for key, n in tally.numbers.items() if key[0] == REJECTED)
    processed = tally.numbers[EVENTS_RECEIVED,] - rejected
    tally.numbers["worker_messages_processed_total",] = processed
    tally.numbers["worker_messages_failed_total",] = rejected
    if (LATENCY,) in tally.spreads:
        tally.spreads["worker_message_latency_seconds",] = tally.spreads[LATENCY,]
