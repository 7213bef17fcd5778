"""Which columns hold personal data, and how each table leads to a person: the one place.

Access requests, erasure, pseudonymous exports, roles and masks are all built on this declaration.
A table that is added with something about a person in it belongs here.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Quien = Literal["alumno", "maestro"]
"""Kinds of people that the database knows."""


class Personal(NamedTuple):
    """A table or view with personal data."""

    name: str
    """``schema.table``."""
    columns: tuple[str, ...]
    """Those that say something about a person, the id included."""
    alumno: str | None = None
    """SQL expression on a row that is the id of its alumno; None: it is found otherwise."""
    maestro: str | None = None
    """As ``alumno``, for the maestro."""

    def person(self, quien: Quien) -> str | None:
        """Return the SQL expression that leads from a row to a person of this kind."""
        return self.alumno if quien == "alumno" else self.maestro


_ALUMNO = ("id_alumno", "nombre", "edad", "genero")
_INSCRIPCION = ("id_alumno", "id_grupo", "fecha_inscripcion", "estado")
_CALIFICACION = ("id_alumno", "id_grupo", "calificacion", "fecha_registro")
_PREDICCION = ("id_alumno", "probabilidad", "banda", "seleccionado", "razones")
_EVALUACION = ("id_alumno", "id_grupo", "evaluacion", "calificacion", "peso", "fecha")

BODIES = (
    Personal("raw.mensajes", ("message_id", "headers", "cuerpo")),
    Personal("raw.conflictos", ("message_id", "cuerpo")),
    Personal("stg.rechazos", ("cuerpo", "correccion")),
    Personal("core.cola", ("message_id", "headers", "cuerpo")),
)
"""What was sent, as it was sent: whom it is about is found by reading it."""

TABLES = (
    Personal("academico.alumnos", ("id", *_ALUMNO[1:]), "id"),
    Personal("academico.inscripciones", _INSCRIPCION, "id_alumno"),
    Personal("academico.calificaciones", _CALIFICACION, "id_alumno"),
    Personal("academico.evaluaciones", _EVALUACION, "id_alumno"),
    Personal("academico.maestros", ("id", "nombre", "especialidad"), maestro="id"),
    Personal("academico.grupos", ("id_maestro",), maestro="id_maestro"),
    Personal(
        "stg.pendientes",
        ("id_padre", "evento"),
        "(evento ->> 'id_alumno')::bigint",
        "(evento ->> 'id_maestro')::bigint",
    ),
    Personal("core.auditoria", ("id_alumno", "clave", "anterior", "nuevo"), "id_alumno"),
    Personal("stg.alumnos_upsert", _ALUMNO, "id_alumno"),
    Personal("stg.inscripciones_event", _INSCRIPCION, "id_alumno"),
    Personal("stg.calificaciones_event", _CALIFICACION, "id_alumno"),
    Personal("stg.evaluaciones_event", _EVALUACION, "id_alumno"),
    Personal("stg.maestros_upsert", ("id_maestro", "nombre", "especialidad"), maestro="id_maestro"),
    Personal("stg.grupos_upsert", ("id_maestro",), maestro="id_maestro"),
    Personal("marts.base_grupos", ("id_maestro",), maestro="id_maestro"),
    Personal("marts.base_maestros", ("id_maestro", "suma", "aprobados"), maestro="id_maestro"),
    Personal("marts.base_riesgo", ("id_alumno", "calificaciones", "promedio"), "id_alumno"),
    Personal("ml.predicciones", (*_PREDICCION, "informacion"), "id_alumno"),
)
"""Tables whose rows name the person that they are about."""

VIEWS = (
    Personal("marts.alumnos_en_riesgo", ("id_alumno", "nombre", "promedio"), "id_alumno"),
    Personal("marts.riesgo_predicho", (*_PREDICCION, "nombre"), "id_alumno"),
    Personal("marts.kpi_grupo", ("id_maestro", "profesor"), maestro="id_maestro"),
    *(
        Personal(name, ("id_maestro", "maestro", "promedio"), maestro="id_maestro")
        for name in ("marts.ranking_maestros", "marts.ranking_maestros_periodo")
    ),
)
"""What is computed from the tables at the moment that it is read."""


def _named(declared: Iterable[Personal]) -> frozenset[str]:
    return frozenset(f"{each.name}.{column}" for each in declared for column in each.columns)


PERSONAL: frozenset[str] = _named((*BODIES, *TABLES, *VIEWS))
"""Every personal column, as ``schema.table.column``."""
