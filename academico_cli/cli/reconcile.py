"""``academico reconcile``: is everything accounted for?"""

from pathlib import Path
from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption


def reconcile(
    day: Annotated[
        str | None, typer.Option(metavar="D", help="Only lotes of this day (UTC), as 2024-06-30.")
    ] = None,
    published: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Message ids, one a line: which never arrived?", readable=False
        ),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Compare raw, ledger, rejects and academico to the unit; exit 1 when something is missing.

    Prints each check as a whole, then each place where one fails.

    Example: academico reconcile --day 2024-06-30 --format json
    """
    from academico_cli import migrations
    from academico_cli import reconcile as comparison
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.cli.moments import day as as_day

    meant, database = as_day(day), App.load("pii", "etl").database
    migrations.require(database)
    with output.progress(None, "comparing") as bar:
        report = comparison.reconcile(
            database, day=meant, published=published, on_events=bar.update
        )
    output.render([f._asdict() for f in (*report.summary, *report.differences)], fmt)
    if report.forgotten:
        output.say(
            f"{report.forgotten} lotes were dropped by retention: only their ledger was compared"
        )
    if any(finding.difference for finding in report.summary):
        raise typer.Exit(1)
