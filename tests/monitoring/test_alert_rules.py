"""What Prometheus is given is valid, and each alert fires, stays quiet, and can be looked up."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from academico_cli.local.prometheus import configuration

from ..conftest import require

REPOSITORY = Path(__file__).parents[2]
PROMETHEUS = REPOSITORY / "compose" / "prometheus"
TESTS = sorted(Path(__file__).parent.glob("alertas_*.yml"))
NAMES = {
    "WorkerDown", "HighErrorRate", "RabbitLagHigh", "NoConsumers", "PostgresHighConnections",
    "DataQualityFailed", "MartStale", "DeadLetters", "ReplicationOrDiskPressure",
}  # fmt: skip


def _rules() -> list[dict[str, Any]]:
    files = sorted((PROMETHEUS / "rules").glob("*.yml"))
    return [
        rule
        for file in files
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


RULES = [pytest.param(rule, id=f"{rule['alert']}-{n}") for n, rule in enumerate(_rules())]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", PROMETHEUS / "prometheus.yml"],
        ["check", "rules", "--lint-fatal", *sorted((PROMETHEUS / "rules").glob("*.yml"))],
        ["test", "rules", *TESTS],
    ],
    ids=["check config", "check rules", "test rules"],
)
def test_promtool_agrees(arguments: list[object]) -> None:
    require(shutil.which("promtool") is not None, "prometheus")
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_there_is_every_alert() -> None:
    assert {rule["alert"] for rule in _rules()} == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_alert_is_seen_firing_and_quiet(name: str) -> None:
    asked = [
        asked
        for file in TESTS
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
        for asked in test["alert_rule_test"]
        if asked["alertname"] == name and (asked["exp_alerts"] or "stays quiet" in test["name"])
    ]
    assert any(each["exp_alerts"] for each in asked)
    assert any(not each["exp_alerts"] for each in asked)


@pytest.mark.parametrize("rule", RULES)
def test_each_alert_says_what_is_wrong_and_where_to_read_on(rule: dict[str, Any]) -> None:
    says = rule["annotations"]
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert says["summary"]
    assert says["description"].endswith(".")
    page, _, anchor = says["runbook_url"].partition("#")
    assert anchor == rule["alert"].lower()
    section = _section((REPOSITORY / page).read_text(encoding="utf-8"), rule["alert"])
    for question in ("**Means**", "**Look at**", "**Do**"):
        assert question in section, f"{page}#{anchor} does not say: {question}"


def _section(page: str, heading: str) -> str:
    found = re.search(rf"^### {heading}$(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None, f"the runbook has no section {heading}"
    return found[1]


def test_local_mode_differs_in_its_targets_only() -> None:
    shipped = (PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8")
    ports = {"worker": 1, "rabbitmq": 2, "postgres-exporter": 3, "prometheus": 4}

    here, there = yaml.safe_load(configuration(shipped, ports)), yaml.safe_load(shipped)

    assert _targets(here) == [[], *([f"127.0.0.1:{n}"] for n in (1, 2, 3)), [], ["127.0.0.1:4"]]
    assert _targets(there) == [
        ["alertmanager:9093"], ["worker:8000"], ["rabbitmq:15692"], ["postgres-exporter:9187"],
        ["alertmanager:9093"], ["prometheus:9090"],
    ]  # fmt: skip
    for each in (here, there):
        for place in _places(each):
            place["targets"] = []
    assert here == there


def _places(config: dict[str, Any]) -> list[dict[str, Any]]:
    jobs = [*config["alerting"]["alertmanagers"], *config["scrape_configs"]]
    return [place for job in jobs for place in job["static_configs"]]


def _targets(config: dict[str, Any]) -> list[list[str]]:
    return [place["targets"] for place in _places(config)]
