"""Write every dashboard into the folder dashboards/."""

from pathlib import Path

from tools.dashboards import dashboards
from tools.dashboards.panels import as_json

FOLDER = Path(__file__).parents[2] / "dashboards"

for name, dashboard in dashboards().items():
    (FOLDER / f"{name}.json").write_text(as_json(dashboard), encoding="utf-8")
