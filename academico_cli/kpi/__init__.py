"""Readers of the marts: each KPI in a fixed order, with how fresh it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from psycopg import sql
from psycopg.rows import dict_row

from academico_cli import migrations, sqlfiles
from academico_cli.errors import WrongUsage
from academico_cli.postgres import Connection, Database, Row

_SQL = sqlfiles.load(__package__, "kpi.sql")

MARTS = {
    "materia": "kpi_materia",
    "grupo": "kpi_grupo",
    "maestros": "ranking_maestros",
    "riesgo": "alumnos_en_riesgo",
    "periodo": "materia_periodo_stats",
    "top": "top_materias",
}
"""KPI -> the mart, or function of marts, that it prints."""


@dataclass(frozen=True)
class Freshness:
    """How old the marts are."""

    refreshed: datetime | None
    """When they were refreshed; None: never."""
    seconds: float
    """Their age in seconds; 0 when they were never refreshed."""
    stale: bool
    """Whether data or parameters changed since."""


@dataclass(frozen=True)
class Answer(Freshness):
    """What a KPI command prints."""

    columns: list[str]
    rows: list[Row]
    more: bool
    """Whether the mart holds further rows than the limit asked for."""
    hidden: list[str]
    """Columns that are NULL because they say who somebody is, and this login may not read that."""


def read(database: Database, kpi: str, *, periodo: str | None, limit: int | None) -> Answer:
    """Read one KPI.

    Args:
        database: where the marts are.
        kpi: one of ``MARTS``.
        periodo: only this one; None: all of them, and for ``top`` the latest.
        limit: rows at most; None: all.

    Raises:
        WrongUsage: the periodo is not known; the message lists those that are.
        MigrationMissing, ForeignDatabase: there are no marts here.
    """
    with migrations.explained(database), database.session(name="academico kpi") as connection:
        if periodo is not None or kpi == "top":
            periodo = known_periodo(connection, periodo)
        text = sql.SQL(_SQL[kpi if periodo is None else f"{kpi}_en_periodo"])
        statement, hidden = _readable(connection, text) if kpi == "grupo" else (text, [])
        with connection.cursor(row_factory=dict_row) as cursor:
            ask = None if limit is None else limit + 1
            cursor.execute(statement, {"periodo": periodo, "limit": ask})
            columns = [column.name for column in cursor.description or ()]
            rows = cursor.fetchall()
        fresh = freshness(connection)
    return Answer(
        **vars(fresh),
        columns=columns,
        rows=rows[:limit],
        more=limit is not None and len(rows) > limit,
        hidden=hidden,
    )


def _readable(connection: Connection, statement: sql.SQL) -> tuple[sql.Composed, list[str]]:
    """Fill in the columns, NULL in the place of those that this role may not read; name these."""
    columns = [(str(n), bool(may)) for n, may in connection.execute(_SQL["columnas_de_grupo"])]
    shown = [
        sql.Identifier(name) if may else sql.SQL("NULL AS {}").format(sql.Identifier(name))
        for name, may in columns
    ]
    hidden = [name for name, may in columns if not may]
    return statement.format(columnas=sql.SQL(", ").join(shown)), hidden


def freshness(connection: Connection) -> Freshness:
    """Return how old the marts are, as this connection sees them."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cast("dict[str, object]", cursor.execute(_SQL["frescura"]).fetchone())
    refreshed = cast("datetime | None", found["refrescado_en"])
    age = cast("datetime", found["ahora"]) - refreshed if refreshed else None
    return Freshness(
        refreshed=refreshed,
        seconds=age.total_seconds() if age else 0,
        stale=bool(found["atrasado"]),
    )


def known_periodo(connection: Connection, periodo: str | None) -> str:
    """Return the periodo when it is known; without one the latest, or "" when there is none.

    Raises:
        WrongUsage: it is not known; the message lists those that are.
    """
    known = [str(row[0]) for row in connection.execute(_SQL["periodos"])]
    if periodo is None:
        return known[-1] if known else ""
    if periodo not in known:
        listed = ", ".join(known) or "none, nothing was loaded yet"
        raise WrongUsage(detail=f"there is no periodo {periodo!r}; known periodos: {listed}")
    return periodo
