"""The curves of the risk model: ROC, precision and recall, calibration, gain."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from academico_cli.report import charts, spanish
from academico_cli.report.markup import Column, figure, key, table
from academico_cli.report.model import Row
from academico_cli.report.svg import Chart

_SEEN = "Parte que se encuentra"


class _Curve(NamedTuple):
    name: str
    """Its key in ml.modelos.metricas."""
    title: str
    across: str
    up: str
    against: str
    """What the dashed line is."""


_CURVES = (
    _Curve("roc", "Curva ROC", "Parte de falsas alarmas", _SEEN, "Al azar"),
    _Curve(
        "pr", "Curva PR: aciertos y alcance", _SEEN, "Parte de aciertos al señalar", "Tasa base"
    ),
    _Curve("calibration", "Calibración", "Probabilidad que dijo", "Parte que ocurrió", "Exacta"),
    _Curve("gain", "Ganancia", "Parte de los alumnos que se atiende", _SEEN, "Al azar"),
)


def drawn(metricas: Row) -> str:
    """Return a chart of each curve that there is.

    Args:
        metricas: ``ml.modelos.metricas``, as ``ml.registry`` says.
    """
    base = metricas["test"]["base_rate"] or 0.0
    return "".join(
        _figure(curve, metricas["curves"][curve.name], base)
        for curve in _CURVES
        if metricas["curves"].get(curve.name)
    )


def _figure(curve: _Curve, points: Sequence[Sequence[float]], base: float) -> str:
    line = [(point[0], point[1]) for point in points]
    low, high = (base, base) if curve.name == "pr" else (0.0, 1.0)
    told = [[spanish.percent(x), spanish.percent(y)] for x, y in _some(line)]
    columns = [Column(curve.across), Column(curve.up)]
    chart = charts.square(
        Chart(f"g-{curve.name}", curve.title, "; ".join(f"{x}: {y}" for x, y in told)),
        [("base", ((0.0, low), (1.0, high))), ("line", line)],
        across=curve.across,
        up=curve.up,
        dots=_dots(points) if curve.name == "calibration" else (),
    )
    data = table(curve.title, columns, told, shown=False)
    return figure(curve.title, chart, data, key("line", "Este modelo") + key("base", curve.against))


def _dots(points: Sequence[Sequence[float]]) -> list[tuple[float, float, float]]:
    """Return a dot for each point, the larger the more alumnos it stands for."""
    most = max(point[2] for point in points)
    return [(x, y, 2.5 + 3.5 * sqrt(count / most)) for x, y, count in points]


def _some(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return eleven points at most, the first and the last among them."""
    count = min(len(line), 11)
    return [line[round(i * (len(line) - 1) / max(count - 1, 1))] for i in range(count)]
