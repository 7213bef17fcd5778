"""``academico dq``: the rules of data quality; run them, list, write, look over, look back."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption

app = typer.Typer(no_args_is_help=True)


class CheckFormat(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    csv = "csv"
    md = "md"
    junit = "junit"


class FailOn(StrEnum):
    """The least severity whose failure ends the command with 1."""

    error = "error"
    warn = "warn"


EntityOption = Annotated[
    str | None, typer.Option("--entity", metavar="E", help="Only rules of this entidad.")
]


@app.callback()
def dq() -> None:
    """Check the data against rules, each with what it means and how to mend it.

    Example: academico dq check
    """


@app.command("check")
def check(
    *,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="R", help="Id of a rule, or ids with *; may be repeated."),
    ] = None,
    entity: EntityOption = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least severity that ends with 1.")
    ] = FailOn.error,
    fmt: Annotated[
        CheckFormat, typer.Option("--format", help="How to print the results.")
    ] = CheckFormat.table,
) -> None:
    """Run the rules and record what they find; exit 1 when one fails.

    Ids of people are masked in what is printed for a login without the role academico_pii.

    A rule that breaks has neither passed nor failed: exit 4 when it is your own, 5 when it is ours.

    Example: academico dq check --rule 'calificacion_*' --fail-on warn --format junit
    """
    from academico_cli import migrations, quality
    from academico_cli.app import App
    from academico_cli.cli import junit, output
    from academico_cli.dq import answer, catalog

    app = App.load("etl")
    chosen = catalog.select(quality.rules(app.settings.dq_rules), rule or (), entity)
    migrations.require(app.database)
    with output.progress(len(chosen), "checking") as bar:
        results = quality.check(app.database, chosen, on_rules=bar.update)
    if not app.database.may("pii"):
        results = [quality.masked(result) for result in results]
    results = answer.worst_first(results)
    if fmt is CheckFormat.junit:
        junit.write(results, fail_on.value)
    else:
        people = fmt in (CheckFormat.table, CheckFormat.md)
        row = answer.short_row if people else answer.row
        output.render(map(row, results), fmt)
    for result in results:
        if result.status != "passed":
            output.say(answer.advice(result))
    output.say(answer.summary(results))
    raise typer.Exit(answer.exit_code(results, fail_on.value))


@app.command("list")
def list_rules(entity: EntityOption = None, fmt: FormatOption = Format.table) -> None:
    """List the rules: what each looks at, how severe it is, and what it means.

    Example: academico dq list --entity calificacion --format md
    """
    from academico_cli import quality
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.dq import catalog

    rules = catalog.select(quality.rules(App.load().settings.dq_rules), (), entity)
    columns = ("id", "entidad", "severity", "threshold", "titulo") if fmt == Format.table else None
    output.render(map(catalog.row, rules), fmt, columns=columns)


@app.command("new")
def new(identifier: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule.")]) -> None:
    """Write a template of a rule into the folder ACADEMICO_DQ_RULES, and print its path.

    Example: academico dq new acta_sin_firma
    """
    from academico_cli.app import App
    from academico_cli.dq import catalog
    from academico_cli.errors import WrongUsage

    folder = App.load().settings.dq_rules
    if folder is None:
        raise WrongUsage(detail="Where to? Set ACADEMICO_DQ_RULES to a folder for your rules.")
    typer.echo(catalog.create(folder, identifier))


@app.command("lint")
def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Rules; all when none is given."),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Look rules over: header, columns, plan; exit 1 when one could not be run.

    Without a database only the files are read.

    Example: academico dq lint reglas/acta_sin_firma.sql
    """
    from academico_cli import migrations, quality
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.errors import ServiceUnavailable

    app, database, note = App.load("etl"), None, ""
    try:
        migrations.require(app.database)
        database = app.database
    except ServiceUnavailable as exc:
        note = f"; their SELECTs were not planned: {exc}"
    number, findings = quality.lint(database, app.settings.dq_rules, files or ())
    output.render(
        [finding._asdict() for finding in findings],
        fmt,
        columns=("file", "line", "key", "level", "message"),
    )
    output.say(f"{number} rules looked over{note}")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


@app.command("history")
def history(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of a rule.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="Last runs.")] = 30,
    fmt: FormatOption = Format.table,
) -> None:
    """Show what the last runs of a rule found, oldest first.

    Example: academico dq history calificacion_sin_inscripcion --limit 10
    """
    from academico_cli import migrations, quality
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.dq import answer

    app = App.load("etl", "pii")
    with migrations.explained(app.database):
        rows = quality.history(app.database, app.settings.dq_rules, rule, limit)
    output.render(rows, fmt)
    output.say(f"failed_rows  {answer.sparkline([row['failed_rows'] for row in rows])}")
