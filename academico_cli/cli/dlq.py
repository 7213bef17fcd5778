"""``academico dlq``: the rejected events; look, mend, retry, discard."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from academico_cli.cli.moments import MOMENT
from academico_cli.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from academico_cli.stg.rechazos import Filter

app = typer.Typer(no_args_is_help=True)

EstadoOption = Annotated[str, typer.Option(metavar="E", help="abierto, reintentado or descartado.")]
EntidadOption = Annotated[str | None, typer.Option(metavar="E", help="Only of this entidad.")]
MotivoOption = Annotated[str | None, typer.Option(metavar="M", help="Only for this reason.")]
SinceOption = Annotated[
    str | None, typer.Option(metavar="T", help=f"Received at this moment or later. {MOMENT}")
]
UntilOption = Annotated[str | None, typer.Option(metavar="T", help="Received before this moment.")]
LimitOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Rows at most.")]
IdsArgument = Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers of rejects.")]


@app.callback()
def dlq() -> None:
    """Look at rejected events, mend and retry them, or discard them.

    Example: academico dlq list --group
    """


@app.command("list")
def list_rejects(
    *,
    entidad: EntidadOption = None,
    motivo: MotivoOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    estado: EstadoOption = "abierto",
    limit: LimitOption = None,
    group: Annotated[
        bool, typer.Option("--group", help="One row for all alike, and for each missing parent.")
    ] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """List rejects: reason, field, place. With --group, alike ones are one row.

    Example: academico dlq list --entidad calificacion --since 24h
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.stg import rechazos

    wanted = _filter(
        entidad=entidad, motivo=motivo, since=since, until=until, estado=estado, limit=limit
    )
    read = rechazos.group_rows if group else rechazos.list_rows
    output.render(read(App.load("etl", "pii").database, wanted), fmt)


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of a reject.")],
    fmt: FormatOption = Format.table,
) -> None:
    """Show one reject: each field's error, where it came from, and its body as it was sent.

    The body is masked for a login without the role academico_pii.

    Example: academico dlq show 7 --format json
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.stg import rechazos

    database = App.load("pii", "etl").database
    row = rechazos.show(database, number)
    if database.may("pii"):
        output.render_record(_readable(row), fmt)
    else:
        output.render_record(rechazos.masked(row), fmt)
        output.say("what was sent is not shown: that needs the role academico_pii")


@app.command("retry")
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of rejects.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that the filters leave.")] = False,
    body: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Apply the event in this file in its place; - is stdin.",
            readable=False,
        ),
    ] = None,
    entidad: EntidadOption = None,
    motivo: MotivoOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Validate rejects again and apply those that are valid now; exit 1 when one is still not.

    Example: academico dlq retry 7 --body mended.json
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.retry import retry as apply
    from academico_cli.stg import rechazos

    database = App.load("etl").database
    if every:
        wanted = _filter(
            entidad=entidad, motivo=motivo, since=since, until=until, estado="abierto", limit=limit
        )
        ids = [int(str(row["id"])) for row in rechazos.list_rows(database, wanted)]
    _check_choice(ids, every, body, filtered=any((entidad, motivo, since, until, limit)))
    done = apply(database, ids or [], None if body is None else _bytes_of(body))
    output.render([o._asdict() for o in done.outcomes], fmt)
    output.say(
        ", ".join(f"{n} {destino}" for destino, n in done.destinos.items()) or "none applied"
    )
    if any(outcome.motivo for outcome in done.outcomes):
        raise typer.Exit(1)


@app.command("discard")
def discard(ids: IdsArgument, fmt: FormatOption = Format.table) -> None:
    """Mark rejects as done with. They stay where they are, and count as rejected.

    Example: academico dlq discard 7 8
    """
    from academico_cli.app import App
    from academico_cli.cli import output
    from academico_cli.stg import rechazos

    output.render(rechazos.discard(App.load("etl").database, ids), fmt)


@app.command("collect")
def collect(fmt: FormatOption = Format.table) -> None:
    """Move dead letters, which killed their consumers, among the rejects, unread.

    `academico consume` does it by itself.

    Example: academico dlq collect
    """
    import threading
    import uuid

    from academico_cli import consumer, dead_letters, migrations, stopping
    from academico_cli.app import App
    from academico_cli.cli import output

    app, sesion, stop = App.load("etl"), uuid.uuid4(), threading.Event()
    migrations.require(app.database)
    with stopping.stopping_on_signals(stop):
        dead_letters.collect(app.database, app.broker, sesion, stop, "dlq collect")
    output.render_record(consumer.fates(app.database, sesion)._asdict(), fmt)


def _filter(
    *,
    entidad: str | None,
    motivo: str | None,
    since: str | None,
    until: str | None,
    estado: str,
    limit: int | None,
) -> "Filter":
    from typing import get_args

    from academico_cli.cli.moments import moment
    from academico_cli.errors import WrongUsage
    from academico_cli.stg.rechazos import Estado, Filter

    if estado not in get_args(Estado):
        raise WrongUsage(detail=f"--estado is one of {', '.join(get_args(Estado))}.")
    return Filter(estado, entidad, motivo, moment(since), moment(until), limit)  # type: ignore[arg-type]


def _check_choice(ids: list[int] | None, every: bool, body: Path | None, *, filtered: bool) -> None:
    from academico_cli.errors import WrongUsage

    if not every and not ids:
        raise WrongUsage(detail="Which ones? Give their numbers, or --all.")
    if filtered and not every:
        raise WrongUsage(detail="Filters need --all.")
    if body is not None and (every or len(ids or ()) != 1):
        raise WrongUsage(detail="--body mends one reject: give exactly one number.")


def _bytes_of(path: Path) -> bytes:
    import sys

    from academico_cli.errors import UnreadableFile

    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as exc:
        raise UnreadableFile(path=path, detail=exc.strerror or exc) from exc


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Give bodies as text, and beside it in base64 where they are no UTF-8."""
    from base64 import b64encode

    for name in ("cuerpo", "correccion"):
        body = row[name]
        try:
            row[name] = None if body is None else body.decode()
        except UnicodeDecodeError:
            row[name] = body.decode("utf-8", "backslashreplace")
            row[f"{name}_base64"] = b64encode(body).decode()
    return row
