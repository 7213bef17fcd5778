"""A lote on its way through the stages: what is known of it, and what became of it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple, Protocol

from academico_cli import stg
from academico_cli.postgres import Connection

Destinos = Counter[tuple[str, str]]
"""Events by entidad and destino."""


class Stopwatch:
    """How long a lote was in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, etapa: str) -> Iterator[None]:
        """Add the time that the block takes to a stage's."""
        began = perf_counter()
        yield
        self.seconds[etapa] = self.seconds.get(etapa, 0.0) + perf_counter() - began

    def __add__(self, other: object) -> "Stopwatch":
        if not isinstance(other, Stopwatch):
            return NotImplemented
        both = Stopwatch()
        for etapa in (*self.seconds, *other.seconds):
            both.seconds[etapa] = self.seconds.get(etapa, 0.0) + other.seconds.get(etapa, 0.0)
        return both


class Result(NamedTuple):
    """What one transaction did."""

    lotes: tuple[int, ...]
    """Usually one; more when the batch was split."""
    eventos: int
    destinos: Destinos
    """Parked events of earlier lotes that were taken up are among them."""
    conflictos: int
    motivos: Counter[tuple[str, str]]
    """Rejected events by entidad and the reject's code."""
    momentos: Sequence[int]
    """The times of the events that were merged, as in stg.Row."""
    watch: Stopwatch

    def __add__(self, other: object) -> "Result":
        if not isinstance(other, Result):
            return NotImplemented
        return Result(
            self.lotes + other.lotes,
            self.eventos + other.eventos,
            self.destinos + other.destinos,
            self.conflictos + other.conflictos,
            self.motivos + other.motivos,
            (*self.momentos, *other.momentos),
            self.watch + other.watch,
        )


class Received(NamedTuple):
    """A lote that is stored in raw and staged, and not merged yet."""

    lote: int
    ids: frozenset[bytes]
    """Ids in raw of its messages."""
    mensajes: int
    eventos: int
    conflictos: int
    entidades: frozenset[str]
    """Those that have staged rows."""
    keys: dict[str, frozenset[stg.Row]]
    """Of these rows: see stg.keys_of."""
    destinos: Destinos
    """Those of which the merge sees nothing."""
    motivos: Counter[tuple[str, str]]
    momentos: Sequence[int]
    """Both as in Result."""
    watch: Stopwatch

    def depends_on(self, other: "Received") -> bool:
        """Tell whether merging both at once may give another result than one after the other.

        Not when they have no key in common and neither has a parent of the other's rows; parked
        events that one of them takes up have a parent in it.
        """
        if not stg.CATALOGUES.isdisjoint(self.entidades | other.entidades):
            return True
        if any(not keys.isdisjoint(other.keys.get(e, ())) for e, keys in self.keys.items()):
            return True
        return _has_parents_of(self, other) or _has_parents_of(other, self)


def _has_parents_of(one: Received, other: Received) -> bool:
    alumnos = one.keys.get("alumno", frozenset())
    return any(
        key[:1] in alumnos
        for entidad, keys in other.keys.items()
        if alumnos and entidad != "alumno"
        for key in keys
    )


class Hold(Protocol):
    """Why a lote is to be set aside."""

    @property
    def reason(self) -> str:
        """What its events are rejected for."""

    def record(self, connection: Connection, lote: int) -> None:
        """Note it under the number of the lote that was set aside."""


Gate = Callable[[Connection, int, Mapping[str, Collection[stg.Row]]], Hold | None]
"""Asked of each lote after its merge, with the keys of its rows by entidad (none of catalogues)."""
