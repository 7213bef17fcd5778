"""Finds the messages of raw that are about a person."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple, cast

from psycopg import sql
from psycopg.rows import dict_row

from academico_cli import sqlfiles
from academico_cli.broker import Message
from academico_cli.core.personal import TABLES, Personal, Quien
from academico_cli.postgres import Connection
from academico_cli.privacy.person import Person
from academico_cli.reading import events_of

SQL = sqlfiles.load(__package__, "privacy.sql")

LOTES = 2_000
"""Lotes of raw that are searched with one statement."""


class Key(NamedTuple):
    """Which message of raw."""

    mes: Any
    id: Any


class Found(NamedTuple):
    """What a search of raw found."""

    about: set[Key]
    """Messages with an event about the person."""
    mentioning: set[Key]
    """Messages that name the person and are about somebody else, or nobody."""


def select(
    connection: Connection,
    statement: LiteralString | sql.Composed,
    params: Mapping[str, object] | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of a statement, by the names of their columns."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, params).fetchall()


def number(
    connection: Connection,
    statement: LiteralString | sql.Composed,
    params: Mapping[str, object] | None = None,
) -> int:
    """Return the number that a statement answers with."""
    (row,) = select(connection, statement, params)
    return int(next(iter(row.values())))


def needles(person: Person) -> list[bytes]:
    """Return the bytes of which a body about the person holds one at least."""
    return [str(person.id).encode(), *person.spellings()]


def lines_of(body: bytes, content_type: str | None) -> list[tuple[int, bytes]]:
    """Return the events of a body with their line; see ``reading.events_of``."""
    return events_of(Message(body, 0, content_type=content_type))


def learn_names(connection: Connection, person: Person) -> None:
    """Learn the name that academico has; former ones are learned from raw."""
    statement = sql.SQL(SQL["names"]).format(tabla=sql.Identifier("academico", f"{person.quien}s"))
    for row in select(connection, statement, {"id": person.id}):
        person.learn(row["nombre"])


def tables_about(connection: Connection, quien: Quien) -> list[Personal]:
    """Return the tables whose rows name their person: those declared, parents first, and others."""
    known = {table.name for table in TABLES}
    column = f"id_{quien}"
    others = select(connection, SQL["undeclared"], {"columna": column})
    return [table for table in TABLES if table.person(quien) is not None] + [
        Personal(row["tabla"], (), **{quien: column}) for row in others if row["tabla"] not in known
    ]


def about(table: Personal, quien: Quien, statement: LiteralString) -> sql.Composed:
    """Return a statement on the rows of a table that are about the person ``%(id)s``."""
    persona = cast(LiteralString, table.person(quien))
    return sql.SQL(statement).format(
        tabla=sql.Identifier(*table.name.split(".")), persona=sql.SQL(persona)
    )


def raw(
    connection: Connection,
    person: Person,
    *,
    first: int,
    last: int,
    on_lotes: Callable[[int], None] | None = None,
) -> Found:
    """Search the lotes from first to last, again for each name that is learned on the way."""
    found = Found(set(), set())
    wanted = needles(person)
    while wanted:
        searched = set(person.spellings())
        for start in range(first, last + 1, LOTES):
            end = min(start + LOTES - 1, last)
            _search(connection, person, (start, end), wanted, found)
            if on_lotes is not None:
                on_lotes(end)
        wanted = [spelled for spelled in person.spellings() if spelled not in searched]
    return found


def _search(
    connection: Connection,
    person: Person,
    lotes: tuple[int, int],
    wanted: Sequence[bytes],
    found: Found,
) -> None:
    params = {"first": lotes[0], "last": lotes[1], "needles": wanted}
    for row in select(connection, SQL["messages"], params):
        lines = lines_of(row["cuerpo"], row["content_type"])
        if any(person.is_meant_by(line) for _, line in lines):
            found.about.add(Key(row["mes"], row["id"]))
        elif person.is_named_in(row["cuerpo"] + row["beside"]):
            found.mentioning.add(Key(row["mes"], row["id"]))
