"""The merges' plans over large tables: no sequential scan of a fact table.

``--rows 5000000`` for the size that matters; a test of the suite looks at a smaller one.
"""

import re
from collections.abc import Iterator
from typing import Any

from academico_cli.postgres import Connection
from benchmarks.cases.stored import store
from benchmarks.figures import Figure
from benchmarks.ground import Ground, Options

FACTS = ("alumnos", "inscripciones", "calificaciones", "evaluaciones")
_INTO = " INTO v_destinos, v_eventos"
_SETTING = re.compile(r"(\w+)=(.*)")


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield, for each merge, the number of sequential scans of a fact table."""
    rows = options.rows // 10 if options.quick else options.rows
    with ground.database() as database:
        store(database, rows, "grades", "evaluations")
        with database.session() as connection:
            for merge in merges(connection):
                scans = [s for s in scanned(plan(connection, merge)) if s.startswith(FACTS)]
                detail = {"scanned": scans, "rows": rows}
                name = f"scans in {merge}"
                yield Figure(name, len(scans), "Seq Scan", sense="<=", target=0, detail=detail)


def merges(connection: Connection) -> list[str]:
    """Return the names of the merge functions."""
    rows = connection.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'academico'::regnamespace"
        r" AND proname LIKE 'merge\_%' ORDER BY proname"
    )
    return [str(row[0]) for row in rows]


def plan(connection: Connection, merge: str) -> dict[str, Any]:
    """Return the plan of a merge's statement, made as the function's own is: for any lote."""
    found = connection.execute(
        "SELECT prosrc, proconfig FROM pg_proc WHERE pronamespace = 'academico'::regnamespace"
        " AND proname = %s",
        (merge,),
    ).fetchone()
    assert found is not None
    source, settings = str(found[0]), found[1]
    statement = source[source.index("WITH tomado") : source.index(";\nEXIT")].replace(_INTO, " ")
    statement = re.sub(r"\bp_lote\b", "$1", statement)
    with connection.transaction(force_rollback=True):
        for setting in settings or ():  # type: ignore[attr-defined]
            name, value = _SETTING.fullmatch(setting).groups()  # type: ignore[union-attr]
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE fusion (bigint) AS {statement}")
        found = connection.execute("EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE fusion (1)").fetchone()
        connection.execute("DEALLOCATE fusion")
    assert found is not None
    return found[0][0]["Plan"]  # type: ignore[index, no-any-return]


def scanned(node: dict[str, Any]) -> list[str]:
    """Return the tables of academico that a plan scans sequentially."""
    is_scan = node["Node Type"] == "Seq Scan" and node["Schema"] == "academico"
    own = [str(node["Relation Name"])] if is_scan else []
    return own + [name for child in node.get("Plans", ()) for name in scanned(child)]
