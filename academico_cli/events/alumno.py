"""The event alumno: a student is known, or something about them changed."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from academico_cli.events.envelope import Evento, Id, Texto


class Alumno(Evento):
    """A student."""

    CAMPOS: ClassVar = ("id_alumno", "nombre", "edad", "genero")

    entity: Literal["alumno"]
    id_alumno: Id
    nombre: Texto
    edad: Annotated[int, Field(gt=0, lt=2**31)] | None = Field(
        default=None, description="Age in years; null when unknown."
    )
    genero: Literal["M", "F", "X"]
