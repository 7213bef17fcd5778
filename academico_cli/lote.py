"""A lote on its way through the stages: what is known of it, and what became of it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import time_ns
from typing import NamedTuple, Protocol

from academico_cli import stg
from academico_cli.postgres import Connection

Destinos = Counter[tuple[str, str]]
"""Events by entidad and destino."""


class Lap(NamedTuple):
    """Time that a lote was in a stage, nanoseconds since the epoch."""

    etapa: str
    began_ns: int
    ended_ns: int

    @property
    def seconds(self) -> float:
        """How long it was; never negative, whatever is done to the clock."""
        return max(0, self.ended_ns - self.began_ns) / 1e9


class Stopwatch:
    """When a lote was in each stage."""

    def __init__(self, laps: Iterable[Lap] = ()) -> None:
        self.laps = list(laps)

    @contextmanager
    def time(self, etapa: str) -> Iterator[None]:
        """Note when the block began and ended."""
        began_ns = time_ns()
        yield
        self.laps.append(Lap(etapa, began_ns, time_ns()))


class Refused(NamedTuple):
    """A rejected event, as far as it may be told."""

    id_mensaje: bytes
    linea: int
    entidad: str
    motivo: str
    campo: str


class Result(NamedTuple):
    """What one transaction did."""

    lotes: tuple[int, ...]
    """Usually one; more when the batch was split."""
    eventos: int
    destinos: Destinos
    """Parked events of earlier lotes that were taken up are among them."""
    conflictos: int
    refused: Sequence[Refused]
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
            (*self.refused, *other.refused),
            (*self.momentos, *other.momentos),
            Stopwatch((*self.watch.laps, *other.watch.laps)),
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
    refused: Sequence[Refused]
    momentos: Sequence[int]
    """As in Result."""
    watch: Stopwatch

    def depends_on(self, other: "Received", stored: Callable[[Collection[object]], bool]) -> bool:
        """Tell whether merging both at once may give another result than one after the other.

        Not when they have no key in common and neither brings a parent of the other's rows; parked
        events that one of them takes up have a parent in it. An alumno that is stored already is
        a parent whatever becomes of its event.

        Args:
            stored: tells whether all these alumnos are stored, and committed.
        """
        if not stg.CATALOGUES.isdisjoint(self.entidades | other.entidades):
            return True
        if any(not keys.isdisjoint(other.keys.get(e, ())) for e, keys in self.keys.items()):
            return True
        parents = _parents(self, other) | _parents(other, self)
        return bool(parents) and not stored(parents)


def _parents(one: Received, other: Received) -> set[object]:
    """Return the alumnos of one that the other has rows about."""
    alumnos = one.keys.get("alumno", frozenset())
    return {
        key[0]
        for entidad, keys in other.keys.items()
        if alumnos and entidad != "alumno"
        for key in keys
        if key[:1] in alumnos
    }


class Hold(Protocol):
    """Why a lote is to be set aside."""

    @property
    def reason(self) -> str:
        """What its events are rejected for."""

    def record(self, connection: Connection, lote: int) -> None:
        """Note it under the number of the lote that was set aside."""


Gate = Callable[[Connection, int, Mapping[str, Collection[stg.Row]]], Hold | None]
"""Asked of each lote after its merge, with the keys of its rows by entidad (none of catalogues)."""
