"""Probabilities that mean what they say: learnt on the validation, kept only if it helps there."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from academico_cli.ml import figures

Array = npt.NDArray[Any]

NONE = "ninguna"
_FOLDS = 5
_ISOTONIC_ROWS = 1000
"""Steps of an isotonic curve need rows to stand on."""


def apply(calibrator: Any, raw: Array) -> Array:  # noqa: ANN401  sklearn has no types
    """Return calibrated probabilities; as they are without a calibrator."""
    if calibrator is None:
        return raw
    if isinstance(calibrator, IsotonicRegression):
        return np.asarray(calibrator.predict(raw), dtype=float)
    return np.asarray(calibrator.predict_proba(_logit(raw))[:, 1], dtype=float)


def choose(raw: Array, truth: Array, people: Array, seed: int) -> tuple[str, Any]:
    """Return the calibration with the lowest Brier on rows that it was not fitted on, or none.

    Args:
        raw: (n,) probabilities of the validation, which the model was not fitted on.
        truth: (n,) outcomes.
        people: (n,) whose row each is: one person's rows stay together.
        seed: of the division into five parts.

    Returns:
        Its name and the fitted calibrator; ``("ninguna", None)`` when none improves.
    """
    truth = truth.astype(float)
    if not 0 < truth.sum() < len(truth):
        return NONE, None
    names, who = np.unique(people, return_inverse=True)
    part = np.random.default_rng(seed).integers(_FOLDS, size=len(names))[who]
    best, least = NONE, figures.brier(truth, raw)
    for name in ("sigmoide", "isotonica"):
        if name == "isotonica" and len(truth) < _ISOTONIC_ROWS:
            continue
        crossed = raw.copy()
        for k in range(_FOLDS):
            here = part == k
            fitted = _fit(name, raw[~here], truth[~here])
            crossed[here] = apply(fitted, raw[here])
        error = figures.brier(truth, crossed)
        if error < least:
            best, least = name, error
    return best, _fit(best, raw, truth) if best != NONE else None


def _fit(name: str, raw: Array, truth: Array) -> Any:  # noqa: ANN401
    if not 0 < truth.sum() < len(truth):
        return None
    if name == "isotonica":
        return IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, truth)
    return LogisticRegression(C=1e6).fit(_logit(raw), truth)


def _logit(probability: Array) -> Array:
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    odds: Array = np.log(bounded / (1 - bounded))
    return odds.reshape(-1, 1)
