"""Faults between records: references, consistency, time, volume; events, unless they got lost."""

from .faults import Places, fault
from .scene import LAST, Scene, pairs


def stranger(s: Scene) -> tuple[int, int, object]:
    """Return an alumno, a grupo that is not theirs, and its first day."""
    found: tuple[int, int, object] = s.one(f"""
        SELECT a.id, g.id, g.fecha_inicio FROM academico.alumnos AS a, academico.grupos AS g
        WHERE g.{LAST} AND NOT EXISTS (
            SELECT FROM academico.inscripciones AS i WHERE i.id_alumno = a.id AND i.id_grupo = g.id)
        ORDER BY a.id, g.id LIMIT 1""")
    return found


@fault("calificacion_sin_inscripcion")
def grade_of_a_stranger(s: Scene) -> Places:
    """Somebody is graded in a grupo without being enrolled in it."""
    alumno, grupo, inicio = stranger(s)
    s.send({"entity": "calificacion", "id_alumno": alumno, "id_grupo": grupo, "calificacion": 5,
            "fecha_registro": s.one("SELECT %s::date + 120", inicio)})  # fmt: skip
    return {"calificacion_sin_inscripcion": [(alumno, grupo)]}


@fault("evaluacion_sin_inscripcion")
def exam_of_a_stranger(s: Scene) -> Places:
    """Somebody sits an exam in a grupo without being enrolled in it."""
    alumno, grupo, inicio = stranger(s)
    s.send({"entity": "evaluacion", "id_alumno": alumno, "id_grupo": grupo, "evaluacion": "Visita",
            "calificacion": 5, "fecha": s.one("SELECT %s::date + 30", inicio)})  # fmt: skip
    return {"evaluacion_sin_inscripcion": [(alumno, grupo)]}


BAJA = "FROM academico.inscripciones AS i JOIN academico.grupos AS g ON g.id = i.id_grupo WHERE i.estado = 'baja'"  # noqa: E501


@fault("calificacion_con_baja")
def grade_after_withdrawal(s: Scene) -> Places:
    """Somebody who withdrew has a final grade."""
    alumno, grupo, cierre = s.one(f"""
        SELECT i.id_alumno, g.id, g.fecha_inicio + 125 {BAJA} AND NOT EXISTS (
            SELECT FROM academico.evaluaciones AS e WHERE e.id_alumno = i.id_alumno AND e.id_grupo = g.id)
        ORDER BY 1, 2 LIMIT 1""")  # noqa: E501
    s.send({"entity": "calificacion", "id_alumno": alumno, "id_grupo": grupo, "calificacion": 4,
            "fecha_registro": cierre})  # fmt: skip
    return {"calificacion_con_baja": [(alumno, grupo)]}


@fault("evaluacion_tras_baja")
def exam_after_withdrawal(s: Scene) -> Places:
    """Somebody sits an exam five days after withdrawing."""
    alumno, grupo, dia = s.one(
        f"SELECT i.id_alumno, g.id, i.ocurrido_en::date + 5 {BAJA} ORDER BY 1, 2 LIMIT 1"
    )
    s.send({"entity": "evaluacion", "id_alumno": alumno, "id_grupo": grupo, "evaluacion": "Extra",
            "calificacion": 8, "fecha": dia})  # fmt: skip
    return {"evaluacion_tras_baja": [(alumno, grupo, "Extra")]}


@fault("inscripcion_tras_baja")
def enrolment_after_withdrawal(s: Scene) -> Places:
    """An enrolment is dated after its withdrawal."""
    alumno, grupo, dia, cuando = s.one(f"""
        SELECT i.id_alumno, g.id, i.ocurrido_en::date + 10, i.ocurrido_en + interval '1 hour'
        {BAJA} ORDER BY 1, 2 LIMIT 1""")
    s.send({"entity": "inscripcion", "id_alumno": alumno, "id_grupo": grupo, "estado": "baja",
            "fecha_inscripcion": dia, "ocurrido_en": cuando.isoformat()})  # fmt: skip
    return {"inscripcion_tras_baja": [(alumno, grupo)]}


# -- consistency


@fault("grupo_con_dos_maestros")
def two_teachers(s: Scene) -> Places:
    """Within an hour two events name different maestros for a grupo."""
    grupo, cuando = s.one(f"""
        SELECT id, ocurrido_en + interval '1 hour' FROM academico.grupos
        WHERE id_maestro > 1 AND {LAST} ORDER BY id LIMIT 1""")
    s.send(s.event("grupo", f"id = {grupo}", id_maestro=1, ocurrido_en=cuando.isoformat()))
    return {"grupo_con_dos_maestros": [grupo]}


