"""A small school written straight into academico, and its KPIs recomputed the plain way."""

from typing import Any

import psycopg

PERSONAS = ("alumnos", "materias", "maestros")
NOW = "timestamptz '2024-01-01'"

# Straight from the tables, with nothing of the marts: each mart's public columns and counts.
SCRATCH = {
    "kpi_materia": """
        SELECT
            m.id, m.nombre, round(avg(c.calificacion), 2),
            round(avg((c.calificacion >= {aprueba})::int), 4), count(c.*),
            count(*) FILTER (WHERE c.calificacion >= {aprueba}),
            count(*) FILTER (WHERE c.calificacion < {aprueba}),
            (SELECT count(*) FROM academico.inscripciones i, academico.grupos g
             WHERE g.id = i.id_grupo AND g.id_materia = m.id AND i.estado = 'inscrito'),
            (SELECT count(*) FROM academico.inscripciones i, academico.grupos g
             WHERE g.id = i.id_grupo AND g.id_materia = m.id AND i.estado = 'baja'),
            (SELECT round(avg((i.estado = 'baja')::int), 4)
             FROM academico.inscripciones i, academico.grupos g
             WHERE g.id = i.id_grupo AND g.id_materia = m.id),
            (SELECT count(*) FROM academico.grupos g WHERE g.id_materia = m.id)
        FROM academico.materias m
        LEFT JOIN academico.grupos g ON g.id_materia = m.id
        LEFT JOIN academico.calificaciones c ON c.id_grupo = g.id
        GROUP BY m.id, m.nombre""",
    "kpi_grupo": """
        SELECT
            g.id, g.periodo, m.nombre, d.nombre,
            (SELECT count(*) FROM academico.inscripciones i
             WHERE i.id_grupo = g.id AND i.estado = 'inscrito'),
            (SELECT round(avg(c.calificacion), 2) FROM academico.calificaciones c
             WHERE c.id_grupo = g.id)
        FROM academico.grupos g
        JOIN academico.materias m ON m.id = g.id_materia
        LEFT JOIN academico.maestros d ON d.id = g.id_maestro""",
    "materia_periodo_stats": """
        SELECT
            g.periodo, m.id, m.nombre, round(avg(c.calificacion), 2),
            round(avg((c.calificacion >= {aprueba})::int), 4)
        FROM academico.grupos g
        JOIN academico.materias m ON m.id = g.id_materia
        LEFT JOIN academico.calificaciones c ON c.id_grupo = g.id
        GROUP BY g.periodo, m.id, m.nombre""",
    "ranking_maestros": """
        SELECT d.id, d.nombre, round(avg(c.calificacion), 2), count(*)
        FROM academico.maestros d
        JOIN academico.grupos g ON g.id_maestro = d.id
        JOIN academico.calificaciones c ON c.id_grupo = g.id
        GROUP BY d.id, d.nombre HAVING count(*) >= {minimo}""",
    "alumnos_en_riesgo": """
        SELECT c.periodo, a.id, a.nombre, round(avg(c.calificacion), 2), count(*)
        FROM academico.calificaciones c JOIN academico.alumnos a ON a.id = c.id_alumno
        GROUP BY c.periodo, a.id, a.nombre HAVING avg(c.calificacion) < {riesgo}""",
}

Rows = list[tuple[Any, ...]]


