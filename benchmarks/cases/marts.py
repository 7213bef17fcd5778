"""Refreshes of the marts at two million grades against a plain scan, and the kpi commands."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import LiteralString

from academico_cli import kpi
from academico_cli.postgres import Connection, Database
from benchmarks.cases.startup import best, command_seconds, interpreter_seconds
from benchmarks.cases.stored import store
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options

GRADES, TIMES = 2_000_000, 3
TOUCHED = "2022A"

_SCAN = (
    "SELECT id_grupo, count(*), avg(calificacion) FROM academico.calificaciones GROUP BY id_grupo"
)
_SCAN_MATERIA = """
SELECT g.id_materia, count(*), avg(c.calificacion)
FROM academico.calificaciones AS c INNER JOIN academico.grupos AS g ON g.id = c.id_grupo
GROUP BY g.id_materia
"""
_TOUCH = (
    "UPDATE academico.calificaciones SET calificacion = 10 - calificacion"
    f" WHERE periodo = '{TOUCHED}' AND id_alumno <= 2000"
)


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the best of a few scans and refreshes, in seconds."""
    with ground.database() as database:
        store(database, options.size(GRADES), "grades")
        with database.session() as connection:
            yield from _refreshes(connection)
        yield from _kpis(ground, database)


def _refreshes(connection: Connection) -> Iterator[Figure]:
    def do(statement: LiteralString) -> Callable[[], object]:
        return lambda: connection.execute(statement).fetchall()

    refresh = "SELECT * FROM marts.refrescar()"
    connection.execute(refresh)
    full, one, nothing = [], [], []
    for _ in range(TIMES):
        full.append(_seconds(do("SELECT * FROM marts.refrescar(true)")))
        connection.execute(_TOUCH)
        connection.execute("INSERT INTO core.lotes_periodos VALUES (7, %s)", (TOUCHED,))
        one.append(_seconds(do(refresh)))
        nothing.append(_seconds(do(refresh)))
    yield Figure("scan by grupo", best(do(_SCAN), TIMES), "s")
    yield Figure("scan by materia", best(do(_SCAN_MATERIA), TIMES), "s")
    against = (Against("scan by grupo", "<=", 3), Against("scan by materia"))
    yield Figure("refresh, everything", min(full), "s", against)
    yield Figure(
        "refresh, 1 of 10 periodos", min(one), "s", (Against("refresh, everything", "<=", 0.2),)
    )
    yield Figure("refresh, nothing changed", min(nothing), "s", (Against("refresh, everything"),))


def _kpis(ground: Ground, database: Database) -> Iterator[Figure]:
    """Yield what a kpi costs beyond the interpreter: in process, and as a whole command."""
    plain = interpreter_seconds(ground)
    yield Figure("python -c pass", plain, "s")
    for name in kpi.MARTS:
        inside = best(partial(kpi.read, database, name, periodo=None, limit=20), TIMES)
        whole = command_seconds(ground, database, "kpi", name)
        detail = {"command_seconds": round(whole, 3)}
        yield Figure(f"kpi {name}", inside, "s", sense="<=", target=0.05, detail=detail)
        yield Figure(f"kpi {name}, command", whole, "s", (Against("python -c pass"),))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
