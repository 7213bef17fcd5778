"""The dashboard of data quality: rules, their trend, and what was rejected."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from tools.dashboards.panels import (
    Panel,
    bars,
    lines,
    listing,
    number,
    prom,
    ranking,
    sheet,
    sql,
    sql_series,
)

_LAST = """
    SELECT DISTINCT ON (check_name)
        check_name, status, severity, failed_rows, new_rows, total_rows, check_time
    FROM core.dq_results
    WHERE run IS NOT NULL
    ORDER BY check_name, check_time DESC
"""
"""What each rule found when it was last run; run is NULL for what a gate found in a lote."""


def dashboard() -> Dashboard:
    """Return the dashboard: rules, their trend, rejects, what waits."""
    made = sheet(
        "calidad", "academico · Calidad de datos", hours=24 * 7, refresh="1m",
        says="Qué reglas fallan, desde cuándo, y qué eventos se rechazaron y por qué.",
    )  # fmt: skip
    for title, panels in _ROWS:
        made = made.with_row(Row(title))
        for panel in panels():
            made = made.with_panel(panel)
    return made


def _rules() -> list[Panel]:
    return [
        number("Reglas que fallan", "Con severidad error, en su última revisión.", sql(f"""
            SELECT count(*) FILTER (WHERE status <> 'passed' AND severity = 'error') AS reglas
            FROM ({_LAST}) AS u
        """), steps=[(1, "red")], width=6),
        number("Avisos", "Reglas con severidad aviso que no se cumplen.", sql(f"""
            SELECT count(*) FILTER (WHERE status <> 'passed' AND severity = 'warn') AS reglas
            FROM ({_LAST}) AS u
        """), steps=[(1, "orange")], width=6),
        number("Filas con fallos", "De todas las reglas, en su última revisión.",
               prom("sum(academico_dq_failed_rows)"), width=6),
        number("Última revisión hace", "Tiempo desde el último `academico dq check`.",
               prom("time() - max(academico_dq_last_check_timestamp_seconds)"), unit="s",
               decimals=0, width=6),
        listing("Reglas", "Cada regla en su última revisión, las que fallan primero.", sql(f"""
            SELECT
                r.titulo AS "Regla", r.entidad AS "Entidad",
                CASE u.severity WHEN 'error' THEN 'error' ELSE 'aviso' END AS "Severidad",
                CASE u.status WHEN 'passed' THEN 'cumple' WHEN 'failed' THEN 'falla'
                    ELSE 'no se pudo revisar' END AS "Estado",
                u.failed_rows AS "Fallos", u.new_rows AS "Nuevos", u.total_rows AS "Filas",
                u.check_time AS "Revisada"
            FROM ({_LAST}) AS u
            INNER JOIN core.dq_rules AS r ON r.id = u.check_name
            ORDER BY u.status = 'passed', u.severity, u.failed_rows DESC NULLS LAST, r.titulo
        """), width=24),
    ]  # fmt: skip


def _trend() -> list[Panel]:
    return [
        lines("Fallos por severidad", "Filas con fallos en cada revisión.", sql_series("""
            SELECT
                r.started_at AS "time",
                CASE d.severity WHEN 'error' THEN 'error' ELSE 'aviso' END AS metric,
                sum(d.failed_rows) AS value
            FROM core.dq_results AS d
            INNER JOIN core.dq_runs AS r ON r.run = d.run
            WHERE $__timeFilter(r.started_at)
            GROUP BY r.run, r.started_at, d.severity
            ORDER BY 1
        """), width=12),
        lines("Fallos por regla", "Según la última revisión, las diez reglas con más.",
              prom("topk(10, max by (regla) (academico_dq_failed_rows) > 0)", "{{regla}}"),
              width=12),
    ]  # fmt: skip


def _rejects() -> list[Panel]:
    return [
        ranking("Rechazos abiertos por motivo", "Los que nadie ha corregido ni descartado.",
                sql("""
            SELECT motivo, count(*) AS rechazos
            FROM stg.rechazos WHERE estado = 'abierto'
            GROUP BY motivo ORDER BY rechazos DESC, motivo
        """)),
        ranking("Rechazos abiertos por campo", "El campo del que se queja cada rechazo.", sql("""
            SELECT entidad || coalesce('.' || campo, '') AS campo, count(*) AS rechazos
            FROM stg.rechazos WHERE estado = 'abierto'
            GROUP BY 1 ORDER BY rechazos DESC, 1
        """)),
        lines("Rechazos por motivo", "Por segundo.",
              prom("sum by (motivo) (rate(academico_events_rejected_total[$__rate_interval]))",
                   "{{motivo}}"), unit="eps", stacked=True),
        bars("Rechazos por día", "Según el día en que llegaron.", sql("""
            SELECT to_char(recibido_en, 'YYYY-MM-DD') AS dia, count(*) AS rechazos
            FROM stg.rechazos
            WHERE $__timeFilter(recibido_en)
            GROUP BY 1 ORDER BY 1
        """), x="dia"),
        bars("Destino de los eventos", "De todos los que se han recibido.", sql("""
            SELECT destino, sum(eventos) AS eventos
            FROM core.destinos GROUP BY destino ORDER BY eventos DESC, destino
        """), x="destino"),
    ]  # fmt: skip


def _waiting() -> list[Panel]:
    return [
        lines("Rechazos sin atender", "Suma de los que esperan a que alguien decida.",
              prom("max(academico_dead_letters)", "rechazos"), width=12),
        lines("Pendientes de su padre", "Eventos válidos cuyo padre no ha llegado.",
              prom("sum by (entidad) (academico_parked_events) or vector(0)", "{{entidad}}"),
              width=12),
    ]  # fmt: skip


_ROWS = (
    ("Reglas", _rules),
    ("Tendencia", _trend),
    ("Rechazos", _rejects),
    ("En espera", _waiting),
)
