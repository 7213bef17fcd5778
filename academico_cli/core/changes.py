"""The history of stored values: who said what when, and from which message."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from academico_cli import sqlfiles
from academico_cli.core.personal import PERSONAL
from academico_cli.errors import BadInput
from academico_cli.postgres import Database, Row

SQL = sqlfiles.load(__package__, "audit.sql")

MASK = "***"


class _Table(NamedTuple):
    name: str
    key: tuple[str, ...]


TABLES: Mapping[str, _Table] = {
    "maestro": _Table("maestros", ("id",)),
    "materia": _Table("materias", ("id",)),
    "grupo": _Table("grupos", ("id",)),
    "alumno": _Table("alumnos", ("id",)),
    "inscripcion": _Table("inscripciones", ("id_alumno", "id_grupo")),
    "calificacion": _Table("calificaciones", ("id_alumno", "id_grupo")),
    "evaluacion": _Table("evaluaciones", ("id_alumno", "id_grupo", "evaluacion")),
}
"""The table of each entidad, and its key as the audit trail has it."""

_OF_AN_ALUMNO = ("alumno", "inscripcion", "calificacion", "evaluacion")
_OF_THE_ROW = ["ocurrido_en", "desempate", "lote", "id_mensaje", "linea"]


def history(database: Database, entidad: str, key: str, *, pii: bool = False) -> Iterator[Row]:
    """Yield each change of a thing, one row for each value that changed, then what there is today.

    Of an alumno: of all that is stored about them.

    Args:
        key: as ``17``, or ``17/3`` (alumno/grupo), or ``17/3/Parcial``.
        pii: show personal values; they are masked otherwise.

    Raises:
        BadInput: there is no such entidad, or the key is not one of it.
    """
    clave = _key(entidad, key)
    everything = entidad == "alumno"
    params = {
        "id_alumno": clave.get("id_alumno", clave["id"] if everything else 0),
        "tabla": None if everything else TABLES[entidad].name,
        "clave": None if everything else Jsonb(clave),
    }
    with database.session() as connection, connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(SQL["history"], params).fetchall():
            yield from _fields(row, pii=pii)
        for each in _OF_AN_ALUMNO if everything else (entidad,):
            wanted = clave if each == entidad else {"id_alumno": clave["id"]}
            for row in cursor.execute(_stored(TABLES[each], wanted), wanted).fetchall():
                yield from _fields(row, pii=pii)


def _key(entidad: str, key: str) -> dict[str, object]:
    if entidad not in TABLES:
        raise BadInput(detail=f"There is no entidad {entidad}; there are {', '.join(TABLES)}")
    names = TABLES[entidad].key
    parts = key.split("/", len(names) - 1)
    if len(parts) != len(names) or not all(part.isdecimal() for part in parts[:2]):
        raise BadInput(
            detail=f"{key} is no key of {entidad}: expected {'/'.join(names)}, the ids as numbers"
        )
    return {n: p if n == "evaluacion" else int(p) for n, p in zip(names, parts, strict=True)}


def _stored(table: _Table, wanted: Mapping[str, object]) -> sql.Composed:
    key = [sql.SQL("{}, x.{}").format(sql.Literal(k), sql.Identifier(k)) for k in table.key]
    equal = [sql.SQL("x.{} = {}").format(sql.Identifier(k), sql.Placeholder(k)) for k in wanted]
    return sql.SQL(SQL["stored"]).format(
        nombre=sql.Literal(table.name),
        tabla=sql.Identifier(table.name),
        clave=sql.SQL(", ").join(key),
        sin=sql.Literal([*_OF_THE_ROW, *table.key, *(["periodo"] if len(table.key) > 1 else [])]),
        igual=sql.SQL(" AND ").join(equal),
    )


def _fields(row: Row, *, pii: bool) -> Iterator[Row]:
    """Make a row for each value that a change changed; one, without values, of an erased change."""
    old, new = row.pop("anterior"), row.pop("nuevo")
    tabla, clave = row.pop("tabla"), row.pop("clave")
    if not isinstance(clave, Mapping):
        raise TypeError("clave is an object")
    head = {"ocurrido_en": row["ocurrido_en"], "tabla": tabla}
    head["clave"] = "/".join(
        str(clave[k]) for t in TABLES.values() if t.name == tabla for k in t.key
    )
    rest = {name: value for name, value in row.items() if name != "ocurrido_en"}
    if not isinstance(new, Mapping):
        yield head | {"campo": None, "anterior": None, "nuevo": None, "estado": "borrado"} | rest
        return
    estado = "cambio" if isinstance(old, Mapping) else "vigente"
    for campo, value in new.items():
        before = old.get(campo) if isinstance(old, Mapping) else None
        if estado == "vigente" or before != value:
            values = {"anterior": before, "nuevo": value}
            if not pii and f"academico.{tabla}.{campo}" in PERSONAL:
                values = {k: None if v is None else MASK for k, v in values.items()}
            yield head | {"campo": campo} | values | {"estado": estado} | rest
