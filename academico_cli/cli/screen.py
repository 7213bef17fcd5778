"""How ``academico top`` looks: one frame, or the same one drawn anew."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from academico_cli.cli.output import text_of
from academico_cli.cli.tables import one_line
from academico_cli.errors import AcademicoError

if TYPE_CHECKING:
    from academico_cli.top import Frame

BAR = 28
"""Characters of a bar."""

OTHER_LINES = 26
"""Lines of a frame beside the rows of its tables."""

DESTINOS = ("aplicado", "duplicado", "rechazado", "pendiente", "obsoleto")


def show(look: "Callable[[], Frame]", every: float) -> None:
    """Draw frames on the terminal until Ctrl-C; a server that is away is told, and asked again."""
    screen = Console()
    with Live(console=screen, screen=True, auto_refresh=False) as live:
        while True:
            live.update(_looked(look, screen.height), refresh=True)
            time.sleep(every)


def _looked(look: "Callable[[], Frame]", lines: int) -> RenderableType:
    import psycopg

    from academico_cli.postgres import translate

    try:
        return drawn(look(), lines)
    except AcademicoError as exc:
        return Text(str(exc), style="red")
    except psycopg.Error as exc:
        return Text(str(translate(exc)), style="red")


def drawn(frame: "Frame", lines: int | None = None) -> RenderableType:
    """Return a frame as something that rich prints, at 80 columns or more.

    Args:
        lines: how many lines there are; None for as many as it takes.
    """
    moment = f"academico top   {frame.momento:%Y-%m-%d %H:%M:%SZ}"
    alerts = len(frame.alertas or ())
    most = None if lines is None else max(1, (lines - OTHER_LINES - alerts) // 2)
    return Group(
        Text(moment, style="bold"),
        Text(),
        _figures(frame),
        Text(),
        _fates(frame),
        Text(),
        *_alerts(frame),
        *_section("last lotes", frame.lotes[:most], "none yet"),
        *_section("open rejects by reason", frame.rechazos[:most], "none"),
    )


def _figures(frame: "Frame") -> RenderableType:
    figures = (
        ("events/s (last minute)", f"{frame.eventos_por_segundo:,.1f}"),
        ("seconds a lote", _seconds(frame.segundos_por_lote)),
        ("ready in the queue", f"{frame.en_cola:,}"),
        ("lag: queue empty in", _seconds(frame.segundos_para_vaciar)),
        ("workers", str(frame.trabajadores)),
        ("last COMMIT ago", _seconds(frame.segundos_desde_commit)),
        ("waiting for a parent", f"{frame.pendientes:,}"),
    )
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        grid.add_column()
        grid.add_column(justify="right", style="bold", min_width=12)
    cells = [cell for figure in figures for cell in figure]
    for start in range(0, len(cells), 4):
        grid.add_row(*cells[start : start + 4])
    return grid


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if value >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def _fates(frame: "Frame") -> RenderableType:
    total = sum(frame.destinos.values()) or 1
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(min_width=10)
    grid.add_column(justify="right", min_width=10)
    grid.add_column(justify="right", min_width=6)
    grid.add_column()
    for destino in DESTINOS:
        share = frame.destinos.get(destino, 0) / total
        bar = "█" * round(share * BAR) or ("▏" if share else "")
        style = "red" if destino == "rechazado" else "green" if destino == "aplicado" else "yellow"
        count = f"{frame.destinos.get(destino, 0):,}"
        grid.add_row(destino, count, f"{share:.1%}", Text(bar, style=style))
    return grid


def _section(title: str, rows: Sequence[dict[str, object]], none: str) -> Iterable[RenderableType]:
    yield Text(title, style="bold")
    if not rows:
        yield Text(none, style="dim")
        yield Text()
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for name in rows[0]:
        right = isinstance(rows[0][name], int | float)
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(_cell(value), "\\n")) for value in row.values()))
    yield table
    yield Text()


def _cell(value: object) -> str:
    strftime = getattr(value, "strftime", None)
    return strftime("%H:%M:%SZ") if strftime else text_of(value)


def _alerts(frame: "Frame") -> Iterable[RenderableType]:
    if frame.prometheus:
        yield Text("alerts", style="bold")
        yield Text(frame.prometheus, style="dim")
        yield Text()
        return
    yield from _section("alerts", frame.alertas or [], "none")
