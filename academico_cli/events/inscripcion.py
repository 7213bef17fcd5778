"""The event inscripcion: a student enrolled in a group, or withdrew from it."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from academico_cli.events.envelope import Evento, Id


class Inscripcion(Evento):
    """An enrolment."""

    CAMPOS: ClassVar = ("id_alumno", "id_grupo", "fecha_inscripcion", "estado")

    entity: Literal["inscripcion"]
    id_alumno: Id
    id_grupo: Id
    fecha_inscripcion: date | None = None
    estado: Literal["inscrito", "baja"] = Field(
        default="inscrito", description="baja: the student withdrew from the group."
    )
