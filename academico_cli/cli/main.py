"""The command line: one Typer app, and the one place where errors become exit codes."""

import os
import sys
import traceback
from typing import Annotated

import typer

from academico_cli.errors import AcademicoError

app = typer.Typer(
    name="academico",
    help="From student events to audited KPIs.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        print(f"academico {version('academico')}")  # noqa: T201
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log each step; a traceback on a fault.")
    ] = False,
) -> None:
    """From student events to audited KPIs."""
    del version
    from academico_cli.cli import output

    output.configure(quiet=quiet, verbose=verbose)
    context.obj = {"quiet": quiet, "verbose": verbose}


def run() -> None:
    """Entry point: run the command and leave with its exit code."""
    try:
        result = app(standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except typer._click.exceptions.ClickException as exc:  # noqa: SLF001
        exc.show()
        code = exc.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        code = 130
    except BrokenPipeError:
        # The reader of our stdout left (`| head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except AcademicoError as exc:
        if "--verbose" in sys.argv or "-v" in sys.argv:
            traceback.print_exc()
        _say(f"error: {exc}")
        code = exc.exit_code
    except Exception as exc:  # noqa: BLE001  the edge: nothing above would catch it
        if "--verbose" in sys.argv or "-v" in sys.argv:
            traceback.print_exc()
        _say(f"error: {AcademicoError(detail=f'{type(exc).__name__}: {exc}')}")
        code = 5
    sys.exit(code)


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
