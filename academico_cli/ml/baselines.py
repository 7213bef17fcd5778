"""Rules of thumb, as strong as they can be made: whoever is not better has built nothing."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

Array = npt.NDArray[Any]

PREVALENCE = "prevalencia"
"""Everybody is as much at risk as those before them were."""


def probabilities(
    past: Mapping[str, Array], truth: Array, now: Mapping[str, Array]
) -> dict[str, Array]:
    """Return what each rule says of each row, as a probability.

    A rule keeps its order; what it means is learnt from the past, and where it says nothing it
    says what became of those in the past of whom it said nothing.

    Args:
        past: rule -> (n,) scores of the rows that may be learnt from, NaN where it is silent.
        truth: (n,) their outcomes.
        now: rule -> (m,) scores of the rows to judge.
    """
    rows = len(next(iter(now.values()))) if now else 0
    found = {PREVALENCE: np.full(rows, truth.mean())}
    for name, scores in now.items():
        found[name] = _rule(past[name], truth, scores)
    return found


def _rule(past: Array, truth: Array, now: Array) -> Array:
    known, silent = ~np.isnan(past), np.isnan(now)
    answer = np.full(len(now), truth[~known].mean() if (~known).any() else truth.mean())
    if (~silent).any() and known.any():
        answer[~silent] = _meaning(past[known], truth[known], now[~silent])
    return answer


def _meaning(past: Array, truth: Array, now: Array) -> Array:
    if not 0 < truth.sum() < len(truth) or past.std() == 0:
        return np.full(len(now), truth.mean())
    middle, spread = past.mean(), past.std()
    fitted = LogisticRegression(C=1e6).fit(((past - middle) / spread).reshape(-1, 1), truth)
    # Against its own sense it would be another rule: then its order alone is kept.
    slope = max(float(fitted.coef_[0, 0]), 1e-3)
    line = slope * (now - middle) / spread + float(fitted.intercept_[0])
    return np.asarray(1 / (1 + np.exp(-line)), dtype=float)
