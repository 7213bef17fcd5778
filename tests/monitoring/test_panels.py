"""Every query of every panel returns data, and a consumer's death is seen, on real servers."""

import ipaddress
import json
import signal
import subprocess
from typing import Any

import psycopg
import pytest

from academico_cli.local import processes

from .conftest import DASHBOARDS
from .scene import Scene, wait_for


def _queries() -> list[Any]:
    found = []
    for path in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", []):
                name = f"{path.stem}: {panel['title']} {target['refId']}"
                found.append(pytest.param(target, id=name))
    return found


@pytest.mark.parametrize("target", _queries())
def test_each_query_of_each_panel_returns_data(scene: Scene, target: dict[str, Any]) -> None:
    if "rawSql" in target:
        rows = scene.rows(target["rawSql"])
        assert [row for row in rows if row[-1] is not None], target["rawSql"]
    elif target.get("instant"):
        assert scene.now(scene.filled(target["expr"])), target["expr"]
    else:
        assert scene.over_time(scene.filled(target["expr"])), target["expr"]


@pytest.mark.parametrize("query", ["pg_stat_activity_counts", "rate(academico_eventos_total[1m])"])
def test_a_query_of_what_nobody_tells_returns_none(scene: Scene, query: str) -> None:
    assert not scene.over_time(query)
    assert not scene.now(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT nombre FROM academico.alumnos",
        "SELECT id_alumno FROM academico.calificaciones",
        "SELECT id_alumno FROM marts.base_riesgo",
        "SELECT cuerpo FROM stg.rechazos",
        "SELECT sample FROM core.dq_results",
        "SELECT 1 FROM raw.mensajes",
        "DELETE FROM marts.refrescos RETURNING mart",
    ],
)
def test_what_no_panel_shows_cannot_be_read(scene: Scene, query: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        scene.rows(query)


def test_what_is_granted_is_taken_back_by_the_downgrade(scene: Scene) -> None:
    scene.apply("tableros_v00.sql")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        scene.rows("SELECT mart FROM marts.refrescos")
    scene.apply("tableros_v01.sql")
    assert scene.rows("SELECT mart FROM marts.refrescos")


def test_every_target_answers(scene: Scene) -> None:
    targets = scene.api("targets")["activeTargets"]
    assert {t["labels"]["job"]: t["health"] for t in targets} == dict.fromkeys(
        ("worker", "rabbitmq", "postgres", "prometheus"), "up"
    )


def test_what_the_consumer_answers_follows_the_rules_of_prometheus(scene: Scene) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=scene.metrics(), text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_listen_on_this_machine_only(scene: Scene) -> None:
    ours = processes.find(lambda p: str(scene.folder) in "".join(p.environ().values()))
    listening = {
        (process.name(), connection.laddr.ip)
        for process in ours
        for connection in process.net_connections("inet")
        if connection.status == "LISTEN"
    }
    assert {name for name, _ in listening} >= {"prometheus", "prometheus-postgres-exporter"}
    assert all(ipaddress.ip_address(address).is_loopback for _, address in listening), listening


def test_the_death_of_the_consumer_is_seen(scene: Scene) -> None:
    assert "WorkerDown" not in scene.firing()
    assert "WorkerDown" not in scene.run("status").stdout

    scene.kill_consumer()

    wait_for(lambda: "WorkerDown" in scene.firing(), 90, "WorkerDown in Prometheus' API")
    status = json.loads(scene.run("status", "--format", "json").stdout)
    shown = {row["name"]: row for row in status}
    assert "WorkerDown" in shown["alertas"]["detail"]
    assert shown["prometheus"]["value"] == scene.home.prometheus.url
    top = json.loads(scene.run("top", "--once", "--format", "json").stdout)
    assert "WorkerDown" in json.dumps(top)


def test_a_prometheus_that_died_is_told_and_started_again(scene: Scene) -> None:
    url = scene.home.prometheus.url
    assert processes.end(scene.home.prometheus._processes(), signal.SIGKILL, 20)
    status = json.loads(scene.run("status", "--format", "json", codes=(3,)).stdout)
    assert {row["name"]: row["state"] for row in status}["prometheus"] == "down"

    scene.run("up")

    assert scene.home.prometheus.url == url
    assert scene.home.prometheus.alerts() is not None
