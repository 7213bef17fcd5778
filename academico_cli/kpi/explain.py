"""From a figure of a mart back to the messages that it came from."""

from dataclasses import dataclass
from typing import cast

from psycopg.rows import dict_row

from academico_cli import migrations, sqlfiles
from academico_cli.errors import WrongUsage
from academico_cli.events.envelope import MAX_BIGINT
from academico_cli.kpi import MARTS
from academico_cli.postgres import Database, Row

_SQL = sqlfiles.load(__package__, "explain.sql")

_KEYS = {
    "kpi_materia": ("id_materia",),
    "kpi_grupo": ("id_grupo",),
    "ranking_maestros": ("id_maestro",),
    "materia_periodo_stats": ("periodo", "id_materia"),
    "alumnos_en_riesgo": ("periodo", "id_alumno"),
}
"""Mart -> the columns of its key, as they are written in KEY with a slash between."""


@dataclass(frozen=True)
class Explanation:
    """One row of a mart and the events that it stands on."""

    mart: str
    figures: Row
    """The mart's row."""
    columns: list[str]
    rows: list[Row]
    """tabla, id_grupo, id_alumno, calificacion, estado, lote, id_mensaje, linea, recibido_en,
    cuerpo (bytes of the event; None when raw no longer holds the message)."""
    more: bool
    """Whether there are further rows than the limit asked for."""


def explain(
    database: Database, mart: str, key: str, *, personal: bool, limit: int | None
) -> Explanation:
    """Return the rows of academico behind one row of a mart, each with its message.

    Args:
        database: where.
        mart: a mart, or the KPI that prints it.
        key: the mart's key, such as ``17`` or ``2024A/17``.
        personal: also the messages with the alumnos' names and ages.
        limit: rows at most; None: all.

    Raises:
        WrongUsage: no such mart, or no such row in it.
        MigrationMissing, ForeignDatabase: there are no marts here.
    """
    mart = MARTS.get(mart, mart)
    mart = "materia_periodo_stats" if mart == "top_materias" else mart
    if mart not in _KEYS:
        known = ", ".join(_KEYS)
        raise WrongUsage(detail=f"there is no mart {mart!r} to explain; choose from: {known}")
    found = _parse(mart, key)
    params: dict[str, object] = dict.fromkeys(
        ("id_grupo", "id_materia", "id_maestro", "id_alumno", "periodo")
    )
    params |= found | {"personal": personal, "limit": None if limit is None else limit + 1}
    one = {"periodo": found.get("periodo"), "id": found[_KEYS[mart][-1]]}
    with (
        migrations.explained(database),
        database.session(name="academico kpi") as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        figures = cast("Row | None", cursor.execute(_SQL[mart], one).fetchone())
        if figures is None:
            raise WrongUsage(
                detail=f"marts.{mart} has no row {key!r}, as of the last `academico marts refresh`"
            )
        rows = cursor.execute(_SQL["rows"], params).fetchall()
        columns = [column.name for column in cursor.description or ()]
    more = limit is not None and len(rows) > limit
    return Explanation(mart, figures, columns, rows[:limit], more)


def _parse(mart: str, key: str) -> dict[str, object]:
    names = _KEYS[mart]
    parts = key.strip().split("/")
    number = parts[-1]
    if len(parts) == len(names) and number.isascii() and number.isdigit():
        identity = int(number)
        if identity <= MAX_BIGINT:
            return dict(zip(names, [*parts[:-1], identity], strict=True))
    example = "2024A/17" if len(names) > 1 else "17"
    form = "/".join(name.upper() for name in names)
    raise WrongUsage(
        detail=f"{key!r} is not a key of marts.{mart}; expected {form}, like {example}"
    )
