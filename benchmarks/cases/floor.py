"""The floor: the same rows from memory, by binary COPY and a sorted upsert a batch.

No broker, no validation, no raw, no duplicates, no ledger. In batches as small as those of single
events and as large as those of NDJSON messages; the faster is the floor.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from academico_cli.postgres import Connection
from benchmarks.events import Event, events
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options, Wrong

BATCHES = (2_000, 10_000, 20_000)
_EN = int((datetime.now(UTC) - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
_MENSAJE = b"\1" * 16
_ORDER = "ocurrido_en timestamptz, desempate bigint, lote bigint, id_mensaje uuid, linea integer"
_NAMES = "ocurrido_en, desempate, lote, id_mensaje, linea"
_SET = ", ".join(f"{name} = excluded.{name}" for name in _NAMES.split(", "))
_TYPES = ("int8", "int8", "int8", "bytea", "int4")
_GRUPO = "INNER JOIN academico.grupos AS g ON g.id = t.id_grupo"

TABLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "alumno": (
        "id bigint, nombre text, edad integer, genero text",
        f"""INSERT INTO academico.alumnos (id, nombre, edad, genero, {_NAMES})
        SELECT id, nombre, edad, genero, {_NAMES} FROM piso_alumno ORDER BY id
        ON CONFLICT (id) DO UPDATE SET nombre = excluded.nombre, edad = excluded.edad,
        genero = excluded.genero, {_SET}""",
        ("int8", "text", "int4", "text"),
    ),
    "inscripcion": (
        "id_alumno bigint, id_grupo bigint, fecha date",
        f"""INSERT INTO academico.inscripciones
        (id_alumno, id_grupo, periodo, estado, fecha_inscripcion, {_NAMES})
        SELECT t.id_alumno, t.id_grupo, g.periodo, 'inscrito', t.fecha,
        {", ".join("t." + name for name in _NAMES.split(", "))}
        FROM piso_inscripcion AS t {_GRUPO} ORDER BY t.id_alumno, t.id_grupo
        ON CONFLICT (id_alumno, id_grupo, periodo) DO UPDATE SET
        fecha_inscripcion = excluded.fecha_inscripcion, {_SET}""",
        ("int8", "int8", "date"),
    ),
    "calificacion": (
        "id_alumno bigint, id_grupo bigint, calificacion numeric, fecha date",
        f"""INSERT INTO academico.calificaciones
        (id_alumno, id_grupo, periodo, calificacion, fecha_registro, {_NAMES})
        SELECT t.id_alumno, t.id_grupo, g.periodo, t.calificacion, t.fecha,
        {", ".join("t." + name for name in _NAMES.split(", "))}
        FROM piso_calificacion AS t {_GRUPO} ORDER BY t.id_alumno, t.id_grupo
        ON CONFLICT (id_alumno, id_grupo, periodo) DO UPDATE SET
        calificacion = excluded.calificacion, fecha_registro = excluded.fecha_registro, {_SET}""",
        ("int8", "int8", "numeric", "date"),
    ),
}
"""Of each entidad: staging columns, upsert, types."""


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the rate of the best batch size."""
    rates = {}
    for batch in BATCHES:
        with ground.database() as database, database.connect() as connection:
            rates[f"batches of {batch}"] = options.events / _load(connection, options.events, batch)
    detail = {name: round(rate) for name, rate in rates.items()}
    yield Figure("floor", max(rates.values()), "events/s", (Against("drain"),), detail=detail)


def _load(connection: Connection, number: int, batch: int) -> float:
    for entidad, (columns, *_) in TABLES.items():
        connection.execute(
            f"CREATE TEMP TABLE piso_{entidad} ({columns}, {_ORDER}) ON COMMIT DELETE ROWS"
        )
    connection.commit()
    rows = [(str(event["entity"]), _row(event)) for event in events(number)]
    began = time.perf_counter()
    for start in range(0, number, batch):
        _write(connection, rows[start : start + batch])
    seconds = time.perf_counter() - began
    stored = connection.execute(
        "SELECT (SELECT count(*) FROM academico.calificaciones)"
        " + (SELECT count(*) FROM academico.inscripciones)"
    ).fetchone()
    if stored != (sum(entidad != "alumno" for entidad, _ in rows),):
        raise Wrong(f"the floor stored {stored}")
    return seconds


def _write(connection: Connection, rows: Sequence[tuple[str, tuple[Any, ...]]]) -> None:
    by: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for entidad, row in rows:
        by[entidad].append(row)
    for entidad, (_, upsert, types) in TABLES.items():
        if not by[entidad]:
            continue
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY piso_{entidad} FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types((*types, *_TYPES))
            for row in by[entidad]:
                copy.write_row(row)
        connection.execute(upsert)
    connection.commit()


def _row(event: Event) -> tuple[Any, ...]:
    typed = [
        Decimal(str(value))
        if name == "calificacion"
        else date.fromisoformat(str(value))
        if name.startswith("fecha")
        else value
        for name, value in event.items()
        if name != "entity"
    ]
    return (*typed, _EN, 0, 1, _MENSAJE, 0)
