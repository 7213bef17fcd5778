"""``academico ml train``: candidates, choice, calibration, and whether it was worth it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GroupKFold

from academico_cli.ml import baselines, calibration, candidates, drift, figures, groups, words
from academico_cli.ml.dataset import Dataset
from academico_cli.ml.modelfile import Model
from academico_cli.ml.split import Split, split

Array = npt.NDArray[Any]

STEPS = len(candidates.NAMES) + 3
"""How often ``on_step`` is called."""
_IMPORTANCE_ROWS, _REPEATS = 2000, 3
_FOLDS = 4


@dataclass(frozen=True)
class Options:
    """How a model is trained."""

    train_periodos: Sequence[str] = ()
    test_periodos: Sequence[str] = ()
    disjoint: bool = False
    capacity: float = 20.0
    """Per cent of the alumnos that can be attended: from there on band alto."""
    seed: int = 42
    jobs: int | None = None


@dataclass(frozen=True)
class Trained:
    """A model and all that is to be remembered about it."""

    model: Model
    algoritmo: str
    split: Split
    metrics: dict[str, Any]
    parameters: dict[str, Any]
    reference: dict[str, Any]
    data_hash: bytes

    @property
    def better(self) -> bool:
        """Whether it beats every baseline."""
        return bool(self.metrics["improvement"]["better"])


def train(
    dataset: Dataset,
    options: Options,
    *,
    materias: Mapping[str, str] | None = None,
    on_step: Callable[[int], None] = lambda _: None,
) -> Trained:
    """Train every candidate on earlier periodos, choose on later ones, measure on the last.

    The test is looked at once, by the model that was chosen: neither choice nor calibration nor
    threshold has seen it. The chosen one is fitted again on training and validation together.

    Args:
        dataset: rows of all periodos; those without outcome are left out.
        options: how.
        materias: id -> name.
        on_step: called with the steps that are done, up to ``STEPS``.

    Raises:
        WrongUsage, NotLearnable: see ``split``.
    """
    parts = split(
        dataset,
        train_periodos=options.train_periodos,
        test_periodos=options.test_periodos,
        disjoint=options.disjoint,
        seed=options.seed,
    )
    jobs = candidates.cores(options.jobs)
    tried = _try_all(dataset, parts, options.seed, jobs, on_step)
    chosen = max(tried, key=lambda name: tried[name][1]["pr_auc"])  # of equals the first
    learnt, latest = dataset.where(parts.learnt), parts.validation[parts.learnt]
    raw = _held_out(chosen, learnt, options.seed, jobs)[latest]
    recent = learnt.where(latest)
    kind, calibrator = calibration.choose(raw, recent.target, recent.alumnos, options.seed)
    threshold = float(np.quantile(calibration.apply(calibrator, raw), 1 - options.capacity / 100))
    pipeline = candidates.make(chosen, learnt.values, seed=options.seed, jobs=jobs)
    candidates.fit(pipeline, learnt.values, learnt.target, jobs)
    model = Model(pipeline, calibrator)
    on_step(len(tried) + 1)
    test = dataset.where(parts.test)
    measured = measure(model, test, threshold, materias or {})
    measured |= against_baselines(model, learnt, test, options.seed)
    on_step(len(tried) + 2)
    measured["importance"] = importance(model, test, options.seed)
    on_step(STEPS)
    measured["candidates"] = {name: scores for name, (_, scores) in tried.items()}
    measured["calibration"] = kind
    return Trained(
        model=model,
        algoritmo=chosen,
        split=parts,
        metrics=measured,
        parameters=_parameters(pipeline, kind, threshold, float(learnt.target.mean()), options),
        reference=drift.reference(learnt.values, learnt.names, model.probability(learnt.values)),
        data_hash=_hash(learnt),
    )


def measure(
    model: Model, test: Dataset, threshold: float, materias: Mapping[str, str]
) -> dict[str, Any]:
    """Return the figures of a model on rows with known outcomes, as ``registry`` lays out."""
    truth, said = test.target.astype(float), model.probability(test.values)
    return {
        "test": figures.headline(truth, said),
        "threshold": threshold,
        "confusion": figures.confusion(truth, said, threshold),
        "at_capacity": [figures.at_capacity(truth, said, p) for p in figures.PERCENTS],
        "curves": figures.curves(truth, said),
        **groups.all_groups(test, said, threshold, materias),
    }


def importance(model: Model, test: Dataset, seed: int) -> list[dict[str, Any]]:
    """Return how much PR-AUC is lost when a feature's values are shuffled, largest first."""
    rows = np.arange(len(test))
    if len(rows) > _IMPORTANCE_ROWS:
        rows = np.random.default_rng(seed).choice(rows, _IMPORTANCE_ROWS, replace=False)
    with candidates.bounded(0, 1):
        found = permutation_importance(
            model.pipeline,
            test.values[rows],
            test.target[rows],
            scoring="average_precision",
            n_repeats=_REPEATS,
            random_state=seed,
        )
    order = np.argsort(-found.importances_mean, kind="stable")
    return [
        {
            "feature": test.names[j],
            "label": words.label(test.names[j]),
            "drop": float(found.importances_mean[j]),
            "deviation": float(found.importances_std[j]),
        }
        for j in order
    ]


