"""The dashboard of the school's staff. It reads marts and names no alumno."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from tools.dashboards.panels import Panel, bars, choice, lines, listing, number, prom, sheet, sql

_PERIODO = "${periodo:sqlstring}"
_MATERIAS = "${materia:csv}"


def dashboard() -> Dashboard:
    """Return the dashboard: the chosen periodo, periodo by periodo, and how fresh it all is."""
    made = (
        sheet(
            "academico", "academico · Resultados académicos", hours=24, refresh="5m",
            says="Promedios, aprobación y riesgo por periodo y materia, según los indicadores.",
        )
        .with_variable(choice("periodo", "Periodo", """
            SELECT DISTINCT periodo FROM marts.materia_periodo_stats
            ORDER BY periodo DESC
        """))
        .with_variable(choice("materia", "Materia", """
            SELECT DISTINCT materia AS __text, id_materia AS __value
            FROM marts.materia_periodo_stats
            ORDER BY 1
        """, several=True))
    )  # fmt: skip
    for title, panels in _ROWS:
        made = made.with_row(Row(title))
        for panel in panels():
            made = made.with_panel(panel)
    return made


def _of_periodo() -> list[Panel]:
    chosen = f"WHERE periodo = {_PERIODO} AND id_materia IN ({_MATERIAS})"
    return [
        number("Promedio", "De todas las calificaciones finales del periodo, de 0 a 10.", sql(f"""
            SELECT marts.promedio(sum(suma), sum(calificaciones)::bigint) AS promedio
            FROM marts.base_materias {chosen}
        """), decimals=2, width=5),
        number("Tasa de aprobación", "Calificaciones aprobatorias entre calificaciones.", sql(f"""
            SELECT marts.tasa(sum(aprobados)::bigint, sum(calificaciones)::bigint) AS tasa_aprob
            FROM marts.base_materias {chosen}
        """), unit="percentunit", decimals=1, width=5),
        number("Calificaciones", "Calificaciones finales registradas en el periodo.", sql(f"""
            SELECT sum(calificaciones) AS calificaciones FROM marts.base_materias {chosen}
        """), width=5),
        number("Inscripciones", "Inscripciones vigentes; las bajas no cuentan.", sql(f"""
            SELECT sum(inscritos) AS inscripciones FROM marts.base_materias {chosen}
        """), width=5),
        number("Alumnos en riesgo", "Alumnos cuyo promedio del periodo, en todas sus materias, "
               "está por debajo del umbral de riesgo.", sql(f"""
            SELECT count(*) AS alumnos FROM marts.base_riesgo WHERE periodo = {_PERIODO}
        """), steps=[(1, "orange")]),
    ]  # fmt: skip


def _rankings() -> list[Panel]:
    return [
        bars("10 materias con mejor promedio", "Las mejores del periodo elegido.", sql(f"""
            SELECT materia, promedio FROM marts.top_materias({_PERIODO}, 10)
        """), x="materia", decimals=2, top=10),
        listing("Ranking de maestros", "Maestros por el promedio de sus grupos en el periodo; solo "
                "los que tienen suficientes calificaciones para compararlos.", sql(f"""
            SELECT
                maestro AS "Maestro", promedio AS "Promedio",
                tasa_aprob AS "Tasa de aprobación", evaluaciones AS "Calificaciones",
                grupos AS "Grupos"
            FROM marts.ranking_maestros_periodo
            WHERE periodo = {_PERIODO}
            ORDER BY promedio DESC, id_maestro
        """), units={"Tasa de aprobación": "percentunit"}),
    ]  # fmt: skip


def _distributions() -> list[Panel]:
    return [
        bars("Distribución de calificaciones", "Cuántas calificaciones finales caen entre cada dos "
             "enteros, en el periodo y las materias elegidas.", sql(f"""
            SELECT
                CASE b.desde WHEN 9 THEN '9 a 10' ELSE b.desde || ' a ' || b.desde + 1 END
                    AS calificacion,
                count(c.calificacion) AS calificaciones
            FROM generate_series(0, 9) AS b (desde)
            LEFT JOIN (
                SELECT n.calificacion FROM academico.calificaciones AS n
                INNER JOIN academico.grupos AS g ON g.id = n.id_grupo AND g.periodo = n.periodo
                WHERE n.periodo = {_PERIODO} AND g.id_materia IN ({_MATERIAS})
            ) AS c ON least(floor(c.calificacion), 9) = b.desde
            GROUP BY b.desde
            ORDER BY b.desde
        """), x="calificacion"),
        bars("Alumnos en riesgo por promedio", "Cuántos alumnos en riesgo del periodo hay en cada "
             "tramo de promedio.", sql(f"""
            SELECT floor(promedio) || ' a ' || floor(promedio) + 1 AS promedio, count(*) AS alumnos
            FROM marts.base_riesgo
            WHERE periodo = {_PERIODO}
            GROUP BY floor(promedio)
            ORDER BY floor(promedio)
        """), x="promedio"),
    ]  # fmt: skip


def _by_periodo() -> list[Panel]:
    return [
        bars("Promedio por periodo", "De las materias elegidas.", sql(f"""
            SELECT periodo, marts.promedio(sum(suma), sum(calificaciones)::bigint) AS promedio
            FROM marts.base_materias WHERE id_materia IN ({_MATERIAS})
            GROUP BY periodo ORDER BY periodo
        """), x="periodo", decimals=2, top=10, width=8),
        bars("Tasa de aprobación por periodo", "De las materias elegidas.", sql(f"""
            SELECT
                periodo,
                marts.tasa(sum(aprobados)::bigint, sum(calificaciones)::bigint) AS tasa_aprob
            FROM marts.base_materias WHERE id_materia IN ({_MATERIAS})
            GROUP BY periodo ORDER BY periodo
        """), x="periodo", unit="percentunit", top=1, width=8),
        bars("Alumnos en riesgo por periodo", "En todas sus materias.", sql("""
            SELECT periodo, count(*) AS alumnos
            FROM marts.base_riesgo GROUP BY periodo ORDER BY periodo
        """), x="periodo", width=8),
        listing("Materia por materia", "Cada materia elegida en cada periodo.", sql(f"""
            SELECT
                periodo AS "Periodo", materia AS "Materia", promedio AS "Promedio",
                tasa_aprob AS "Tasa de aprobación", calificaciones AS "Calificaciones",
                inscritos AS "Inscritos", tasa_baja AS "Tasa de baja"
            FROM marts.materia_periodo_stats
            WHERE id_materia IN ({_MATERIAS})
            ORDER BY periodo DESC, materia
        """), units={"Tasa de aprobación": "percentunit", "Tasa de baja": "percentunit"},
                width=24),
    ]  # fmt: skip


def _freshness() -> list[Panel]:
    return [
        listing("Indicadores", "Cuándo se actualizó cada uno.", sql("""
            SELECT mart AS "Indicador", refrescado_en AS "Actualizado", filas AS "Filas"
            FROM marts.refrescos ORDER BY mart
        """)),
        lines("Antigüedad de los indicadores", "Tiempo desde la última actualización.",
              prom("time() - max by (mart) (academico_mart_last_success_timestamp_seconds)",
                   "{{mart}}"), unit="s", width=12),
    ]  # fmt: skip


_ROWS = (
    ("Periodo $periodo", _of_periodo),
    ("Mejores resultados", _rankings),
    ("Distribución", _distributions),
    ("Periodo por periodo", _by_periodo),
    ("Actualización", _freshness),
)
