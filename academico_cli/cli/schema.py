"""``academico schema``: the message contract for machines."""

import sys
from typing import Annotated

import typer


def schema(
    entity: Annotated[
        str | None, typer.Argument(help="An entity, or asyncapi; without it, any event.")
    ] = None,
) -> None:
    """Print the message contract: JSON Schema of one entity or of all, or AsyncAPI of the queue.

    Example: academico schema calificacion
    """
    import json

    from academico_cli.events import contract
    from academico_cli.settings import load_settings

    if entity == "asyncapi":
        document = contract.asyncapi(load_settings().queue_name)
    else:
        document = contract.json_schema(entity)
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