@fault("calificacion_antes_de_inscripcion")
def graded_before_enrolled(s: Scene) -> Places:
    """An inscripcion is dated a week after the final grade."""
    alumno, grupo, dia = s.one("""
        SELECT id_alumno, id_grupo, fecha_registro + 7 FROM academico.calificaciones
        ORDER BY 1, 2 LIMIT 1""")
    s.send(s.event("inscripcion", f"id_alumno = {alumno} AND id_grupo = {grupo}",
                   fecha_inscripcion=dia))  # fmt: skip
    return {"calificacion_antes_de_inscripcion": [(alumno, grupo)]}


@fault("calificacion_antes_del_curso")
def graded_before_the_course(s: Scene) -> Places:
    """A final grade is dated the day before the first one of the course."""
    alumno, grupo, dia = s.one("""
        SELECT c.id_alumno, c.id_grupo, g.fecha_inicio - 1
        FROM academico.calificaciones AS c JOIN academico.grupos AS g ON g.id = c.id_grupo
        ORDER BY 1, 2 LIMIT 1""")
    s.send(s.event("calificacion", f"id_alumno = {alumno} AND id_grupo = {grupo}",
                   fecha_registro=dia))  # fmt: skip
    return {"calificacion_antes_del_curso": [(alumno, grupo)]}


@fault("calificacion_tardia")
def graded_a_year_late(s: Scene) -> Places:
    """The grades of one alumno in twenty are dated a year too late."""
    events = s.events("calificacion", "id_alumno % 20 = 1")
    for event in events:
        event["fecha_registro"] = s.one("SELECT %s::date + 365", event["fecha_registro"])
    s.send(*events)
    return {"calificacion_tardia": pairs(events)}


FULL = """
    SELECT e.id_alumno, e.id_grupo FROM academico.evaluaciones AS e
    JOIN academico.calificaciones AS c USING (id_alumno, id_grupo)
    GROUP BY 1, 2 HAVING sum(e.peso) = 1 AND min(c.calificacion) >= 8 ORDER BY 1, 2 LIMIT 1"""


@fault("evaluaciones_pesan_de_mas")
def weights_beyond_one(s: Scene) -> Places:
    """An alumno has one evaluacion too many, with a weight."""
    alumno, grupo = s.one(FULL)
    s.send({"entity": "evaluacion", "id_alumno": alumno, "id_grupo": grupo, "evaluacion": "Extra",
            "calificacion": 9, "peso": 0.4})  # fmt: skip
    return {"evaluaciones_pesan_de_mas": [(alumno, grupo)]}


@fault("evaluaciones_pesan_de_menos", also=["calificacion_distinta_de_sus_evaluaciones"])
def weights_short_of_one(s: Scene) -> Places:
    """The final exam of a whole grupo weighs a tenth of what it should."""
    grupo = s.one("""
        SELECT id_grupo FROM academico.evaluaciones WHERE evaluacion = 'Examen final'
        GROUP BY 1 HAVING count(*) >= 12 ORDER BY 1 LIMIT 1""")
    s.send(
        *s.events("evaluacion", f"id_grupo = {grupo} AND evaluacion = 'Examen final'", peso=0.04)
    )
    return {"evaluaciones_pesan_de_menos": [grupo]}


@fault("evaluacion_con_dos_pesos")
def two_weights(s: Scene) -> Places:
    """One alumno's evaluacion weighs a little less than everybody's."""
    alumno, grupo = s.one(FULL)
    event = s.event("evaluacion", f"id_alumno = {alumno} AND id_grupo = {grupo} AND"
                    " evaluacion = 'Parcial 1'")  # fmt: skip
    event["peso"] = round(float(str(event["peso"])) - 0.005, 3)
    s.send(event)
    return {"evaluacion_con_dos_pesos": [(grupo, "Parcial 1")]}


# A grade that is sent anew with another value is a change of it, long after the term.
CHANGED = "calificacion_cambiada_tras_cierre"


@fault("calificacion_distinta_de_sus_evaluaciones", also=[CHANGED])
def wrong_sum(s: Scene) -> Places:
    """A final grade is one point less than its evaluaciones give."""
    alumno, grupo = s.one(FULL)
    event = s.event("calificacion", f"id_alumno = {alumno} AND id_grupo = {grupo}")
    event["calificacion"] = round(float(str(event["calificacion"])) - 1, 2)
    s.send(event)
    return {"calificacion_distinta_de_sus_evaluaciones": [(alumno, grupo)]}


