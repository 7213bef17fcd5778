"""Faults that only the history of a value shows: what is stored in the end looks as it should."""

from datetime import timedelta

from .faults import Places, fault
from .scene import LAST, Scene


@fault("inscripcion_reactivada")
def enrolled_again(s: Scene) -> Places:
    """Somebody who withdrew is enrolled in the same grupo again."""
    alumno, grupo, cuando = s.one("""
        SELECT id_alumno, id_grupo, ocurrido_en FROM academico.inscripciones
        WHERE estado = 'baja' ORDER BY 1, 2 LIMIT 1""")
    event = s.event("inscripcion", f"id_alumno = {alumno} AND id_grupo = {grupo}")
    for day, estado in ((1, "inscrito"), (2, "baja"), (3, "inscrito")):
        when = (cuando + timedelta(day)).isoformat()
        s.send(event | {"estado": estado, "ocurrido_en": when})
    return {"inscripcion_reactivada": [(alumno, grupo)]}


def graded(s: Scene, periodo: str) -> tuple[dict[str, object], float]:
    """Return a calificacion of some periodo, and the grade that it has."""
    event = s.event("calificacion", f"{periodo} AND calificacion BETWEEN 6 AND 9")
    return event, float(str(event["calificacion"]))


@fault("calificacion_cambiada_tras_cierre", also=["calificacion_distinta_de_sus_evaluaciones"])
def grade_of_a_closed_term_changed(s: Scene) -> Places:
    """A grade of the first periodo is raised years later, under the date that it had."""
    event, grade = graded(s, LAST.replace("max", "min"))
    s.send(event | {"calificacion": grade + 1})
    return {"calificacion_cambiada_tras_cierre": [(event["id_alumno"], event["id_grupo"])]}


@fault("calificacion_cambiada_muchas_veces")
def grade_changed_again_and_again(s: Scene) -> Places:
    """A grade is sent with another value four days running, and ends as it began."""
    event, grade = graded(s, LAST)
    cuando = s.one("SELECT max(ocurrido_en) FROM academico.calificaciones")
    for day, more in enumerate((0.5, 1, 0.5, 0), start=1):
        when = (cuando + timedelta(day)).isoformat()
        s.send(event | {"calificacion": grade + more, "ocurrido_en": when})
    return {"calificacion_cambiada_muchas_veces": [(event["id_alumno"], event["id_grupo"])]}


@fault("lote_sin_sellar")
def never_sealed(s: Scene) -> Places:
    """A lote was committed two hours ago, and nobody sealed it."""
    s.run("DELETE FROM core.por_sellar")
    lote = s.send(s.event("materia", "true"))
    s.run("UPDATE core.lotes SET cerrado_en = now() - interval '2 hours' WHERE lote = %s", lote)
    return {"lote_sin_sellar": [lote]}
