"""The model card: for the people who will act on what the model says, in Spanish."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from academico_cli.ml import words
from academico_cli.ml.groups import MIN_RISK

TARGETS = {
    "reprueba": "reprobar al menos una materia del periodo",
    "baja": "darse de baja de al menos una materia del periodo",
    "reprueba_o_baja": "reprobar o darse de baja de al menos una materia del periodo",
    "promedio_bajo": "terminar el periodo con un promedio reprobatorio",
}
"""Target -> what it means."""

ALGORITHMS = {
    "random_forest": "bosque aleatorio",
    "logistic": "regresión logística",
    "hist_gradient": "árboles con gradiente por histogramas",
}

_NOT_FOR = """\
## Para qué no debe usarse

- **Para decidir sobre una persona**: ni admisión, ni becas, ni bajas, ni calificaciones. Dice a
  quién conviene preguntarle cómo va, y nada más.
- Para comparar o evaluar maestros, grupos o materias.
- Para publicar listas, ni para que las vea quien no atiende a esos alumnos.
- En otra escuela, o con otro objetivo u otra fecha de corte, sin entrenarlo y medirlo de nuevo.
- Sin una persona que conozca al alumno y pueda decir que el modelo se equivoca.

Una probabilidad alta no es un destino: quien recibe ayuda a tiempo puede desmentirla, y eso es lo
que se busca. Una baja no es un permiso para desentenderse."""


def write(
    *,
    algoritmo: str,
    objetivo: str,
    dia_corte: int | None,
    cortes: Mapping[str, date],
    periodos: Mapping[str, Sequence[str]],
    metrics: Mapping[str, Any],
    capacity: float,
) -> str:
    """Return the card as Markdown.

    Args:
        algoritmo, objetivo, dia_corte, cortes: as in ``ml.modelos``.
        periodos: ``entrenamiento``, ``validacion`` and ``prueba``.
        metrics: as ``registry`` lays out.
        capacity: per cent of the alumnos that can be attended.
    """
    when = (
        "lo que se sabía al terminar el periodo anterior"
        if dia_corte is None
        else f"lo que se sabía {dia_corte} días después de empezar el periodo"
    )
    days = ", ".join(f"{p}: {cortes[p].isoformat()}" for p in periodos["prueba"] if p in cortes)
    listed = "\n".join(f"- {name.capitalize()}: {', '.join(p)}" for name, p in periodos.items())
    parts = [
        "# Ficha del modelo de riesgo",
        f"Estima la probabilidad de {TARGETS.get(objetivo, objetivo)}, con {when} "
        f"(fecha de corte: {days}). Es un modelo de {ALGORITHMS.get(algoritmo, algoritmo)}.",
        "## Para qué sirve\n\nPara que tutores con poco tiempo llamen primero a quienes más pueden "
        "necesitarlo, mientras todavía hay tiempo.",
        _NOT_FOR,
        f"## Con qué se hizo\n\n{listed.replace('Validacion', 'Validación')}\n\n"
        "El género y el nombre no entran: el género solo sirve para comparar errores entre grupos.",
        _quality(metrics, capacity),
        _misses(metrics),
        _factors(metrics),
    ]
    return "\n\n".join(parts) + "\n"


def _quality(metrics: Mapping[str, Any], capacity: float) -> str:
    test, gain = metrics["test"], metrics["improvement"]
    verdict = (
        "acierta más que la mejor regla simple"
        if gain["better"]
        else "**no acierta más que la mejor regla simple: conviene usar la regla y no el modelo**"
    )
    called = min(metrics["at_capacity"], key=lambda row: abs(row["percent"] - capacity))
    return f"""## Qué tan bien acierta

En periodos de los que no aprendió nada ({test["n"]} alumnos, {_share(test["base_rate"])} en
riesgo):

| medida | valor |
|---|---:|
| ROC-AUC (0.5 es azar, 1 es perfecto) | {test["auc"]:.3f} |
| PR-AUC (el azar da {test["base_rate"]:.3f}) | {test["pr_auc"]:.3f} |
| Brier (0 es perfecto) | {test["brier"]:.3f} |
| Error de calibración | {test["ece"]:.3f} |

Llamando al {called["percent"]} % con mayor probabilidad, {_share(called["precision"])} de las
llamadas es a alguien en riesgo, y se alcanza a {_share(called["recall"])} de quienes lo están.

Frente a la mejor regla simple ({gain["baseline"].replace("_", " ")}), el modelo {verdict}: la
diferencia de PR-AUC es {gain["difference"]:+.3f} (intervalo de 95 %: {gain["low"]:+.3f} a
{gain["high"]:+.3f})."""


def _misses(metrics: Mapping[str, Any]) -> str:
    lines = [
        f"| {row['label']} | {row['n']} | {_share(row['fnr'])} | "
        + ("" if row["fnr"] is None else f"{_share(row['fnr_low'])} a {_share(row['fnr_high'])}")
        + " |"
        for row in metrics["by_genero"]
    ]
    gap = metrics["gap"]
    said = "No hay datos suficientes para comparar grupos."
    if gap is not None:
        more = gap["low"] > 0
        verdict = "más de lo que el azar explica" if more else "lo que el azar puede explicar"
        said = (
            f"La mayor diferencia entre géneros es de {gap['difference'] * 100:.1f} puntos "
            f"(intervalo de 95 %: {gap['low'] * 100:.1f} a {gap['high'] * 100:.1f}): {verdict}."
        )
    body = "\n".join(lines)
    return f"""## A quién no ve

Parte de quienes sí estuvieron en riesgo y no quedaron en la banda alta (grupos con al menos
{MIN_RISK} en riesgo):

| género | alumnos | no vistos | intervalo de 95 % |
|---|---:|---:|---:|
{body}

{said}"""


def _factors(metrics: Mapping[str, Any]) -> str:
    rows = "\n".join(
        f"| {row['label']} | {row['drop']:.3f} |"
        for row in metrics["importance"][:10]
        if row["drop"] > 0
    )
    return f"""## Qué mira

Cuánta PR-AUC se pierde si se revuelve cada dato. Que algo pese aquí no quiere decir que sea la
causa.

| dato | pérdida |
|---|---:|
{rows}"""


def _share(value: float | None) -> str:
    return "" if value is None else f"{words.number(round(value * 100, 1))} %"
