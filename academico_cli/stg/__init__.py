"""Schema stg: the typed rows of the lote in hand, and what was set aside."""

from collections.abc import Iterable, Mapping, Sequence
from typing import LiteralString, NamedTuple, cast

from academico_cli import sqlfiles
from academico_cli.events.reader import ENTIDADES, Rejected
from academico_cli.postgres import PG_EPOCH_US, Connection, jsonb

SQL = sqlfiles.load(__package__, "stg.sql")

TABLES: Mapping[str, LiteralString] = {
    "maestro": "maestros_upsert",
    "materia": "materias_upsert",
    "grupo": "grupos_upsert",
    "alumno": "alumnos_upsert",
    "inscripcion": "inscripciones_event",
    "calificacion": "calificaciones_event",
    "evaluacion": "evaluaciones_event",
}
"""Staging table of each entidad."""

CATALOGUES = frozenset(("maestro", "materia", "grupo"))
"""Entidades of which there are few, and that all others depend on."""

# As in raw: bytea for uuid and jsonb, int8 microseconds for timestamptz.
_PREFIX = ("int8", "int8", "int4", "int4", "bytea", "int8", "int8")
_TYPE_OF = {
    "id_alumno": "int8", "id_grupo": "int8", "id_materia": "int8", "id_maestro": "int8",
    "nombre": "text", "especialidad": "text", "genero": "text", "periodo": "text",
    "estado": "text", "evaluacion": "text", "edad": "int4", "creditos": "numeric",
    "calificacion": "numeric", "peso": "numeric", "fecha": "date", "fecha_inicio": "date",
    "fecha_inscripcion": "date", "fecha_registro": "date",
}  # fmt: skip
_TYPES = {
    entidad: (*_PREFIX, *(_TYPE_OF[campo] for campo in modelo.CAMPOS))
    for entidad, modelo in ENTIDADES.items()
}
_RECHAZO_TYPES = (
    "int8", "int4", "int4", "bytea", "text", "text", "text", "bytea", "bytea", "int8",
)  # fmt: skip

Row = tuple[object, ...]
"""lote, origen, n, linea, id_mensaje (16 bytes), ocurrido_en (microseconds since 2000-01-01 UTC),
desempate, then the fields of the entidad in the order of CAMPOS."""


class Rechazo(NamedTuple):
    """One event that was refused."""

    n: int
    linea: int
    id_mensaje: bytes
    rejected: Rejected
    cuerpo: bytes
    recibido_us: int


def stage(
    connection: Connection, rows: Mapping[str, Sequence[Row]], schema: LiteralString = "stg"
) -> None:
    """Copy the typed rows of a lote into the staging tables, or into others like them."""
    for entidad, staged in rows.items():
        if staged:
            statement: LiteralString = f"COPY {schema}.{TABLES[entidad]} FROM STDIN (FORMAT BINARY)"
            _copy(connection, statement, _TYPES[entidad], staged)


def keys_of(rows: Mapping[str, Sequence[Row]]) -> dict[str, frozenset[Row]]:
    """Return the keys of typed rows: (id_alumno) or (id_alumno, id_grupo), none of catalogues."""
    return {
        entidad: frozenset(row[7 : 8 + (entidad != "alumno")] for row in staged)
        for entidad, staged in rows.items()
        if entidad not in CATALOGUES
    }


def times_of(rows: Mapping[str, Sequence[Row]]) -> list[int]:
    """Return the events' own times: microseconds since 2000-01-01 UTC."""
    return [cast(int, row[5]) for staged in rows.values() for row in staged]


def set_aside(connection: Connection, lote: int, rechazos: Iterable[Rechazo]) -> None:
    """Keep the refused events of a lote, verbatim, with each field's error."""
    rows = [
        (
            lote,
            r.n,
            r.linea,
            r.id_mensaje,
            r.rejected.entidad,
            r.rejected.errores[0].motivo,
            r.rejected.errores[0].campo or None,
            jsonb([e._asdict() for e in r.rejected.errores]),
            r.cuerpo,
            r.recibido_us - PG_EPOCH_US,
        )
        for r in rechazos
    ]
    if rows:
        _copy(connection, SQL["copy_rechazos"], _RECHAZO_TYPES, rows)


def take_up_children(connection: Connection, lote: int) -> set[str]:
    """Stage again the parked events whose parent is in this lote; return their entidades."""
    return {str(row[0]) for row in connection.execute(SQL["take_up_children"], {"lote": lote})}


def take_up_stragglers(connection: Connection, lote: int, limite: int) -> set[str]:
    """Stage again at most ``limite`` parked events whose parent is in academico by now."""
    params = {"lote": lote, "limite": limite}
    return {str(row[0]) for row in connection.execute(SQL["take_up_stragglers"], params)}


def has_pendientes(connection: Connection) -> bool:
    """Tell whether any event is parked."""
    row = connection.execute(SQL["has_pendientes"]).fetchone()
    return row is not None and bool(row[0])


def _copy(
    connection: Connection, statement: LiteralString, types: Sequence[str], rows: Iterable[Row]
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
