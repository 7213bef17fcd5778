"""What a report says: rows of the database, read in one snapshot."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from academico_cli.kpi import Freshness
from academico_cli.ml.registry import Entry

Row = dict[str, Any]

LISTED = 10
"""Materias of each end, grupos and maestros that are told one by one."""


@dataclass(frozen=True)
class Periodo:
    """A periodo's sums; alumnos and calificados are counted for two periodos only."""

    periodo: str
    inscripciones: int
    bajas: int
    calificaciones: int
    aprobados: int
    promedio: Decimal
    """Two digits; 0 without grades."""
    en_riesgo: int
    alumnos: int = 0
    """People enrolled, those who left included."""
    calificados: int = 0
    """People with a grade."""

    @property
    def tasa_aprob(self) -> Decimal:
        """Share of the grades that pass; 0 without grades."""
        return Decimal(self.aprobados) / max(self.calificaciones, 1)


@dataclass(frozen=True)
class Group:
    """Many grupos, or many maestros: how many there are, and how their means are spread."""

    cuantos: int
    cuartiles: list[float] | None
    promedios: list[Row]
    """medio (lower bound in half marks), cuantos."""
    rows: list[Row]
    """Some of them, when they are told one by one."""
    comparables: int = 0
    pequenos: int = 0
    sin_calificar: int = 0


@dataclass(frozen=True)
class Quality:
    """Last check, rejects, parked events, and the books."""

    revisiones: list[Row]
    fallas: list[Row]
    recibidos: int
    destinos: dict[str, int]
    rechazos: list[Row]
    pendientes: list[Row]

    @property
    def last(self) -> Row | None:
        """The last check that came to its end."""
        return self.revisiones[-1] if self.revisiones else None

    @property
    def gap(self) -> int:
        """Events received that have no fate; negative: fates without an event."""
        return self.recibidos - sum(self.destinos.values())


@dataclass(frozen=True)
class Report:
    """Everything that the page tells."""

    base: Row
    fresh: Freshness
    periodos: list[Periodo]
    """All of them, oldest first."""
    here: Periodo | None
    """The one that the report is about; None: there is none yet."""
    before: Periodo | None
    """The one before it, with grades."""
    quality: Quality
    names: bool
    """Whether people may be named."""
    calificaciones: dict[str, list[Row]] = field(default_factory=dict)
    """Periodo -> desde (lower bound, whole), abajo, arriba (of the pass mark)."""
    materias: list[Row] = field(default_factory=list)
    calladas: Row = field(default_factory=dict)
    grupos: Group | None = None
    maestros: Group | None = None
    riesgo: list[Row] = field(default_factory=list)
    """desde, cuantos: how far below the threshold those at risk are."""
    alumnos: list[Row] = field(default_factory=list)
    """Those at risk by name, when names were asked for."""
    model: Entry | None = None
    """The risk model in use."""
    bands: list[Row] = field(default_factory=list)
    """periodo, banda, cuantos: what it said last."""

    @property
    def minimum(self) -> int:
        """People, or grades, below which no figure is told."""
        return int(self.base["grupo_minimo"])

    def may_tell(self, periodo: Periodo | None) -> bool:
        """Tell whether a periodo has enough grades to be told of."""
        return periodo is not None and periodo.calificaciones >= max(self.minimum, 1)
