"""The event evaluacion: a partial grade of a student in a group."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from academico_cli.events.envelope import Evento, Id, Nota, Peso, Texto


class Evaluacion(Evento):
    """A partial grade, 0-10, and its weight in the final grade."""

    CAMPOS: ClassVar = ("id_alumno", "id_grupo", "evaluacion", "calificacion", "peso", "fecha")

    entity: Literal["evaluacion"]
    id_alumno: Id
    id_grupo: Id
    evaluacion: Texto = Field(description="Its name, unique for the student in the group.")
    calificacion: Nota
    peso: Peso | None = Field(default=None, description="Share of the final grade, 0-1.")
    fecha: date | None = None
