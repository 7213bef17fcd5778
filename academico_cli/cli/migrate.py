"""``academico migrate``: the schema's versions."""

import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from academico_cli.cli.output import Format, FormatOption


class _UpByDefault(TyperGroup):
    """A group in which ``migrate``, ``migrate REV`` and ``migrate --sql`` mean ``migrate up``."""

    def parse_args(self, ctx: "typer.Context", args: list[str]) -> list[str]:  # type: ignore[override]
        if not args or (args[0] != "--help" and args[0] not in self.commands):
            args = ["up", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_UpByDefault)


@app.callback()
def migrate() -> None:
    """Bring the database to the version this academico needs (`up`, unless you say otherwise).

    Example: academico migrate
    """


@app.command("up")
def up(
    revision: Annotated[str, typer.Argument(metavar="[REV]", show_default=True)] = "head",
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL for an empty database; touch nothing.")
    ] = False,
    share: Annotated[
        bool,
        typer.Option("--share-database", help="Also beside the tables of another application."),
    ] = False,
) -> None:
    """Apply the migrations that are missing, up to REV; `migrate` alone means this.

    Refuses a database that holds tables and none of ours: DATABASE_URL may be mistaken.

    Example: academico migrate --sql > schema.sql
    """
    from academico_cli import migrations
    from academico_cli.app import App
    from academico_cli.cli import output

    if sql:
        sys.stdout.write(migrations.script(revision))
        return
    database = App.load().database
    moved = migrations.upgrade(database, revision, share=share)
    at = migrations.current(database)
    output.say(f"applied {', '.join(moved)}" if moved else f"nothing to do: already at {at}")


@app.command("current")
def current(fmt: FormatOption = Format.table) -> None:
    """Show the version of the database and the one this academico needs.

    Example: academico migrate current --format json
    """
    from academico_cli import migrations
    from academico_cli.app import App
    from academico_cli.cli import output

    row = {"current": migrations.current(App.load().database), "head": migrations.head()}
    output.render([row], fmt)


@app.command("history")
def history(fmt: FormatOption = Format.table) -> None:
    """List every migration, oldest first, and whether the database has it.

    Example: academico migrate history
    """
    from academico_cli import migrations
    from academico_cli.app import App
    from academico_cli.cli import output

    output.render([vars(each) for each in migrations.history(App.load().database)], fmt)


@app.command("down", context_settings={"ignore_unknown_options": True})
def down(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A version, -1, or base.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Undo migrations down to REV; the data of what is undone is deleted.

    Example: academico migrate down -1 --yes
    """
    from academico_cli import migrations
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.errors import WrongUsage

    database = App.load().database
    if not yes:
        if not sys.stdin.isatty():
            raise WrongUsage(detail="`migrate down` deletes data: add --yes to confirm")
        typer.confirm(f"Delete data of {database.address} by going down to {revision}?", abort=True)
    moved = migrations.downgrade(database, revision)
    output.say(f"undid {', '.join(moved)}" if moved else "nothing to do")
