"""What the consumers that are not ours write: the same rows into the same tables, row by row."""

from collections.abc import Mapping
from typing import Any, LiteralString

INSERT = """
INSERT INTO raw.mensajes (id, mes, lote, n, recibido_en, redelivered, cuerpo)
VALUES (%s, date_trunc('month', now())::date, 1, %s, now(), false, %s)
"""
PARTITION = "SELECT raw.abrir_lote()"
"""Makes the month's partition of raw.mensajes."""

_ORDER: LiteralString = "now(), 0, 1, %(mensaje)s, 0"
_SET: LiteralString = """
ocurrido_en = excluded.ocurrido_en, desempate = excluded.desempate, lote = excluded.lote,
id_mensaje = excluded.id_mensaje, linea = excluded.linea
"""
UPSERT: dict[str, LiteralString] = {
    "alumno": f"""
INSERT INTO academico.alumnos
    (id, nombre, edad, genero, ocurrido_en, desempate, lote, id_mensaje, linea)
VALUES (%(id_alumno)s, %(nombre)s, %(edad)s, %(genero)s, {_ORDER})
ON CONFLICT (id) DO UPDATE SET nombre = excluded.nombre, edad = excluded.edad,
    genero = excluded.genero, {_SET}""",
    "inscripcion": f"""
INSERT INTO academico.inscripciones (id_alumno, id_grupo, periodo, estado, fecha_inscripcion,
    ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT %(id_alumno)s, g.id, g.periodo, 'inscrito', %(fecha_inscripcion)s, {_ORDER}
FROM academico.grupos AS g WHERE g.id = %(id_grupo)s
ON CONFLICT (id_alumno, id_grupo, periodo) DO UPDATE SET
    fecha_inscripcion = excluded.fecha_inscripcion, {_SET}""",
    "calificacion": f"""
INSERT INTO academico.calificaciones (id_alumno, id_grupo, periodo, calificacion, fecha_registro,
    ocurrido_en, desempate, lote, id_mensaje, linea)
SELECT %(id_alumno)s, g.id, g.periodo, %(calificacion)s, %(fecha_registro)s, {_ORDER}
FROM academico.grupos AS g WHERE g.id = %(id_grupo)s
ON CONFLICT (id_alumno, id_grupo, periodo) DO UPDATE SET calificacion = excluded.calificacion,
    fecha_registro = excluded.fecha_registro, {_SET}""",
}


def values(event: Mapping[str, Any], message_id: str) -> dict[str, Any]:
    """Return the parameters of an event's upsert."""
    return {**event, "mensaje": message_id}
