"""Datasets whose truth is known, for tests of risk models."""

from datetime import date

import numpy as np

from academico_cli.ml.dataset import Dataset

PERIODOS = ("2022B", "2023A", "2023B", "2024A")
NAMES = ("promedio", "faltas", "ruido", "creditos")


def dataset(
    alumnos: int = 300,
    periodos: tuple[str, ...] = PERIODOS,
    *,
    seed: int = 7,
    strength: float = 2.0,
    rate: float = 0.3,
    missing: float = 0.1,
) -> Dataset:
    """Return alumnos who are at risk with a probability that promedio and faltas decide.

    The last average alone is a weaker rule than both; ``strength`` 0: nothing tells anything.
    """
    draw = np.random.default_rng(seed)
    n = alumnos * len(periodos)
    who = np.tile(np.arange(1, alumnos + 1), len(periodos))
    values = draw.normal(size=(n, len(NAMES)))
    line = strength * (-values[:, 0] + values[:, 1]) + np.log(rate / (1 - rate))
    truth = draw.random(n) < 1 / (1 + np.exp(-line))
    rule = -values[:, 0].copy()
    values[draw.random(values.shape) < missing] = np.nan
    rule[np.isnan(values[:, 0])] = np.nan
    rows = np.repeat(np.arange(n), 2)
    return Dataset(
        alumnos=who.astype(str),
        periodos=np.repeat(np.array(periodos), alumnos),
        names=NAMES,
        values=values.astype(np.float32),
        target=truth.astype(np.float32),
        cutoffs={p: date(int(p[:4]), 2 if p.endswith("A") else 8, 1) for p in periodos},
        baselines={"ultimo_promedio": rule.astype(np.float32)},
        genero=np.where(draw.random(n) < 0.5, "F", "M"),
        materias=(rows.astype(np.int32), np.tile(np.array(["1", "2"]), n)),
    )
