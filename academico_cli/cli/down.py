"""``academico down``: stop what ``up`` started."""

from typing import Annotated

import typer


def down(
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete their data too: it cannot be undone.")
    ] = False,
) -> None:
    """Stop the servers that `academico up` started; nothing else is touched.

    Their data stay, also those in Docker's volumes.

    Example: academico down
    """
    from academico_cli.cli import output
    from academico_cli.local import mode
    from academico_cli.settings import load_settings

    settings = load_settings()
    servers = mode.down(settings, output.say, delete_data=delete_data)
    stopped = [name for name, was_running in servers.items() if was_running]
    output.say(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    if delete_data:
        output.say(f"deleted the data under {settings.home}")
