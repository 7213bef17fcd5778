"""The invented school: who is able, what is hard, who teaches well, who fails and who leaves.

Numbers only, in arrays of some 20 bytes for each student and each enrolment of the periodo in
hand. Only ``Random.random`` is drawn from, and only sums and products follow: both give the same
on every version of Python and every machine, unlike ``gauss`` or ``exp``.
"""

from array import array
from itertools import accumulate
from random import Random
from typing import NamedTuple

from academico_cli.sample.catalog import AREAS, ESQUEMAS, PLAN, POR_SEMESTRE
from academico_cli.sample.options import SampleOptions

CUPO = 30
"""Most students of a group."""
APROBATORIA = 600
"""Pass mark in hundredths."""
SIN_BAJA = 9
"""Value of ``Term.baja`` for an enrolment that was kept."""
NADA = -1
"""A grade that was not given."""

_GRUPOS_POR_MAESTRO = 3
_TODAS = (1 << len(PLAN)) - 1
_EARLY = -1


class Maestro(NamedTuple):
    """A teacher."""

    area: str
    efecto: float
    """Points that their groups gain."""


class Grupo(NamedTuple):
    """A group of one periodo."""

    materia: int
    """Position in the plan."""
    maestro: int | None
    """Position among the teachers."""
    esquema: int
    nivel: float
    """Points that every grade of the group gains: teacher, difficulty and the group itself."""


class Term:
    """What happened in one periodo: enrolment i is of ``alumno[i]`` in ``grupo[i]``."""

    def __init__(self, first_grupo: int) -> None:
        self.first_grupo = first_grupo
        self.grupos: list[Grupo] = []
        self.alumno = array("I")
        self.materia = array("b")
        self.grupo = array("I")
        """Position in ``grupos``."""
        self.baja = array("b")
        """Exam week after which the student withdrew; -1 before the first; SIN_BAJA never."""
        self.parcial = tuple(array("b") for _ in range(5))
        """By exam week, in tenths; NADA where there is none."""
        self.final = array("h")
        """In hundredths; NADA after a withdrawal."""


