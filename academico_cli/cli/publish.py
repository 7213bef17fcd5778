"""``academico publish``: sample data, files, or tables through a mapping, into the queue."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from academico_cli.cli.listening import MetricsHost, MetricsPort, listen_on
from academico_cli.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from academico_cli.broker import Broker, Outgoing
    from academico_cli.metrics.publishing import PublishMeter
    from academico_cli.settings import Settings

_SAMPLE = "Sample data"


def publish(  # noqa: PLR0917  typer passes them by name
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...|DIR]",
            help="Files with one event a line, or a folder of tables.",
            readable=False,  # that is bad input, and not wrong usage as typer would have it
        ),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="Name or folder of the mapping that reads the folder.")
    ] = None,
    ndjson: Annotated[
        int, typer.Option(min=0, max=100_000, metavar="N", help="Pack N events in one message.")
    ] = 0,
    alumnos: Annotated[int, typer.Option(help="Students.", rich_help_panel=_SAMPLE)] = 1000,
    periodos: Annotated[
        int, typer.Option(help="Terms, the last one 2024B.", rich_help_panel=_SAMPLE)
    ] = 4,
    seed: Annotated[int, typer.Option(help="Same seed, same data.", rich_help_panel=_SAMPLE)] = 42,
    invalid: Annotated[
        float, typer.Option(help="Broken events to add, 0-1.", rich_help_panel=_SAMPLE)
    ] = 0.0,
    duplicates: Annotated[
        float, typer.Option(help="Share to send twice, 0-1.", rich_help_panel=_SAMPLE)
    ] = 0.0,
    shuffle: Annotated[
        bool, typer.Option("--shuffle", help="Out of order.", rich_help_panel=_SAMPLE)
    ] = False,
    metrics_port: MetricsPort = None,
    metrics_host: MetricsHost = "127.0.0.1",
    fmt: FormatOption = Format.table,
) -> None:
    """Publish events to the queue: files, tables through a mapping, or sample data.

    Ends when the broker has confirmed every message. Publishing the same again changes nothing.

    Example: academico publish --alumnos 500 --invalid 0.01 --shuffle
    """
    from academico_cli import monitoring
    from academico_cli.app import App

    app = App.load("etl")
    if paths or mapping is not None:
        _refuse_sample_options(context)
        count, messages = _from_source(app.settings, paths or [], mapping, ndjson)
    else:
        from academico_cli.sample import SampleOptions, expected_events, sample_messages

        options = SampleOptions(alumnos, periodos, seed)
        messages = sample_messages(
            options, invalid=invalid, duplicates=duplicates, shuffle=shuffle, pack=ndjson
        )
        factor = (1 + invalid) * (1 + duplicates) / max(ndjson, 1)

        def count() -> int:
            return round(expected_events(options) * factor)

    with (
        monitoring.publishing(app, listen_on(metrics_port, metrics_host)) as meter,
        monitoring.traced(app.settings, messages) as sent,
    ):
        _send(app.broker, sent, count, meter, fmt)


def _refuse_sample_options(context: typer.Context) -> None:
    """Refuse an option that means nothing beside files, instead of ignoring it.

    Raises:
        WrongUsage: one was given.
    """
    from academico_cli.errors import WrongUsage

    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        is_given = source is not None and source.name == "COMMANDLINE"
        if is_given and getattr(parameter, "rich_help_panel", None) == _SAMPLE:
            option = parameter.opts[0]
            raise WrongUsage(detail=f"{option} is for sample data; files are published as they are")


def _from_source(
    settings: "Settings", paths: list[Path], mapping: str | None, ndjson: int
) -> "tuple[Callable[[], int | None], Iterator[Outgoing]]":
    from academico_cli.sources import open_source

    source = open_source(paths, mapping, mappings=settings.mappings)
    if not ndjson:
        return source.count, source.lines()

    def count() -> int | None:
        events = source.count()
        return events and -(-events // ndjson)

    return count, source.batches(ndjson)


def _send(
    broker: "Broker",
    messages: "Iterable[Outgoing]",
    count: "Callable[[], int | None]",
    meter: "PublishMeter",
    fmt: Format,
) -> None:
    """Publish and print how many messages the broker confirmed; say it as well on a failure."""
    from time import monotonic

    from academico_cli.cli import output

    began = monotonic()
    confirmed = 0
    broker.declare()
    try:
        with output.progress(count, "publishing") as bar:

            def on_confirmed(so_far: int) -> None:
                nonlocal confirmed
                confirmed = so_far
                bar.update(so_far)

            confirmed = broker.publish(messages, on_confirmed, meter)
    except BaseException as exc:
        if confirmed or isinstance(exc, KeyboardInterrupt):
            output.say(
                f"messages confirmed before the end: {confirmed}; publish the same again to go on, "
                "what was sent already changes nothing"
            )
        raise
    record = {"publicados": confirmed, "segundos": round(monotonic() - began, 3)}
    output.render_record(record, fmt)
