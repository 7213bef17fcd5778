"""``academico kpi``: the KPI tables, and the messages behind a number."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from academico_cli.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from academico_cli.roles import Role

TABLE_ROWS = 50
"""Rows of a table when no limit is given; programs get them all."""

PeriodoOption = Annotated[str | None, typer.Option("--periodo", metavar="P", help="Only this one.")]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", min=1, metavar="N",
        help=f"Rows at most; without it a table shows {TABLE_ROWS}, the other formats all.",
    ),
]  # fmt: skip

AsIsOption = Annotated[
    bool, typer.Option("--as-is", help="Read the marts as they are, also when something changed.")
]

HEADERS = {
    "id_materia": "Clave materia",
    "id_grupo": "Grupo",
    "id_maestro": "Clave maestro",
    "id_alumno": "Alumno",
    "nombre": "Nombre",
    "materia": "Materia",
    "maestro": "Maestro",
    "profesor": "Profesor",
    "periodo": "Periodo",
    "promedio": "Promedio",
    "tasa_aprob": "Tasa de aprobación",
    "tasa_baja": "Tasa de baja",
    "calificaciones": "Calificaciones",
    "evaluaciones": "Evaluaciones",
    "aprobados": "Aprobados",
    "reprobados": "Reprobados",
    "inscritos": "Inscritos",
    "alumnos_inscritos": "Inscritos",
    "bajas": "Bajas",
    "grupos": "Grupos",
    "probabilidad": "Probabilidad",
    "banda": "Banda",
    "seleccionado": "Llamar",
    "razones": "Razones",
}
"""Column -> heading, for those who read and do not program: school staff."""

TABLE_COLUMNS = {
    "materia": (
        "id_materia", "nombre", "promedio", "tasa_aprob", "calificaciones", "inscritos", "bajas",
    ),
    "grupo": (
        "id_grupo", "periodo", "materia", "profesor", "alumnos_inscritos", "promedio",
        "tasa_aprob",
    ),
    "maestros": ("id_maestro", "maestro", "promedio", "evaluaciones", "tasa_aprob", "grupos"),
    "periodo": (
        "periodo", "id_materia", "materia", "promedio", "tasa_aprob", "calificaciones", "bajas",
    ),
    "riesgo_modelo": (
        "periodo", "id_alumno", "nombre", "probabilidad", "banda", "seleccionado", "razones",
    ),
}  # fmt: skip
"""What fits on a screen; json, csv and md have every column."""

ROLES: "dict[str, tuple[Role, ...]]" = {
    "grupo": ("pii", "lector"),
    "maestros": ("pii",),
    "riesgo": ("pii",),
}
"""KPI -> the roles that show it, where those who may read the marts are not enough."""

app = typer.Typer(no_args_is_help=True)


@app.callback()
def kpi() -> None:
    """Show a KPI; what changed since the last `academico marts refresh` is computed first.

    Example: academico kpi materia --format json
    """


@app.command("materia")
def materia(
    periodo: PeriodoOption = None,
    limit: LimitOption = None,
    as_is: AsIsOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Mean grade and share of passes of each materia.

    Example: academico kpi materia --periodo 2024A
    """
    _show("materia", periodo, limit, fmt, as_is=as_is)


