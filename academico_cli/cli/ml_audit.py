"""``academico ml audit``: do the features know what had not happened yet?"""

from typing import Annotated

import typer

from academico_cli.cli.output import Format, FormatOption


def audit(
    *,
    cutoff_day: Annotated[
        int | None,
        typer.Option(
            "--cutoff-day", min=0, max=365, metavar="N", help="As for `ml train`, which see."
        ),
    ] = None,
    periodos: Annotated[
        str | None, typer.Option("--periodos", metavar="P[,P]", help="Else all.")
    ] = None,
    alumnos: Annotated[
        int, typer.Option(min=1, metavar="N", help="Whose future is changed, a periodo.")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of the changes.")] = 42,
    fmt: FormatOption = Format.table,
) -> None:
    """Change at random what happened after the cut-off; exit 1 when a feature moves, and name it.

    Everything is rolled back; the rows of the alumnos that were drawn are locked meanwhile.

    Example: academico ml audit --cutoff-day 28 --periodos 2024A,2024B
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import audit as auditing

    app_ = App.load("owner")
    with ml_views.session(app_) as connection, output.progress(None, "auditing") as bar:
        report = auditing.audit(
            connection,
            cutoff_day=cutoff_day,
            periodos=ml_views.names(periodos) or None,
            alumnos=alumnos,
            seed=seed,
            on_step=bar.update,
        )
    moved = [finding for finding in report.findings if finding.movidos]
    output.render([finding._asdict() for finding in moved], fmt)
    seen = {finding.caracteristica for finding in report.findings}
    terms = {finding.periodo for finding in report.findings}
    output.say(
        f"{len({f.caracteristica for f in moved})} of {len(seen)} features and rules moved, in"
        f" {len(terms)} periodos, when {report.changes} events after the cut-off were changed"
    )
    if moved:
        raise typer.Exit(1)
