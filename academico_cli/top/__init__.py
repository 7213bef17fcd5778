"""What is going on now: one look at the warehouse, the queue and Prometheus."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg.rows import dict_row

from academico_cli import sqlfiles
from academico_cli.broker import Broker
from academico_cli.errors import QueueUnusable, WrongUsage
from academico_cli.postgres import Database, Row

SQL = sqlfiles.load(__package__, "top.sql")

WINDOW_S = 60
"""Seconds that rate and fates are of."""

PATIENCE_S = 2.0
"""Seconds to wait for Prometheus."""

LOTES, MOTIVOS = 8, 8
"""Rows to show of each."""


class Frame(NamedTuple):
    """One look."""

    momento: datetime
    eventos_por_segundo: float
    segundos_por_lote: float | None
    """Mean of the lotes in the window, from taking their messages to COMMIT; None without lotes."""
    segundos_desde_commit: float | None
    """None when nothing was ever committed."""
    en_cola: int
    segundos_para_vaciar: float | None
    """At this rate; None when nothing moves."""
    trabajadores: int
    pendientes: int
    destinos: Mapping[str, int]
    """Events that were received in the window, by what has become of them."""
    rechazos: list[Row]
    """Open rejects by motivo and entidad, most first."""
    lotes: list[Row]
    """The last ones, newest first."""
    alertas: list[Row] | None
    """Alerts of Prometheus that are pending or firing; None when no Prometheus is configured."""
    prometheus: str
    """Why there are no alerts to show; empty when they are known."""


def look(database: Database, broker: Broker, prometheus_url: str) -> Frame:
    """Take one look.

    Raises:
        ServiceUnavailable: database or broker does not answer. Prometheus may be away.
        WrongUsage: ``prometheus_url`` is no URL.
        psycopg.Error: from the database.
    """
    params: dict[str, object] = {"ventana": WINDOW_S, "lotes": LOTES, "motivos": MOTIVOS}
    with (
        database.session(name="academico top") as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        found = {
            name: cursor.execute(statement, params).fetchall() for name, statement in SQL.items()
        }
    (rate,), last = found["rate"], found["last_commit"]
    seconds = _number(rate["segundos"])
    per_second = _number(rate["eventos"]) / seconds if seconds else 0.0
    messages = _number(rate["mensajes"]) / seconds if seconds else 0.0
    depth = _depth(broker)
    alerts, why = _alerts(prometheus_url)
    return Frame(
        datetime.now(UTC),
        round(per_second, 1),
        None if rate["segundos_por_lote"] is None else round(_number(rate["segundos_por_lote"]), 3),
        round(_number(last[0]["segundos"]), 1) if last else None,
        depth,
        round(depth / messages, 1) if messages else None,
        int(_number(found["workers"][0]["corridas"])),
        int(_number(found["parked"][0]["eventos"])),
        {str(row["destino"]): int(_number(row["eventos"])) for row in found["fates"]},
        found["rejects"],
        found["lotes"],
        alerts,
        why,
    )


def _depth(broker: Broker) -> int:
    try:
        return broker.depth()
    except QueueUnusable:
        return 0


def _alerts(url: str) -> tuple[list[Row] | None, str]:
    """Return the alerts of a Prometheus, or why they are not known."""
    if not url:
        return None, "no Prometheus is configured (ACADEMICO_PROMETHEUS_URL)"
    if not url.startswith(("http://", "https://")):
        raise WrongUsage(detail="ACADEMICO_PROMETHEUS_URL is no URL such as http://127.0.0.1:9090")
    try:
        with urllib.request.urlopen(  # noqa: S310  http or https, as was just seen
            f"{url.rstrip('/')}/api/v1/alerts", timeout=PATIENCE_S
        ) as answer:
            alerts = json.load(answer)["data"]["alerts"]
        return [_alert(alert) for alert in alerts], ""
    except urllib.error.HTTPError as exc:
        return [], f"Prometheus answers {exc.code}"
    except (OSError, ValueError, LookupError, TypeError) as exc:
        why = getattr(exc, "reason", None) or exc
        return [], f"Prometheus does not answer: {why}"


def _alert(alert: Mapping[str, Mapping[str, str]]) -> Row:
    labels, notes = alert["labels"], alert.get("annotations", {})
    return {
        "alerta": labels.get("alertname", ""),
        "severidad": labels.get("severity", ""),
        "estado": alert.get("state", ""),
        "desde": datetime.fromisoformat(str(alert["activeAt"])),
        "resumen": notes.get("summary", ""),
    }


def _number(value: object) -> float:
    return float(str(value or 0))