@app.command("grupo")
def grupo(
    periodo: PeriodoOption = None,
    limit: LimitOption = None,
    as_is: AsIsOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Enrolments and mean grade of each grupo.

    Example: academico kpi grupo --periodo 2024A --format csv
    """
    _show("grupo", periodo, limit, fmt, as_is=as_is)


@app.command("maestros")
def maestros(
    periodo: PeriodoOption = None,
    limit: LimitOption = None,
    as_is: AsIsOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Maestros by the mean grade of their grupos, those with enough grades to compare.

    Example: academico kpi maestros --limit 10
    """
    _show("maestros", periodo, limit, fmt, as_is=as_is)


@app.command("riesgo")
def riesgo(
    periodo: PeriodoOption = None,
    limit: LimitOption = None,
    as_is: AsIsOption = False,
    model: Annotated[
        bool, typer.Option("--model", help="What the model in use predicted, most at risk first.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Alumnos whose mean in a periodo is below the risk threshold, lowest first.

    Example: academico kpi riesgo --periodo 2024A --format json
    """
    if model:
        _show_predicted(periodo, limit, fmt)
    else:
        _show("riesgo", periodo, limit, fmt, as_is=as_is)


@app.command("periodo")
def periodo_stats(
    periodo: PeriodoOption = None,
    limit: LimitOption = None,
    as_is: AsIsOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Each materia in each periodo.

    Example: academico kpi periodo --format md
    """
    _show("periodo", periodo, limit, fmt, as_is=as_is)


@app.command("top")
def top(
    periodo: PeriodoOption = None,
    limit: LimitOption = 10,
    as_is: AsIsOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Materias with the highest mean in a periodo, the latest unless you name one.

    Example: academico kpi top --periodo 2024A --limit 5
    """
    _show("top", periodo, limit, fmt, as_is=as_is)


@app.command("explain")
def explain(
    mart: Annotated[str, typer.Argument(metavar="MART", help="A mart, or a KPI's name.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its key: 17, or 2024A/17.")],
    personal: Annotated[
        bool, typer.Option("--personal", help="Also messages with names and ages of alumnos.")
    ] = False,
    limit: LimitOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """From a number back to the messages it came from.

    Example: academico kpi explain materia 3 --limit 10
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.kpi import explain as reader

    rows = limit or (TABLE_ROWS if fmt == Format.table else None)
    found = reader.explain(App.load("pii").database, mart, key, personal=personal, limit=rows)
    figures = ", ".join(f"{k} {output.text_of(v) or '-'}" for k, v in found.figures.items())
    output.say(f"marts.{found.mart}: {figures}")
    output.render(found.rows, fmt, columns=found.columns)
    if found.more:
        output.say(f"(the first {rows}; --limit N shows more)")


def _show(name: str, periodo: str | None, limit: int | None, fmt: Format, *, as_is: bool) -> None:
    from academico_cli import kpi as reader
    from academico_cli import marts
    from academico_cli.app import App
    from academico_cli.cli import output

    database = App.load(*ROLES.get(name, ("lector",))).database
    asked, columns = limit, None
    if fmt == Format.table:
        limit, columns = limit or TABLE_ROWS, TABLE_COLUMNS.get(name)
    answer = reader.read(database, name, periodo=periodo, limit=limit)
    # Whoever has just consumed asks about that; a program would not even see the note.
    old = answer.stale or answer.refreshed is None
    if old and not as_is and marts.refresh_if_possible(database.acting("etl")):
        answer = reader.read(database, name, periodo=periodo, limit=limit)
    output.render(answer.rows, fmt, columns=columns or answer.columns, headers=HEADERS)
    if answer.hidden:
        output.say(
            f"not shown, because it needs the role academico_pii: {', '.join(answer.hidden)}"
        )
    if answer.more and asked is None:
        output.say(f"(the first {limit}; --limit N shows more)")
    if answer.refreshed is None:
        output.say("the marts were never refreshed: run `academico marts refresh`")
    elif answer.stale:
        output.say(
            f"the marts are {_age(answer.seconds)} old and something changed since: "
            "run `academico marts refresh`"
        )


def _show_predicted(periodo: str | None, limit: int | None, fmt: Format) -> None:
    from academico_cli import kpi as reader
    from academico_cli.app import App
    from academico_cli.cli import output

    asked, columns = limit, None
    if fmt == Format.table:
        limit, columns = limit or TABLE_ROWS, TABLE_COLUMNS["riesgo_modelo"]
    answer = reader.read(App.load("pii").database, "riesgo_modelo", periodo=periodo, limit=limit)
    # Two sentences in a cell are read, a list in brackets is not.
    rows = answer.rows
    if fmt in (Format.table, Format.md):
        rows = [row | {"razones": "; ".join(cast("list[str]", row["razones"]))} for row in rows]
        for row in rows:
            row["probabilidad"] = row["probabilidad"] and round(
                cast("float", row["probabilidad"]), 3
            )
    output.render(rows, fmt, columns=columns or answer.columns, headers=HEADERS)
    if answer.more and asked is None:
        output.say(f"(the first {limit}; --limit N shows more)")
    if not rows:
        output.say("nothing is predicted: run `academico ml predict`, with a model in use")


def _age(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
