"""What is learnt from, what the choice is made on, and what is measured on: earlier to later."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from academico_cli.errors import NotLearnable, WrongUsage
from academico_cli.ml.dataset import Dataset

Mask = npt.NDArray[np.bool_]

MIN_ROWS, MIN_EACH = 50, 10
"""Fewest alumnos, and fewest of each outcome, that something can be learnt from."""
CLOSED = 0.9
"""Share of outcomes from which on a periodo is over: those known before are not like the rest."""
_TEST, _VALIDATION = 3, 4
"""Disjoint: one alumno in so many is kept for the test; without a second periodo: validation."""


@dataclass(frozen=True)
class Split:
    """Masks of a dataset's rows, and the periodos in each."""

    train: Mask
    validation: Mask
    test: Mask
    train_periodos: list[str]
    validation_periodos: list[str]
    test_periodos: list[str]
    notes: list[str] = field(default_factory=list)
    """What the user should know about it."""

    @property
    def learnt(self) -> Mask:
        """The rows that the final model is fitted on: all but the test's."""
        return self.train | self.validation


def split(
    dataset: Dataset,
    *,
    train_periodos: Sequence[str] = (),
    test_periodos: Sequence[str] = (),
    disjoint: bool = False,
    seed: int = 42,
) -> Split:
    """Divide rows with a known outcome by periodo.

    The test is the latest periodo that is over, unless named; the validation is the last one
    before it; the rest is learnt from. Disjoint: no alumno of the test is seen before it, and none
    of the validation in training.

    Raises:
        WrongUsage: a periodo that is named is unknown, open, or in a place that cannot be.
        NotLearnable: there are too few alumnos, periodos or outcomes.
    """
    over = _over(dataset)
    test = _named(over, test_periodos, dataset) or over[-1:]
    earlier = [p for p in over if p < test[0]]
    learnt = _named(over, train_periodos, dataset) or earlier
    if late := [p for p in learnt if p >= test[0]]:
        raise WrongUsage(
            detail=f"training periodos must be earlier than those of the test: {', '.join(late)} "
            f"is not earlier than {test[0]}"
        )
    if not learnt:
        raise NotLearnable(
            detail=f"no periodo before {test[0]} has known outcomes, so there is no history; "
            "two periodos at least are needed, one to learn from and a later one to test on"
        )
    found = _masks(dataset, learnt, test, disjoint=disjoint, seed=seed)
    _require_enough(dataset, found)
    return found


def _over(dataset: Dataset) -> list[str]:
    if not len(dataset):
        raise NotLearnable(detail="no alumno is enrolled in anything yet; load data first")
    closed = dataset.closed
    every = [str(p) for p in np.unique(dataset.periodos)]
    over = [p for p in every if closed[dataset.periodos == p].mean() >= CLOSED]
    if not over:
        raise NotLearnable(
            detail=f"how it ended is not known yet for any periodo (there are {', '.join(every)})"
        )
    return over


def _named(over: Sequence[str], names: Sequence[str], dataset: Dataset) -> list[str]:
    for name in names:
        if name not in over:
            known = str(name) in dataset.periodos
            why = "is not over: most outcomes are open" if known else "is not known"
            raise WrongUsage(
                detail=f"periodo {name!r} {why}; those that are over: {', '.join(over)}"
            )
    return sorted(set(names))


def _masks(
    dataset: Dataset, learnt: list[str], test: list[str], *, disjoint: bool, seed: int
) -> Split:
    closed, periodos = dataset.closed, dataset.periodos
    in_test = closed & np.isin(periodos, test)
    in_learnt = closed & np.isin(periodos, learnt)
    validation, notes = learnt[-1:], []
    lot = _lots(dataset, seed)
    if disjoint:
        kept = lot % _TEST == 0
        in_test, in_learnt = in_test & kept, in_learnt & ~kept
    if len(learnt) > 1:
        in_validation = in_learnt & np.isin(periodos, validation)
        in_train = in_learnt & ~in_validation
        if disjoint:
            chosen = lot % (_TEST * _VALIDATION) < _TEST
            in_validation, in_train = in_validation & chosen, in_learnt & ~chosen
        train = learnt if disjoint else learnt[:-1]
    else:
        in_validation = in_learnt & (lot % (_TEST * _VALIDATION) < _TEST)
        in_train, train = in_learnt & ~in_validation, learnt
        notes.append(
            f"only {learnt[0]} can be learnt from: the model is chosen on a quarter of its alumnos "
            "and not on a later periodo"
        )
    return Split(in_train, in_validation, in_test, train, validation, test, notes)


def _lots(dataset: Dataset, seed: int) -> npt.NDArray[Any]:
    """Return a number for each row, the same for all rows of an alumno."""
    names, who = np.unique(dataset.alumnos, return_inverse=True)
    return np.random.default_rng(seed).integers(1 << 30, size=len(names))[who]


def _require_enough(dataset: Dataset, found: Split) -> None:
    parts = (
        ("training", found.train, found.train_periodos),
        ("validation", found.validation, found.validation_periodos),
        ("test", found.test, found.test_periodos),
    )
    for name, mask, periodos in parts:
        target, where = dataset.target[mask], f"the {name} ({', '.join(periodos)})"
        rows, positives = int(mask.sum()), int(target.sum())
        if rows and positives in (0, rows):
            what = "at risk" if positives else "not at risk"
            raise NotLearnable(
                detail=f"all {rows} alumnos of {where} ended alike, {what}; choose another "
                "--target, or periodos in which both happened"
            )
        if rows < MIN_ROWS or min(positives, rows - positives) < MIN_EACH:
            raise NotLearnable(
                detail=f"{where} has {rows} alumnos, {positives} of them at risk; at least "
                f"{MIN_ROWS} are needed, and {MIN_EACH} of either outcome"
            )
