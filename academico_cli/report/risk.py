"""Alumnos at risk: how many, how far below the threshold; who, when people may be named."""

from html import escape

from academico_cli.report import charts, spanish
from academico_cli.report.charts import Bar
from academico_cli.report.grades import SHOWN
from academico_cli.report.markup import Column, figure, note, pair, section, table
from academico_cli.report.model import Periodo, Report
from academico_cli.report.svg import Chart
from academico_cli.report.telling import counts, interval, share, spoken, too_few

TITLE = "Alumnos en riesgo"


def riesgo(report: Report, here: Periodo) -> str:
    """Return the section about the alumnos at risk, as markup."""
    cut = spanish.threshold(report.base["riesgo_promedio"])
    about = f"Está en riesgo quien tiene un promedio menor que {cut} en el periodo."
    if here.calificados < max(report.minimum, 1):
        return section("riesgo", TITLE, about, note(too_few(report, here)))
    told = (
        f"{spanish.plural(here.en_riesgo, 'alumno', 'alumnos')} de"
        f" {spanish.number(here.calificados)} con calificaciones en {escape(here.periodo)}"
        f" ({spanish.percent(share(here.en_riesgo, here.calificados))})."
    )
    deep = _how_deep(report, here) if here.en_riesgo >= max(report.minimum, 1) else ""
    named = _named(report, here) if report.names else _nameless(here)
    return section("riesgo", TITLE, f"{told} {about}", pair(_how_many(report), deep), named)


def _how_many(report: Report) -> str:
    shown = [each for each in report.periodos if report.may_tell(each)][-SHOWN:]
    each = [Bar(p.periodo, (("lone", p.en_riesgo),), spanish.number(p.en_riesgo)) for p in shown]
    title = "Alumnos en riesgo por periodo"
    chart = charts.bars(Chart("g-riesgo", title, spoken(each)), each)
    return figure("Cuántos, por periodo", chart, counts(title, "Periodo", "En riesgo", each))


def _how_deep(report: Report, here: Periodo) -> str:
    by_mark = {row["desde"]: row["cuantos"] for row in report.riesgo}
    found = ((i, by_mark.get(i, 0)) for i in range(min(by_mark), max(by_mark) + 1))
    each = [Bar(interval(i, 1), (("lone", n),), spanish.number(n)) for i, n in found]
    title = "Alumnos en riesgo según su promedio"
    chart = charts.bars(Chart("g-hondo", title, spoken(each)), each)
    data = counts(title, "Promedio", "Alumnos", each)
    return figure(f"Qué promedio tienen en {here.periodo}", chart, data)


def _nameless(here: Periodo) -> str:
    periodo = escape(here.periodo)
    return note(
        "Los nombres son datos personales y no se incluyen. Quien deba atenderlos los ve con"
        f" <code>academico kpi riesgo --periodo {periodo}</code>."
    )


def _named(report: Report, here: Periodo) -> str:
    if not report.alumnos:
        return ""
    rows = [
        [
            row["nombre"], str(row["id_alumno"]), spanish.mark(row["promedio"]),
            spanish.number(row["calificaciones"]),
        ]
        for row in report.alumnos
    ]  # fmt: skip
    columns = [
        Column("Alumno", number=False), Column("Id"), Column("Promedio"), Column("Calificaciones"),
    ]  # fmt: skip
    more = ""
    if here.en_riesgo > len(rows):
        more = note(
            f"Los {len(rows)} de promedio más bajo. Los {spanish.number(here.en_riesgo)}:"
            f" <code>academico kpi riesgo --periodo {escape(here.periodo)} --format csv</code>."
        )
    return f'<div class="card">{table("Quiénes son", columns, rows)}{more}</div>'
