"""``academico up``: start what is needed and say where it is."""

from enum import StrEnum
from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption


class Mode(StrEnum):
    """Where the services run."""

    auto = "auto"
    docker = "docker"
    local = "local"


class BrokerChoice(StrEnum):
    """Where messages wait."""

    auto = "auto"
    rabbitmq = "rabbitmq"
    postgres = "postgres"


def up(
    mode: Annotated[Mode, typer.Option(help="Where the services run.")] = Mode.auto,
    broker: Annotated[
        BrokerChoice, typer.Option(help="auto: RabbitMQ when it is installed, else PostgreSQL.")
    ] = BrokerChoice.auto,
    monitoring: Annotated[
        bool, typer.Option("--monitoring", help="Start Prometheus too, with the alerts.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Start the services, wait until they answer, apply migrations, print where everything is.

    Safe to repeat. What DATABASE_URL and RABBIT_URL name is used and not started.

    Example: academico up --broker postgres
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.errors import WrongUsage
    from academico_cli.local import services
    from academico_cli.local.status import status
    from academico_cli.settings import load_settings

    if mode is Mode.docker:
        raise WrongUsage(
            detail="--mode docker comes with the monitoring stack and is not there yet; "
            "use --mode local"
        )
    started = services.up(load_settings(), broker=broker.value, monitoring=monitoring)
    for note in started.notes:
        output.say(note)
    app = App.load()
    applied = services.prepare(app.settings, app.database, app.broker)
    if applied:
        output.say(f"migrations applied: {', '.join(applied)}")
    items = status(
        app.database, app.broker, app.settings.queue_name, rabbit=app.uses_rabbit,
        prometheus=services.Home(app.settings.home).prometheus,
    )  # fmt: skip
    output.render([item.row() for item in items], fmt)
