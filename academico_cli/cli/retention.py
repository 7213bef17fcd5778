"""``academico retention``: how long what was sent is kept."""

from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption


def retention(
    months: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Months to keep before the current one; 3 at least. "
            "Default: retencion_meses in core.parametros.",
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Drop them, and record it; else only show.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Show the months of raw that are older than is to be kept, or drop them.

    Dropped months are recorded in core.retenciones; the ledger and academico stay.

    Example: academico retention --months 24
    """
    from academico_cli import migrations
    from academico_cli import retention as keeping
    from academico_cli.app import App
    from academico_cli.cli import output

    database = App.load("owner").database
    with migrations.explained(database):
        rows = [
            month._asdict() for month in keeping.retention(database, months=months, apply=apply)
        ]
    output.render(rows, fmt, columns=list(keeping.Month._fields))
    if rows and not apply:
        output.say("nothing was dropped: --apply does it")
    if any(row["filas"] for row in rows):
        output.say(
            "rows of academico come from these months: a full `academico replay` is refused "
            "once they are dropped, and `replay --since` applies what raw still holds"
        )
