"""Schema marts: the KPIs, refreshed by the SQL function ``marts.refrescar``."""

from collections.abc import Sequence

from psycopg import IsolationLevel
from psycopg.errors import InsufficientPrivilege, LockNotAvailable, ReadOnlySqlTransaction
from psycopg.rows import dict_row

from academico_cli import migrations, sqlfiles
from academico_cli.errors import RoleNeeded, WrongUsage
from academico_cli.postgres import Database, Row

MARTS = (
    "alumnos_en_riesgo",
    "kpi_grupo",
    "kpi_materia",
    "materia_periodo_stats",
    "ranking_maestros",
)
"""Every mart that is refreshed. ``marts.top_materias`` reads materia_periodo_stats."""

PATIENCE = 5
"""Seconds that a reader waits for another's refresh before it reads what there is."""

_SQL = sqlfiles.load(__package__, "marts.sql")


def require_known(names: Sequence[str]) -> None:
    """Return when every name is a mart.

    Raises:
        WrongUsage: one is not; the message lists those that are.
    """
    for name in names:
        if name not in MARTS:
            known = ", ".join(MARTS)
            raise WrongUsage(detail=f"there is no mart {name!r}; the marts are: {known}")


def refresh(
    database: Database, names: Sequence[str] = (), *, full: bool = False, patience: int = 0
) -> list[Row]:
    """Bring the marts up to date, recomputing the periodos that changed.

    All marts are brought to one moment in one transaction, so that they never disagree; ``names``
    chooses which of them to tell about. A second refresh waits for the first.

    Args:
        database: where.
        names: marts; empty means all.
        full: recompute every periodo, whatever changed.
        patience: seconds to wait for another refresh to end; 0 for as long as it takes.

    Returns:
        One row a mart: mart, refrescado_en, filas, periodos (recomputed), segundos.

    Raises:
        WrongUsage: a name is not a mart.
        LockNotAvailable: another refresh went on for longer than ``patience``.
        MigrationMissing, ForeignDatabase: there are no marts here.
    """
    require_known(names)
    with migrations.explained(database), database.session(name="academico marts") as connection:
        # Both waits are as long as the work of the other refresh and of this one.
        connection.execute("SET statement_timeout = 0")
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{patience}s",))
        connection.execute(_SQL["wait"])
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(_SQL["refresh"], {"todo": full}).fetchall()
    return [row for row in rows if not names or row["mart"] in names]


def refresh_if_possible(database: Database) -> bool:
    """Refresh all marts; False where this user may only read, or another refresh takes long."""
    try:
        refresh(database, patience=PATIENCE)
    except (InsufficientPrivilege, ReadOnlySqlTransaction, LockNotAvailable, RoleNeeded):
        return False
    return True


def status(database: Database) -> list[Row]:
    """Return each mart with its last refresh; NULLs for one that was never refreshed.

    Returns:
        One row a mart: mart, refrescado_en, antiguedad_segundos, filas, segundos.
    """
    with migrations.explained(database):
        return database.rows(_SQL["list"], {"marts": list(MARTS)})
