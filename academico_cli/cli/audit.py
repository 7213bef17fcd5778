"""``academico audit``: what was changed, and whether the evidence of it was."""

import re
from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption

app = typer.Typer(no_args_is_help=True)

WIDE = 140
"""Columns of a terminal that has room for the messages' ids."""


@app.callback()
def audit() -> None:
    """Show what was changed, and find out whether anybody altered the evidence.

    Example: academico audit verify
    """


@app.command("verify")
def verify(
    from_lote: Annotated[
        int | None, typer.Option("--from", metavar="LOTE", help="Trust what was sealed before it.")
    ] = None,
    anchor: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="A hash that `audit seal` printed: it must be there."),
    ] = None,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Do not ask for the hash that was kept here."),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Findings to stop at.")] = 1000,
    fmt: FormatOption = Format.table,
) -> None:
    """Compare every sealed row with the chain; exit 1 when one was altered, removed or added.

    The last hash of a chain that is sound is kept in ACADEMICO_HOME, and must be there next time.

    Example: academico audit verify --format json
    """
    from itertools import islice

    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.core.audit import Verification
    from academico_cli.core.heads import Heads
    from academico_cli.errors import WrongUsage

    if anchor is not None and not re.fullmatch("[0-9a-fA-F]{64}", anchor):
        raise WrongUsage(detail="--anchor is a SHA-256 as `audit seal` prints it: 64 hex digits")

    app = App.load("pii", "etl")
    heads = Heads(app.settings.home, trusting=forget)
    with output.progress(None, "verifying") as bar:
        verification = Verification(
            app.database, from_lote=from_lote, anchor=anchor, heads=heads, on_messages=bar.update
        )
        findings = list(islice(verification, limit))
    output.render([f._asdict() for f in findings], fmt)
    for reason, number in verification.erased:
        output.say(f"{number} removed on purpose and recorded: {reason}")
    head = verification.head
    output.say(f"{verification.messages} messages in {head.sello} seals; head {head.huella}")
    if head.sin_sellar:
        output.say(f"{head.sin_sellar} lotes are not sealed yet: run `academico audit seal`")
    if findings:
        raise typer.Exit(1)
    output.say("sound: nothing was altered, removed or added")


@app.command("seal")
def seal(fmt: FormatOption = Format.table) -> None:
    """Put what was committed into the chain, and print its head; keep that hash elsewhere.

    Consumers and loads do this by themselves.

    Example: academico audit seal --format json
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.core.audit import seal_database

    output.render([seal_database(App.load("etl").database)._asdict()], fmt)


@app.command("show")
def show(
    entidad: Annotated[str, typer.Argument(metavar="ENTITY", help="Such as alumno or materia.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="17; 17/3: alumno and grupo.")],
    pii: Annotated[bool, typer.Option("--pii", help="Show personal values unmasked.")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Show each value that changed, from which message, and what is stored today.

    Of an alumno: of everything that is stored about them.

    Example: academico audit show alumno 17
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.core.changes import history

    app_ = App.load("pii") if pii else App.load("etl", "pii")
    rows = history(app_.database, entidad, key, pii=pii)
    if fmt != Format.table or output.console(stderr=False).width >= WIDE:
        output.render(rows, fmt)
        return
    brief = (
        {
            "ocurrido_en": row["ocurrido_en"],
            "dato": " ".join(str(row[name]) for name in ("tabla", "clave", "campo") if row[name]),
            **{name: row[name] for name in ("anterior", "nuevo", "lote", "actor")},
        }
        for row in rows
    )
    output.render(brief, fmt)
    output.say("what has no actor is stored today; --format json tells the messages too")
