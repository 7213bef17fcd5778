"""The risk model in use: how good it is, and what it must not be used for."""

from html import escape
from typing import Any

from academico_cli.ml.registry import Entry
from academico_cli.report import spanish
from academico_cli.report.curves import drawn
from academico_cli.report.markup import (
    Cell,
    Column,
    measured,
    note,
    pair,
    section,
    table,
)
from academico_cli.report.model import Report, Row

TITLE = "Modelo de riesgo"
CALLED = 20
"""Per cent of the alumnos that the first figures are about."""

_ALGORITMOS = {
    "random_forest": "bosque aleatorio", "logistic": "regresión logística",
    "hist_gradient": "árboles potenciados",
}  # fmt: skip
_OBJETIVOS = {
    "reprueba": "reprobará alguna materia",
    "baja": "se dará de baja",
    "reprueba_o_baja": "reprobará alguna materia o se dará de baja",
    "promedio_bajo": "tendrá un promedio que no aprueba",
}
_REGLAS = {
    "prevalencia": "A todos el mismo riesgo",
    "promedio_historico": "El promedio de siempre",
    "ultimo_promedio": "El último promedio",
    "alumnos_en_riesgo": "La lista de alumnos en riesgo",
}
_BANDAS = {
    "alto": "Riesgo alto", "medio": "Riesgo medio", "bajo": "Riesgo bajo",
    "sin_informacion": "Se sabe muy poco: el modelo no opina",
}  # fmt: skip
_NOT_FOR = (
    "Decidir por sí solo una admisión, una beca, una calificación, una baja o una sanción.",
    "Evaluar a maestros, a grupos o a materias.",
    "Etiquetar a un alumno ante sus compañeros, sus maestros o su familia.",
    "Dar por sentado que quien no sale en la lista va bien: al modelo se le escapan alumnos.",
)


def forecast(report: Report) -> str:
    """Return the section about the risk model."""
    entry = report.model
    if entry is None:
        return section(
            "modelo",
            TITLE,
            "No hay ningún modelo de riesgo en uso. <code>academico ml train</code> entrena uno;"
            " <code>academico ml promote</code> lo pone en uso si es mejor que las reglas"
            " sencillas.",
        )
    found = entry.metricas
    return section(
        "modelo",
        TITLE,
        _about(entry),
        _verdict(entry),
        _tiles(found),
        pair(_beside(entry), _limits(found)),
        '<h3 class="sub">Cómo acierta, dibujado</h3>',
        f'<div class="pair">{drawn(found)}</div>',
        _bands(report),
        _card(entry),
    )


def _about(entry: Entry) -> str:
    kind = _ALGORITMOS.get(entry.algoritmo, entry.algoritmo)
    aim = _OBJETIVOS.get(entry.objetivo, entry.objetivo)
    known = "con lo que se sabía al terminar el periodo anterior"
    if entry.dia_corte is not None:
        days = spanish.plural(entry.dia_corte, "día", "días")
        known = f"con lo que se sabía {days} después de comenzar el periodo"
    return escape(
        f"El modelo {entry.id} ({kind}) estima quién {aim}, {known}. Estas cifras son de"
        f" {', '.join(entry.periodos_prueba)}, de donde no aprendió nada; aprendió de"
        f" {', '.join(entry.periodos_entrenamiento)}."
    )


def _verdict(entry: Entry) -> str:
    found = entry.metricas.get("improvement") or {}
    rule = _rule(found.get("baseline", ""))
    if entry.supera_bases and found.get("low") is not None:
        said = (
            f"Es mejor que la mejor regla sencilla («{rule}»): su PR-AUC es"
            f" {_figure(found['difference'])} más alto, con una confianza del"
            f" {spanish.percent(found['confidence'], 0)} entre {_figure(found['low'])} y"
            f" {_figure(found['high'])}."
        )
    else:
        said = "No está demostrado que sea mejor que una regla sencilla: úselo con esa reserva."
    kind = "" if entry.supera_bases else " bad"
    return f'<p class="verdict{kind}">{escape(said)}</p>'


