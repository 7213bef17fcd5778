"""The four curves of a model: the same points of the registry give the same file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from academico_cli.errors import UnwritableFile

PLOTS = {
    "roc": ("Curva ROC", "Falsas alarmas", "En riesgo que se alcanzan"),
    "pr": ("Precisión y alcance", "En riesgo que se alcanzan", "Llamadas acertadas"),
    "calibration": ("Calibración", "Probabilidad que se dijo", "Parte que estuvo en riesgo"),
    "gain": ("Ganancia", "Alumnos a los que se llama", "En riesgo que se alcanzan"),
}
"""Curve -> title, x axis, y axis."""


def draw(metrics: Mapping[str, Any], folder: Path, kind: str = "svg") -> list[Path]:
    """Write one file for each curve into a folder, which is made.

    Args:
        metrics: as ``registry`` lays out.
        folder: where.
        kind: ``svg`` or ``png``.

    Raises:
        UnwritableFile: it cannot be written.
    """
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Without these an SVG names the moment, and its parts at random.
        with mpl.rc_context({"svg.hashsalt": "academico", "font.family": "DejaVu Sans"}):
            for name in PLOTS:
                figure = Figure(figsize=(5, 4.2), dpi=120, layout="constrained")
                _curve(figure, name, metrics)
                path = folder / f"{name}.{kind}"
                when = {"Date": None} if kind == "svg" else {"Software": None}
                figure.savefig(path, format=kind, metadata=when)
                written.append(path)
    except OSError as exc:
        detail = (exc.strerror or type(exc).__name__).lower()
        raise UnwritableFile(path=folder, detail=detail) from exc
    return written


def _curve(figure: Any, name: str, metrics: Mapping[str, Any]) -> None:  # noqa: ANN401
    title, x_label, y_label = PLOTS[name]
    points, base = metrics["curves"][name], metrics["test"]["base_rate"]
    chance = {"pr": ([0, 1], [base, base])}.get(name, ([0, 1], [0, 1]))
    axes = figure.add_subplot()
    axes.plot(*chance, color="#888888", linestyle="--", linewidth=1,
              label="perfecta" if name == "calibration" else "azar")  # fmt: skip
    marker = "o" if name == "calibration" else None
    axes.plot([p[0] for p in points], [p[1] for p in points], color="#1b5e9e", marker=marker,
              linewidth=2, label="modelo")  # fmt: skip
    axes.set(title=title, xlabel=x_label, ylabel=y_label, xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower right" if name != "pr" else "best")
