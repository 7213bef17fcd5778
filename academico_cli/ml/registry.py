"""The registry of risk models, ``ml.modelos``: which there are, which is in use, how good each is.

``ml.modelos.metricas`` (jsonb) is what the model did on its test periodos, which it learnt nothing
from; shares and probabilities are 0..1, and a figure that too few rows allow is null::

    {"test": {"n": 1500, "positives": 420, "base_rate": 0.28, "auc": 0.81, "pr_auc": 0.62,
              "brier": 0.15, "ece": 0.02},
     "improvement": {"baseline": "promedio_historico", "difference": 0.11, "low": 0.08,
                     "high": 0.14, "confidence": 0.95, "better": true},   PR-AUC, by alumno
     "baselines": {"prevalencia": {"auc": 0.5, "pr_auc": 0.28, "brier": 0.2}, ...},
     "candidates": {"random_forest": {"auc": .., "pr_auc": .., "brier": ..}, ...},  on validation
     "calibration": "ninguna" | "sigmoide" | "isotonica",
     "threshold": 0.41,                       of band alto: the capacity's share of the validation
     "confusion": {"tp": 1, "fp": 1, "fn": 1, "tn": 1},                   at the threshold
     "at_capacity": [{"percent": 20, "called": 300, "precision": 0.7, "recall": 0.5, "lift": 2.5}],
     "curves": {"roc": [[fpr, tpr], ...], "pr": [[recall, precision], ...],
                "calibration": [[mean predicted, share observed, rows], ...],
                "gain": [[share of alumnos called, share of those at risk found], ...]},
     "by_periodo": [group], "by_materia": [group], "by_genero": [group],
     "gap": {"groups": ["F", "M"], "difference": 0.03, "low": -0.02, "high": 0.08} | null,
     "importance": [{"feature": "promedio_historico", "label": "Promedio histórico",
                     "drop": 0.04, "deviation": 0.005}, ...]}             PR-AUC lost, largest first

    group = {"group": "2024B", "n": 700, "positives": 190, "base_rate": .., "auc": .., "pr_auc": ..,
             "brier": .., "precision": .., "recall": .., "fnr": .., "fnr_low": .., "fnr_high": ..}

``fnr``: share of those at risk that band alto misses, with its 95 % interval. A curve has at most
101 points, in order; at most 50 materias are listed, the largest.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from academico_cli import sqlfiles
from academico_cli.errors import NoModel, UnknownModel, WrongUsage
from academico_cli.postgres import Connection, Row

SQL = sqlfiles.load(__package__, "registry.sql")


@dataclass(frozen=True)
class Entry:
    """A row of ``ml.modelos``; what the database fills in itself comes last."""

    algoritmo: str
    objetivo: str
    dia_corte: int | None
    cortes: dict[str, str]
    periodos_entrenamiento: list[str]
    periodos_validacion: list[str]
    periodos_prueba: list[str]
    semilla: int
    parametros: dict[str, Any]
    caracteristicas: list[str]
    huella_datos: bytes
    version_codigo: str
    metricas: dict[str, Any] = field(repr=False)
    referencia: dict[str, Any] = field(repr=False)
    ficha: str = field(repr=False)
    archivo: str
    huella_archivo: bytes
    supera_bases: bool
    estado: str = "entrenado"
    id: int = 0
    creado_en: datetime | None = None


_JSON = ("cortes", "parametros", "metricas", "referencia")


def store(connection: Connection, entry: Entry) -> int:
    """Put a model into the registry; return its number. The caller commits."""
    values = asdict(entry)
    values.update({name: Jsonb(values[name]) for name in _JSON})
    return _number(connection, "store", values)


def find(connection: Connection, number: int | None = None, *, newest: bool = False) -> Entry:
    """Return a model of the registry.

    Args:
        connection: to the database.
        number: which; None: the one in use.
        newest: without a number, the newest when none is in use.

    Raises:
        UnknownModel: there is none of this number; NoModel: none is in use.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SQL["find"], {"id": number, "newest": newest}).fetchone()
    if row is not None:
        return Entry(**row)
    if number is None:
        raise NoModel
    known = ", ".join(str(found["model_id"]) for found in models(connection))
    raise UnknownModel(number=number, known=known or "none: run `academico ml train`")


def models(connection: Connection) -> list[Row]:
    """Return every model with its main figures, newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL["models"]).fetchall()


def promote(connection: Connection, number: int, *, force: bool = False) -> int | None:
    """Put a model into use; return the one that was in use before. The caller commits.

    Raises:
        WrongUsage: it is in use already; or it is not better than its baselines, unless forced.
    """
    connection.execute(SQL["lock"])
    entry = find(connection, number)
    if entry.estado == "en_uso":
        raise WrongUsage(detail=f"model {number} is in use already")
    if not entry.supera_bases and not force:
        raise WrongUsage(
            detail=f"model {number} is not better than a rule of thumb: "
            "nobody gains by it. Add --force to use it all the same"
        )
    before = _in_use(connection)
    connection.execute(SQL["retire"])
    connection.execute(SQL["promote"], {"id": number})
    return before


def rollback(connection: Connection) -> tuple[int, int]:
    """Put the model before into use again; return (the one that was in use, the one that is now).

    Raises:
        NoModel: none is in use; WrongUsage: there was none before it.
    """
    connection.execute(SQL["lock"])
    current = find(connection).id
    connection.execute(SQL["revert"])
    before = connection.execute(SQL["last_promoted"]).fetchone()
    if before is None:
        raise WrongUsage(detail=f"no model was in use before model {current}")
    connection.execute(SQL["retire"])
    connection.execute(SQL["use"], {"id": before[0]})
    return current, int(str(before[0]))


def _in_use(connection: Connection) -> int | None:
    row = connection.execute(SQL["in_use"]).fetchone()
    return None if row is None else int(str(row[0]))


def _number(connection: Connection, name: str, values: dict[str, Any]) -> int:
    row = connection.execute(SQL[name], values).fetchone()
    return int(str(row[0])) if row is not None else 0
