"""The Grafana dashboards as code: ``python -m tools.dashboards`` writes dashboards/*.json.

One module a dashboard says what is on it; :mod:`tools.dashboards.panels` says how a panel looks.
"""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from tools.dashboards import academico, calidad, operacion


def dashboards() -> dict[str, Dashboard]:
    """Return every dashboard by the name of its file, without ``.json``."""
    return {
        "academico": academico.dashboard(),
        "calidad": calidad.dashboard(),
        "operacion": operacion.dashboard(),
    }
