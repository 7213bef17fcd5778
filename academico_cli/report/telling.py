"""What several sections tell in the same way."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from academico_cli.report import charts, spanish
from academico_cli.report.charts import Bar
from academico_cli.report.markup import Column, figure, note, table
from academico_cli.report.model import Group, Periodo, Report
from academico_cli.report.svg import Chart


def share(part: int, whole: int) -> Decimal | None:
    """Return a part of a whole; None of nothing."""
    return Decimal(part) / whole if whole else None


def spread(name: str, title: str, what: str, found: Group) -> str:
    """Return a chart of how the means of many are spread, half a mark a bar.

    Args:
        name: id of the chart.
        what: who they are, as a heading.
    """
    by_half = {row["medio"]: row["cuantos"] for row in found.promedios}
    low = min(by_half) // 2 * 2
    high = min((max(by_half) // 2 + 1) * 2, 20)
    each = [
        Bar(interval(i, 2), (("good", count),), spanish.number(count) if count else "")
        for i, count in ((i, by_half.get(i, 0)) for i in range(low, high))
    ]
    edges = [str(i // 2) if i % 2 == 0 else "" for i in range(low, high + 1)]
    chart = charts.bars(Chart(name, title, spoken(each)), each, edges=edges)
    return figure(title, chart, counts(title, "Promedio", what, each))


def counts(title: str, of: str, what: str, each: Sequence[Bar]) -> str:
    """Return the table of a chart whose bars are counts."""
    return table(
        title,
        [Column(of, number=False), Column(what)],
        [[bar.label, spanish.number(bar.height)] for bar in each],
        shown=False,
    )


def spoken(each: Sequence[Bar]) -> str:
    """Return what bars say, for those who do not see them."""
    return "; ".join(f"{bar.label}: {spanish.number(bar.height)}" for bar in each)


def quartiles(found: Group) -> str:
    """Return where the middle half of many is."""
    if not found.cuartiles:
        return ""
    low, middle, high = (spanish.mark(value) for value in found.cuartiles)
    return f"La mitad está entre {low} y {high}; el de en medio, en {middle}."


def hidden(report: Report, noun: tuple[str, str], small: int, none: int) -> str:
    """Return what is not told of: what is too small, and what has no grades."""
    told = []
    if small:
        told.append(
            f"{spanish.plural(small, *noun)} con menos de {report.minimum} calificaciones no se"
            f" {'muestra' if small == 1 else 'muestran'}: sería hablar de personas."
        )
    if none:
        told.append(f"{spanish.plural(none, *noun)} sin calificar.")
    return note(" ".join(told)) if told else ""


def too_few(report: Report, here: Periodo) -> str:
    """Return why nothing is told of a periodo."""
    if not here.calificaciones:
        return f"El periodo {escape(here.periodo)} aún no tiene calificaciones finales."
    return (
        f"El periodo {escape(here.periodo)} tiene"
        f" {spanish.plural(here.calificaciones, 'calificación', 'calificaciones')}; con menos de"
        f" {report.minimum} no se publica ninguna cifra."
    )


def interval(i: int, parts: int) -> str:
    """Return the name of a range of marks, ``1 / parts`` of a mark wide; marks have two digits."""
    high = (i + 1) / parts
    top = "10" if high == 10 else spanish.mark(high - 0.01)
    return f"{spanish.threshold(i / parts)} a {top}"
