"""Whether alumnos still are as they were when the model was trained, and do as it said."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from academico_cli.ml import figures

Array = npt.NDArray[Any]

PROBABILITY = "probabilidad"
"""The name under which what the model says is compared like a feature."""
MODERATE, STRONG = 0.10, 0.25
"""PSI from which a change is moderate, or strong: the usual convention."""
_BINS, _GRID = 10, 101
_Z = 3.0


def reference(values: Array, names: Sequence[str], probability: Array) -> dict[str, Any]:
    """Return how each feature is spread among (n, k) values, to compare with later.

    Quantiles only, so nobody's row is kept: feature -> ``n``, ``edges`` of bins of about equal
    size, ``shares`` of those bins and last of what is missing, ``grid`` of 101 quantiles, and
    ``median``.
    """
    columns = [(PROBABILITY, probability)]
    columns += [(name, values[:, j]) for j, name in enumerate(names)]
    return {name: _spread(column.astype(float)) for name, column in columns}


def _spread(column: Array) -> dict[str, Any]:
    known = column[~np.isnan(column)]
    if not len(known):
        return {"n": len(column), "edges": [], "shares": [0.0, 1.0], "grid": [], "median": None}
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return {
        "n": len(column),
        "edges": edges.tolist(),
        "shares": _shares(column, edges).tolist(),
        "grid": np.quantile(known, np.linspace(0, 1, _GRID)).tolist(),
        "median": float(np.median(known)),
    }


def _shares(column: Array, edges: Array) -> Array:
    """Return the share of each bin, and last of what is missing."""
    missing = np.isnan(column)
    counts = np.bincount(np.searchsorted(edges, column[~missing]), minlength=len(edges) + 1)
    return np.append(counts, missing.sum()) / max(len(column), 1)


def compare(past: dict[str, Any], column: Array) -> dict[str, Any]:
    """Return ``psi``, ``ks`` and ``categoria`` of (n,) values against their reference.

    What two samples of these sizes differ by chance alone counts as stable.
    """
    column = column.astype(float)
    before = np.asarray(past["shares"])
    now = _shares(column, np.asarray(past["edges"]))
    psi = _psi(before, now, past["n"], len(column))
    bins = int(((before > 0) | (now > 0)).sum())
    by_chance = (bins - 1 + _Z * np.sqrt(2 * max(bins - 1, 1))) * (1 / past["n"] + 1 / len(column))
    category = "estable"
    if psi >= MODERATE and psi > by_chance:
        category = "fuerte" if psi >= STRONG else "moderada"
    return {"psi": psi, "ks": _ks(past, column), "categoria": category}


def _psi(before: Array, now: Array, n: int, m: int) -> float:
    # Half a row where there is none: a logarithm needs something.
    a, b = np.maximum(before, 0.5 / n), np.maximum(now, 0.5 / m)
    used = (before > 0) | (now > 0)
    return float(((b - a) * np.log(b / a))[used].sum())


def _ks(past: dict[str, Any], column: Array) -> float:
    """Return the largest distance of the distributions, of what is known; 1 when only one has."""
    known, grid = np.sort(column[~np.isnan(column)]), np.asarray(past["grid"])
    if not len(known) or not len(grid):
        return float(bool(len(known)) != bool(len(grid)))
    places = np.unique(grid)
    levels = np.searchsorted(grid, places, side="right") - 1
    before = levels / (len(grid) - 1)
    now = np.searchsorted(known, places, side="right") / len(known)
    return float(np.abs(before - now).max())


def outcome(probability: Array, truth: Array) -> dict[str, Any]:
    """Return how what was said of (n,) alumnos compares with what became of them."""
    expected, observed = float(probability.mean()), float(truth.mean())
    deviation = np.sqrt((probability * (1 - probability)).sum()) / len(truth)
    error = figures.ece(truth, probability)
    off = abs(expected - observed)
    return {
        "alumnos": len(truth),
        "esperado": expected,
        "observado": observed,
        "brier": figures.brier(truth, probability),
        "ece": error,
        # Both: more than chance explains, and enough to matter.
        "calibrado": not (off > _Z * deviation and off > 0.03),
    }
