"""Grades: their mean and share of passes over time, and how those of the periodo are spread."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from html import escape

from academico_cli.report import charts, spanish
from academico_cli.report.charts import Bar, Point
from academico_cli.report.markup import Column, figure, key, pair, section, table
from academico_cli.report.model import Periodo, Report, Row
from academico_cli.report.svg import Chart
from academico_cli.report.telling import interval, too_few

SHOWN = 12
"""Periodos that a chart shows: the last ones."""

_BINS = [interval(i, 1) for i in range(10)]

Bin = tuple[int, int]
"""Grades of a bin below the pass mark, and the others."""


def over_time(report: Report) -> str:
    """Return mean and share of passes, periodo by periodo; nothing while none can be told of."""
    shown = report.periodos[-SHOWN:]
    if not any(report.may_tell(each) for each in shown):
        return ""
    about = "Cómo van los periodos, del más antiguo al más reciente."
    if len(report.periodos) > SHOWN:
        about += f" Se muestran los últimos {SHOWN} de {len(report.periodos)}."
    data = _periodos(report, shown)
    promedio = _points(report, shown, lambda p: p.promedio, spanish.mark)
    tasa = _points(report, shown, lambda p: p.tasa_aprob * 100, lambda v: spanish.percent(v / 100))
    one = charts.trend(
        Chart("g-promedio", "Promedio por periodo", _spoken(promedio)),
        promedio,
        least=0.8,
        ends=(0, 10),
    )
    two = charts.trend(
        Chart("g-tasa", "Tasa de aprobación por periodo", _spoken(tasa)),
        tasa,
        least=8,
        ends=(0, 100),
        unit="\u00a0%",
    )
    return section(
        "periodos",
        "Por periodo",
        about,
        pair(
            figure("Promedio de las calificaciones finales", one, data),
            figure("Tasa de aprobación", two, data),
        ),
    )


def distribution(report: Report, here: Periodo) -> str:
    """Return how the grades of the periodo are spread, beside those of the one before."""
    if not report.may_tell(here):
        return section("calificaciones", "Calificaciones", too_few(report, here))
    now, then = _bins(report, here), _bins(report, report.before)
    whole, low = sum(map(sum, now)), sum(below for below, _ in now)
    cut = spanish.threshold(report.base["aprobatoria"])
    about = (
        f"De {spanish.plural(whole, 'calificación final', 'calificaciones finales')} en"
        f" {escape(here.periodo)}, {spanish.number(low)}"
        f" ({spanish.percent(Decimal(low) / max(whole, 1))}) quedan por debajo de {cut}."
    )
    legend = key("good", f"Aprueban ({cut} o más)") + key("bad", "No aprueban")
    if then and report.before:
        legend += key("outline", f"Periodo {report.before.periodo}")
    chart = f'<div class="legend">{legend}</div>'
    return section(
        "calificaciones",
        "Calificaciones",
        about,
        pair(
            '<figure class="card"><figcaption><h3>Cómo se reparten, de 0 a 10</h3></figcaption>'
            f"{_histogram(here, now, then)}{chart}</figure>",
            f'<div class="card">{_by_bin(report, now, then)}</div>',
        ),
    )


def _histogram(here: Periodo, now: Sequence[Bin], then: Sequence[Bin]) -> str:
    whole = sum(map(sum, now)) or 1
    each = [
        Bar(
            name, (("good", above / whole), ("bad", below / whole)), _short((below + above) / whole)
        )
        for name, (below, above) in zip(_BINS, now, strict=True)
    ]
    title = f"Calificaciones de {here.periodo} por tramos de un punto"
    about = "Parte en cada tramo: " + "; ".join(
        f"{bar.label}: {spanish.percent(bar.height)}" for bar in each
    )
    return charts.bars(
        Chart("g-calificaciones", title, about),
        each,
        edges=[str(i) for i in range(11)],
        outline=_shares(then),
        tall=290,
    )


def _by_bin(report: Report, now: Sequence[Bin], then: Sequence[Bin]) -> str:
    columns = [
        Column("Calificación", number=False), Column("No aprueban"), Column("Aprueban"),
        Column("Parte"),
    ]  # fmt: skip
    rows = [
        [name, spanish.number(below), spanish.number(above), spanish.percent(part)]
        for name, (below, above), part in zip(_BINS, now, _shares(now), strict=True)
    ]
    if then and report.before:
        columns.append(Column(f"En {report.before.periodo}", minor=True))
        for row, part in zip(rows, _shares(then), strict=True):
            row.append(spanish.percent(part))
    return table("Calificaciones en cada tramo", columns, rows[::-1])


def _periodos(report: Report, shown: Sequence[Periodo]) -> str:
    rows = [
        [
            each.periodo,
            *(
                [spanish.mark(each.promedio), spanish.percent(each.tasa_aprob)]
                if report.may_tell(each)
                else [spanish.NOTHING] * 2
            ),
            spanish.number(each.calificaciones),
            spanish.number(each.inscripciones),
        ]
        for each in shown
    ]
    columns = [
        Column("Periodo", number=False), Column("Promedio"), Column("Aprobación"),
        Column("Calificaciones"), Column("Inscripciones", minor=True),
    ]  # fmt: skip
    return table("Resultados por periodo", columns, rows, shown=False)


def _points(
    report: Report,
    shown: Sequence[Periodo],
    value: Callable[[Periodo], Decimal],
    write: Callable[[Decimal], str],
) -> list[Point]:
    return [
        Point(each.periodo, float(value(each)), write(value(each)))
        if report.may_tell(each)
        else Point(each.periodo, None, "")
        for each in shown
    ]


def _spoken(points: Sequence[Point]) -> str:
    return "; ".join(f"{point.label}: {point.text or 'sin datos'}" for point in points)


def _bins(report: Report, periodo: Periodo | None) -> list[Bin]:
    rows: list[Row] = report.calificaciones.get(periodo.periodo, []) if periodo else []
    found = {row["desde"]: (row["abajo"], row["arriba"]) for row in rows}
    return [found.get(i, (0, 0)) for i in range(10)] if found else []


def _shares(bins: Sequence[Bin]) -> list[float]:
    whole = sum(map(sum, bins)) or 1
    return [sum(each) / whole for each in bins]


def _short(part: float) -> str:
    if not part:
        return ""
    return "<1\u00a0%" if part < 0.005 else spanish.percent(part, 0)
