"""``academico config``: what is in force and where it came from."""

from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption


def config(
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Print passwords instead of ***.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Print every setting in force and where it came from: environment, .env, up, default.

    Example: academico config --format json
    """
    from academico_cli.cli import output
    from academico_cli.settings import explain, load_settings

    output.render(
        [
            {"name": v.name, "value": v.shown(show_secrets=show_secrets), "source": v.source}
            for v in explain(load_settings())
        ],
        fmt,
    )
