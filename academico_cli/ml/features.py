"""What was known of each alumno on a day, and nothing that happened later; and how it ended.

One query a periodo; its rows come as a binary COPY and go into numpy block by block, so that
neither side holds more than a periodo's matrix. PostgreSQL sorts and joins within work_mem.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from psycopg import sql

from academico_cli import sqlfiles
from academico_cli.errors import WrongUsage
from academico_cli.ml.catalogue import BASELINES, FEATURES
from academico_cli.ml.dataset import Dataset
from academico_cli.postgres import Connection

_SQL = sqlfiles.load(__package__, "features.sql")
NAMES = tuple(feature.name for feature in FEATURES)

TARGETS = ("reprueba", "baja", "reprueba_o_baja", "promedio_bajo")
"""What may count as at risk: a failed materia, a withdrawal, one of both, an average that fails."""

_HEAD, _BLOCK = 19, 1 << 20
_FIRST: list[tuple[str, str]] = [("n", ">i2"), ("w0", ">i4"), ("id_alumno", ">i8"), ("w1", ">i4")]


class Cut(NamedTuple):
    """One periodo and the day until which things are known of it."""

    periodo: str
    inicio: date
    corte: date
    """What happened on this day or later is not known."""


def build(
    connection: Connection,
    *,
    cutoff_day: int | None,
    target: str,
    periodos: Sequence[str] | None = None,
    cutoff: date | None = None,
) -> Dataset:
    """Return the features, target and baselines of each alumno in each periodo.

    A row is an alumno with a group that was not left before the cut-off. What is known depends on
    the time of events: see features.sql and docs/ml.md.

    Args:
        connection: to the database; nothing is written.
        cutoff_day: days since each periodo's start; None: the end of the periodo before, and for
            the first one its start.
        target: what counts as at risk: one of TARGETS.
        periodos: which; None: all that somebody is enrolled in.
        cutoff: the same date for all of them instead.

    Raises:
        WrongUsage: there is no such periodo, or target.
    """
    if target not in TARGETS:
        raise WrongUsage(detail=f"no target {target}; expected one of {', '.join(TARGETS)}")
    with connection.transaction():
        connection.execute(_SQL["settings"])
        days = cuts(connection, cutoff_day, periodos, cutoff)
        limits = connection.execute(_SQL["parametros"]).fetchone() or (6, 6)
        parts = [_part(connection, target, _params(cut, limits)) for cut in days]
    return _dataset(days, parts)


def cuts(
    connection: Connection,
    cutoff_day: int | None,
    periodos: Sequence[str] | None = None,
    cutoff: date | None = None,
) -> list[Cut]:
    """Return the cut-off of each periodo; the arguments are those of ``build``."""
    known = cast(
        "list[tuple[str, date, date | None]]", connection.execute(_SQL["periodos"]).fetchall()
    )
    unknown = set(periodos or ()) - {row[0] for row in known}
    if unknown:
        there = ", ".join(row[0] for row in known) or "none yet"
        raise WrongUsage(
            detail=f"nobody is enrolled in periodo {', '.join(sorted(unknown))}; there is {there}"
        )
    found, before = [], None
    for periodo, inicio, cierre in known:
        corte = cutoff or (
            inicio + timedelta(days=cutoff_day)
            if cutoff_day is not None
            else min(before or inicio, inicio)
        )
        before = cierre or before
        if periodos is None or periodo in periodos:
            found.append(Cut(periodo, inicio, corte))
    return found


def _params(cut: Cut, limits: Sequence[object]) -> dict[str, Any]:
    return {
        "periodo": cut.periodo,
        "inicio": cut.inicio,
        "corte": cut.corte,
        # Whoever enrols on the first day is asked about, too.
        "alcance": max(cut.corte, cut.inicio + timedelta(days=1)),
        "aprobatoria": limits[0],
        "umbral": limits[1],
    }


def _query(target: str) -> sql.Composed:
    number = sql.SQL("coalesce({}::float4, 'NaN')")
    columns = [f"fin_{target}", *(f"base_{name}" for name in BASELINES), *NAMES]
    return sql.SQL(
        "{}\n{} SELECT id_alumno, ascii(genero), {} FROM todo ORDER BY id_alumno"
    ).format(
        sql.SQL(_SQL["sabido"]),
        sql.SQL(_SQL["caracteristicas"]),
        sql.SQL(", ").join(number.format(sql.Identifier(name)) for name in columns),
    )


def _pairs_query() -> sql.Composed:
    return sql.SQL("{}\n{} SELECT id_alumno, id_materia FROM cursa ORDER BY 1, 2").format(
        sql.SQL(_SQL["sabido"]), sql.SQL(_SQL["materias"])
    )


_COLUMNS = ("target", *BASELINES, *NAMES)
_LAYOUT = np.dtype(
    [*_FIRST, ("genero", ">i4")]
    + [part for name in _COLUMNS for part in ((f"w_{name}", ">i4"), (name, ">f4"))]
)
_PAIR = np.dtype([*_FIRST, ("id_materia", ">i8")])


def _read(
    connection: Connection, query: sql.Composed, params: dict[str, Any], layout: np.dtype[Any]
) -> npt.NDArray[Any]:
    """Return the rows of a query whose columns have a fixed width and are never null."""
    blocks = [np.frombuffer(block, layout) for block in _blocks(connection, query, params, layout)]
    return np.concatenate(blocks) if blocks else np.empty(0, layout)


def _blocks(
    connection: Connection, query: sql.Composed, params: dict[str, Any], layout: np.dtype[Any]
) -> Iterator[bytes]:
    copy_out = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(query)
    rest, skip = bytearray(), _HEAD
    with connection.cursor() as cursor, cursor.copy(copy_out, params) as copy:
        for data in copy:
            rest += data
            if skip and len(rest) >= skip:
                del rest[:skip]
                skip = 0
            if len(rest) > _BLOCK:
                whole = len(rest) // layout.itemsize * layout.itemsize
                yield bytes(rest[:whole])
                del rest[:whole]
    # Two bytes say that it is the end.
    yield bytes(rest[:-2])


class _Part(NamedTuple):
    """The rows of one periodo."""

    ids: npt.NDArray[np.int64]
    genero: npt.NDArray[np.uint32]
    columns: npt.NDArray[np.float32]
    """(n, columns): _COLUMNS."""
    rows: npt.NDArray[np.int32]
    """Of each pair of an alumno and a materia, the row within the periodo."""
    materias: npt.NDArray[np.int64]


def _part(connection: Connection, target: str, params: dict[str, Any]) -> _Part:
    wire = _read(connection, _query(target), params, _LAYOUT)
    columns = np.empty((len(wire), len(_COLUMNS)), np.float32)
    for j, name in enumerate(_COLUMNS):
        columns[:, j] = wire[name]
    ids, genero = wire["id_alumno"].astype(np.int64), wire["genero"].astype(np.uint32)
    pairs = _read(connection, _pairs_query(), params, _PAIR)
    rows = np.searchsorted(ids, pairs["id_alumno"]).astype(np.int32)
    return _Part(ids, genero, columns, rows, pairs["id_materia"].astype(np.int64))


def _dataset(cuts: Sequence[Cut], parts: Sequence[_Part]) -> Dataset:
    sizes = [len(part.ids) for part in parts]
    starts = np.cumsum([0, *sizes])
    columns = _joined([part.columns for part in parts], np.empty((0, len(_COLUMNS)), np.float32))
    genero = _joined([part.genero for part in parts], np.empty(0, np.uint32))
    first = 1 + len(BASELINES)
    return Dataset(
        alumnos=_joined([part.ids for part in parts], np.empty(0, np.int64)).astype(np.str_),
        periodos=np.repeat(np.array([cut.periodo for cut in cuts], np.str_), sizes),
        names=NAMES,
        values=columns[:, first:].copy(),
        target=columns[:, 0].copy(),
        cutoffs={cut.periodo: cut.corte for cut in cuts},
        baselines={name: columns[:, 1 + j].copy() for j, name in enumerate(BASELINES)},
        genero=genero.view("U1") if len(genero) else np.empty(0, "U1"),
        materias=(
            _joined(
                [
                    (part.rows + start).astype(np.int32)
                    for part, start in zip(parts, starts, strict=False)
                ],
                np.empty(0, np.int32),
            ),
            _joined([part.materias for part in parts], np.empty(0, np.int64)).astype(np.str_),
        ),
    )


def _joined(parts: Sequence[npt.NDArray[Any]], none: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else none
