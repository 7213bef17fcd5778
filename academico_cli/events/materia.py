"""The event materia: a subject of the curriculum."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from academico_cli.events.envelope import Evento, Id, Numero, Texto


class Materia(Evento):
    """A subject."""

    CAMPOS: ClassVar = ("id_materia", "nombre", "creditos")

    entity: Literal["materia"]
    id_materia: Id
    nombre: Texto
    creditos: Annotated[Numero, Field(gt=0, max_digits=6, decimal_places=2)] | None = Field(
        default=None, description="Credits that passing it earns."
    )
