"""``academico backup`` and ``academico restore``."""

from pathlib import Path
from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; must not exist yet.")],
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Restore it once, and count the rows.")
    ] = True,
    fmt: FormatOption = Format.table,
) -> None:
    """Dump the database to FILE, and restore it once elsewhere to see that it works.

    FILE.json says what is in it, with its checksum: keep both. Messages that wait in RabbitMQ are
    not in it. Exit 1 when the trial restore comes out different.

    Example: academico backup /var/backups/academico-2024-06-30.dump
    """
    from academico_cli.app import App
    from academico_cli.backup import dump
    from academico_cli.cli import output

    _tidy_on_sigterm()
    with output.progress(None, "dumping, bytes") as bar:
        done = dump.backup(App.load().database, file, verify=verify, on_bytes=bar.update)
    output.render_record(done._asdict(), fmt)
    if not verify:
        output.say("not verified: it was not restored; `academico backup` without --no-verify does")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `academico backup` wrote.")],
    database_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where to, instead of the configured database."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete what academico has there first.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Restore a backup into an empty database: as a whole, or not at all.

    Checksum first, then one transaction, in which the rows of each table are counted.

    Example: academico restore /var/backups/academico-2024-06-30.dump
    """
    from pydantic import SecretStr

    from academico_cli import migrations
    from academico_cli.app import App
    from academico_cli.backup import restore as restoring
    from academico_cli.cli import output

    _tidy_on_sigterm()
    app = App.load()
    if database_url is not None:
        there = {"database_url": SecretStr(database_url)}
        app = App(app.settings.model_copy(update=there))
    database = app.database
    done = restoring.restore(database, file, replace=replace)
    output.render_record(
        {
            "database": database.address,
            "revision": done.revision,
            "created_at": done.created_at,
            "tables": len(done.rows),
            "rows": sum(done.rows.values()),
        },
        fmt,
    )
    if done.revision != migrations.head():
        output.say(f"it is at version {done.revision}: run `academico migrate`")


def _tidy_on_sigterm() -> None:
    """Let SIGTERM end this process as an error would: what is half done is taken away."""
    import signal
    import sys

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
