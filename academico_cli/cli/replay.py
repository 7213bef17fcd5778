"""``academico replay``: academico again, from raw."""

from typing import Annotated

import typer

from academico_cli.cli.moments import MOMENT
from academico_cli.cli.output import Format, FormatOption


def replay(
    since: Annotated[
        str | None,
        typer.Option(metavar="T", help=f"Only apply again what was received since. {MOMENT}"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Undo it in the end; exit 1 if a table differs.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Go on although raw no longer holds some messages.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Rebuild academico from raw in one transaction; consumers wait. Same result to the byte.

    Example: academico replay --dry-run
    """
    from academico_cli import migrations
    from academico_cli import replay as rebuild
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.cli.moments import moment

    start, database = moment(since), App.load("owner").database
    migrations.require(database)
    with output.progress(None, "replaying") as bar:
        compared = rebuild.replay(
            database, since=start, dry_run=dry_run, force=force, on_events=bar.update
        )
    output.render([row._asdict() for row in compared], fmt)
    differing = [row.table for row in compared if not row.equal]
    if differing:
        output.say(f"not as before: {', '.join(differing)}")
        if dry_run:
            raise typer.Exit(1)
