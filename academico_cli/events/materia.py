"""The event materia: a subject of the curriculum."""

from typing import ClassVar, Literal

from pydantic import Field

from academico_cli.events.envelope import Creditos, Evento, Id, Texto


class Materia(Evento):
    """A subject."""

    CAMPOS: ClassVar = ("id_materia", "nombre", "creditos")

    entity: Literal["materia"]
    id_materia: Id
    nombre: Texto
    creditos: Creditos | None = Field(default=None, description="Credits that passing it earns.")
