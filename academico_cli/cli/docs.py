"""``academico docs``: the data dictionary."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def docs() -> None:
    """Write the data dictionary, from the database itself.

    Example: academico docs build
    """


@app.command("build")
def build(
    file: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The page.", dir_okay=False)
    ] = Path("diccionario.html"),
    er: Annotated[
        Path | None,
        typer.Option(
            "--er", metavar="FILE", help="Also the ER diagram, as Mermaid text.", dir_okay=False
        ),
    ] = None,
) -> None:
    """Write the data dictionary as one HTML page: tables, columns, rules, lineage, ER diagram.

    The page is in Spanish, for the staff of the school, and needs no network.

    Example: academico docs build --output diccionario.html --er er.mmd
    """
    from datetime import UTC, datetime

    from academico_cli import catalog, webpage
    from academico_cli.app import App
    from academico_cli.cli import output

    found = catalog.read(App.load("etl", "pii").database)
    webpage.write(file, catalog.page(found, generated=datetime.now(UTC)))
    if er is not None:
        webpage.write(er, catalog.er_diagram(found))
    columns = sum(len(relation.columns) for relation in found.relations())
    tables = sum(1 for _ in found.relations())
    output.say(f"{file}: {tables} tables and views, {columns} columns, {len(found.rules)} rules")