class Escuela:
    """Writes rows as a merge would; the caller says what it touched."""

    def __init__(self, database_url: str) -> None:
        self.connection = psycopg.connect(database_url, autocommit=True)
        self.lote = 0

    def run(self, statement: str, *params: object) -> Rows:
        cursor = self.connection.execute(statement, params)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """Back to an empty school with the default parameters and marts that know it."""
        for table in (
            "calificaciones",
            "inscripciones",
            "grupos",
            "alumnos",
            "materias",
            "maestros",
        ):
            self.run(f"DELETE FROM academico.{table}")
        self.parametro("calificacion_aprobatoria", 6)
        self.parametro("riesgo_promedio", 6)
        self.parametro("ranking_evaluaciones_minimas", 2)

    def parametro(self, nombre: str, valor: object) -> None:
        self.run("UPDATE core.parametros SET valor = %s WHERE nombre = %s", valor, nombre)

    def touch(self, *periodos: str | None) -> None:
        self.lote += 1
        for periodo in {p for p in periodos if p}:
            self.run("INSERT INTO core.lotes_periodos VALUES (%s, %s)", self.lote, periodo)

    def persona(self, tabla: str, id_: int, nombre: str) -> None:
        extra, values = (", genero", ", 'X'") if tabla == "alumnos" else ("", "")
        self.run(
            f"INSERT INTO academico.{tabla} (id, nombre{extra}, ocurrido_en, desempate, lote,"
            f" id_mensaje, linea) VALUES (%s, %s{values}, {NOW}, 0, 0, gen_random_uuid(), 0)"
            " ON CONFLICT (id) DO UPDATE SET nombre = excluded.nombre",
            id_, nombre,
        )  # fmt: skip

    def grupo(self, id_: int, materia: int, maestro: int | None, periodo: str) -> None:
        self.run("SELECT academico.abrir_periodo(%s)", periodo)
        self.run(
            "INSERT INTO academico.grupos (id, id_materia, id_maestro, periodo, ocurrido_en,"
            f" desempate, lote, id_mensaje, linea) VALUES (%s, %s, %s, %s, {NOW}, 0, 0,"
            " gen_random_uuid(), 0) ON CONFLICT (id) DO UPDATE SET"
            " id_materia = excluded.id_materia, id_maestro = excluded.id_maestro,"
            " periodo = excluded.periodo",
            id_, materia, maestro, periodo,
        )  # fmt: skip

    def periodo_of(self, grupo: int) -> str | None:
        rows = self.run("SELECT periodo FROM academico.grupos WHERE id = %s", grupo)
        return str(rows[0][0]) if rows else None

    def write(self, tabla: str, campo: str, alumno: int, grupo: int, valor: object) -> None:
        """Insert or replace a row of calificaciones or inscripciones, and say what it touched."""
        self.run(
            f"INSERT INTO academico.{tabla} (id_alumno, id_grupo, periodo, {campo}, ocurrido_en,"
            f" desempate, lote, id_mensaje, linea) SELECT %s, g.id, g.periodo, %s, {NOW}, 0, 0,"
            " gen_random_uuid(), 0 FROM academico.grupos g WHERE g.id = %s"
            f" ON CONFLICT (id_alumno, id_grupo, periodo) DO UPDATE SET {campo} = excluded.{campo}",
            alumno, valor, grupo,
        )  # fmt: skip
        self.touch(self.periodo_of(grupo))

    def nota(self, alumno: int, grupo: int, valor: object) -> None:
        self.write("calificaciones", "calificacion", alumno, grupo, valor)

    def inscripcion(self, alumno: int, grupo: int, estado: str = "inscrito") -> None:
        self.write("inscripciones", "estado", alumno, grupo, estado)

    def mart(self, name: str) -> Rows:
        return sorted(self.run(f"SELECT * FROM marts.{name}"), key=repr)

    def expect_marts_equal_scratch(self) -> None:
        valores = dict(self.run("SELECT nombre, valor FROM core.parametros"))
        for name, query in SCRATCH.items():
            wanted = self.run(
                query.format(
                    aprueba=valores["calificacion_aprobatoria"],
                    minimo=valores["ranking_evaluaciones_minimas"],
                    riesgo=valores["riesgo_promedio"],
                )
            )
            width = len(wanted[0]) if wanted else None
            found = sorted((row[:width] for row in self.mart(name)), key=repr)
            assert found == sorted(wanted, key=repr), name
