"""The event maestro: a teacher is known, or something about them changed."""

from typing import ClassVar, Literal

from academico_cli.events.envelope import Evento, Id, Texto


class Maestro(Evento):
    """A teacher."""

    CAMPOS: ClassVar = ("id_maestro", "nombre", "especialidad")

    entity: Literal["maestro"]
    id_maestro: Id
    nombre: Texto
    especialidad: Texto | None = None
