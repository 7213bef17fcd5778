"""The school's calendar: two periodos a year, and when in each one things happen."""

from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

LAST_YEAR = 2024
_DAY_START = 8 * 3600
_DAY_LENGTH = 12 * 3600


class Phase(NamedTuple):
    """A stretch of days, counted from the first day of classes."""

    first: int
    days: int


CATALOGO = Phase(-75, 10)
ADMISION = Phase(-40, 15)
GRUPOS = Phase(-21, 2)
INSCRIPCION = Phase(-14, 12)
AJUSTE = Phase(7, 5)
"""Withdrawals before anything was graded."""
EXAMEN = (28, 49, 70, 91, 112)
"""First day of each exam week; the grades are entered in the days that follow it."""
CAPTURA_DIAS = 3
BAJA_DIAS = 4
CIERRE = Phase(123, 5)


class Periodo(NamedTuple):
    """One term."""

    codigo: str
    inicio: int
    """First day of classes, as a proleptic ordinal."""

    def day(self, offset: int) -> str:
        """Return the ISO date so many days after the first day of classes."""
        return iso_date(self.inicio + offset)

    def moment(self, phase: Phase, position: int, of: int) -> str:
        """Return the RFC 3339 time at which item ``position`` of ``of`` happens in a phase.

        Times rise with the position and lie between 8:00 and 20:00 UTC.
        """
        day, second = divmod(position * phase.days * _DAY_LENGTH // of, _DAY_LENGTH)
        minute, second = divmod(second + _DAY_START, 60)
        hour, minute = divmod(minute, 60)
        return f"{self.day(phase.first + day)}T{hour:02}:{minute:02}:{second:02}Z"

    def date(self, phase: Phase, position: int, of: int) -> str:
        """Return the date of ``moment``."""
        return self.day(phase.first + position * phase.days // of)


def periodos(count: int) -> list[Periodo]:
    """Return the last ``count`` periodos, oldest first."""
    found = []
    for back in range(count - 1, -1, -1):
        year, first_half = LAST_YEAR - back // 2, back % 2
        month = 2 if first_half else 8
        found.append(Periodo(f"{year}{'A' if first_half else 'B'}", _first_monday(year, month)))
    return found


def _first_monday(year: int, month: int) -> int:
    first = date(year, month, 1)
    return (first + timedelta(days=-first.weekday() % 7)).toordinal()


@cache
def iso_date(ordinal: int) -> str:
    """Return an ordinal day as an ISO date."""
    return date.fromordinal(ordinal).isoformat()
