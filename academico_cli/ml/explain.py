"""How far each factor pushes a probability: Shapley values against the usual alumno.

The usual alumno has the median of every feature, so no real one's row is kept for it. The pushes
of an alumno add up to the difference between the two probabilities.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from academico_cli.errors import NothingStored
from academico_cli.ml import features, words
from academico_cli.ml.dataset import Dataset
from academico_cli.ml.modelfile import Model
from academico_cli.ml.registry import Entry
from academico_cli.postgres import Connection

Array = npt.NDArray[Any]

_CELLS = 8_000_000
"""Values of one call of the model: bounds its memory."""
_ROUNDS = 50


@dataclass(frozen=True)
class Explanation:
    """Why the model says what it says of one alumno."""

    id_alumno: str
    periodo: str
    corte: str
    modelo: int
    probabilidad: float
    usual: float
    """What it says of the usual alumno."""
    factores: list[dict[str, Any]]
    """``caracteristica``, ``factor``, ``valor``, ``usual``, ``empuje`` (a difference of
    probabilities), ``en_palabras``; largest push first."""


def usual_values(entry: Entry) -> Array:
    """Return (k,) medians of what the model learnt from; NaN where nothing was known."""
    medians = (entry.referencia[name]["median"] for name in entry.caracteristicas)
    return np.array([np.nan if m is None else m for m in medians], dtype=np.float32)


def pushes(model: Model, values: Array, usual: Array, *, rounds: int, seed: int) -> Array:
    """Return (n, k) Shapley values, estimated over random orders and their reverses.

    Args:
        model: what is explained.
        values: (n, k) features.
        usual: (k,) what a feature is compared with.
        rounds: pairs of orders.
        seed: of the orders.
    """
    n, k = values.shape
    total = np.zeros((n, k))
    draw, step = np.random.default_rng(seed), max(1, _CELLS // ((k + 1) * k))
    for _ in range(rounds):
        order = draw.permutation(k)
        for way in (order, order[::-1]):
            for start in range(0, n, step):
                part = slice(start, start + step)
                total[part] += _one_way(model, values[part], usual, way)
    return total / (2 * rounds)


def _one_way(model: Model, values: Array, usual: Array, order: Array) -> Array:
    """Return what each feature adds when they are taken over in this order."""
    n, k = values.shape
    rank = np.empty(k, dtype=int)
    rank[order] = np.arange(k)
    # Step s has taken over the first s features of the order.
    taken = np.arange(k + 1)[:, None] > rank
    rows = np.where(taken[None], values[:, None, :], usual[None, None, :]).astype(np.float32)
    said = model.probability(rows.reshape(n * (k + 1), k)).reshape(n, k + 1)
    gained = np.empty((n, k))
    gained[:, order] = np.diff(said, axis=1)
    return gained


def reasons(names: tuple[str, ...], values: Array, usual: Array, pushed: Array) -> list[str]:
    """Return in words the three factors that raise one alumno's probability most."""
    order = np.argsort(-pushed, kind="stable")[:3]
    return [
        words.reason(names[j], float(values[j]), float(usual[j]))
        for j in order
        if pushed[j] > 0.005
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def explain(
    connection: Connection, entry: Entry, model: Model, alumno: str, periodo: str | None = None
) -> Explanation:
    """Return each factor's push on what a model says of an alumno.

    Args:
        connection: to the database.
        entry, model: which.
        alumno: id.
        periodo: None: the latest one that the alumno is enrolled in.

    Raises:
        NothingStored: the alumno is not enrolled in it, or in any.
    """
    data = features.build(
        connection,
        cutoff_day=entry.dia_corte,
        target=entry.objetivo,
        periodos=None if periodo is None else [periodo],
    )
    mine = data.where(data.alumnos == alumno)
    if not len(mine):
        where = f"alumno {alumno}" if periodo is None else f"alumno {alumno} in periodo {periodo}"
        raise NothingStored(person=where)
    last = mine.where(mine.periodos == max(map(str, mine.periodos)))
    return _explained(entry, model, last)


def _explained(entry: Entry, model: Model, row: Dataset) -> Explanation:
    usual, periodo = usual_values(entry), str(row.periodos[0])
    pushed = pushes(model, row.values, usual, rounds=_ROUNDS, seed=entry.semilla)[0]
    factors = [
        {
            "caracteristica": row.names[j],
            "factor": words.label(row.names[j]),
            "valor": _known(row.values[0, j]),
            "usual": _known(usual[j]),
            "empuje": float(pushed[j]),
            "en_palabras": words.push(row.names[j], float(row.values[0, j]), float(usual[j]),
                                      float(pushed[j])),
        }
        for j in np.argsort(-np.abs(pushed), kind="stable")
    ]  # fmt: skip
    return Explanation(
        id_alumno=str(row.alumnos[0]),
        periodo=periodo,
        corte=row.cutoffs[periodo].isoformat(),
        modelo=entry.id,
        probabilidad=float(model.probability(row.values)[0]),
        usual=float(model.probability(usual[None])[0]),
        factores=factors,
    )
