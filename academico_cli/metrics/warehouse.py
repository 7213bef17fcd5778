"""What the warehouse and the queue say when Prometheus asks: never by a guess, never for long."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from psycopg.errors import (
    InsufficientPrivilege,
    QueryCanceled,
    UndefinedColumn,
    UndefinedTable,
)

from academico_cli import sqlfiles
from academico_cli.broker import Broker
from academico_cli.broker.caution import dead_letter_name
from academico_cli.metrics.asking import Asking
from academico_cli.metrics.exposition import family
from academico_cli.metrics.names import QUEUE, Metric
from academico_cli.metrics.tally import Key
from academico_cli.postgres import Connection, Database

SQL = sqlfiles.load(__package__, "warehouse.sql")

UNANSWERED = (InsufficientPrivilege, UndefinedTable, UndefinedColumn, QueryCanceled)
"""This user may not read it, an older version does not have it, or it takes too long."""

log = logging.getLogger(__name__)

Samples = dict[str, dict[Key, float]]
"""Gauges by name, then by the values of their labels."""


def ask_warehouse(database: Database) -> Asking[Samples]:
    """Return the question for the warehouse's state."""

    def ask() -> Samples:
        with database.session(name="academico metrics") as connection:
            return _read(connection)

    return Asking("PostgreSQL", ask)


def ask_queue(broker: Broker, queue: str) -> Asking[Samples]:
    """Return the question for the messages that are ready in the queue and beside it."""

    def ask() -> Samples:
        depths: dict[Key, float] = {(queue,): float(broker.depth())}
        depths[dead_letter_name(queue),] = float(broker.dead_letters().depth())
        return {QUEUE.name: depths}

    return Asking("the broker", ask)


Source = tuple[Metric, Sequence[Metric], Asking[Samples]]
"""Whether a server answers, what it tells, and the question."""


class AskingCollector(Collector):
    """Exposes what servers say; one that is away is a 0, and no failed scrape."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Family]:
        """Yield every gauge that there is."""
        for up, metrics, asking in self._sources:
            found = asking.answer().value
            yield family(up, {(): float(found is not None)})
            for metric in metrics:
                yield family(metric, (found or {}).get(metric.name, {}))


def _read(connection: Connection) -> Samples:
    found: Samples = defaultdict(dict)
    ask = _asker(connection)
    for mart, at, seconds, rows in ask("marts"):
        found["academico_mart_last_success_timestamp_seconds"][str(mart),] = _number(at)
        found["academico_mart_refresh_seconds"][str(mart),] = _number(seconds)
        found["academico_mart_rows"][str(mart),] = _number(rows)
    for rule, severity, failed, passed in ask("dq"):
        labels = (str(rule), str(severity))
        found["academico_dq_rule_passed"][labels] = _number(passed)
        if failed is not None:  # it did not work
            found["academico_dq_failed_rows"][labels] = _number(failed)
    for (at,) in ask("dq_last"):
        found["academico_dq_last_check_timestamp_seconds"][()] = _number(at)
    for entidad, events in ask("parked"):
        found["academico_parked_events"][str(entidad),] = _number(events)
    for (rejects,) in ask("rejects"):
        found["academico_dead_letters"][()] = _number(rejects)
    for (there,) in ask("has_ml"):
        if there:
            _read_ml(ask, found)
    return found


def _read_ml(ask: Callable[[str], list[tuple[object, ...]]], found: Samples) -> None:
    for model, state, brier in ask("ml_models"):
        found["academico_ml_model_info"][str(model), str(state)] = 1
        if brier is not None and state == "en_uso":
            found["academico_ml_brier"][str(model),] = _number(brier)
    for (at,) in ask("ml_predicted"):
        if at is not None:
            found["academico_ml_last_predict_timestamp_seconds"][()] = _number(at)
    for feature, psi in ask("ml_drift"):
        found["academico_ml_drift_psi"][str(feature),] = _number(psi)


def _asker(connection: Connection) -> Callable[[str], list[tuple[object, ...]]]:
    """Return what asks a statement; one that cannot be answered keeps no other from it."""

    def ask(name: str) -> list[tuple[object, ...]]:
        try:
            return connection.execute(SQL[name]).fetchall()
        except UNANSWERED as exc:
            log.debug("%s is not told: %s", name, exc.diag.message_primary)
            return []

    return ask


def _number(value: object) -> float:
    return float(str(value))
