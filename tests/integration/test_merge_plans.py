"""The merges reach the fact tables by their indexes alone, however large these are.

The plan is that of the function itself: its settings, its statement, any lote.
"""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from academico_cli.academico import MERGES
from academico_cli.stg import TABLES

FACTS = ("alumnos", "inscripciones", "calificaciones", "evaluaciones")
ROWS = 200_000

# Foreign keys are no part of a plan, and checking them would be most of the time.
FILL = f"""
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT conrelid::regclass AS tabla, conname FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'academico'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tabla, r.conname);
    END LOOP;
END
$$;
SELECT academico.abrir_periodo(p) FROM unnest(ARRAY['2024A', '2024B']) AS p;
INSERT INTO academico.materias (id, nombre, ocurrido_en, desempate, lote, id_mensaje, linea)
VALUES (1, 'Algebra', now(), 0, 1, gen_random_uuid(), 0);
INSERT INTO academico.grupos
    (id, id_materia, periodo, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT g, 1, CASE WHEN g <= 20 THEN '2024A' ELSE '2024B' END, now(), 0, 1, gen_random_uuid(), 0
FROM generate_series(1, 40) AS g;
INSERT INTO academico.alumnos (id, nombre, genero, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT i, 'Alumno', 'F', now(), 0, 1, gen_random_uuid(), 0
FROM generate_series(1, {ROWS}) AS i;
CREATE TEMP TABLE par AS
SELECT i AS id_alumno, g.id AS id_grupo, g.periodo
FROM generate_series(1, {ROWS}) AS i INNER JOIN academico.grupos AS g ON g.id = 1 + i % 40;
INSERT INTO academico.inscripciones
    (id_alumno, id_grupo, periodo, estado, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT id_alumno, id_grupo, periodo, 'inscrito', now(), 0, 1, gen_random_uuid(), 0 FROM par;
INSERT INTO academico.calificaciones
    (id_alumno, id_grupo, periodo, calificacion, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT id_alumno, id_grupo, periodo, 8, now(), 0, 1, gen_random_uuid(), 0 FROM par;
INSERT INTO academico.evaluaciones
    (id_alumno, id_grupo, evaluacion, calificacion, ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT id_alumno, id_grupo, 'Parcial', 8, now(), 0, 1, gen_random_uuid(), 0 FROM par;
"""


_PREFIX = "SELECT 1, 1, i, 0, gen_random_uuid(), now(), 0, i"
STAGE = {
    "inscripciones_event": f"{_PREFIX}, 1, NULL, 'inscrito'",
    "calificaciones_event": f"{_PREFIX}, 1, 8, NULL",
    "evaluaciones_event": f"{_PREFIX}, 1, 'Final', 8, NULL, NULL",
    "alumnos_upsert": f"{_PREFIX}, 'Alumno', 20, 'F'",
}


@pytest.fixture
def full(database_url: str) -> Iterator["psycopg.Connection[Any]"]:
    """Yield a connection to a database whose fact tables are large."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(FILL)
        connection.execute("ANALYZE")
        yield connection


def test_no_merge_reads_a_fact_table_from_end_to_end(full: "psycopg.Connection[Any]") -> None:
    """Neither with staging tables as they are at first nor with what ANALYZE says of full ones."""
    assert scans_of_merges(full) == {}
    for table, rows in STAGE.items():
        full.execute(f"INSERT INTO stg.{table} {rows} FROM generate_series(1, 20000) AS i")
    full.execute("ANALYZE")
    assert scans_of_merges(full) == {}
    # And one would be seen: without the indexes there is no other way.
    full.execute("SET enable_indexscan = off")
    full.execute("SET enable_bitmapscan = off")
    full.execute("SET enable_indexonlyscan = off")
    assert scans_of_merges(full).keys() == {
        "alumno",
        "inscripcion",
        "calificacion",
        "evaluacion",
    }


def scans_of_merges(connection: "psycopg.Connection[Any]") -> dict[str, list[str]]:
    """Return, for each merge that does, the fact tables that it scans."""
    plans = {entidad: plan(connection, TABLES[entidad].split("_")[0]) for entidad in MERGES}
    return {entidad: tables for entidad, p in plans.items() if (tables := fact_tables(p))}


def plan(connection: "psycopg.Connection[Any]", plural: str) -> dict[str, Any]:
    """Return the plan that academico.merge_<plural> has for any lote."""
    found = connection.execute(
        "SELECT prosrc, proconfig FROM pg_proc WHERE oid = %s::regprocedure",
        (f"academico.merge_{plural}(bigint)",),
    ).fetchone()
    assert found is not None
    source, settings = found
    statement = source[source.index("WITH tomado") : source.index(";\nEXIT")]
    statement = statement.replace(" INTO v_destinos, v_eventos", "")
    statement = re.sub(r"\bp_lote\b", "$1", statement)
    with connection.transaction(force_rollback=True):
        for setting in settings:
            connection.execute("SELECT set_config(%s, %s, true)", setting.split("="))
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE fusion (bigint) AS {statement}")
        found = connection.execute("EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE fusion (1)").fetchone()
        connection.execute("DEALLOCATE fusion")
    assert found is not None
    return found[0][0]["Plan"]


def fact_tables(node: dict[str, Any]) -> list[str]:
    """Return the fact tables, or partitions of them, that a plan scans sequentially."""
    name = node.get("Relation Name", "")
    is_fact = node.get("Schema") == "academico" and name.startswith(FACTS)
    own = [name] if is_fact and node["Node Type"] == "Seq Scan" else []
    return own + [table for child in node.get("Plans", ()) for table in fact_tables(child)]
