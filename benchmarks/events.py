"""The rows that every case carries: the end of a term.

Of five events one updates an alumno, two are inscripciones and two calificaciones. Their parents
are in the database beforehand (school.sql), and every pair of alumno and grupo is new.
"""

import json
import random
import uuid
from collections.abc import Iterator
from itertools import islice

from academico_cli.broker import NDJSON, Outgoing

ALUMNOS = 100_000
GRUPOS = 200
"""In each periodo; the events go to those of the last one."""
FIRST_GRUPO = 10_001
FECHA = "2024-06-30"

_encode = json.JSONEncoder(separators=(",", ":")).encode
Event = dict[str, object]


def events(number: int) -> Iterator[Event]:
    """Yield the first ``number`` events, always the same."""
    for i in range(number):
        five, place = divmod(i, 5)
        if place == 0:
            alumno = 1 + five * 6151 % ALUMNOS
            yield {
                "entity": "alumno",
                "id_alumno": alumno,
                "nombre": f"Alumno {alumno}",
                "edad": 18 + alumno % 10,
                "genero": "MFX"[alumno % 3],
            }
            continue
        k = five * 2 + place // 3
        alumno = 1 + k * 7919 % ALUMNOS
        grupo = FIRST_GRUPO + (k // ALUMNOS * 31 + alumno) % GRUPOS
        pair: Event = {"id_alumno": alumno, "id_grupo": grupo}
        if place in (1, 3):
            yield {"entity": "inscripcion", **pair, "fecha_inscripcion": "2024-02-01"}
        else:
            nota = (k * 37 % 1001) / 100
            yield {"entity": "calificacion", **pair, "calificacion": nota, "fecha_registro": FECHA}


def bodies(number: int) -> Iterator[bytes]:
    """Yield the events as JSON."""
    return (_encode(event).encode() for event in events(number))


def messages(number: int) -> Iterator[Outgoing]:
    """Yield one message an event, each with an id, as ``academico publish`` would."""
    dice = random.Random(7)
    for body in bodies(number):
        yield Outgoing(body, message_id(dice))


def packed(number: int, size: int) -> Iterator[Outgoing]:
    """Yield NDJSON messages of ``size`` events."""
    dice = random.Random(8)
    waiting = bodies(number)
    while group := list(islice(waiting, size)):
        yield Outgoing(b"\n".join(group), message_id(dice), None, NDJSON)


def message_id(dice: random.Random) -> str:
    """Return a random UUID."""
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))
