"""Numbers, shares and moments as a Spanish reader writes them: 21.333; 7,25; 81,3 %."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

Number = int | float | Decimal

NOTHING = "—"
"""What stands where there is no number."""

_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
_AGES = (
    (365 * 86_400, "año", "años"), (86_400, "día", "días"), (3_600, "hora", "horas"),
    (60, "minuto", "minutos"),
)  # fmt: skip


def number(value: Number | None, decimals: int = 0) -> str:
    """Return a number: comma for decimals, dots from five digits on; None is a dash."""
    if value is None:
        return NOTHING
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP)
    whole, _, rest = f"{abs(rounded):f}".partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", ".")
    sign = "\u2212" if rounded < 0 else ""
    return sign + whole + ("," + rest if rest else "")


def percent(share: Number | None, decimals: int = 1) -> str:
    """Return a share of 1 in hundredths, with the space that belongs before the sign."""
    if share is None:
        return NOTHING
    return f"{number(Decimal(str(share)) * 100, decimals)}\u00a0%"


def mark(value: Number | None) -> str:
    """Return a grade or a mean of grades: two decimals, as the marts keep them."""
    return number(value, 2)


def threshold(value: Number) -> str:
    """Return a parameter as it was set, without trailing zeros."""
    return number(value, 0) if value == int(value) else number(value, 2).rstrip("0")


def plural(count: int, one: str, many: str) -> str:
    """Return a number with the noun that goes with it."""
    return f"{number(count)} {one if count == 1 else many}"


def moment(at: datetime) -> str:
    """Return a moment to the minute, with its day in words."""
    return f"{day(at)}, {at:%H:%M}"


def day(at: datetime) -> str:
    """Return a day in words."""
    return f"{at.day} de {_MONTHS[at.month - 1]} de {at.year}"


def age(seconds: float) -> str:
    """Return how long ago something was, in its largest unit."""
    for size, one, many in _AGES:
        if seconds >= size:
            return f"hace {plural(int(seconds // size), one, many)}"
    return "hace menos de un minuto"
