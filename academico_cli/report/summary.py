"""The figures of the periodo, each with what it was in the one before."""

from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import TypeVar

from academico_cli.report import spanish
from academico_cli.report.model import Periodo, Report
from academico_cli.report.telling import share

N = TypeVar("N", int, Decimal)


def tiles(report: Report, here: Periodo) -> str:
    """Return the figures of the periodo, as markup."""
    return f'<dl class="tiles">{_people(report, here)}{_marks(report, here)}</dl>'


def _people(report: Report, here: Periodo) -> str:
    then = report.before
    alumnos = spanish.plural(report.base["alumnos"], "alumno", "alumnos")
    left = spanish.plural(here.bajas, "baja", "bajas")
    part = spanish.percent(share(here.bajas, here.inscripciones))
    return _tile(
        "Alumnos inscritos",
        spanish.number(here.alumnos),
        _change(here.alumnos, then.alumnos if then else None, then, spanish.number),
        f"de {alumnos} en la base",
    ) + _tile(
        "Inscripciones",
        spanish.number(here.inscripciones),
        _change(here.inscripciones, then.inscripciones if then else None, then, spanish.number),
        f"{left} ({part})" if here.bajas else "ninguna baja",
    )


def _marks(report: Report, here: Periodo) -> str:
    names = ("Promedio", "Tasa de aprobación")
    if not report.may_tell(here):
        why = "sin calificaciones suficientes"
        return "".join(_tile(name, spanish.NOTHING, "", why) for name in names)
    then = report.before
    count = spanish.plural(here.calificaciones, "calificación", "calificaciones")
    graded = share(here.calificaciones, here.inscripciones - here.bajas)
    of = f", {spanish.percent(graded, 0)} de las vigentes" if graded and graded < 1 else ""
    passed = spanish.plural(here.aprobados, "aprobada", "aprobadas")
    cut = spanish.threshold(report.base["aprobatoria"])
    return _tile(
        names[0],
        spanish.mark(here.promedio),
        _change(here.promedio, then.promedio if then else None, then, spanish.mark),
        f"de {count}{of}",
    ) + _tile(
        names[1],
        spanish.percent(here.tasa_aprob),
        _change(here.tasa_aprob, then.tasa_aprob if then else None, then, _points),
        f"{passed} con {cut} o más",
    )


def _tile(name: str, value: str, change: str, about: str) -> str:
    return (
        f'<div class="tile"><dt>{name}</dt><dd class="figure">{value}</dd>'
        f'<dd class="change">{change}</dd><dd class="quiet">{about}</dd></div>'
    )


def _change(now: N, then: N | None, before: Periodo | None, write: Callable[[N], str]) -> str:
    if before is None or then is None:
        return '<span class="quiet">sin periodo anterior</span>'
    moved = now - then
    if not moved:
        return f"igual que en {escape(before.periodo)}"
    sign, word = ("▲", "más") if moved > 0 else ("▼", "menos")
    return (
        f'<span class="arrow" aria-hidden="true">{sign}</span> {write(abs(moved))} {word} que en'
        f" {escape(before.periodo)}"
    )


def _points(part: Decimal) -> str:
    return f"{spanish.number(part * 100, 1)} puntos"
