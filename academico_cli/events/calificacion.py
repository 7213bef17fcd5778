"""The event calificacion: the final grade of a student in a group."""

from datetime import date
from typing import ClassVar, Literal

from academico_cli.events.envelope import Evento, Id, NotaFinal


class Calificacion(Evento):
    """A final grade, 0-10 with at most two decimals."""

    CAMPOS: ClassVar = ("id_alumno", "id_grupo", "calificacion", "fecha_registro")

    entity: Literal["calificacion"]
    id_alumno: Id
    id_grupo: Id
    calificacion: NotaFinal
    fecha_registro: date | None = None
