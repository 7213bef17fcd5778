"""``academico privacy``: what is stored about one person."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from academico_cli.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from academico_cli.core.personal import Quien
    from academico_cli.privacy.erase import Erased

app = typer.Typer(no_args_is_help=True)

IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="Id of the person.")]


@app.callback()
def privacy() -> None:
    """Answer an access request, erase an alumno, export without names.

    Example: academico privacy export 17
    """


@app.command("export")
def export(
    number: IdArgument,
    maestro: Annotated[
        bool, typer.Option("--maestro", help="Of a maestro, not an alumno.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here, for you alone to read.")
    ] = None,
) -> None:
    """Print all that is stored about a person, with its sources, as one JSON object.

    Example: academico privacy export 17 --output alumno-17.json
    """
    import sys

    from academico_cli.app import App
    from academico_cli.cli import output as out
    from academico_cli.local import files
    from academico_cli.privacy import export as exporting

    quien: Quien = "maestro" if maestro else "alumno"
    with out.progress(None, "searching, lotes") as bar:
        found = exporting.export(App.load("pii").database, quien, number, on_lotes=bar.update)
    text = out.json_text(found) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        with files.writable(output):
            files.write_private(output, text)


@app.command("erase")
def erase(
    number: IdArgument,
    reason: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Why, such as a case number. Kept: name nobody in it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Erase an alumno from everything that was sent and stored, for good; consumers wait.

    Prints the rows of each table, and the receipt, which alone can prove whom it was about.

    Example: academico privacy erase 17 --reason "case 2024/31" --yes
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.privacy import erase as erasing

    app_ = App.load("owner")
    if not dry_run and not yes:
        _confirm(f"Erase alumno {number} from {app_.database.address} for good?")
    with output.progress(None, "searching, lotes") as bar:
        done = erasing.erase(
            app_.database, number, reason=reason, dry_run=dry_run, on_lotes=bar.update
        )
    rows = [{"tabla": name, "filas": rows} for name, rows in sorted(done.rows.items())]
    output.render(rows, fmt, columns=["tabla", "filas"])
    if done.borrado is None:
        output.say("nothing was changed" if dry_run else f"nothing is stored about alumno {number}")
    else:
        output.say(f"erasure {done.borrado}; receipt, shown once: {done.prueba}")
    if rows:
        _say_what_is_left(done, rabbit=app_.uses_rabbit, queue=app_.settings.queue_name)


@app.command("pseudonymize")
def pseudonymize(
    output: Annotated[Path, typer.Option(metavar="DIR", help="A folder that does not exist yet.")],
    key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Key, instead of ACADEMICO_PSEUDONYM_KEY.")
    ] = None,
    new_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Make a key, keep it here, and use it.")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Export the tables with keyed hashes for ids and names, and with ages in bands.

    Example: academico privacy pseudonymize --output research --new-key research.key
    """
    from academico_cli.app import App
    from academico_cli.cli import output as out
    from academico_cli.errors import WrongUsage
    from academico_cli.privacy import pseudonym

    app_ = App.load("pii")
    if new_key is not None:
        if key_file is not None:
            raise WrongUsage(detail="--key-file and --new-key exclude each other")
        pseudonym.new_key(new_key)
        key_file = new_key
    secret = app_.settings.pseudonym_key
    if key_file is not None:
        key = pseudonym.read_key(key_file)
    elif secret is not None:
        key = secret.get_secret_value()
    else:
        raise WrongUsage(
            detail="a key is needed: --key-file, --new-key, or ACADEMICO_PSEUDONYM_KEY"
        )
    with out.progress(None, "writing, rows") as bar:
        written = pseudonym.pseudonymize(app_.database, output, key, on_rows=bar.update)
    out.render([file._asdict() for file in written], fmt)


def _confirm(question: str) -> None:
    import sys

    from academico_cli.errors import WrongUsage

    if not sys.stdin.isatty():
        raise WrongUsage(detail="`privacy erase` cannot be undone: add --yes, or --dry-run to look")
    typer.confirm(question, abort=True)


def _say_what_is_left(done: "Erased", *, rabbit: bool, queue: str) -> None:
    from academico_cli.cli import output

    if done.mentioning:
        output.say(
            f"{done.mentioning} messages about others hold the same name; they were left alone"
        )
    if rabbit:
        output.say(
            f"RabbitMQ was not searched: what waits in {queue} or {queue}.muertos about the alumno "
            "would be new data; let `academico consume --until-empty` empty them, and erase again"
        )
    if done.borrado is None:
        return
    if not done.refreshed:
        output.say("the marts are not refreshed yet: run `academico marts refresh`")
    for table in done.unvacuumed:
        output.say(f"{table} could not be vacuumed: its dead rows stay on the disk until it is")
    output.say("backups, WAL archives and replicas that lag still hold what they held")
