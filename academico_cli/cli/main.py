"""The command line: one Typer app, and the one place where errors become exit codes."""

import os
import sys
import traceback
from typing import Annotated, Any

import typer

from academico_cli.cli import (
    audit,
    backup,
    config,
    consume,
    demo,
    dlq,
    docs,
    doctor,
    down,
    dq,
    kpi,
    load,
    marts,
    migrate,
    ml,
    privacy,
    psql,
    publish,
    reconcile,
    replay,
    retention,
    schema,
    status,
    up,
)
from academico_cli.errors import AcademicoError, DatabaseNotConfigured, ObjectMissing

app = typer.Typer(
    name="academico",
    help="From student events to audited KPIs.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
# One line a command, in the order of its help. A file in cli/ may import, at its top, only typer
# and the cheap part of the standard library: all of them are imported for `academico --help`.
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("down")(down.down)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("config")(config.config)
app.command("publish")(publish.publish)
app.command("consume")(consume.consume)
app.command("load")(load.load)
app.add_typer(dlq.app, name="dlq")
app.command("replay")(replay.replay)
app.command("reconcile")(reconcile.reconcile)
app.add_typer(audit.app, name="audit")
app.add_typer(migrate.app, name="migrate")
app.add_typer(marts.app, name="marts")
app.add_typer(kpi.app, name="kpi")
app.add_typer(dq.app, name="dq")
app.add_typer(ml.app, name="ml")
app.command("retention")(retention.retention)
app.add_typer(privacy.app, name="privacy")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(docs.app, name="docs")
app.command("schema")(schema.schema)
app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    psql.psql
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

    _quieten_libraries(verbose=verbose)
    output.configure(quiet=quiet, verbose=verbose)
    context.obj = {"quiet": quiet, "verbose": verbose}


def run() -> None:
    """Entry point: run the command and leave with its exit code."""
    try:
        result = app(prog_name="academico", standalone_mode=False)
        code = result if isinstance(result, int) else 0
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        code = 130
    except BrokenPipeError:
        code = _leave_quietly()
    except SystemExit as exc:
        # typer makes it out of a broken pipe.
        if not isinstance(exc.__context__, BrokenPipeError):
            raise
        code = _leave_quietly()
    except Exception as exc:  # noqa: BLE001  the edge: nothing above would catch it
        code = _report(exc)
    sys.exit(code)


def _leave_quietly() -> int:
    """End without a word: the reader of our stdout left (`| head`), which is no error of ours."""
    # Python flushes stdout once more at exit, which must not fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _report(exc: Exception) -> int:
    """Say in one line what went wrong; return the exit code."""
    if callable(getattr(exc, "format_message", None)):  # typer's own: wrong usage
        return _report_usage(exc)
    if _is_verbose():
        traceback.print_exception(exc)
    error = _explained(exc if isinstance(exc, AcademicoError) else _as_ours(exc))
    _say(f"error: {error}")
    return error.exit_code


def _report_usage(exc: Any) -> int:  # noqa: ANN401
    """Report typer's usage errors, which are of a class that it keeps to itself."""
    context = getattr(exc, "ctx", None)
    if type(exc).__name__ == "NoArgsIsHelpError":
        exc.show()
    else:
        hint = f" Try `{context.command_path} --help`." if context is not None else ""
        message = " ".join(exc.format_message().split())
        _say(f"error: {message if message.endswith('.') else message + '.'}{hint}")
    return 2


def _as_ours(exc: Exception) -> AcademicoError:
    """Return the error of ours that a library's error amounts to."""
    if hasattr(exc, "sqlstate"):  # psycopg's; importing it to ask would cost every command
        from academico_cli.app import App
        from academico_cli.postgres import translate

        try:
            address = App.load().database.address
        except AcademicoError:
            return translate(exc)
        return translate(exc, address)
    return AcademicoError(detail=" ".join(f"{type(exc).__name__}: {exc}".split()))


def _explained(error: AcademicoError) -> AcademicoError:
    """Return why a table is missing, when the database's version tells."""
    if not isinstance(error, ObjectMissing):
        return error
    from academico_cli import migrations
    from academico_cli.app import App

    try:
        migrations.require(App.load().database)
    except DatabaseNotConfigured:
        return error
    except AcademicoError as why:
        return why
    return error


def _quieten_libraries(*, verbose: bool) -> None:
    """Keep libraries from writing to stderr by themselves, unless verbose."""
    import logging

    logging.captureWarnings(capture=True)
    # pika reports each reconnect attempt, with addresses, as an error of its own; ours says it
    # once and without credentials.
    for name in ("pika", "alembic", "sqlalchemy", "py.warnings"):
        logging.getLogger(name).setLevel(logging.WARNING if verbose else logging.CRITICAL)


def _is_verbose() -> bool:
    import logging

    return logging.getLogger("academico_cli").level == logging.DEBUG


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
