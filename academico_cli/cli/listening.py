"""The options of commands that answer Prometheus while they run."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from academico_cli.monitoring import Listen

MetricsPort = Annotated[
    int | None,
    typer.Option(min=0, max=65_535, help="Answer Prometheus here: /metrics, /live, /ready."),
]
MetricsHost = Annotated[
    str, typer.Option(help="Address to answer on; 0.0.0.0 lets other machines ask.")
]


def listen_on(port: int | None, host: str) -> "Listen | None":
    """Return where to answer, and whom to tell; None when no port is given."""
    from academico_cli.cli import output
    from academico_cli.monitoring import Listen

    return None if port is None else Listen(port, host, output.say)
