"""What is declared to Prometheus: the rules of names, the docs' table, and sums of counts."""

import random
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from academico_cli.metrics import names
from academico_cli.metrics.board import Board, Report
from academico_cli.metrics.exposition import BoardCollector
from academico_cli.metrics.tally import Tally

DOCUMENT = Path(__file__).parents[2] / "docs" / "monitoring.md"
IDS = {"lote", "id", "run_id", "id_alumno", "message_id", "mensaje", "worker", "pid"}


def test_the_docs_say_what_the_code_says() -> None:
    text = DOCUMENT.read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.+) \|$", text, re.MULTILINE)
    expected = [(m.name, m.kind, ", ".join(f"`{n}`" for n in m.labels), m.help) for m in names.ALL]
    assert rows == expected


def test_names_are_unique() -> None:
    assert len({metric.name for metric in names.ALL}) == len(names.ALL)


@pytest.mark.parametrize("metric", names.ALL, ids=lambda m: m.name)
def test_prometheus_rules_of_names_are_kept(metric: names.Metric) -> None:
    assert re.fullmatch(r"(academico|worker)_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert not IDS & set(metric.labels)
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert not re.search("milli|minutes|_ms", metric.name)


def test_a_histogram_is_what_prometheus_client_makes_of_the_same_values() -> None:
    rng = random.Random(4)
    bounds = names.LATENCY_S
    values = [*(rng.expovariate(1) for _ in range(500)), *bounds, 0.0, 1e9]
    registry = CollectorRegistry()
    theirs = Histogram("academico_message_latency_seconds", "x", buckets=bounds, registry=registry)
    board, ours = Board("consume"), CollectorRegistry()
    ours.register(BoardCollector(board, names.CONSUMER))
    member = board.join("worker")
    for start in range(0, len(values), 100):
        tally = Tally()
        tally.observe(("academico_message_latency_seconds",), bounds, values[start : start + 100])
        board.hear(member, Report(tally))
    for value in values:
        theirs.observe(value)

    def told(text: bytes) -> dict[tuple[str, float], float]:
        found = re.findall(
            r'^academico_message_latency_seconds_(bucket|count|sum)(?:\{le="(.+)"\})? (\S+)$',
            text.decode(), re.MULTILINE,
        )  # fmt: skip
        return {(kind, float(le or 0)): float(value) for kind, le, value in found}

    assert told(generate_latest(ours)) == pytest.approx(told(generate_latest(registry)))


def test_what_a_worker_counted_stays_when_it_is_gone() -> None:
    board = Board("consume")
    for name in ("first", "second"):
        member, tally = board.join(name), Tally()
        tally.numbers["academico_messages_received_total",] += 3
        board.hear(member, Report(tally, in_flight=2))
        board.leave(member)
    numbers = board.read().numbers
    assert numbers["academico_messages_received_total",] == 6
    assert numbers["academico_messages_in_flight",] == 0
    assert numbers["academico_workers",] == 0
