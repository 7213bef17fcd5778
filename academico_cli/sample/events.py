"""The school's history as events, in the order in which they happened."""

from collections.abc import Iterator
from dataclasses import replace

from academico_cli.sample.calendar import (
    ADMISION,
    AJUSTE,
    BAJA_DIAS,
    CAPTURA_DIAS,
    CATALOGO,
    CIERRE,
    EXAMEN,
    GRUPOS,
    INSCRIPCION,
    Periodo,
    Phase,
    periodos,
)
from academico_cli.sample.catalog import APELLIDOS, ESQUEMAS, NOMBRES_F, NOMBRES_M, PLAN
from academico_cli.sample.options import SampleOptions
from academico_cli.sample.school import NADA, School, Term

Event = dict[str, str | int | float | None]
"""The body of one event."""

_PROBE = 300


def sample_events(options: SampleOptions) -> Iterator[Event]:
    """Yield every event of the sample: catalogues first, then periodo after periodo.

    Memory grows by some 20 bytes for each alumno and each enrolment of one periodo.
    """
    school = School(options)
    terms = periodos(options.periodos)
    yield from _catalogue(school, terms[0])
    next_alumno = 1
    for number, periodo in enumerate(terms):
        entering = school.entradas[number]
        for k in range(entering):
            yield _alumno(school, number, next_alumno + k, periodo.moment(ADMISION, k, entering))
        next_alumno += entering
        yield from _term(periodo, school.teach())


def expected_events(options: SampleOptions) -> int:
    """Return about how many events ``sample_events`` yields, without making them all.

    Exact up to 300 alumnos; beyond, a school of 300 is scaled up, and a few per cent are wrong.
    """
    small = replace(options, alumnos=min(options.alumnos, _PROBE))
    return sum(1 for _ in sample_events(small)) * options.alumnos // small.alumnos


def _catalogue(school: School, periodo: Periodo) -> Iterator[Event]:
    count = len(school.maestros) + len(PLAN)
    for k, maestro in enumerate(school.maestros):
        yield {
            "entity": "maestro",
            "id_maestro": k + 1,
            "nombre": _name(school, NOMBRES_F if school.random() < 0.5 else NOMBRES_M),
            "especialidad": maestro.area,
            "ocurrido_en": periodo.moment(CATALOGO, k, count),
        }
    for k, materia in enumerate(PLAN):
        yield {
            "entity": "materia",
            "id_materia": k + 1,
            "nombre": materia.nombre,
            "creditos": materia.creditos,
            "ocurrido_en": periodo.moment(CATALOGO, len(school.maestros) + k, count),
        }


def _alumno(school: School, number: int, id_alumno: int, moment: str) -> Event:
    semestres = school.admit(number)
    draw = school.random()
    genero = "F" if draw < 0.49 else "M" if draw < 0.98 else "X"
    names = {"F": NOMBRES_F, "M": NOMBRES_M}.get(genero, NOMBRES_F + NOMBRES_M)
    # Most enter at 18; one in eight is older, up to 40.
    edad = 17 + school.choose(4) + semestres // 2
    if school.random() < 0.125:
        edad = min(40, edad + school.choose(20))
    known = school.random() > 0.02
    return {
        "entity": "alumno",
        "id_alumno": id_alumno,
        "nombre": _name(school, names),
        "edad": edad if known else None,
        "genero": genero,
        "ocurrido_en": moment,
    }


def _name(school: School, names: tuple[str, ...]) -> str:
    first = names[school.choose(len(names))]
    last = APELLIDOS[school.choose(len(APELLIDOS))]
    return f"{first} {last} {APELLIDOS[school.choose(len(APELLIDOS))]}"


def _term(periodo: Periodo, term: Term) -> Iterator[Event]:
    yield from _grupos(periodo, term)
    for i in range(len(term.alumno)):
        yield _inscripcion(periodo, term, i, "inscrito", INSCRIPCION)
    yield from _bajas(periodo, term, -1, AJUSTE)
    for turno, first in enumerate(EXAMEN):
        yield from _evaluaciones(periodo, term, turno)
        if turno < len(EXAMEN) - 1:
            phase = Phase(first + 5 + CAPTURA_DIAS, BAJA_DIAS)
            yield from _bajas(periodo, term, turno, phase)
    yield from _calificaciones(periodo, term)


def _grupos(periodo: Periodo, term: Term) -> Iterator[Event]:
    for k, grupo in enumerate(term.grupos):
        event: Event = {
            "entity": "grupo",
            "id_grupo": term.first_grupo + k,
            "id_materia": grupo.materia + 1,
            "periodo": periodo.codigo,
            "fecha_inicio": periodo.day(0),
        }
        if grupo.maestro is not None:
            event["id_maestro"] = grupo.maestro + 1
        event["ocurrido_en"] = periodo.moment(GRUPOS, k, len(term.grupos))
        yield event


def _inscripcion(periodo: Periodo, term: Term, i: int, estado: str, phase: Phase) -> Event:
    total = len(term.alumno)
    return {
        "entity": "inscripcion",
        "id_alumno": term.alumno[i] + 1,
        "id_grupo": term.first_grupo + term.grupo[i],
        "fecha_inscripcion": periodo.date(INSCRIPCION, i, total),
        "estado": estado,
        "ocurrido_en": periodo.moment(phase, i, total),
    }


def _bajas(periodo: Periodo, term: Term, turno: int, phase: Phase) -> Iterator[Event]:
    for i, baja in enumerate(term.baja):
        if baja == turno:
            yield _inscripcion(periodo, term, i, "baja", phase)


def _evaluaciones(periodo: Periodo, term: Term, turno: int) -> Iterator[Event]:
    # Which partial is due in this exam week, for each way to grade.
    due = [next((r for r in esquema if r.turno == turno), None) for esquema in ESQUEMAS]
    total = len(term.alumno)
    phase = Phase(EXAMEN[turno] + 5, CAPTURA_DIAS)
    for i, nota in enumerate(term.parcial[turno]):
        grupo = term.grupo[i]
        rubro = due[term.grupos[grupo].esquema]
        if nota != NADA and rubro is not None:
            yield {
                "entity": "evaluacion",
                "id_alumno": term.alumno[i] + 1,
                "id_grupo": term.first_grupo + grupo,
                "evaluacion": rubro.nombre,
                "calificacion": nota / 10,
                "peso": rubro.peso / 100,
                "fecha": periodo.day(EXAMEN[turno] + grupo % 5),
                "ocurrido_en": periodo.moment(phase, i, total),
            }


def _calificaciones(periodo: Periodo, term: Term) -> Iterator[Event]:
    total = len(term.alumno)
    for i, nota in enumerate(term.final):
        if nota != NADA:
            yield {
                "entity": "calificacion",
                "id_alumno": term.alumno[i] + 1,
                "id_grupo": term.first_grupo + term.grupo[i],
                "calificacion": nota / 100,
                "fecha_registro": periodo.date(CIERRE, i, total),
                "ocurrido_en": periodo.moment(CIERRE, i, total),
            }