def _tiles(found: Row) -> str:
    test = found["test"]
    rules = [row["pr_auc"] for row in found["baselines"].values() if row["pr_auc"] is not None]
    called = next((row for row in found["at_capacity"] if row["percent"] == CALLED), None)
    told = [
        (
            "Tasa base", spanish.percent(test["base_rate"]),
            f"{spanish.number(test['positives'])} de {spanish.number(test['n'])} alumnos de la"
            " prueba estuvieron en riesgo",
        ),
        (
            "AUC", _figure(test["auc"]),
            "parte de las veces que pone a uno en riesgo por delante de otro que no; al azar, 0,5",
        ),
        (
            "PR-AUC", _figure(test["pr_auc"]),
            f"la mejor regla sencilla, {_figure(max(rules, default=None))};"
            f" al azar, {_figure(test['base_rate'])}",
        ),
    ]  # fmt: skip
    if called is not None:
        told.append((
            f"Atendiendo al {CALLED}\u00a0%", spanish.percent(called["recall"], 0),
            "de quienes estarán en riesgo se encuentran; de los atendidos, lo está el"
            f" {spanish.percent(called['precision'], 0)}",
        ))  # fmt: skip
    tiles = "".join(
        f'<div class="tile"><dt>{name}</dt><dd class="figure">{value}</dd>'
        f'<dd class="quiet">{about}</dd></div>'
        for name, value, about in told
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _beside(entry: Entry) -> str:
    found = entry.metricas
    rules = sorted(found["baselines"].items(), key=lambda item: -(item[1]["pr_auc"] or 0))
    compared = [("Este modelo", found["test"]), *((_rule(name), row) for name, row in rules)]
    rows: list[list[str | Cell]] = [
        [
            name,
            measured(row["pr_auc"] or 0, 1, _figure(row["pr_auc"])),
            _figure(row["auc"]),
            _figure(row["brier"]),
        ]
        for name, row in compared
    ]
    columns = [
        Column("Quién lo dice", number=False), Column("PR-AUC"), Column("AUC"),
        Column("Error (Brier)", minor=True),
    ]  # fmt: skip
    return (
        f'<div class="card">{table("Junto a las reglas sencillas", columns, rows)}'
        + note("PR-AUC y AUC: más alto es mejor. Brier, el error de las probabilidades: más bajo.")
        + "</div>"
    )


def _limits(found: Row) -> str:
    items = "".join(f"<li>{text}</li>" for text in _NOT_FOR)
    parts = ["<h3>Para qué no debe usarse</h3>", f"<ul>{items}</ul>"]
    if confusion := found.get("confusion"):
        missed, risk = confusion["fn"], confusion["fn"] + confusion["tp"]
        alarms = spanish.plural(confusion["fp"], "que no", "que no")
        parts.append(
            f"<p>En la prueba, la banda alta dejó fuera a {spanish.number(missed)} de los"
            f" {spanish.number(risk)} que estuvieron en riesgo, y señaló a {alarms} lo"
            " estuvieron.</p>"
        )
    if gap := found.get("gap"):
        one, other = (escape(str(each)) for each in gap["groups"])
        ends = f"entre {_points(gap['low'])} y {_points(gap['high'])}"
        parts.append(
            f"<p>La parte que se le escapa difiere {_points(gap['difference'])} puntos entre"
            f" los géneros {one} y {other} (con una confianza del 95\u00a0%, {ends}).</p>"
        )
    return f'<div class="card read">{"".join(parts)}</div>'


def _bands(report: Report) -> str:
    rows = report.bands
    total = sum(row["cuantos"] for row in rows)
    if total < max(report.minimum, 1):
        return ""
    by_name = {row["banda"]: row["cuantos"] for row in rows}
    told = [
        [name, spanish.number(by_name[band]), spanish.percent(by_name[band] / total)]
        for band, name in _BANDAS.items()
        if band in by_name
    ]
    columns = [Column("Lo que dijo", number=False), Column("Alumnos"), Column("Parte")]
    title = f"Última predicción: periodo {rows[0]['periodo']}"
    return (
        f'<div class="card">{table(title, columns, told)}'
        + note("Quiénes son: <code>academico kpi riesgo --model</code>.")
        + "</div>"
    )


def _card(entry: Entry) -> str:
    return (
        '<details class="data"><summary>Ver la ficha completa del modelo</summary>'
        f"<pre>{escape(entry.ficha)}</pre></details>"
    )


def _rule(name: str) -> str:
    return _REGLAS.get(name, name.replace("_", " ").capitalize())


def _figure(value: Any) -> str:  # noqa: ANN401  a number of a JSON object, or null
    return spanish.number(value, 3)


def _points(share: float) -> str:
    return spanish.number(share * 100, 1)
