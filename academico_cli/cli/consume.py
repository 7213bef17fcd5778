"""``academico consume``: from the queue into the database."""

from enum import StrEnum
from typing import Annotated

import typer

from academico_cli.cli.listening import MetricsHost, MetricsPort, listen_on
from academico_cli.cli.output import Format, FormatOption


class ConsumeGate(StrEnum):
    """What to do with a lote that fails a rule of data quality."""

    warn = "warn"
    quarantine = "quarantine"


def consume(  # noqa: PLR0917  typer passes them by name
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that consume.")] = 1,
    batch: Annotated[
        int, typer.Option(min=1, max=100_000, help="Messages in one transaction, at most.")
    ] = 2000,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when the queue is empty.")
    ] = False,
    gate: Annotated[
        ConsumeGate | None,
        typer.Option(
            "--gate", help="Ask the rules with `compuerta: si` of each lote; tell, or set it aside."
        ),
    ] = None,
    metrics_port: MetricsPort = None,
    metrics_host: MetricsHost = "127.0.0.1",
    fmt: FormatOption = Format.table,
) -> None:
    """Consume the queue: validate, store, consolidate; acknowledge what is committed.

    Ends after the batch in hand on SIGTERM (with 0) or Ctrl-C (with 130). Prints what became of
    the events.

    Example: academico consume --workers 2 --until-empty --format json
    """
    from time import monotonic

    from academico_cli import crew, migrations
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.duty import Options

    app = App.load("etl")
    migrations.require(app.database)
    began = monotonic()
    options = Options(batch=batch, until_empty=until_empty)
    fates, interrupted = crew.consume(
        app.settings,
        options,
        workers,
        None if gate is None else gate.value,
        listen_on(metrics_port, metrics_host),
    )
    record = fates._asdict() | {"segundos": round(monotonic() - began, 3)}
    output.render_record(record, fmt)
    if interrupted:
        raise KeyboardInterrupt