def _try_all(
    dataset: Dataset, parts: Split, seed: int, jobs: int, on_step: Callable[[int], None]
) -> dict[str, tuple[Array, dict[str, Any]]]:
    """Return what each candidate says of the validation, and how good that is."""
    training, validation = dataset.where(parts.train), dataset.where(parts.validation)
    tried = {}
    for name in candidates.NAMES:
        pipeline = candidates.make(name, training.values, seed=seed, jobs=jobs)
        candidates.fit(pipeline, training.values, training.target, jobs)
        raw = candidates.probability(pipeline, validation.values)
        tried[name] = raw, figures.headline(validation.target, raw)
        on_step(len(tried))
    return tried


def _held_out(name: str, learnt: Dataset, seed: int, jobs: int) -> Array:
    """Return what the chosen candidate says of alumnos that it has not seen, from the others.

    So it is asked in the state in which it will be used: one that has learnt from the latest
    periodo, too, has another bias than one that has not.
    """
    said = np.empty(len(learnt))
    parts = GroupKFold(_FOLDS, shuffle=True, random_state=seed)
    for others, held in parts.split(learnt.values, groups=learnt.alumnos):
        pipeline = candidates.make(name, learnt.values[others], seed=seed, jobs=jobs)
        candidates.fit(pipeline, learnt.values[others], learnt.target[others], jobs)
        said[held] = candidates.probability(pipeline, learnt.values[held])
    return said


def against_baselines(model: Model, learnt: Dataset, test: Dataset, seed: int) -> dict[str, Any]:
    """Return ``baselines``, as strong as what was learnt from makes them, and ``improvement``."""
    rules = baselines.probabilities(learnt.baselines, learnt.target, test.baselines)
    return compare(
        test.target.astype(float), model.probability(test.values), rules, test.alumnos, seed
    )


def compare(
    truth: Array, said: Array, rules: Mapping[str, Array], people: Array, seed: int
) -> dict[str, Any]:
    """Return ``baselines`` and ``improvement``: over the best of them, by PR-AUC."""
    scores = {name: figures.headline(truth, rule) for name, rule in rules.items()}
    best = max(scores, key=lambda name: scores[name]["pr_auc"])
    difference, low, high = figures.improvement(truth, said, rules[best], people, seed)
    return {
        "baselines": {
            name: {key: found[key] for key in ("auc", "pr_auc", "brier")}
            for name, found in scores.items()
        },
        "improvement": {
            "baseline": best,
            "difference": difference,
            "low": low,
            "high": high,
            "confidence": figures.CONFIDENCE,
            "better": low > 0,
        },
    }


def code_version() -> str:
    """Return the versions that a model depends on."""
    names = ("academico", "scikit-learn", "numpy", "skops")
    return ", ".join(f"{name} {version(name)}" for name in names)


def _parameters(
    pipeline: Any,  # noqa: ANN401
    kind: str,
    threshold: float,
    base_rate: float,
    options: Options,
) -> dict[str, Any]:
    model = pipeline.named_steps["model"]
    return {
        "modelo": {k: v for k, v in model.get_params().items() if v is not None and k != "n_jobs"},
        "calibracion": kind,
        "umbral_alto": threshold,
        "umbral_medio": min(base_rate, threshold),
        "capacidad": options.capacity,
        "alumnos_disjuntos": options.disjoint,
    }


def _hash(learnt: Dataset) -> bytes:
    digest = hashlib.sha256("\n".join(learnt.names).encode())
    for array in (learnt.alumnos, learnt.periodos):
        digest.update("\n".join(map(str, array)).encode())
    for numbers in (learnt.values, learnt.target):
        digest.update(np.ascontiguousarray(numbers, dtype="<f4").tobytes())
    return digest.digest()
