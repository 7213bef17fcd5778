"""Does what happened after the cut-off show in the features? Changed at random, it must not.

The changes go the way of real ones: through staging and the merges, in a transaction that is
rolled back.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple, Protocol

import numpy as np

from academico_cli import sqlfiles
from academico_cli.errors import WrongUsage
from academico_cli.ml import features
from academico_cli.ml.dataset import Dataset
from academico_cli.postgres import Connection

_SQL = sqlfiles.load(__package__, "audit.sql")
_LOTE = -1
"""No lote of a consumer has this number."""

ALUMNOS = 500
"""Whose future is changed, so that what is locked meanwhile stays small."""


class Build(Protocol):
    """What makes features: features.build, or something that is suspected."""

    def __call__(
        self,
        connection: Connection,
        *,
        cutoff_day: int | None,
        target: str,
        periodos: list[str],
        cutoff: date,
    ) -> Dataset:
        """Return the features of some periodos."""


class Finding(NamedTuple):
    """One feature, in one periodo."""

    periodo: str
    caracteristica: str
    alumnos: int
    """Rows that were compared."""
    movidos: int
    """Rows whose value is another one once the future is another one."""
    ejemplo: str | None
    """An alumno whose value moved."""


class Report(NamedTuple):
    """What an audit found."""

    findings: list[Finding]
    changes: int
    """Events after the cut-off that were changed, taken away or added."""


def audit(
    connection: Connection,
    *,
    cutoff_day: int | None,
    periodos: list[str] | None = None,
    alumnos: int = ALUMNOS,
    seed: int = 42,
    build: Build = features.build,
    on_step: Callable[[int], None] = lambda _: None,
) -> Report:
    """Compare the features of each periodo with those under another future.

    Args:
        connection: to the database. What is changed is rolled back.
        cutoff_day: as in ``features.build``.
        periodos: None: all.
        alumnos: how many alumnos of a periodo get another future.
        seed: of the changes.
        build: makes the features.
        on_step: called with the periodos that are done.

    Raises:
        WrongUsage: there is nothing after a cut-off that could be changed.
    """
    findings: list[Finding] = []
    changes = 0
    for done, cut in enumerate(features.cuts(connection, cutoff_day, periodos)):
        with connection.transaction(force_rollback=True):
            before = _built(connection, build, cutoff_day, cut)
            changes += _change(connection, cut, alumnos, seed)
            after = _built(connection, build, cutoff_day, cut)
        findings += _compared(cut.periodo, before, after)
        on_step(done + 1)
    if not changes:
        raise WrongUsage(detail="nothing happened after the cut-off: there is nothing to change")
    return Report(findings, changes)


def _built(
    connection: Connection, build: Build, cutoff_day: int | None, cut: features.Cut
) -> Dataset:
    # The day itself is held: without a number of days it depends on when grades came in.
    return build(
        connection,
        cutoff_day=cutoff_day,
        target=features.TARGETS[0],
        periodos=[cut.periodo],
        cutoff=cut.corte,
    )


def _change(connection: Connection, cut: features.Cut, alumnos: int, seed: int) -> int:
    params = {
        "periodo": cut.periodo,
        "corte": cut.corte,
        "alcance": max(cut.corte, cut.inicio + timedelta(days=1)),
        "alumnos": alumnos,
        "semilla": seed,
        "azar": seed % 1000 / 1000,
        "lote": _LOTE,
    }
    connection.execute("SET LOCAL TimeZone = 'UTC'")
    connection.execute(_SQL["seed"], params)
    connection.execute(_SQL["sample"], params)
    changed = 0
    for name in ("late_evaluaciones", "late_calificaciones"):
        row = connection.execute(_SQL[name], params).fetchone()
        changed += int(str(row[0])) if row else 0
    connection.execute(_SQL["forget_what_might_have_been"])
    for name in ("new_evaluaciones", "new_calificaciones", "new_inscripciones"):
        changed += connection.execute(_SQL[name], params).rowcount
    connection.execute(_SQL["merge"], params)
    return changed


def _compared(periodo: str, before: Dataset, after: Dataset) -> list[Finding]:
    """Return a finding a column, and one for who is there at all."""
    here, there = set(before.alumnos), set(after.alumnos)
    other = sorted(here ^ there)
    findings = [Finding(periodo, "(alumnos)", len(here), len(other), next(iter(other), None))]
    both = here & there
    old = before.where(np.isin(before.alumnos, list(both)))
    new = after.where(np.isin(after.alumnos, list(both)))
    columns = [(name, old.values[:, j], new.values[:, j]) for j, name in enumerate(old.names)]
    columns += [(name, score, new.baselines[name]) for name, score in old.baselines.items()]
    for name, was, now in columns:
        moved = ~np.isclose(was, now, rtol=1e-5, atol=1e-6, equal_nan=True)
        example = str(old.alumnos[np.argmax(moved)]) if moved.any() else None
        findings.append(Finding(periodo, name, len(was), int(moved.sum()), example))
    return findings
