"""The event grupo: a subject taught to a group in a periodo."""

from datetime import date
from typing import ClassVar, Literal

from academico_cli.events.envelope import Evento, Id, Periodo


class Grupo(Evento):
    """A group: one materia, one periodo, at most one maestro."""

    CAMPOS: ClassVar = ("id_grupo", "id_materia", "id_maestro", "periodo", "fecha_inicio")

    entity: Literal["grupo"]
    id_grupo: Id
    id_materia: Id
    id_maestro: Id | None = None
    periodo: Periodo
    fecha_inicio: date | None = None
