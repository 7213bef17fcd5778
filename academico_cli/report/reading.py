"""Reads what the report says: one connection, one snapshot, nothing unbounded."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from psycopg import Cursor, IsolationLevel
from psycopg.rows import dict_row

from academico_cli import kpi, marts, migrations, sqlfiles
from academico_cli.errors import NoModel
from academico_cli.ml import registry
from academico_cli.postgres import Connection, Database
from academico_cli.report.model import LISTED, Group, Periodo, Quality, Report, Row

ALUMNOS = 50
"""Alumnos at risk that are named, when names are asked for."""

REVISIONES = 12
FALLAS = 20
MOTIVOS = 12

_SQL = sqlfiles.load(__package__, "report.sql")

Ask = Callable[..., list[Row]]


def bring_up_to_date(database: Database) -> None:
    """Refresh the marts when they are behind, and when this user may.

    Raises:
        MigrationMissing, ForeignDatabase: there are no marts here.
    """
    with migrations.explained(database), database.session(name="academico report") as connection:
        fresh = kpi.freshness(connection)
    if fresh.stale or fresh.refreshed is None:
        marts.refresh_if_possible(database.acting("etl"))


def read(database: Database, *, periodo: str | None, names: bool) -> Report:
    """Return what a report says, all of it as of one moment.

    Args:
        database: where.
        periodo: what it is about; None: the latest one with enough grades to tell of.
        names: whether alumnos and maestros may be named.

    Raises:
        WrongUsage: the periodo is not known; the message lists those that are.
        MigrationMissing, ForeignDatabase: there are no marts here.
    """
    with migrations.explained(database), database.session(name="academico report") as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            given = None if periodo is None else kpi.known_periodo(connection, periodo)
            ask = _asking(cursor)
            found = _read(ask, kpi.freshness(connection), given, names=names)
            return _with_model(found, connection, ask)


def _with_model(found: Report, connection: Connection, ask: Ask) -> Report:
    with suppress(NoModel):
        model = registry.find(connection)
        return replace(found, model=model, bands=ask("bandas", modelo=model.id))
    return found


def _asking(cursor: Cursor[Row]) -> Ask:
    def ask(name: str, **params: object) -> list[Row]:
        return cursor.execute(_SQL[name], params).fetchall()

    return ask


def _read(ask: Ask, fresh: kpi.Freshness, periodo: str | None, *, names: bool) -> Report:
    base = ask("base")[0]
    periodos = [Periodo(**row) for row in ask("periodos")]
    report = Report(base, fresh, periodos, None, None, _quality(ask), names)
    here = _choose(report, periodo)
    if here is None:
        return report
    before = _latest(report, periodos[: periodos.index(here)])
    people = {
        row.pop("periodo"): row
        for row in ask("alumnos", periodos=[each.periodo for each in (here, before) if each])
    }
    report = replace(
        report,
        here=replace(here, **people[here.periodo]),
        before=before and replace(before, **people[before.periodo]),
    )
    return _filled(report, ask, here.periodo, before.periodo if before else None)


def _choose(report: Report, periodo: str | None) -> Periodo | None:
    if periodo is not None:
        return next(each for each in report.periodos if each.periodo == periodo)
    return _latest(report, report.periodos) or next(reversed(report.periodos), None)


def _latest(report: Report, periodos: Sequence[Periodo]) -> Periodo | None:
    return next((each for each in reversed(periodos) if report.may_tell(each)), None)


def _filled(report: Report, ask: Ask, here: str, before: str | None) -> Report:
    one = {"periodo": here, "minimo": max(report.minimum, 1)}
    cut = report.base["aprobatoria"]
    return replace(
        report,
        calificaciones={
            each: ask("calificaciones", periodo=each, corte=cut) for each in (here, before) if each
        },
        materias=ask("materias", **one, limit=LISTED),
        calladas=ask("materias_calladas", **one)[0],
        grupos=Group(
            **ask("grupos_resumen", **one)[0],
            promedios=ask("grupos_promedios", **one),
            rows=ask("grupos_bajos", **one, limit=LISTED),
        ),
        maestros=Group(
            **ask("maestros_resumen", **one)[0],
            promedios=ask("maestros_promedios", **one),
            rows=ask("maestros", **one, limit=LISTED) if report.names else [],
        ),
        riesgo=ask("riesgo_promedios", **one),
        alumnos=ask("riesgo", **one, limit=ALUMNOS) if report.names else [],
    )


def _quality(ask: Ask) -> Quality:
    revisiones = ask("revisiones", limit=REVISIONES)
    return Quality(
        revisiones=revisiones,
        fallas=ask("fallas", run=revisiones[-1]["run"], limit=FALLAS) if revisiones else [],
        recibidos=ask("recibidos")[0]["eventos"],
        destinos={row["destino"]: row["eventos"] for row in ask("destinos")},
        rechazos=ask("rechazos", limit=MOTIVOS),
        pendientes=ask("pendientes"),
    )
