"""The models that are tried, each a pipeline that copes with what is missing, and their threads."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import cpu_count
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from academico_cli.errors import NotLearnable

NAMES = ("random_forest", "logistic", "hist_gradient")
"""The reference first: of equals it is chosen."""

Steps = list[tuple[str, Any]]

_SAMPLE = 50_000
"""Rows that one tree of the forest sees at most; more make it slower and no better."""
_FEW = 50_000
"""Rows below which threads of the boosting would wait for each other more than work."""


def cores(asked: int | None = None) -> int:
    """Return how many processes or threads to use: those asked for, never more than there are."""
    there = int(cpu_count())
    return max(1, min(asked or there, there))


@contextmanager
def bounded(rows: int, jobs: int) -> Iterator[None]:
    """Keep the threads of numpy and of the boosting within what is useful."""
    with threadpool_limits(limits=1 if rows < _FEW else jobs):
        yield


def make(
    name: str, values: npt.NDArray[Any], *, seed: int, jobs: int, codes: Sequence[int] = ()
) -> Pipeline:
    """Return an unfitted pipeline.

    Args:
        name: one of NAMES.
        values: (n, k) that it will learn from: those of its columns in which nothing differs are
            left out.
        seed: of everything random in it.
        jobs: processes or threads.
        codes: columns whose numbers are names of categories, as a course's code.

    Raises:
        NotLearnable: no column tells one row from another.
    """
    steps = {"random_forest": _forest, "logistic": _logistic, "hist_gradient": _boosting}
    columns = [j for j in range(values.shape[1]) if _differs(values[:, j])]
    if not columns:
        raise NotLearnable(detail="nothing that is known on the cut-off differs between alumnos")
    chosen = ColumnTransformer([("known", "passthrough", columns)])
    places = [columns.index(j) for j in codes if j in columns]
    return Pipeline([("known", chosen), *steps[name](len(values), seed, jobs, places)])


def _differs(column: npt.NDArray[Any]) -> bool:
    known = column[~np.isnan(column)]
    return len(known) > 0 and (len(known) < len(column) or bool((known != known[0]).any()))


def fit(pipeline: Pipeline, values: npt.NDArray[Any], truth: npt.NDArray[Any], jobs: int) -> None:
    """Fit a pipeline, so that what it says later does not depend on the number of threads."""
    with bounded(len(truth), jobs):
        pipeline.fit(values, truth.astype(int))
    # Threads add up the trees' votes in any order, which shows in the last digit.
    model = pipeline.named_steps["model"]
    if "n_jobs" in model.get_params():
        model.set_params(n_jobs=None)


def probability(pipeline: Pipeline, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return what a fitted pipeline says of each row, before calibration."""
    with bounded(0, 1):
        return np.asarray(pipeline.predict_proba(values)[:, 1], dtype=np.float64)


def _forest(rows: int, seed: int, jobs: int, codes: Sequence[int]) -> Steps:
    del codes
    model = RandomForestClassifier(
        n_estimators=200 if rows < _SAMPLE else 100,
        min_samples_leaf=max(5, min(50, rows // 2000)),
        max_features="sqrt",
        max_samples=None if rows <= _SAMPLE else _SAMPLE,
        n_jobs=jobs,
        random_state=seed,
    )
    return [("model", model)]


def _logistic(rows: int, seed: int, jobs: int, codes: Sequence[int]) -> Steps:
    del rows, jobs
    numbers = Pipeline(
        [
            (
                "fill",
                SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            ),
            ("scale", StandardScaler()),
        ]
    )
    columns: list[tuple[str, Any]] = [("numbers", numbers)]
    if codes:
        encoder = OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist")
        chosen = ColumnTransformer([("codes", encoder, list(codes))], sparse_threshold=0)
        columns.append(("codes", chosen))
    model = LogisticRegression(C=0.1, max_iter=2000, random_state=seed)
    return [("columns", FeatureUnion(columns)), ("model", model)]


def _boosting(rows: int, seed: int, jobs: int, codes: Sequence[int]) -> Steps:
    del jobs, codes
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150 if rows < _FEW else 300,
        max_leaf_nodes=10 if rows < _FEW else 31,
        min_samples_leaf=20,
        l2_regularization=5.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )
    return [("model", model)]