class School:
    """State of the school between periodos."""

    def __init__(self, options: SampleOptions) -> None:
        self.random = Random(f"academico:{options.seed}").random  # noqa: S311  no secret
        self.entradas = _entries(options)
        self.dificultad = [m.dificultad + 0.15 * self.normal() for m in PLAN]
        self.maestros = self._hire(options.alumnos)
        self._por_area = {
            area: [i for i, m in enumerate(self.maestros) if m.area == area] for area in AREAS
        }
        self._habilidad = array("d")
        self._aprobadas = array("Q")
        self._reprobadas = array("Q")
        self._activo = bytearray()
        self._next_grupo = 1

    def normal(self) -> float:
        """Return a number with mean 0 and deviation 1, never beyond 3.5: a sum of uniforms."""
        draw = self.random
        return (draw() + draw() + draw() + draw() - 2.0) * 1.7320508075688772

    def choose(self, count: int) -> int:
        """Return a whole number from 0 to ``count`` - 1."""
        return int(self.random() * count)

    def admit(self, periodo: int) -> int:
        """Add one student to the school; those of the first periodo are of every semester.

        Returns:
            The semesters that they have behind them.
        """
        semestres = self.choose(6) if periodo == 0 else 0
        self._habilidad.append(self.normal() + 0.06 * semestres)
        self._aprobadas.append((1 << semestres * POR_SEMESTRE) - 1)
        self._reprobadas.append(0)
        self._activo.append(1)
        return semestres

    def teach(self) -> Term:
        """Run one periodo for all students of the school."""
        term = Term(self._next_grupo)
        for alumno, active in enumerate(self._activo):
            if active:
                for materia in self._choose_materias(alumno):
                    term.alumno.append(alumno)
                    term.materia.append(materia)
        self._open_grupos(term)
        self._next_grupo += len(term.grupos)
        self._grade(term)
        return term

    def _hire(self, alumnos: int) -> list[Maestro]:
        """Hire at least two teachers an area, more where there are more groups to teach."""
        grupos = alumnos * 0.6 * POR_SEMESTRE / CUPO
        maestros = []
        for area in AREAS:
            share = sum(materia.area == area for materia in PLAN) / len(PLAN)
            for _ in range(max(2, round(grupos * share / _GRUPOS_POR_MAESTRO))):
                maestros.append(Maestro(area, 0.4 * self.normal()))
        return maestros

    def _choose_materias(self, alumno: int) -> list[int]:
        """Take what is not passed and whose requisite is, in the plan's order."""
        aprobadas = self._aprobadas[alumno]
        draw = self.random()
        carga = 4 + (draw < 0.7) + (draw < 0.15)
        chosen: list[int] = []
        for position, materia in enumerate(PLAN):
            if not aprobadas >> position & 1 and (
                materia.requisito is None or aprobadas >> materia.requisito & 1
            ):
                chosen.append(position)
                if len(chosen) == carga:
                    break
        return chosen

    def _open_grupos(self, term: Term) -> None:
        """Open as many groups as the demand needs, and spread the students over them evenly."""
        demanda = [0] * len(PLAN)
        for materia in term.materia:
            demanda[materia] += 1
        cuantos = [-(-d // CUPO) for d in demanda]
        primero = [0, *accumulate(cuantos)]
        for materia, count in enumerate(cuantos):
            for _ in range(count):
                term.grupos.append(self._open_grupo(materia))
        turno = [0] * len(PLAN)
        for materia in term.materia:
            term.grupo.append(primero[materia] + turno[materia] % cuantos[materia])
            turno[materia] += 1

    def _open_grupo(self, materia: int) -> Grupo:
        candidatos = self._por_area[PLAN[materia].area]
        maestro = candidatos[self.choose(len(candidatos))] if self.random() > 0.015 else None
        efecto = 0.0 if maestro is None else self.maestros[maestro].efecto
        nivel = 7.35 - 0.8 * self.dificultad[materia] + efecto + 0.15 * self.normal()
        return Grupo(materia, maestro, self.choose(len(ESQUEMAS)), nivel)

    def _grade(self, term: Term) -> None:
        """Grade every enrolment, then let each student go on, repeat, or leave."""
        total = len(term.alumno)
        start = 0
        while start < total:
            alumno = term.alumno[start]
            end = start
            while end < total and term.alumno[end] == alumno:
                self._attend(term, end)
                end += 1
            self._close(alumno, term, start, end)
            start = end

    def _attend(self, term: Term, i: int) -> None:
        """Draw the partial grades of one enrolment, its withdrawal, and its final grade."""
        alumno, grupo = term.alumno[i], term.grupos[term.grupo[i]]
        repite = self._reprobadas[alumno] >> grupo.materia & 1
        nivel = grupo.nivel + 0.95 * self._habilidad[alumno] + 0.4 * repite + 0.6 * self.normal()
        notas = [NADA] * 5
        suma = peso = 0
        baja = _EARLY if self.random() < 0.01 else SIN_BAJA
        for rubro in ESQUEMAS[grupo.esquema]:
            if baja != SIN_BAJA:
                break
            if self.random() > (0.015 if nivel > 6 else 0.05):
                nota = int((nivel + rubro.desvio + 1.1 * self.normal()) * 10 + 0.5)
                notas[rubro.turno] = nota = min(100, max(0, nota))
                suma += nota * rubro.peso
                peso += rubro.peso
            if rubro.turno < 4 and self.random() < _withdrawal(suma, peso):
                baja = rubro.turno
        for column, nota in zip(term.parcial, notas, strict=True):
            column.append(nota)
        term.baja.append(baja)
        # Half up, in whole numbers; a partial that was not given does not count.
        term.final.append((20 * suma + peso) // (2 * peso) if baja == SIN_BAJA and peso else NADA)

    def _close(self, alumno: int, term: Term, start: int, end: int) -> None:
        ganadas = 0
        for i in range(start, end):
            if term.final[i] >= APROBATORIA:
                self._aprobadas[alumno] |= 1 << term.materia[i]
                ganadas += 1
            else:
                self._reprobadas[alumno] |= 1 << term.materia[i]
        perdidas = end - start - ganadas
        self._habilidad[alumno] += 0.1 * self.normal() + 0.1 * (ganadas / (end - start) - 0.75)
        deserta = self.random() < (0.35 if perdidas >= 3 else 0.015)
        if deserta or self._aprobadas[alumno] == _TODAS:
            self._activo[alumno] = 0


def _withdrawal(suma: int, peso: int) -> float:
    """Return the chance to withdraw, given the grades so far."""
    if not peso or suma < 45 * peso:
        return 0.15
    return 0.08 if suma < 58 * peso else 0.006


def _entries(options: SampleOptions) -> list[int]:
    """Return how many students enter in each periodo; half of them are there from the start."""
    first = max(1, options.alumnos * 3 // (options.periodos + 2))
    rest, later = options.alumnos - first, options.periodos - 1
    return [first] + [rest * (k + 1) // later - rest * k // later for k in range(later)]
