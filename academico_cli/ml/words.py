"""What a model looks at, in the words of school staff."""

import math

from academico_cli.ml.catalogue import FEATURES

LABELS = {feature.name: feature.meaning for feature in FEATURES}
"""Feature -> its name in Spanish."""

USUAL = "lo usual"


def label(name: str) -> str:
    """Return a feature's name in Spanish."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def number(value: float | None) -> str:
    """Return a value as it is read: no more digits than it has; nothing known is said."""
    if value is None or math.isnan(value):
        return "sin dato"
    text = f"{value:.{1 if abs(value) >= 10 else 2}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def reason(name: str, value: float, usual: float | None) -> str:
    """Return one factor in words."""
    if usual is None:
        return f"{label(name)}: {number(value)}"
    return f"{label(name)}: {number(value)} ({USUAL}: {number(usual)})"


def push(name: str, value: float, usual: float | None, pushed: float) -> str:
    """Return in words how far one factor pushes a probability (0..1)."""
    points = round(abs(pushed) * 100, 1)
    text = reason(name, value, usual)
    if points < 0.1:
        return f"{text}: casi no influye"
    verb = "sube" if pushed > 0 else "baja"
    return f"{text}: {verb} el riesgo {points:g} puntos"
