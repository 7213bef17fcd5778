"""``academico ml``: the risk model, from training to whom to call, and what becomes of it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from academico_cli.cli import ml_audit, ml_train
from academico_cli.cli.output import Format, FormatOption

TABLE_ROWS = 20
"""Rows of a table of people when no limit is given; programs get them all."""

app = typer.Typer(no_args_is_help=True)

ModelOption = Annotated[
    int | None, typer.Option("--model", metavar="ID", help="Which; else the one in use.")
]
PeriodoOption = Annotated[
    str | None, typer.Option("--periodo", metavar="P", help="Which; else the latest.")
]
PlotsOption = Annotated[
    Path | None, typer.Option("--plots", metavar="DIR", help="Draw the four curves into DIR.")
]
TopOption = Annotated[
    float | None,
    typer.Option(
        "--top", min=0.1, max=100, metavar="PERCENT",
        help="Per cent of the alumnos that can be attended; else as it was trained for.",
    ),
]  # fmt: skip


class PlotFormat(StrEnum):
    """How curves are drawn."""

    svg = "svg"
    png = "png"


@app.callback()
def ml() -> None:
    """Estimate who is at risk while there is time, how sure that is, and why.

    Example: academico ml train --cutoff-day 28
    """


app.command("train")(ml_train.train)
app.command("audit")(ml_audit.audit)


@app.command("evaluate")
def evaluate(
    model: Annotated[
        int | None,
        typer.Argument(metavar="[ID]", help="Which; else the one in use, or the newest."),
    ] = None,
    *,
    periodos: Annotated[
        str | None,
        typer.Option(
            "--periodos", metavar="P[,P]", help="Later ones than it learnt from; else its test."
        ),
    ] = None,
    plots: PlotsOption = None,
    plot_format: Annotated[PlotFormat, typer.Option("--plot-format", help="How to draw.")] = (
        PlotFormat.svg
    ),
    card: Annotated[
        Path | None,
        typer.Option("--card", metavar="FILE", help="Write the model card, in Spanish."),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Measure a model: figures, errors by group, what a tutor's calls find, what matters to it.

    Example: academico ml evaluate --plots curvas --card ficha.md
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import lifecycle
    from academico_cli.ml import plots as drawing

    app_ = App.load("etl")
    with ml_views.session(app_) as connection, output.progress(3, "measuring") as bar:
        entry, found = lifecycle.evaluate(
            connection, app_.settings.home, model, ml_views.names(periodos), on_step=bar.update
        )
    ml_views.evaluation(entry, found, fmt)
    if plots is not None:
        for path in drawing.draw(found, plots, plot_format.value):
            output.say(f"wrote {path}")
    if card is not None:
        ml_views.write_text(card, entry.ficha)
        output.say(f"wrote {card}")


@app.command("predict")
def predict(
    *,
    model: ModelOption = None,
    periodo: PeriodoOption = None,
    top: TopOption = None,
    min_info: Annotated[
        float,
        typer.Option(
            "--min-info",
            min=0,
            max=1,
            metavar="SHARE",
            help="Say nothing of whom less than this share of what matters is known.",
        ),
    ] = 0.2,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=f"Rows; a table shows {TABLE_ROWS}.")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Say who of a periodo is at risk and why, and keep it; most at risk first.

    Example: academico ml predict --periodo 2024B --top 15 --format csv
    """  # fmt: skip
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import lifecycle
    from academico_cli.ml import predict as judging

    app_ = App.load("etl")
    with ml_views.session(app_) as connection, output.progress(judging.STEPS, "predicting") as bar:
        entry, opened = lifecycle.opened(connection, app_.settings.home, model)
        found = judging.predict(
            connection, entry, opened,
            periodo=periodo, top=top, min_information=min_info, on_step=bar.update,
        )  # fmt: skip
        connection.commit()
    ml_views.predictions(found, limit or (TABLE_ROWS if fmt == Format.table else None), fmt)


@app.command("explain")
def explain(
    alumno: Annotated[int, typer.Argument(metavar="ALUMNO", min=1, help="Id of an alumno.")],
    *,
    model: ModelOption = None,
    periodo: PeriodoOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Show how far each factor pushes an alumno's probability up or down.

    Example: academico ml explain 42 --periodo 2024B
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import explain as explaining
    from academico_cli.ml import lifecycle

    app_ = App.load("etl")
    with ml_views.session(app_) as connection, output.progress(None, "explaining"):
        entry, opened = lifecycle.opened(connection, app_.settings.home, model)
        found = explaining.explain(connection, entry, opened, str(alumno), periodo)
    ml_views.explanation(found, fmt)


@app.command("models")
def models(fmt: FormatOption = Format.table) -> None:
    """List the models, newest first: which is in use, how good each is, from what it was made.

    Example: academico ml models --format json
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views
    from academico_cli.ml import registry

    with ml_views.session(App.load("etl")) as connection:
        rows = registry.models(connection)
    ml_views.models(rows, fmt)


@app.command("promote")
def promote(
    model: Annotated[int, typer.Argument(metavar="ID", help="Number of a model.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also one that does not beat every rule of thumb.")
    ] = False,
) -> None:
    """Put a model into use, in place of the one that is.

    Example: academico ml promote 2
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import lifecycle, registry

    app_ = App.load("etl")
    with ml_views.session(app_) as connection:
        lifecycle.opened(connection, app_.settings.home, model)
        before = registry.promote(connection, model, force=force)
        connection.commit()
    output.say(f"model {model} is in use" + (f" in place of model {before}" if before else ""))


@app.command("rollback")
def rollback() -> None:
    """Put the model that was in use before into use again.

    Example: academico ml rollback
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import registry

    with ml_views.session(App.load("etl")) as connection:
        before, now = registry.rollback(connection)
        connection.commit()
    output.say(f"model {now} is in use again in place of model {before}")


@app.command("drift")
def drift(
    *, model: ModelOption = None, periodo: PeriodoOption = None, fmt: FormatOption = Format.table
) -> None:
    """Compare a periodo with what the model learnt from; exit 1 when it changed strongly.

    When the outcomes are known, what was predicted is compared with them, too.

    Example: academico ml drift --periodo 2024B
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import lifecycle

    app_ = App.load("etl")
    with ml_views.session(app_) as connection, output.progress(None, "comparing"):
        entry, rows, outcome = lifecycle.follow(connection, app_.settings.home, model, periodo)
        connection.commit()
    if ml_views.drifted(entry, rows, outcome, fmt):
        raise typer.Exit(1)
