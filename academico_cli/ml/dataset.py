"""What a risk model is trained on, and what it judges: one row an alumno in a periodo."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Dataset:
    """What was known of each alumno of a periodo on its cut-off, and how it ended.

    All arrays have n rows in the same order (periodo, alumno).
    """

    alumnos: npt.NDArray[np.str_]
    """Ids."""
    periodos: npt.NDArray[np.str_]
    names: tuple[str, ...]
    """The k features."""
    values: npt.NDArray[np.float32]
    """(n, k); NaN where nothing is known."""
    target: npt.NDArray[np.float32]
    """1 at risk, 0 not, NaN while the outcome is open."""
    cutoffs: Mapping[str, date]
    """The cut-off of each periodo: an event of this day or later is not known yet."""
    baselines: Mapping[str, npt.NDArray[np.float32]]
    """Rules of thumb by name: a score a row, higher is more at risk, NaN where they say nothing."""
    genero: npt.NDArray[np.str_]
    """As stored, '' where unknown. Never a feature: for comparing errors between groups."""
    materias: tuple[npt.NDArray[np.int32], npt.NDArray[np.str_]]
    """Pairs (row, id_materia): what each alumno takes in the periodo as known on the cut-off."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.alumnos)

    def where(self, mask: npt.NDArray[np.bool_]) -> "Dataset":
        """Return the rows of a mask of n."""
        rows, materias = self.materias
        kept = mask[rows]
        places = np.cumsum(mask) - 1
        return replace(
            self,
            alumnos=self.alumnos[mask],
            periodos=self.periodos[mask],
            values=self.values[mask],
            target=self.target[mask],
            baselines={name: score[mask] for name, score in self.baselines.items()},
            genero=self.genero[mask],
            materias=(places[rows[kept]].astype(np.int32), materias[kept]),
        )

    @property
    def closed(self) -> npt.NDArray[np.bool_]:
        """A mask of the rows whose outcome is known."""
        return ~np.isnan(self.target)
