"""What a worker tells of its work while it works: counts by the batch, never by the message."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from academico_cli.broker import Message
from academico_cli.lote import Result
from academico_cli.lotelog import log_lote
from academico_cli.metrics.board import Report
from academico_cli.metrics.names import LAG_S, LATENCY_S, MESSAGES, STAGE_S
from academico_cli.metrics.tally import (
    EVENTS,
    EVENTS_RECEIVED,
    LAG,
    LATENCY,
    REJECTED,
    SIZE,
    STAGE,
    Tally,
)
from academico_cli.postgres import PG_EPOCH_US

REPORT_S = 1.0
"""How often a worker that does nothing says that it is there."""


Told = Callable[[Result, Sequence[Message], int], None]
"""Told of each committed transaction: what it did, with which messages, in which run."""


def _to_nobody(_: Report) -> None: ...


class Meter:
    """Counts what a worker does and reports it after each batch, else once in REPORT_S.

    Args:
        report: where reports go; must not raise.
        also: who else is told of each transaction; likewise.
    """

    def __init__(
        self, report: Callable[[Report], None] = _to_nobody, also: Iterable[Told] = (log_lote,)
    ) -> None:
        self._report = report
        self._also = tuple(also)
        self._tally = Tally()
        self._reported_at = 0.0
        self._committed_at = 0.0
        self._lote = 0
        self._reconnects = 0
        self.run_id = 0
        """The worker's run in the ledger."""
        self.in_flight = 0
        """Messages taken and not acknowledged."""

    @contextmanager
    def time(self, etapa: str) -> Iterator[None]:
        """Count the time that the block takes as one of the stage."""
        began = time.perf_counter()
        yield
        self._observe_stage(etapa, time.perf_counter() - began)

    def took(self, messages: int, seconds: float) -> None:
        """Count messages that came from the broker, and how long they took to come."""
        if messages:
            self._tally.numbers["academico_messages_received_total",] += messages
            self._observe_stage("take", seconds)
            self.in_flight += messages

    def _count(self, result: Result, messages: Sequence[Message]) -> None:
        now_us = time.time_ns() // 1000
        numbers = self._tally.numbers
        numbers[EVENTS_RECEIVED,] += result.eventos
        for (entidad, destino), events in result.destinos.items():
            numbers[EVENTS, entidad, destino] += events
        for refused in result.refused:
            numbers[REJECTED, refused.entidad, refused.motivo] += 1
        for lap in result.watch.laps:
            self._observe_stage(lap.etapa, lap.seconds)
        if messages:
            self._tally.observe((SIZE,), MESSAGES, [len(messages)])
            waits = [(now_us - message.received_us) / 1e6 for message in messages]
            self._tally.observe((LATENCY,), LATENCY_S, waits)
        if result.momentos:
            now = now_us - PG_EPOCH_US
            # An event from the future has no lag, and a histogram's sum must not shrink.
            lags = [(now - at) / 1e6 if at < now else 0.0 for at in result.momentos]
            self._tally.observe((LAG,), LAG_S, lags)
        self._committed_at = now_us / 1_000_000
        self._lote = max(self._lote, *result.lotes)

    @contextmanager
    def acknowledging(self, result: Result, messages: Sequence[Message]) -> Iterator[None]:
        """Report what a committed transaction did, when the block has acknowledged it."""
        self._count(result, messages)
        for tell in self._also:
            tell(result, messages, self.run_id)
        with self.time("settle"):
            yield
        self.in_flight = max(0, self.in_flight - len(messages))
        self.report()

    def retried(self, sqlstate: str | None) -> None:
        """Count a transaction that is tried again."""
        self._tally.numbers["academico_retries_total", sqlstate or "ninguno"] += 1

    def reconnected(self) -> None:
        """Count a connection to the database that was made again."""
        self._tally.numbers["academico_database_reconnects_total",] += 1

    def turned(self, reconnects: int) -> None:
        """Note that the loop turns.

        Args:
            reconnects: how often the connection to the broker was made again so far.
        """
        new, self._reconnects = reconnects - self._reconnects, reconnects
        self._tally.numbers["academico_broker_reconnects_total",] += new
        if time.monotonic() - self._reported_at >= REPORT_S:
            self.report()

    def report(self) -> None:
        """Report what was not reported yet."""
        tally, self._tally = self._tally, Tally()
        self._reported_at = time.monotonic()
        self._report(Report(tally, self.in_flight, self._committed_at, self.run_id, self._lote))

    def _observe_stage(self, etapa: str, seconds: float) -> None:
        self._tally.observe((STAGE, etapa), STAGE_S, [seconds])
