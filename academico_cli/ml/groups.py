"""Whom a model misses: the figures by periodo, by materia and by genero."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from academico_cli.ml import figures
from academico_cli.ml.dataset import Dataset

Array = npt.NDArray[Any]

MIN_ROWS, MIN_RISK = 30, 10
"""A group with fewer alumnos, or fewer of them at risk, gets no figures: they would be chance, and
could tell who is who."""
_MATERIAS = 50


def all_groups(
    dataset: Dataset, probability: Array, threshold: float, materias: Mapping[str, str]
) -> dict[str, Any]:
    """Return ``by_periodo``, ``by_materia``, ``by_genero`` and ``gap`` as ``registry`` lays out.

    Args:
        dataset: rows with known outcomes.
        probability: (n,) what the model says of each.
        threshold: from which on an alumno is called.
        materias: id -> name.
    """

    def figures_of(name: str, rows: Array, label: str | None = None) -> dict[str, Any]:
        truth, said = dataset.target[rows].astype(float), probability[rows]
        return {"group": name, "label": label or name} | _figures(truth, said, threshold)

    by = {
        "by_periodo": [
            figures_of(str(p), np.flatnonzero(dataset.periodos == p))
            for p in np.unique(dataset.periodos)
        ],
        "by_genero": [
            figures_of(str(g), np.flatnonzero(dataset.genero == g), str(g) or "sin dato")
            for g in np.unique(dataset.genero)
        ],
    }
    rows, taken = dataset.materias
    names, sizes = np.unique(taken, return_counts=True)
    largest = names[np.argsort(-sizes, kind="stable")[:_MATERIAS]]
    by["by_materia"] = [
        figures_of(str(m), np.unique(rows[taken == m]), materias.get(str(m))) for m in largest
    ]
    return {**by, "gap": _gap(by["by_genero"])}


def _figures(truth: Array, said: Array, threshold: float) -> dict[str, Any]:
    found: dict[str, Any] = {"n": len(truth)}
    names = ("positives", "base_rate", "auc", "pr_auc", "brier", "ece")
    rates = ("precision", "recall", "fnr", "fnr_low", "fnr_high")
    if len(truth) < MIN_ROWS:
        return found | dict.fromkeys((*names, *rates))
    found |= figures.headline(truth, said)
    table = figures.confusion(truth, said, threshold)
    risk, called = table["tp"] + table["fn"], table["tp"] + table["fp"]
    found["precision"] = table["tp"] / called if called else None
    if risk < MIN_RISK:
        return found | dict.fromkeys(rates[1:])
    low, high = figures.wilson(table["fn"], risk)
    fnr = table["fn"] / risk
    return found | {"recall": 1 - fnr, "fnr": fnr, "fnr_low": low, "fnr_high": high}


def _gap(generos: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the largest difference between two groups in whom is missed (Newcombe's interval)."""
    known = sorted((g for g in generos if g["fnr"] is not None and g["group"]), key=_fnr)
    if len(known) < 2:
        return None
    least, most = known[0], known[-1]
    difference = most["fnr"] - least["fnr"]
    down = np.hypot(most["fnr"] - most["fnr_low"], least["fnr_high"] - least["fnr"])
    up = np.hypot(most["fnr_high"] - most["fnr"], least["fnr"] - least["fnr_low"])
    return {
        "groups": [most["group"], least["group"]],
        "difference": difference,
        "low": float(difference - down),
        "high": float(difference + up),
    }


def _fnr(group: dict[str, Any]) -> float:
    return float(group["fnr"])
