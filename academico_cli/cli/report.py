"""``academico report``: the page for the staff of the school."""

from pathlib import Path
from typing import Annotated

import typer

from academico_cli.cli.kpi import AsIsOption


def report(
    file: Annotated[
        str, typer.Option("--output", metavar="FILE", help="The page; - for stdout.")
    ] = "report.html",
    periodo: Annotated[
        str | None,
        typer.Option("--periodo", metavar="P", help="What it is about; the latest with grades."),
    ] = None,
    names: Annotated[
        bool,
        typer.Option("--with-names", help="Name alumnos at risk and maestros: personal data."),
    ] = False,
    as_is: AsIsOption = False,
) -> None:
    """Write the report for the school's staff as one HTML page: KPIs, quality, risk, charts.

    The page is in Spanish, needs no network, and names nobody unless told to.

    Example: academico report --output report.html --periodo 2024B
    """
    import sys
    from datetime import datetime

    from academico_cli import report as reporting
    from academico_cli import webpage
    from academico_cli.app import App
    from academico_cli.cli import output

    database = App.load("pii").database
    if not as_is:
        reporting.bring_up_to_date(database)
    found = reporting.read(database, periodo=periodo, names=names)
    text = reporting.page(found, generated=datetime.now().astimezone())
    if file == "-":
        sys.stdout.write(text)
        return
    webpage.write(Path(file), text, private=names)
    about = f"periodo {found.here.periodo}" if found.here else "no data yet"
    output.say(f"{Path(file).absolute()}: {about}, {len(text.encode()) // 1024} kB")
    if found.fresh.stale:
        output.say("the marts are older than the data: run `academico marts refresh`")
