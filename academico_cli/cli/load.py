"""``academico load``: from files into the database, without a broker."""

from pathlib import Path
from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption


def load(
    paths: Annotated[
        list[Path],
        # An unreadable file is bad input, and not wrong usage as typer would have it.
        typer.Argument(metavar="FILE...|DIR", help="Files of events, or a folder.", readable=False),
    ],
    mapping: Annotated[
        str | None, typer.Option(help="Name or folder of the mapping that reads the folder.")
    ] = None,
    batch: Annotated[
        int, typer.Option(min=1, max=100_000, help="Events in one transaction, about.")
    ] = 10_000,
    fmt: FormatOption = Format.table,
) -> None:
    """Load files straight into the database: same validation, same merges, same printout.

    Example: academico load oulad/ --mapping oulad --format json
    """
    from time import monotonic

    from academico_cli import bulk, migrations
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.sources import open_source

    app = App.load("etl")
    source = open_source(paths, mapping, mappings=app.settings.mappings)
    migrations.require(app.database)
    began = monotonic()
    with output.progress(source.count, "loading") as bar:
        fates = bulk.load(app.database, source, batch, bar.update)
    record = fates._asdict() | {"segundos": round(monotonic() - began, 3)}
    output.render_record(record, fmt)
