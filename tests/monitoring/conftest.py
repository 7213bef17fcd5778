"""One monitored scene for all the tests here: its servers and its load are what takes time."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from academico_cli.local.rabbitmq import PrivateRabbit

from ..conftest import _expect_nobody_left, require
from .scene import Scene, wait_for

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
LOAD = ("publish", "--alumnos", "150", "--invalid", "0.1", "--duplicates", "0.02", "--shuffle")


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Yield servers and a consumer that Prometheus has seen at work more than once."""
    require(PrivateRabbit.installed(), "rabbitmq-server")
    for program in ("prometheus", "promtool", "prometheus-postgres-exporter"):
        require(shutil.which(program) is not None, program)
    folder = tmp_path_factory.mktemp("monitoring")
    made = Scene(folder)
    try:
        made.run("up", "--monitoring")
        made.admit_grafana()
        made.consume()
        _load(made)
        _choose(made)
        yield made
    finally:
        made.kill_consumer()
        made.run("down")
        _expect_nobody_left(folder)


def _load(scene: Scene) -> None:
    """Give the consumer work until Prometheus has seen the counters rise between two scrapes."""
    scene.run(*LOAD, "--seed", "7")
    wait_for(lambda: scene.now("academico_messages_received_total > 0"), 60, "a first scrape")
    scene.run(*LOAD, "--seed", "8")
    # Each rises only when two scrapes of it have been kept.
    await_data(
        scene,
        "sum(rate(academico_events_total[1m])) > 0",
        "sum(rate(academico_events_rejected_total[1m])) > 0",
        "sum(rate(rabbitmq_global_messages_acknowledged_total[1m])) > 0",
        "sum(rate(pg_stat_database_xact_commit[1m])) > 0",
        "sum(academico_messages_in_flight) == 0",
        'ALERTS{alertname="HighErrorRate"}',
    )
    scene.run("marts", "refresh")
    scene.run("dq", "check", codes=(0, 1))
    await_data(
        scene,
        "academico_mart_last_success_timestamp_seconds",
        "academico_dq_failed_rows",
        "academico_dq_last_check_timestamp_seconds",
    )


def await_data(scene: Scene, *expressions: str) -> None:
    """Wait until each expression has data."""
    for expression in expressions:
        wait_for(lambda asked=expression: scene.now(asked), 60, expression)


def _choose(scene: Scene) -> None:
    """Choose the dashboards' variables as Grafana does: the first value, or all of them."""
    for path in DASHBOARDS.glob("*.json"):
        dashboard = json.loads(path.read_text(encoding="utf-8"))
        for variable in dashboard["templating"].get("list", []):
            rows = scene.rows(variable["query"])
            assert rows, f"{path.name}: the variable {variable['name']} has no value"
            values = [str(row[-1]) for row in rows]
            scene.chosen[variable["name"]] = values if variable["includeAll"] else values[:1]
