"""``academico ml train``: from the database, or on a table of somebody else's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from academico_cli.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from academico_cli.ml.train import Options


def train(
    *,
    target: Annotated[
        str,
        typer.Option(
            metavar="T",
            help="reprueba|baja|reprueba_o_baja|promedio_bajo; COLUMN=VALUE with --csv.",
        ),
    ] = "reprueba_o_baja",
    cutoff_day: Annotated[
        int | None,
        typer.Option(
            "--cutoff-day",
            min=0,
            max=365,
            metavar="N",
            help="Days known since each periodo's start; else what the one before left.",
        ),
    ] = None,
    train_periodos: Annotated[
        str | None,
        typer.Option("--train-periodos", metavar="P[,P]", help="Else all before the test."),
    ] = None,
    test_periodos: Annotated[
        str | None,
        typer.Option("--test-periodos", metavar="P[,P]", help="Else the latest that is over."),
    ] = None,
    disjoint: Annotated[
        bool, typer.Option("--disjoint", help="No alumno of the test is seen in training.")
    ] = False,
    top: Annotated[
        float,
        typer.Option(
            "--top", min=1, max=99, metavar="PERCENT", help="Per cent that can be attended."
        ),
    ] = 20.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed and data, same model.")] = 42,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processor cores; else all there are.")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Cross-validate on this table instead."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", metavar="NAME", help="With --csv: only these; *."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="NAME", help="With --csv: not these; *."),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Train the models, keep the best; exit 1 when it does not beat every rule of thumb.

    Learns from earlier periodos, chooses on later ones, and measures once on the last.
    With --csv nothing is kept: it is a trial, by five-fold cross-validation.

    Example: academico ml train --cutoff-day 28 --test-periodos 2024B --format json
    """
    from academico_cli.app import App
    from academico_cli.cli import ml_views, output
    from academico_cli.ml.train import Options

    options = Options(
        train_periodos=ml_views.names(train_periodos), test_periodos=ml_views.names(test_periodos),
        disjoint=disjoint, capacity=top, seed=seed, jobs=jobs,
    )  # fmt: skip
    if csv is not None:
        chosen = {"columns": columns or (), "exclude": exclude or ()}
        _cross_validate(csv, target, chosen, options, fmt)
        return
    ml_views.require_target(target, columns or exclude)
    from academico_cli import migrations
    from academico_cli.ml import lifecycle

    app_ = App.load("etl")
    migrations.require(app_.database)
    with output.progress(lifecycle.STEPS, "training") as bar:
        done = lifecycle.train_and_register(
            app_.database, app_.settings.home, options,
            cutoff_day=cutoff_day, target=target, on_step=bar.update,
        )  # fmt: skip
    ml_views.trained(ml_views.registered_row(done, cutoff_day, target), fmt)
    for note in done.trained.split.notes:
        output.say(note)
    ml_views.verdict(done.trained.metrics["improvement"])
    if done.in_use:
        output.say(f"model {done.number} is in use now; `academico ml predict` says whom to call")
    if not done.trained.better:
        raise typer.Exit(1)


def _cross_validate(
    path: Path, target: str, chosen: "Mapping[str, Sequence[str]]", options: "Options", fmt: Format
) -> None:
    from academico_cli.cli import ml_views, output
    from academico_cli.ml import crossval, csvfile

    table = csvfile.read(path, target, **chosen)
    with output.progress(crossval.STEPS, "cross-validating") as bar:
        found = crossval.evaluate(table, seed=options.seed, jobs=options.jobs, on_step=bar.update)
    ml_views.trained(ml_views.crossval_row(found, target), fmt)
    ml_views.verdict(found["improvement"])
    if not found["improvement"]["better"]:
        raise typer.Exit(1)
