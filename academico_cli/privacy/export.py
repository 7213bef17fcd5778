"""``academico privacy export``: all that is stored about one person, with where it came from."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg

from academico_cli import sqlfiles
from academico_cli.broker import NDJSON
from academico_cli.core.personal import VIEWS, Quien
from academico_cli.errors import NothingStored
from academico_cli.postgres import Connection, Database
from academico_cli.privacy import search
from academico_cli.privacy.person import Person

SQL = sqlfiles.load(__package__, "privacy.sql")

Rows = list[dict[str, Any]]


def export(
    database: Database,
    quien: Quien,
    number: int,
    *,
    on_lotes: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Return everything about a person, read in one snapshot.

    Returns:
        ``persona``, ``generado_en``, and under ``datos`` for each table its rows. What was sent is
        cut to the events about the person, each with its message, lote and time; a row of
        ``academico`` names the message that it comes from.

    Raises:
        NothingStored: there is nothing about the person.
    """
    person = Person(quien, number)
    with database.connect(name="academico privacy") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        search.learn_names(connection, person)
        data = {**_rows(connection, person), **_sent(connection, person, on_lotes)}
        connection.rollback()
    if not data:
        raise NothingStored(person=f"{quien} {number}")
    return {
        "persona": {"tipo": quien, "id": number, "nombres": sorted(person.names)},
        "generado_en": datetime.now(UTC).isoformat(timespec="seconds"),
        "datos": data,
    }


def _rows(connection: Connection, person: Person) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    views = [view for view in VIEWS if view.person(person.quien) is not None]
    for table in (*search.tables_about(connection, person.quien), *views):
        statement = search.about(table, person.quien, SQL["rows"])
        rows = [row["fila"] for row in search.select(connection, statement, {"id": person.id})]
        if rows:
            found[table.name] = rows
    return found


def _sent(
    connection: Connection, person: Person, on_lotes: Callable[[int], None] | None
) -> dict[str, Rows]:
    """Return the events about the person in raw, among the rejects, and in the queue."""
    found: defaultdict[str, Rows] = defaultdict(list)
    last = search.number(connection, SQL["last_lote"])
    keys = search.raw(connection, person, first=0, last=last, on_lotes=on_lotes).about
    for key in keys:
        for row in search.select(connection, SQL["message"], key._asdict()):
            found["raw.mensajes"] += _events(person, row | key._asdict())
    found["raw.mensajes"].sort(key=lambda row: (row["lote"], row["n"], row["linea"]))
    wanted = {"needles": search.needles(person)}
    for row in search.select(connection, SQL["conflicts"], wanted):
        kind = NDJSON if b"\n" in row["cuerpo"].strip() else None
        found["raw.conflictos"] += _events(person, row | {"content_type": kind})
    for row in search.select(connection, SQL["rejects"], wanted):
        texts = [row[name] for name in ("cuerpo", "correccion") if row[name] is not None]
        if any(person.is_meant_by(text) for text in texts):
            found["stg.rechazos"].append(row)
    for row in search.select(connection, SQL["queued"], wanted):
        found["core.cola"] += _events(person, row)
    return {name: rows for name, rows in found.items() if rows}


def _events(person: Person, row: dict[str, Any]) -> Rows:
    """Return a message once for each of its events about the person, without those of others."""
    shown = {k: v for k, v in row.items() if k not in ("cuerpo", "beside", "mes")}
    return [
        shown | {"linea": n, "cuerpo": line}
        for n, line in search.lines_of(row["cuerpo"], row["content_type"])
        if person.is_meant_by(line)
    ]
