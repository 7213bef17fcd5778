"""``academico status``: every service, what waits, and the last lote."""

import typer

from academico_cli.cli.output import Format, FormatOption


def status(fmt: FormatOption = Format.table) -> None:
    """Show each service's state, the queue's depth, what waits, the last lote, the migration.

    Ends with 3 when a service cannot be reached.

    Example: academico status --format json
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.local import services
    from academico_cli.local import status as local

    app = App.load().hurried()
    items = local.status(
        app.database, app.broker, app.settings.queue_name, rabbit=app.uses_rabbit,
        prometheus=services.Home(app.settings.home).prometheus,
    )  # fmt: skip
    output.render([item.row() for item in items], fmt)
    if not local.reachable(items):
        raise typer.Exit(3)
