"""Messages that break the contract, one of every kind in turn."""

from collections.abc import Iterator
from itertools import count

BROKEN: tuple[str | bytes, ...] = (
    '{"entity":"profesor","id_profesor":@,"nombre":"Ana"}',
    '{"id_alumno":@,"nombre":"Ana","genero":"F"}',
    '{"entity":"alumno","id_alumno":@,"nombre":"Ana"}',
    '{"entity":"alumno","id_alumno":"@","nombre":"Ana","genero":"F"}',
    '{"entity":"alumno","id_alumno":-@,"nombre":"Ana","genero":"F"}',
    '{"entity":"alumno","id_alumno":@,"nombre":"Ana","genero":"Z"}',
    '{"entity":"alumno","id_alumno":@,"nombre":"Ana","edad":0,"genero":"F"}',
    '{"entity":"alumno","id_alumno":@,"nombre":"   ","genero":"F"}',
    '{"entity":"alumno","id_alumno":@,"nombre":"A\\u0000na","genero":"F"}',
    '{"entity":"alumno","id_alumno":@,"nombre":null,"genero":"F"}',
    '{"entity":"alumno","id_alumno":@.5,"nombre":"Ana","genero":"F"}',
    '{"entity":"alumno","id_alumno":true,"nombre":"Ana @","genero":"F"}',
    '{"entity":"materia","id_materia":@,"nombre":"Ocio","creditos":0}',
    '{"entity":"grupo","id_grupo":@,"id_materia":1,"periodo":"otoño"}',
    '{"entity":"inscripcion","id_alumno":1,"id_grupo":@,"fecha_inscripcion":"2024-02-30"}',
    '{"entity":"inscripcion","id_alumno":1,"id_grupo":@,"estado":"quizá"}',
    '{"entity":"inscripcion","id_alumno":@}',
    '{"entity":"calificacion","id_alumno":1,"id_grupo":@,"calificacion":11}',
    '{"entity":"calificacion","id_alumno":1,"id_grupo":@,"calificacion":-0.5}',
    '{"entity":"calificacion","id_alumno":1,"id_grupo":@,"calificacion":8.755}',
    '{"entity":"calificacion","id_alumno":1,"id_grupo":@,"calificacion":"diez"}',
    '{"entity":"calificacion","id_alumno":1,"id_grupo":@,"calificacion":NaN}',
    '{"entity":"evaluacion","id_alumno":1,"id_grupo":@,"evaluacion":"P","calificacion":8,"peso":2}',
    '{"entity":"alumno","id_alumno":@,"nombre":"Ana","genero":"F","ocurrido_en":"ayer"}',
    b'{"entity":"alumno","id_alumno":@,"nombre":"Mart\xedn","genero":"M"}',
    b'{"entity":"alumno","id_alumno":@,"nombre":"A\x00na","genero":"F"}',
    '{"entity":"alumno","id_alumno":@,"nombre":"Ana","gen',
    '[{"entity":"alumno","id_alumno":@,"nombre":"Ana","genero":"F"}]',
    '"alumno @"',
    "@",
    "id_alumno;@;Ana;F",
    b"",
    b"\x89PNG\r\n\x1a\n@",
)
"""Templates; ``@`` becomes a number of its own in each message."""

FIRST_ID = 900_000_001
"""Far from the ids of the sample."""


def broken_bodies(*, one_line: bool = False) -> Iterator[bytes]:
    """Yield the body of one broken event after the other, forever, all kinds in turn.

    Args:
        one_line: leave out those that are no single line of an NDJSON message.
    """
    templates = [t.encode() if isinstance(t, str) else t for t in BROKEN]
    if one_line:
        templates = [t for t in templates if t and b"\n" not in t]
    for n in count():
        yield templates[n % len(templates)].replace(b"@", str(FIRST_ID + n).encode())
