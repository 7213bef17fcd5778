"""Materias, grupos and maestros: how they are spread, and which stand first and last."""

from collections.abc import Sequence
from html import escape

from academico_cli.report import spanish
from academico_cli.report.markup import Cell, Column, measured, note, pair, section, table
from academico_cli.report.model import LISTED, Group, Periodo, Report, Row
from academico_cli.report.telling import hidden, quartiles, spread

_MARKS = (Column("Promedio"), Column("Aprobación"))


def materias(report: Report, here: Periodo) -> str:
    """Return the materias with the highest and the lowest mean; no materia stands in both."""
    rows, silent = report.materias, report.calladas
    left = hidden(report, ("materia", "materias"), silent["pequenas"], silent["sin_calificar"])
    if not rows:
        why = "Ninguna materia tiene calificaciones suficientes."
        return section("materias", "Materias", why, left)
    total = rows[0]["total"]
    first = total if total <= LISTED else min(LISTED, (total + 1) // 2)
    top = rows[:first]
    low = [row for row in rows[::-1] if row["lugar"] > max(first, total - LISTED)]
    about = (
        f"{spanish.plural(total, 'materia', 'materias')} de {escape(here.periodo)} con al menos"
        f" {report.minimum} calificaciones."
    )
    body = pair(
        _materias("Promedio más alto" if low else "De mayor a menor promedio", top),
        _materias("Promedio más bajo", low) if low else "",
    )
    return section("materias", "Materias", about, body, left)


def grupos(report: Report, here: Periodo) -> str:
    """Return how the means of the grupos are spread, and which are the lowest."""
    found = report.grupos
    if found is None or not found.cuantos:
        return section("grupos", "Grupos", f"No hay grupos en {escape(here.periodo)}.")
    left = hidden(report, ("grupo", "grupos"), found.pequenos, found.sin_calificar)
    about = f"{spanish.plural(found.cuantos, 'grupo', 'grupos')} en {escape(here.periodo)}."
    if not found.comparables:
        return section("grupos", "Grupos", about, left)
    columns = [Column("Grupo", number=False), Column("Materia", number=False), *_MARKS]
    if report.names:
        columns.insert(2, Column("Profesor", number=False, minor=True))
    rows = []
    for row in found.rows:
        cells: list[str | Cell] = [str(row["id_grupo"]), row["materia"], *_marks(row)]
        if report.names:
            # In place of the bar, for which there is no room left.
            cells[2:3] = [row["profesor"] or spanish.NOTHING, spanish.mark(row["promedio"])]
        rows.append(cells)
    body = pair(
        spread("g-grupos", "Grupos según su promedio", "Grupos", found),
        f'<div class="card">{table("Promedio más bajo", columns, rows)}</div>',
    )
    return section("grupos", "Grupos", f"{about} {quartiles(found)}", body, left)


def maestros(report: Report, here: Periodo) -> str:
    """Return how the means of the maestros are spread; one by one when people may be named."""
    found = report.maestros
    about = (
        "Los maestros con al menos"
        f" {spanish.number(report.base['ranking_minimo'])} calificaciones en {escape(here.periodo)}"
    )
    least = 1 if report.names else max(report.minimum, 1)
    if found is None or found.cuantos < least:
        return section("maestros", "Maestros", f"{about}.", note(_few(found)))
    about += f": {spanish.number(found.cuantos)}. {quartiles(found)}"
    body = pair(
        spread("g-maestros", "Maestros según su promedio", "Maestros", found),
        f'<div class="card read">{_ranking(found) if report.names else ""}<h3>Cómo leerlo</h3>'
        "<p>El promedio depende también de qué materias da cada uno y a quién: es un punto de"
        " partida para conversar, no una evaluación.</p>"
        f"{'' if report.names else _nameless(here)}</div>",
    )
    return section("maestros", "Maestros", about, body)


def _ranking(found: Group) -> str:
    columns = [
        Column("Maestro", number=False), *_MARKS, Column("Calificaciones", minor=True),
    ]  # fmt: skip
    rows = [
        [row["maestro"], *_marks(row), spanish.number(row["evaluaciones"])] for row in found.rows
    ]
    return table("Promedio más alto", columns, rows)


def _nameless(here: Periodo) -> str:
    periodo = escape(here.periodo)
    return (
        "<p>Los nombres son datos personales y no se incluyen. El ranking con nombres lo dan"
        f" <code>academico kpi maestros --periodo {periodo}</code> y este informe con"
        " <code>--with-names</code>.</p>"
    )


def _few(found: Group | None) -> str:
    if found is None or not found.cuantos:
        return "Ningún maestro las tiene."
    has = spanish.plural(found.cuantos, "maestro las tiene", "maestros las tienen")
    return f"Solo {has}: son muy pocos para dar una cifra sin señalar a nadie."


def _materias(title: str, rows: Sequence[Row]) -> str:
    columns = [Column("Materia", number=False), *_MARKS, Column("Calificaciones", minor=True)]
    cells = [[row["materia"], *_marks(row), spanish.number(row["calificaciones"])] for row in rows]
    return f'<div class="card">{table(title, columns, cells)}</div>'


def _marks(row: Row) -> list[str | Cell]:
    promedio = measured(float(row["promedio"]), 10, spanish.mark(row["promedio"]))
    return [promedio, spanish.percent(row["tasa_aprob"])]
