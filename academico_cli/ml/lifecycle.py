"""What the commands do with a model: train it and register it, measure it again, follow it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from academico_cli import sqlfiles
from academico_cli.ml import card, drift, features, modelfile, predict, registry, split, train
from academico_cli.ml.dataset import Dataset
from academico_cli.ml.modelfile import Model
from academico_cli.ml.registry import Entry
from academico_cli.ml.train import Options, Trained
from academico_cli.postgres import Connection, Database, Row

SQL = sqlfiles.load(__package__, "lifecycle.sql")

Array = npt.NDArray[Any]
Step = Callable[[int], None]
STEPS = train.STEPS + 2


@dataclass(frozen=True)
class Registered:
    """A trained model with its number."""

    number: int
    trained: Trained
    cutoffs: dict[str, str]
    """Periodo -> ISO date of its cut-off."""
    in_use: bool
    """Whether it is the one in use now: the first good one is."""


def train_and_register(
    database: Database,
    home: Path,
    options: Options,
    *,
    cutoff_day: int | None,
    target: str,
    on_step: Step = lambda _: None,
) -> Registered:
    """Build the features, train, write the file, and put all into the registry.

    A model that beats its baselines is put into use when none is.

    Raises:
        WrongUsage, NotLearnable: see ``train``; HomeUnusable: the file cannot be written.
    """
    with database.connect(name="academico ml train") as connection:
        data = features.build(connection, cutoff_day=cutoff_day, target=target)
        names = {str(row[0]): str(row[1]) for row in connection.execute(SQL["materias"])}
        # Training takes minutes; nobody is to wait for this snapshot.
        connection.commit()
        on_step(1)
        trained = train.train(data, options, materias=names, on_step=lambda n: on_step(n + 1))
        archivo, huella = modelfile.save(home, trained.model)
        entry = _entry(data, trained, options, cutoff_day, target)
        entry = replace(entry, archivo=archivo, huella_archivo=huella)
        number = registry.store(connection, entry)
        in_use = trained.better and connection.execute(SQL["none_in_use"]).fetchone() == (True,)
        if in_use:
            registry.promote(connection, number)
        connection.commit()
    on_step(STEPS)
    return Registered(number, trained, entry.cortes, in_use)


def _entry(
    data: Dataset, trained: Trained, options: Options, cutoff_day: int | None, target: str
) -> Entry:
    parts = trained.split
    periodos = {
        "entrenamiento": parts.train_periodos,
        "validacion": parts.validation_periodos,
        "prueba": parts.test_periodos,
    }
    return Entry(
        algoritmo=trained.algoritmo,
        objetivo=target,
        dia_corte=cutoff_day,
        cortes={periodo: day.isoformat() for periodo, day in data.cutoffs.items()},
        periodos_entrenamiento=parts.train_periodos,
        periodos_validacion=parts.validation_periodos,
        periodos_prueba=parts.test_periodos,
        semilla=options.seed,
        parametros=trained.parameters,
        caracteristicas=list(data.names),
        huella_datos=trained.data_hash,
        version_codigo=train.code_version(),
        metricas=trained.metrics,
        referencia=trained.reference,
        ficha=card.write(
            algoritmo=trained.algoritmo,
            objetivo=target,
            dia_corte=cutoff_day,
            cortes=data.cutoffs,
            periodos=periodos,
            metrics=trained.metrics,
            capacity=options.capacity,
        ),
        archivo="",
        huella_archivo=b"",
        supera_bases=trained.better,
    )


def opened(
    connection: Connection, home: Path, number: int | None, *, newest: bool = False
) -> tuple[Entry, Model]:
    """Return a model of the registry with its file.

    Raises:
        UnknownModel, NoModel: see ``registry.find``; ModelRefused: see ``modelfile.load``.
    """
    entry = registry.find(connection, number, newest=newest)
    return entry, modelfile.load(home, entry.id, entry.archivo, entry.huella_archivo)


def evaluate(
    connection: Connection,
    home: Path,
    number: int | None,
    periodos: Sequence[str] = (),
    *,
    on_step: Step = lambda _: None,
) -> tuple[Entry, dict[str, Any]]:
    """Measure a model on the data of today; see ``registry`` for the layout.

    Args:
        connection: to the database.
        home: ACADEMICO_HOME.
        number: which; None: the one in use, else the newest.
        periodos: later than those it learnt from; none: its test periodos.
        on_step: called with the steps that are done, up to 3.

    Raises:
        WrongUsage: it learnt from one of the periodos, or one is not over.
    """
    entry, model = opened(connection, home, number, newest=True)
    data = features.build(connection, cutoff_day=entry.dia_corte, target=entry.objetivo)
    names = {str(row[0]): str(row[1]) for row in connection.execute(SQL["materias"])}
    on_step(1)
    parts = split.split(
        data,
        train_periodos=sorted({*entry.periodos_entrenamiento, *entry.periodos_validacion}),
        test_periodos=list(periodos) or entry.periodos_prueba,
        disjoint=bool(entry.parametros["alumnos_disjuntos"]),
        seed=entry.semilla,
    )
    predict.require_same_features(entry, data)
    learnt, test = data.where(parts.learnt), data.where(parts.test)
    measured = train.measure(model, test, entry.parametros["umbral_alto"], names)
    measured |= train.against_baselines(model, learnt, test, entry.semilla)
    on_step(2)
    measured["importance"] = train.importance(model, test, entry.semilla)
    measured["periodos"] = parts.test_periodos
    on_step(3)
    return entry, measured


def follow(
    connection: Connection, home: Path, number: int | None, periodo: str | None
) -> tuple[Entry, list[Row], Row | None]:
    """Compare a periodo with what the model was trained on, and store it. The caller commits.

    Returns:
        The model; a row for each feature, those that changed most first; and what became of what
        was predicted, None while too little is known.
    """
    entry, model = opened(connection, home, number)
    periodo, data = predict.of_periodo(connection, entry, periodo)
    columns: dict[str, Array] = {name: data.values[:, j] for j, name in enumerate(data.names)}
    columns[drift.PROBABILITY] = model.probability(data.values)
    where = {"modelo": entry.id, "periodo": periodo, "calculada_en": datetime.now(UTC)}
    rows: list[Row] = [
        {**where, "caracteristica": name, **drift.compare(entry.referencia[name], column),
         "alumnos": len(data)}
        for name, column in columns.items()
    ]  # fmt: skip
    connection.execute(SQL["forget_drift"], where)
    with connection.cursor() as cursor:
        cursor.executemany(SQL["store_drift"], rows)
    outcome = _outcome(connection, data, where)
    return entry, sorted(rows, key=lambda row: -float(str(row["psi"]))), outcome


def _outcome(connection: Connection, data: Dataset, where: dict[str, Any]) -> Row | None:
    """Compare what was predicted of a periodo with what became of it."""
    said = {str(row[0]): row[1] for row in connection.execute(SQL["predicted"], where)}
    closed = data.where(data.closed)
    known = np.isin(closed.alumnos, list(said))
    if len(closed) < split.CLOSED * len(data) or known.sum() < split.MIN_ROWS:
        return None
    closed = closed.where(known)
    probability = np.array([float(str(said[a])) for a in closed.alumnos], dtype=np.float64)
    found = {**where, **drift.outcome(probability, closed.target.astype(float))}
    connection.execute(SQL["store_outcome"], found)
    return found
