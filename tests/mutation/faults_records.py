"""Faults in single records and their names: each through the real pipeline, unless it got lost."""

from .faults import Places, fault
from .scene import LAST, Scene, pairs


def share(scene: Scene, table: str, percent: int) -> int:
    """Return a share of a table's rows, rounded up."""
    return int(scene.one(f"SELECT count(*) * %s / 100 + 1 FROM academico.{table}", percent))


# -- completeness


@fault("alumno_sin_edad")
def unknown_ages(s: Scene) -> Places:
    """The age of every seventh alumno is missing."""
    events = s.events("alumno", "edad IS NOT NULL AND id % 7 = 0", edad=None)
    s.send(*events)
    return {"alumno_sin_edad": [e["id_alumno"] for e in events]}


@fault("grupo_sin_maestro")
def no_teacher(s: Scene) -> Places:
    """Every sixth grupo has no maestro."""
    events = s.events("grupo", "id_maestro IS NOT NULL AND id % 6 = 0", id_maestro=None)
    s.send(*events)
    return {"grupo_sin_maestro": [e["id_grupo"] for e in events]}


@fault("grupo_sin_fecha_inicio")
def no_first_day(s: Scene) -> Places:
    """Every tenth grupo has no first day."""
    events = s.events("grupo", "id % 10 = 0", fecha_inicio=None)
    s.send(*events)
    return {"grupo_sin_fecha_inicio": [e["id_grupo"] for e in events]}


@fault("materia_sin_creditos")
def no_credits(s: Scene) -> Places:
    """Three materias have no creditos."""
    events = s.events("materia", "id IN (4, 9, 20)", creditos=None)
    s.send(*events)
    return {"materia_sin_creditos": [4, 9, 20]}


@fault("inscripcion_sin_fecha")
def no_enrolment_date(s: Scene) -> Places:
    """One inscripcion in thirteen has no date."""
    events = s.events("inscripcion", "id_alumno % 13 = 5", fecha_inscripcion=None)
    s.send(*events)
    return {"inscripcion_sin_fecha": pairs(events)}


@fault("calificacion_sin_fecha")
def no_grade_date(s: Scene) -> Places:
    """One calificacion in thirteen has no date."""
    events = s.events("calificacion", "id_alumno % 13 = 5", fecha_registro=None)
    s.send(*events)
    return {"calificacion_sin_fecha": pairs(events)}


@fault("inscripcion_sin_calificacion")
def lost_grades(s: Scene) -> Places:
    """One calificacion of each larger grupo never came."""
    lost = s.run("""
        DELETE FROM academico.calificaciones WHERE (id_alumno, id_grupo) IN (
            SELECT min(id_alumno), id_grupo FROM academico.calificaciones
            GROUP BY id_grupo HAVING count(*) >= 8)
        RETURNING id_alumno, id_grupo""")
    return {"inscripcion_sin_calificacion": lost}


@fault("alumno_sin_inscripcion")
def nobody_enrolled(s: Scene) -> Places:
    """The alumnos of a whole intake are never enrolled."""
    ids = range(800_001, 800_001 + share(s, "alumnos", 12))
    new = {"entity": "alumno", "genero": "X", "edad": 20}
    s.send(*(new | {"id_alumno": i, "nombre": f"Alumno {i}"} for i in ids))
    return {"alumno_sin_inscripcion": ids}


@fault("grupo_sin_inscripciones")
def empty_groups(s: Scene) -> Places:
    """Grupos are opened, and nobody is ever enrolled in them."""
    ids = range(800_001, 800_001 + share(s, "grupos", 6))
    s.send(*(s.event("grupo", "id_maestro IS NOT NULL", id_grupo=i) for i in ids))
    return {"grupo_sin_inscripciones": ids}


# -- uniqueness


@fault("alumno_con_dos_ids")
def two_ids(s: Scene) -> Places:
    """Six persons are registered a second time, under another id."""
    events = s.events("alumno", "edad IS NOT NULL AND id % 31 = 3 LIMIT 6")
    s.send(*(e | {"id_alumno": 800_000 + int(str(e["id_alumno"]))} for e in events))
    found = [(e["id_alumno"], 800_000 + int(str(e["id_alumno"]))) for e in events]
    return {"alumno_con_dos_ids": found}


@fault("inscripcion_doble_en_materia")
def enrolled_twice(s: Scene) -> Places:
    """An alumno is enrolled in two grupos of one materia."""
    alumno, otro, materia, periodo, fecha = s.one("""
        SELECT i.id_alumno, o.id, g.id_materia, g.periodo, i.fecha_inscripcion
        FROM academico.inscripciones AS i
        JOIN academico.grupos AS g ON g.id = i.id_grupo
        JOIN academico.grupos AS o ON o.id_materia = g.id_materia AND o.periodo = g.periodo AND o.id <> g.id
        WHERE i.estado = 'inscrito' ORDER BY 1, 2 LIMIT 1""")  # noqa: E501
    s.send({"entity": "inscripcion", "id_alumno": alumno, "id_grupo": otro,
            "fecha_inscripcion": fecha})  # fmt: skip
    return {"inscripcion_doble_en_materia": [(alumno, materia, periodo)]}


