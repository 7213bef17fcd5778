"""Schema academico: the consolidated truth, written by its SQL functions merge_*."""

from collections import Counter
from collections.abc import Collection
from typing import LiteralString

from academico_cli.postgres import Connection

MERGES: dict[str, LiteralString] = {
    "maestro": "SELECT destino, eventos FROM academico.merge_maestros(%s)",
    "materia": "SELECT destino, eventos FROM academico.merge_materias(%s)",
    "grupo": "SELECT destino, eventos FROM academico.merge_grupos(%s)",
    "alumno": "SELECT destino, eventos FROM academico.merge_alumnos(%s)",
    "inscripcion": "SELECT destino, eventos FROM academico.merge_inscripciones(%s)",
    "calificacion": "SELECT destino, eventos FROM academico.merge_calificaciones(%s)",
    "evaluacion": "SELECT destino, eventos FROM academico.merge_evaluaciones(%s)",
}
"""The merge of each entidad, parents before children and reference tables before students."""

ALL_STORED: LiteralString = """
SELECT NOT EXISTS (
    SELECT FROM unnest(%s::bigint[]) AS i (id)
    WHERE NOT EXISTS (SELECT FROM academico.alumnos AS a WHERE a.id = i.id)
)
"""


def merge(
    connection: Connection, lote: int, entidades: Collection[str]
) -> Counter[tuple[str, str]]:
    """Consolidate the staged events of a lote.

    Args:
        entidades: those that have staged rows.

    Returns:
        Number of events by entidad and destino: aplicado, obsoleto, pendiente.
    """
    destinos: Counter[tuple[str, str]] = Counter()
    for entidad, statement in MERGES.items():
        if entidad in entidades:
            for destino, eventos in connection.execute(statement, (lote,)):
                destinos[entidad, str(destino)] += int(eventos)  # type: ignore[call-overload]
    return destinos


def stored(connection: Connection, alumnos: Collection[object]) -> bool:
    """Tell whether all these alumnos are stored."""
    row = connection.execute(ALL_STORED, (list(alumnos),)).fetchone()
    return row == (True,)
