"""``academico top``: what is going on, on one screen."""

from typing import TYPE_CHECKING, Annotated

import typer

from academico_cli.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from academico_cli.top import Frame


def top(
    once: Annotated[bool, typer.Option("--once", help="Print one frame and end.")] = False,
    every: Annotated[
        float, typer.Option(min=0.2, max=3600, help="Seconds between two frames.")
    ] = 2.0,
    fmt: FormatOption = Format.table,
) -> None:
    """Show rate, lag, fates, queue, last lotes, rejects by reason and alerts, live.

    Without a terminal, or with --format, it prints one frame, as with --once. Ctrl-C ends it.

    Example: academico top --once --format json
    """
    import sys

    from academico_cli import migrations, top
    from academico_cli.app import App
    from academico_cli.cli import output, screen

    app = App.load("etl", "pii").hurried()
    url = app.settings.prometheus_url

    def look() -> "Frame":
        return top.look(app.database, app.broker, url)

    migrations.require(app.database)
    if fmt != Format.table:
        output.render_record(look()._asdict(), fmt)
    elif once or not sys.stdout.isatty():
        output.console(stderr=False).print(screen.drawn(look()))
    else:
        screen.show(look, every)