@fault("materia_repetida")
def same_subject_twice(s: Scene) -> Places:
    """A materia exists under two ids, in other letters."""
    event = s.event("materia", "id = 7")
    s.send(event | {"id_materia": 900, "nombre": f"  {str(event['nombre']).upper()}"})
    return {"materia_repetida": [900]}


@fault("evaluacion_casi_igual")
def name_in_two_spellings(s: Scene) -> Places:
    """An evaluacion comes a second time with its name in other letters."""
    event = s.event("evaluacion", "evaluacion = 'Parcial 1'", evaluacion="PARCIAL  1", peso=None)
    s.send(event)
    return {"evaluacion_casi_igual": [(event["id_alumno"], event["id_grupo"], "parcial1")]}


@fault("materia_aprobada_dos_veces")
def passed_twice(s: Scene) -> Places:
    """A materia is passed twice: more credits earned than possible."""
    alumno, materia, grupo, inicio = s.one("""
        SELECT c.id_alumno, g.id_materia, o.id, o.fecha_inicio
        FROM academico.calificaciones AS c
        JOIN academico.grupos AS g ON g.id = c.id_grupo
        JOIN academico.grupos AS o ON o.id_materia = g.id_materia AND o.periodo > g.periodo
        WHERE c.calificacion >= 6 ORDER BY 1, 2, 3 LIMIT 1""")
    s.send(
        {"entity": "inscripcion", "id_alumno": alumno, "id_grupo": grupo,
         "fecha_inscripcion": inicio},
        {"entity": "calificacion", "id_alumno": alumno, "id_grupo": grupo, "calificacion": 9,
         "fecha_registro": s.one("SELECT %s::date + 120", inicio)},
    )  # fmt: skip
    return {"materia_aprobada_dos_veces": [(alumno, materia)]}


# -- validity


@fault("alumno_edad_improbable")
def impossible_ages(s: Scene) -> Places:
    """The year of birth came as age, and a child studies."""
    s.send(s.event("alumno", "id = 11", edad=2004), s.event("alumno", "id = 12", edad=5))
    return {"alumno_edad_improbable": [11, 12]}


@fault("alumno_nombre_de_relleno")
def placeholder_names(s: Scene) -> Places:
    """Names are a test, nothing but signs, and a null in letters."""
    names = {21: "PRUEBA 2", 22: "???", 23: "null"}
    s.send(*(s.event("alumno", f"id = {i}", nombre=name) for i, name in names.items()))
    return {"alumno_nombre_de_relleno": names}


@fault("materia_creditos_implausible")
def too_many_credits(s: Scene) -> Places:
    """A materia is worth 45 creditos: its hours."""
    s.send(s.event("materia", "id = 5", creditos=45))
    return {"materia_creditos_implausible": [5]}


@fault("inscripcion_en_el_futuro", also=["calificacion_antes_de_inscripcion"])
def enrolment_of_the_future(s: Scene) -> Places:
    """An inscripcion is dated 2055."""
    event = s.event("inscripcion", "estado = 'inscrito'", fecha_inscripcion="2055-02-01")
    s.send(event)
    return {"inscripcion_en_el_futuro": pairs([event])}


@fault("calificacion_en_el_futuro")
def grade_of_the_future(s: Scene) -> Places:
    """A calificacion is dated 2055."""
    event = s.event("calificacion", "true", fecha_registro="2055-02-01")
    s.send(event)
    return {"calificacion_en_el_futuro": pairs([event])}


@fault("evaluacion_en_el_futuro")
def exam_of_the_future(s: Scene) -> Places:
    """An evaluacion is dated 2055."""
    event = s.event(
        "evaluacion",
        "(id_alumno, id_grupo) IN"
        " (SELECT id_alumno, id_grupo FROM academico.inscripciones WHERE estado = 'inscrito')",
        fecha="2055-02-01",
    )
    s.send(event)
    key = (event["id_alumno"], event["id_grupo"], event["evaluacion"])
    return {"evaluacion_en_el_futuro": [key]}


@fault("grupo_fuera_de_su_periodo")
def wrong_year(s: Scene) -> Places:
    """A grupo starts ten years before its periodo."""
    event = s.event("grupo", f"{LAST}", fecha_inicio="2014-08-04")
    s.send(event)
    return {"grupo_fuera_de_su_periodo": [event["id_grupo"]]}


@fault("evento_sellado_en_el_futuro")
def wrong_clock(s: Scene) -> Places:
    """The publisher of one calificacion has a clock of the year 2090."""
    event = s.event("calificacion", "true", ocurrido_en="2090-01-01T00:00:00Z")
    s.send(event)
    return {"evento_sellado_en_el_futuro": [("calificacion", *pairs([event])[0])]}  # type: ignore[misc]
