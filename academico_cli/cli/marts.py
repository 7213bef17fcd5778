"""``academico marts``: refresh the KPIs, see how old they are."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from academico_cli.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from academico_cli.app import App

app = typer.Typer(no_args_is_help=True)


class RefreshGate(StrEnum):
    """What to do when rules of data quality fail before a refresh."""

    warn = "warn"
    block = "block"


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
    gate: Annotated[
        RefreshGate | None,
        typer.Option(
            "--gate", help="Run the rules of severity error first: tell what fails, or stop at it."
        ),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Bring the marts up to date; only the periodos that changed are recomputed.

    All marts are always brought to the same moment; NAME only chooses what is printed. With
    --gate block nothing is refreshed while a rule fails or breaks: exit 1.

    Example: academico marts refresh
    """
    from academico_cli import marts as schema
    from academico_cli.app import App
    from academico_cli.cli import output

    app = App.load("etl")
    schema.require_known(names or ())
    if gate is not None:
        _ask_rules(app, stop=gate is RefreshGate.block)
    output.render(schema.refresh(app.database, names or (), full=full), fmt)


def _ask_rules(app: "App", *, stop: bool) -> None:
    from academico_cli import migrations, quality
    from academico_cli.cli import output
    from academico_cli.dq import answer

    migrations.require(app.database)
    with output.progress(None, "checking") as bar:
        failing = quality.before_refresh(app.database, app.settings.dq_rules, on_rules=bar.update)
    for result in failing:
        output.say(answer.advice(result))
    if stop:
        quality.block(failing)


@app.command("list")
def list_marts(fmt: FormatOption = Format.table) -> None:
    """Show when each mart was refreshed, its rows, and how long that took.

    Example: academico marts list --format json
    """
    from academico_cli import marts as schema
    from academico_cli.app import App
    from academico_cli.cli import output

    output.render(schema.status(App.load("lector").database), fmt)
