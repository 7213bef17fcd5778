"""How good probabilities are: ROC-AUC, PR-AUC, Brier, ECE, what a tutor's capacity finds, curves.

Throughout, ``truth`` is (n,) of 0 and 1, ``score`` is (n,) with higher for more at risk; a
probability is 0..1. Layouts are those of ``registry``.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import metrics

Array = npt.NDArray[Any]

BINS = 10
"""Groups of equal size that the calibration error is computed over."""
POINTS = 101
"""Most points of a curve."""
PERCENTS = (5, 10, 20, 30, 50)
"""Capacities that are reported, in per cent of the alumnos."""
CONFIDENCE = 0.95
_Z = 1.959964
_RESAMPLES, _BIG = 1000, 100_000


def headline(truth: Array, probability: Array) -> dict[str, Any]:
    """Return the main figures; those that need both outcomes are None when there is only one."""
    truth = truth.astype(float)
    both = 0 < truth.sum() < len(truth)
    return {
        "n": len(truth),
        "positives": int(truth.sum()),
        "base_rate": float(truth.mean()) if len(truth) else None,
        "auc": float(metrics.roc_auc_score(truth, probability)) if both else None,
        "pr_auc": float(metrics.average_precision_score(truth, probability)) if both else None,
        "brier": brier(truth, probability) if len(truth) else None,
        "ece": ece(truth, probability) if len(truth) else None,
    }


def brier(truth: Array, probability: Array) -> float:
    """Return the mean squared error of probabilities."""
    return float(np.mean((probability - truth) ** 2))


def ece(truth: Array, probability: Array) -> float:
    """Return the expected calibration error over ten groups of equal size, by probability."""
    points = calibration_curve(truth, probability)
    return sum(abs(mean - share) * n for mean, share, n in points) / max(len(truth), 1)


def calibration_curve(truth: Array, probability: Array) -> list[list[float]]:
    """Return (mean probability, share at risk, rows) of each tenth of the rows, lowest first."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return [
        [float(probability[part].mean()), float(truth[part].mean()), len(part)] for part in parts
    ]


def curves(truth: Array, probability: Array) -> dict[str, list[list[float]]]:
    """Return the points of the four curves."""
    fpr, tpr, _ = metrics.roc_curve(truth, probability)
    precision, recall, _ = metrics.precision_recall_curve(truth, probability)
    order = np.argsort(-probability, kind="stable")
    found = np.concatenate([[0], np.cumsum(truth[order])]) / truth.sum()
    called = np.linspace(0, 1, len(found))
    return {
        "roc": _thinned(fpr, tpr),
        "pr": _thinned(recall[::-1], precision[::-1]),
        "calibration": calibration_curve(truth, probability),
        "gain": _thinned(called, found),
    }


def _thinned(x: Array, y: Array) -> list[list[float]]:
    places = np.unique(np.linspace(0, len(x) - 1, min(POINTS, len(x))).round().astype(int))
    return [
        [round(float(a), 5), round(float(b), 5)] for a, b in zip(x[places], y[places], strict=True)
    ]


def at_capacity(truth: Array, probability: Array, percent: float) -> dict[str, Any]:
    """Return what calling the given per cent of the alumnos with the highest scores finds."""
    called = max(1, round(len(truth) * percent / 100))
    hits = int(truth[np.argsort(-probability, kind="stable")[:called]].sum())
    base, positives = truth.mean(), truth.sum()
    return {
        "percent": percent,
        "called": called,
        "precision": hits / called,
        "recall": hits / positives if positives else None,
        "lift": hits / called / base if base else None,
    }


def confusion(truth: Array, probability: Array, threshold: float) -> dict[str, int]:
    """Count hits and errors when everybody from the threshold on is called."""
    called, risk = probability >= threshold, truth == 1
    return {
        "tp": int((called & risk).sum()),
        "fp": int((called & ~risk).sum()),
        "fn": int((~called & risk).sum()),
        "tn": int((~called & ~risk).sum()),
    }


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, by Wilson's score method."""
    p, z2 = hits / n, _Z**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


class Ranking:
    """A score's order, from which PR-AUC under any weights follows in one pass over the rows."""

    def __init__(self, truth: Array, score: Array) -> None:
        self._order = np.argsort(-score, kind="stable")
        ranked = score[self._order]
        # Rows of equal score enter together.
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        self._truth = truth[self._order].astype(float)

    def pr_auc(self, weights: Array) -> float:
        """Return the average precision when each row counts so often."""
        weight = weights[self._order].astype(float)
        hits = np.cumsum(weight * self._truth)[self._ends]
        called = np.cumsum(weight)[self._ends]
        gained = np.diff(hits, prepend=0.0)
        precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
        return float((gained * precision).sum() / hits[-1]) if hits[-1] else float("nan")


def improvement(
    truth: Array, ours: Array, theirs: Array, people: Array, seed: int
) -> tuple[float, float, float]:
    """Return by how much our PR-AUC is higher, and its 95 % interval.

    Bootstrap over people, each with all of their rows: rows of one person are no independent
    evidence.

    Args:
        truth: (n,) outcomes.
        ours, theirs: (n,) scores.
        people: (n,) whose row each is.
        seed: of the resampling.
    """
    first, second = Ranking(truth, ours), Ranking(truth, theirs)
    names, who = np.unique(people, return_inverse=True)
    count, draw = len(names), np.random.default_rng(seed)
    differences = []
    for _ in range(_RESAMPLES if len(truth) <= _BIG else _RESAMPLES // 5):
        weights = np.bincount(draw.integers(count, size=count), minlength=count)[who]
        differences.append(first.pr_auc(weights) - second.pr_auc(weights))
    low, high = np.nanquantile(differences, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    every = np.ones(len(truth))
    return first.pr_auc(every) - second.pr_auc(every), float(low), float(high)
