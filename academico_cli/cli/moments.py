"""Moments and days as they are typed after ``--since``, ``--until`` and ``--day``."""

from datetime import UTC, date, datetime, timedelta

from academico_cli.errors import WrongUsage

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MOMENT = "A date or time (UTC unless it says otherwise), or an age such as 90m, 24h, 7d."


def moment(text: str | None) -> datetime | None:
    """Return the moment that a text means: ISO 8601, or an age.

    Raises:
        WrongUsage: it means none.
    """
    if text is None:
        return None
    number, unit = text[:-1], text[-1:]
    try:
        if number.isdecimal() and unit in _UNITS:
            return datetime.now(UTC) - timedelta(**{_UNITS[unit]: int(number)})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as exc:
        raise WrongUsage(
            detail=f"{text} is no moment: write 2024-06-30, 2024-06-30T12:00:00Z, 24h or 7d."
        ) from exc
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(text: str | None) -> date | None:
    """Return the day that a text means.

    Raises:
        WrongUsage: it means none.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as exc:
        raise WrongUsage(detail=f"{text} is no day: write it as 2024-06-30.") from exc
