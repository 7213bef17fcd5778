"""What Prometheus is told by a running command, put together: its counts and what it depends on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from academico_cli.events.reader import DESCONOCIDA, ENTIDADES
from academico_cli.metrics.board import Board
from academico_cli.metrics.names import CONSUMER
from academico_cli.metrics.tally import EVENTS

if TYPE_CHECKING:
    from academico_cli.app import App

STALL_S = 60.0
"""Seconds after which a worker that says nothing counts as stuck."""

DESTINOS = ("aplicado", "duplicado", "rechazado", "pendiente", "obsoleto")


class Listen(NamedTuple):
    """Where to answer Prometheus."""

    port: int
    """0 for any that is free."""
    host: str = "127.0.0.1"


def new_board(comando: str) -> Board:
    """Return the counts of a command that consumes; every fate of every entidad starts at 0."""
    fates = [(EVENTS, entidad, destino) for entidad in ENTIDADES for destino in DESTINOS]
    return Board(comando, [*fates, (EVENTS, DESCONOCIDA, "rechazado")])


@contextmanager
def monitored(app: "App", board: Board, listen: Listen | None) -> Iterator[None]:
    """Answer Prometheus while the block runs, when it is said where.

    Raises:
        PortUnusable: it cannot listen there.
    """
    if listen is None:
        yield
        return
    from prometheus_client import CollectorRegistry  # noqa: PLC0415  only for who is asked

    from academico_cli.metrics.exposition import BoardCollector  # noqa: PLC0415
    from academico_cli.metrics.server import serving  # noqa: PLC0415

    registry = CollectorRegistry()
    registry.register(BoardCollector(board, CONSUMER))

    def live() -> list[str]:
        return [
            f"{name} has not been heard of for {STALL_S:.0f} s" for name in board.stalled(STALL_S)
        ]

    def ready() -> list[str]:
        return [] if board.workers() else ["no worker runs"]

    with serving(registry, listen.host, listen.port, live=live, ready=ready):
        yield
