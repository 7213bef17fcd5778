"""``academico ml predict``: who is at risk, how sure the model is, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from academico_cli import sqlfiles
from academico_cli.errors import WrongUsage
from academico_cli.ml import explain, features
from academico_cli.ml.dataset import Dataset
from academico_cli.ml.modelfile import Model
from academico_cli.ml.registry import Entry
from academico_cli.postgres import Connection

Array = npt.NDArray[Any]
SQL = sqlfiles.load(__package__, "predict.sql")

MIN_INFORMATION = 0.2
"""Share of what a model looks at below which it says nothing."""
STEPS = 3
_ROUNDS = 2


@dataclass(frozen=True)
class Predictions:
    """What a model says of a periodo."""

    modelo: int
    periodo: str
    corte: date
    rows: list[dict[str, Any]]
    """``id_alumno``, ``probabilidad``, ``banda``, ``seleccionado``, ``informacion``, ``razones``;
    most at risk first."""


def predict(
    connection: Connection,
    entry: Entry,
    model: Model,
    *,
    periodo: str | None = None,
    top: float | None = None,
    min_information: float = MIN_INFORMATION,
    on_step: Callable[[int], None] = lambda _: None,
) -> Predictions:
    """Judge the alumnos of a periodo and store what comes out. The caller commits.

    Args:
        connection: to the database.
        entry, model: which model.
        periodo: None: the latest.
        top: per cent of the alumnos that can be attended; None: as the model was trained for.
        min_information: share of what the model looks at, each feature as important as it is to
            the model, that must be known of an alumno.
        on_step: called with the steps that are done, up to ``STEPS``.

    Raises:
        WrongUsage: there is no such periodo, or nobody is enrolled.
    """
    periodo, data = of_periodo(connection, entry, periodo)
    on_step(1)
    rows = judge(entry, model, data, top=top, min_information=min_information)
    on_step(2)
    found = Predictions(entry.id, periodo, data.cutoffs[periodo], rows)
    _store(connection, found)
    on_step(STEPS)
    return found


def of_periodo(connection: Connection, entry: Entry, periodo: str | None) -> tuple[str, Dataset]:
    """Return the features of one periodo, the latest unless named, as a model looks at them.

    Raises:
        WrongUsage: nobody is enrolled in it, or the model looks at other features.
    """
    if periodo is None:
        row = connection.execute(SQL["latest_periodo"]).fetchone()
        if row is None:
            raise WrongUsage(detail="nobody is enrolled in anything yet; load data first")
        periodo = str(row[0])
    data = features.build(
        connection, cutoff_day=entry.dia_corte, target=entry.objetivo, periodos=[periodo]
    )
    if not len(data):
        raise WrongUsage(detail=f"nobody is enrolled in periodo {periodo!r}")
    require_same_features(entry, data)
    return periodo, data


def require_same_features(entry: Entry, data: Dataset) -> None:
    """Return when a model can judge these rows.

    Raises:
        WrongUsage: it was trained on other features.
    """
    if tuple(entry.caracteristicas) != data.names:
        raise WrongUsage(
            detail=f"model {entry.id} was trained by another version of academico, with other "
            "features; train it again"
        )


def judge(
    entry: Entry, model: Model, data: Dataset, *, top: float | None, min_information: float
) -> list[dict[str, Any]]:
    """Return the rows of ``Predictions``."""
    said, known = model.probability(data.values), information(entry, data.values)
    silent = known < min_information
    ranked = np.argsort(np.where(silent, 2.0, -said), kind="stable")
    capacity = entry.parametros["capacidad"] if top is None else top
    called = round((~silent).sum() * capacity / 100)
    high, middle = entry.parametros["umbral_alto"], entry.parametros["umbral_medio"]
    bands = np.where(said >= high, "alto", np.where(said >= middle, "medio", "bajo"))
    bands = np.where(silent, "sin_informacion", bands)
    # What lowers a low risk helps nobody to act, and a large school has many of them.
    told = np.isin(bands, ("alto", "medio")) | (np.argsort(ranked) < called)
    why = _reasons(entry, model, data, np.flatnonzero(told & ~silent))
    return [
        {
            "id_alumno": int(data.alumnos[i]),
            "probabilidad": None if silent[i] else round(float(said[i]), 6),
            "banda": str(bands[i]),
            "seleccionado": place < called,
            "informacion": round(float(known[i]), 4),
            "razones": why.get(int(i), []),
        }
        for place, i in enumerate(ranked)
    ]


def information(entry: Entry, values: Array) -> Array:
    """Return the share of what the model looks at that is known of each of (n, k) rows."""
    lost = {each["feature"]: max(each["drop"], 0.0) for each in entry.metricas["importance"]}
    weight = np.array([lost.get(name, 0.0) for name in entry.caracteristicas])
    if not weight.sum():
        weight = np.ones(len(weight))
    share: Array = (~np.isnan(values)) @ (weight / weight.sum())
    return share


def _reasons(entry: Entry, model: Model, data: Dataset, rows: Array) -> dict[int, list[str]]:
    if not len(rows):
        return {}
    usual, values = explain.usual_values(entry), data.values[rows]
    pushed = explain.pushes(model, values, usual, rounds=_ROUNDS, seed=entry.semilla)
    return {
        int(row): explain.reasons(data.names, values[n], usual, pushed[n])
        for n, row in enumerate(rows)
    }


def _store(connection: Connection, found: Predictions) -> None:
    where = {"modelo": found.modelo, "periodo": found.periodo}
    connection.execute(SQL["forget"], where)
    now = datetime.now(UTC)
    with connection.cursor() as cursor, cursor.copy(SQL["copy"]) as copy:
        for row in found.rows:
            copy.write_row(
                (row["id_alumno"], found.periodo, found.modelo, found.corte, row["probabilidad"],
                 row["banda"], row["seleccionado"], row["informacion"], row["razones"], now)
            )  # fmt: skip
    connection.execute(SQL["used"], where)
