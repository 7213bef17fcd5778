"""``academico down``: stop what ``up`` started."""

from typing import Annotated

import typer


def down(
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete their data too: it cannot be undone.")
    ] = False,
) -> None:
    """Stop the servers that `academico up` started; nothing else is touched.

    Example: academico down
    """
    from academico_cli.cli import output
    from academico_cli.local import services
    from academico_cli.settings import load_settings

    home = services.Home(load_settings().home)
    stopped = [name for name, was_running in services.down(home, delete_data=delete_data).items()
               if was_running]  # fmt: skip
    output.say(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    if delete_data:
        output.say(f"deleted the data under {home.folder}")
