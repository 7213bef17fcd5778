"""``academico ml train --csv``: five-fold cross-validation where there are no periodos.

Choice and calibration happen within each fold's own training part, so that what is measured was
never seen, neither by the model nor by whoever chose it.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold, train_test_split

from academico_cli.errors import NotLearnable
from academico_cli.ml import baselines, calibration, candidates, figures
from academico_cli.ml.csvfile import Table
from academico_cli.ml.split import MIN_EACH, MIN_ROWS
from academico_cli.ml.train import compare

Array = npt.NDArray[Any]

FOLDS = 5
STEPS = FOLDS
BEST_COLUMN = "mejor_columna"
"""The single column that tells most."""


def evaluate(
    table: Table,
    *,
    seed: int,
    jobs: int | None = None,
    on_step: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Return ``chosen`` (what most folds chose) and figures of the pooled predictions.

    Keys as in ``registry``: test, curves, at_capacity, baselines, improvement; and ``folds``: what
    each chose, and its AUC.

    Raises:
        NotLearnable: there are too few rows, or of one outcome.
    """
    truth = table.truth.astype(float)
    positives, rows = int(truth.sum()), len(truth)
    if rows < MIN_ROWS or min(positives, rows - positives) < MIN_EACH:
        raise NotLearnable(
            detail=f"the file has {rows} rows, {positives} of them at risk; at least {MIN_ROWS} "
            f"are needed, and {MIN_EACH} of either outcome"
        )
    cores = candidates.cores(jobs)
    said, rule, prevalence = (np.empty(rows) for _ in range(3))
    folds = []
    parts = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(table.values, truth)
    for n, (learnt, held) in enumerate(parts, 1):
        name, said[held] = _fold(table, learnt, held, seed, cores)
        rule[held] = _best_column(table, learnt, held)
        prevalence[held] = truth[learnt].mean()
        folds.append({"fold": n, "chosen": name} | figures.headline(truth[held], said[held]))
        on_step(n)
    return {
        "chosen": Counter(fold["chosen"] for fold in folds).most_common(1)[0][0],
        "test": figures.headline(truth, said),
        "at_capacity": [figures.at_capacity(truth, said, p) for p in figures.PERCENTS],
        "curves": figures.curves(truth, said),
        "folds": folds,
        **compare(
            truth,
            said,
            {baselines.PREVALENCE: prevalence, BEST_COLUMN: rule},
            np.arange(rows),
            seed,
        ),
    }


def _fold(table: Table, learnt: Array, held: Array, seed: int, jobs: int) -> tuple[str, Array]:
    """Choose and calibrate on a quarter of what is learnt from; judge what is held out."""
    train, check = train_test_split(
        learnt, test_size=0.25, stratify=table.truth[learnt], random_state=seed
    )
    tried = {
        name: _said(name, table, train, check, seed=seed, jobs=jobs) for name in candidates.NAMES
    }
    truth = table.truth[check].astype(float)
    chosen = max(tried, key=lambda name: figures.headline(truth, tried[name])["pr_auc"])
    _, calibrator = calibration.choose(tried[chosen], truth, check, seed)
    said = _said(chosen, table, learnt, held, seed=seed, jobs=jobs)
    return chosen, calibration.apply(calibrator, said)


def _said(name: str, table: Table, learnt: Array, asked: Array, *, seed: int, jobs: int) -> Array:
    pipeline = candidates.make(name, table.values[learnt], seed=seed, jobs=jobs, codes=table.codes)
    candidates.fit(pipeline, table.values[learnt], table.truth[learnt], jobs)
    return candidates.probability(pipeline, table.values[asked])


def _best_column(table: Table, learnt: Array, held: Array) -> Array:
    """Return what the single most telling column says, as it was learnt."""
    truth = table.truth[learnt].astype(float)
    best, found = -1.0, np.full(len(held), truth.mean())
    for sign in (1, -1):
        for j in range(len(table.names)):
            past, now = sign * table.values[learnt, j], sign * table.values[held, j]
            both = {"rule": np.concatenate([past, now]).astype(float)}
            said = baselines.probabilities({"rule": past.astype(float)}, truth, both)["rule"]
            score = figures.headline(truth, said[: len(past)])["pr_auc"]
            if score > best:
                best, found = score, said[len(past) :]
    return found
