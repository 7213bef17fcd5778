"""What Prometheus is told by a running command, put together: its counts and what it depends on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from academico_cli.broker import Outgoing
from academico_cli.events.reader import DESCONOCIDA, ENTIDADES
from academico_cli.metrics import names
from academico_cli.metrics.board import Board
from academico_cli.metrics.publishing import PUBLISHED, RESULTADOS, PublishMeter
from academico_cli.metrics.tally import EVENTS
from academico_cli.tracing import tracing

if TYPE_CHECKING:
    from academico_cli.app import App
    from academico_cli.metrics.warehouse import Source
    from academico_cli.settings import Settings

DESTINOS = ("aplicado", "duplicado", "rechazado", "pendiente", "obsoleto")


class Listen(NamedTuple):
    """Where to answer Prometheus."""

    port: int
    """0 for any that is free."""
    host: str
    say: Callable[[str], None]
    """Told the address once it answers."""


def consumer_board() -> Board:
    """Return the counts of ``consume``; every fate of every entidad starts at 0."""
    fates = [(EVENTS, entidad, destino) for entidad in ENTIDADES for destino in DESTINOS]
    return Board("consume", [*fates, (EVENTS, DESCONOCIDA, "rechazado")])


@contextmanager
def consuming(app: "App", board: Board, listen: Listen | None) -> Iterator[None]:
    """Answer Prometheus while a consumer runs, when it is said where.

    Raises:
        PortUnusable: it cannot listen there.
    """
    if listen is None:
        yield
        return
    from academico_cli.metrics.warehouse import ask_queue, ask_warehouse  # noqa: PLC0415

    hurried = app.hurried(connect=2, statement=2, lock=2)
    warehouse = ask_warehouse(hurried.database)
    queue = ask_queue(hurried.broker, app.settings.queue_name)
    sources = (
        (names.DATABASE_UP, names.WAREHOUSE, warehouse),
        (names.BROKER_UP, names.QUEUES, queue),
    )
    with _serving(app, board, names.CONSUMER, sources, listen):
        yield


@contextmanager
def publishing(app: "App", listen: Listen | None) -> Iterator[PublishMeter]:
    """Answer Prometheus while messages are published; the database is not needed for that.

    Raises:
        PortUnusable: it cannot listen there.
    """
    if listen is None:
        yield PublishMeter()
        return
    from academico_cli.metrics.warehouse import ask_queue  # noqa: PLC0415

    queue = ask_queue(app.hurried(connect=2, statement=2, lock=2).broker, app.settings.queue_name)
    sources = ((names.BROKER_UP, names.QUEUES, queue),)
    board = Board("publish", [(PUBLISHED, resultado) for resultado in RESULTADOS])
    meter = PublishMeter(partial(board.hear, board.join("the publisher")))
    with _serving(app, board, names.PUBLISHER, sources, listen):
        yield meter


@contextmanager
def _serving(
    app: "App",
    board: Board,
    metrics: Sequence[names.Metric],
    sources: "Sequence[Source]",
    listen: Listen,
) -> Iterator[None]:
    from prometheus_client import CollectorRegistry  # noqa: PLC0415  only for who is asked

    from academico_cli.metrics.exposition import BoardCollector  # noqa: PLC0415
    from academico_cli.metrics.server import serving  # noqa: PLC0415
    from academico_cli.metrics.warehouse import AskingCollector  # noqa: PLC0415

    patience = app.settings.stall_timeout
    registry = CollectorRegistry()
    registry.register(BoardCollector(board, metrics))
    registry.register(AskingCollector(sources))

    def live() -> list[str]:
        stalled = board.stalled(patience)
        return [f"{name} has given no sign of life for {patience} s" for name in stalled]

    def ready() -> list[str]:
        answers = [asking.answer() for _, _, asking in sources]
        wrong = [answer.why for answer in answers if answer.value is None]
        return wrong if board.is_at_work() else [*wrong, "no worker is connected"]

    with serving(registry, listen.host, listen.port, live=live, ready=ready) as port:
        listen.say(f"metrics on http://{listen.host}:{port}/metrics, and /live and /ready")
        yield


@contextmanager
def traced(settings: "Settings", messages: Iterable[Outgoing]) -> Iterator[Iterable[Outgoing]]:
    """Yield messages to publish, which name the trace of the block where one is asked for.

    Raises:
        WrongUsage: the setting is wrong, or the extra is not installed.
    """
    with tracing(settings.traces, "publish", settings.queue_name) as traces:
        if traces is None:
            yield messages
            return
        with traces.publishing(messages) as named:
            yield named
