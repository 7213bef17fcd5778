"""The committed dashboards are what the code says, and ask for nothing that is not there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.dashboards import dashboards
from tools.dashboards.panels import as_json

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "dashboards"
PROVISIONING = REPOSITORY / "compose" / "grafana" / "provisioning"
MADE = dashboards()


def committed(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def panels(name: str) -> Iterator[dict[str, Any]]:
    return (panel for panel in committed(name)["panels"] if panel["type"] != "row")


def test_no_file_is_missing_or_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_the_file_is_what_the_code_makes(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert text == as_json(MADE[name]), "run `make dashboards`"


@pytest.mark.parametrize("name", MADE)
def test_panels_fill_the_width_and_do_not_overlap(name: str) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in committed(name)["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"], panel["title"]
    height = 1 + max(y for _, y in taken)
    assert len(taken) == 24 * height, "a row is not filled"


@pytest.mark.parametrize("name", MADE)
def test_each_panel_says_what_it_shows(name: str) -> None:
    for panel in panels(name):
        assert panel["description"].endswith("."), panel["title"]
        assert panel["targets"], panel["title"]
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
    identifiers = [panel["id"] for panel in committed(name)["panels"]]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("name", MADE)
def test_each_data_source_is_provisioned(name: str) -> None:
    text = (PROVISIONING / "datasources" / "academico.yml").read_text(encoding="utf-8")
    sources = {(s["type"], s["uid"]) for s in yaml.safe_load(text)["datasources"]}
    used = {
        (source["type"], source["uid"])
        for panel in panels(name)
        for source in (panel["datasource"], *(t["datasource"] for t in panel["targets"]))
    }
    used |= {
        (v["datasource"]["type"], v["datasource"]["uid"])
        for v in committed(name)["templating"].get("list", [])
    }
    assert used <= sources


def test_nobody_is_named_by_the_query_of_a_risk() -> None:
    asked = [
        target["rawSql"]
        for panel in panels("academico")
        for target in panel["targets"]
        if "riesgo" in target.get("rawSql", "")
    ]
    assert asked
    assert not [sql for sql in asked if re.search(r"\b(nombre|id_alumno)\b", sql)]


KNOWN = set((Path(__file__).parent / "exported.txt").read_text(encoding="utf-8").split())
"""What both RabbitMQ 3.10.8 and 3.13.7, and postgres_exporter 0.11 and 0.20, tell Prometheus."""


def test_names_are_the_same_in_old_and_new_versions_of_the_servers() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")]
    asked = {name for text in texts for name in re.findall(r"\b(?:rabbitmq|pg)_[a-z_]+\b", text)}
    assert asked
    assert asked <= KNOWN, asked - KNOWN