@fault("carga_implausible")
def too_many_subjects(s: Scene) -> Places:
    """An alumno is enrolled in every materia of a periodo."""
    alumno, periodo = s.one(f"""
        SELECT id_alumno, periodo FROM academico.inscripciones WHERE {LAST} ORDER BY 1 LIMIT 1""")
    rows = s.run("""
        SELECT min(g.id) FROM academico.grupos AS g WHERE g.periodo = %s AND NOT EXISTS (
            SELECT FROM academico.inscripciones AS i JOIN academico.grupos AS o ON o.id = i.id_grupo
            WHERE i.id_alumno = %s AND i.periodo = g.periodo AND o.id_materia = g.id_materia)
        GROUP BY g.id_materia""", periodo, alumno)  # fmt: skip
    s.send(*({"entity": "inscripcion", "id_alumno": alumno, "id_grupo": row[0],
              "fecha_inscripcion": "2024-08-01"} for row in rows))  # fmt: skip
    return {"carga_implausible": [(alumno, periodo)]}


@fault(
    "grupo_calificaciones_identicas", also=["calificacion_distinta_de_sus_evaluaciones", CHANGED]
)
def everybody_alike(s: Scene) -> Places:
    """Everybody in a grupo has the same final grade."""
    grupo = s.one(f"""
        SELECT id_grupo FROM academico.calificaciones WHERE {LAST}
        GROUP BY 1 HAVING count(*) >= 12 ORDER BY 1 LIMIT 1""")
    s.send(*s.events("calificacion", f"id_grupo = {grupo}", calificacion=8))
    return {"grupo_calificaciones_identicas": [grupo]}


# -- time, volume, distribution


@fault("grupo_sin_calificar")
def no_grades_of_a_group(s: Scene) -> Places:
    """The grades of a whole grupo never came."""
    grupo = s.one(f"""
        SELECT id_grupo FROM academico.calificaciones WHERE {LAST}
        GROUP BY 1 HAVING count(*) >= 8 ORDER BY 1 LIMIT 1""")
    s.run("DELETE FROM academico.calificaciones WHERE id_grupo = %s", grupo)
    return {"grupo_sin_calificar": [grupo]}


@fault("flujo_en_silencio")
def silence(s: Scene) -> Places:
    """Publishers fall silent in mid-course, when partial grades are due."""
    periodo, inicio = s.one(
        f"SELECT periodo, fecha_inicio FROM academico.grupos WHERE {LAST} LIMIT 1"
    )
    for table in ("evaluaciones", "calificaciones"):
        s.run(f"DELETE FROM academico.{table} WHERE ocurrido_en >= %s::date + 41", inicio)
    s.run("""
        UPDATE academico.inscripciones SET estado = 'inscrito', ocurrido_en = %s::date - 5
        WHERE ocurrido_en >= %s::date + 41""", inicio, inicio)  # fmt: skip
    s.run("DELETE FROM core.auditoria WHERE lote = 0")  # nobody had left
    s.at(s.one("SELECT %s::date + 62", inicio))
    return {"flujo_en_silencio": [("evaluacion", periodo)]}


@fault("volumen_de_periodo_anomalo", also=["grupo_sin_inscripciones", "alumno_sin_inscripcion"])
def half_a_term(s: Scene) -> Places:
    """Seven eighths of the last periodo's inscripciones never came."""
    for table in ("evaluaciones", "calificaciones", "inscripciones"):
        s.run(f"""
            DELETE FROM academico.{table} AS t USING academico.grupos AS g
            WHERE g.id = t.id_grupo AND g.{LAST} AND t.id_alumno % 8 > 0""")
    return {"volumen_de_periodo_anomalo": s.run("SELECT max(periodo) FROM academico.grupos")}


@fault("distribucion_cambiada", also=["calificacion_distinta_de_sus_evaluaciones", CHANGED])
def other_scale(s: Scene) -> Places:
    """The final grades of a materia come on a scale of 0 to 5."""
    materia, periodo = s.one(f"""
        SELECT g.id_materia, max(c.periodo)
        FROM academico.calificaciones AS c JOIN academico.grupos AS g ON g.id = c.id_grupo
        GROUP BY 1
        HAVING count(*) FILTER (WHERE c.{LAST}) >= 30 AND count(*) FILTER (WHERE NOT c.{LAST}) >= 60
        ORDER BY 1 LIMIT 1""")  # fmt: skip
    where = f"{LAST} AND id_grupo IN (SELECT id FROM academico.grupos WHERE id_materia = {materia})"
    events = s.events("calificacion", where)
    s.send(*(e | {"calificacion": round(float(str(e["calificacion"])) / 2, 2)} for e in events))
    return {"distribucion_cambiada": [(materia, periodo)]}
