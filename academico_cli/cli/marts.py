"""``academico marts``: refresh the KPIs, see how old they are."""

from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption

app = typer.Typer(no_args_is_help=True)


@app.callback()
def marts() -> None:
    """Refresh the marts, from which the KPIs are read, or see how old they are.

    Example: academico marts refresh
    """


@app.command("refresh")
def refresh(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Marts to tell about.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Recompute every periodo, whatever changed.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Bring the marts up to date; only the periodos that changed are recomputed.

    All marts are always brought to the same moment; NAME only chooses what is printed.

    Example: academico marts refresh
    """
    from academico_cli import marts as schema
    from academico_cli.app import App
    from academico_cli.cli import output

    output.render(schema.refresh(App.load().database, names or (), full=full), fmt)


@app.command("list")
def list_marts(fmt: FormatOption = Format.table) -> None:
    """Show when each mart was refreshed, its rows, and how long that took.

    Example: academico marts list --format json
    """
    from academico_cli import marts as schema
    from academico_cli.app import App
    from academico_cli.cli import output

    output.render(schema.status(App.load().database), fmt)
