"""Puts a tombstone in the place of each event about a person, in everything that was sent."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from academico_cli import sqlfiles
from academico_cli.broker import NDJSON, is_ndjson
from academico_cli.events.tombstone import tombstone
from academico_cli.postgres import Connection
from academico_cli.privacy.person import Person, entidad_of
from academico_cli.privacy.search import Key, lines_of, needles, select

SQL = sqlfiles.load(__package__, "privacy.sql")


class Work(NamedTuple):
    """An erasure in hand."""

    connection: Connection
    person: Person
    borrado: int
    """Its number in core.borrados."""
    rows: Counter[str]
    """Table -> rows deleted or events replaced."""
    touched: set[str]
    """Tables and partitions that are to be vacuumed."""

    def add(self, table: str, rows: int, partition: str | None = None) -> None:
        """Count rows that were erased from a table."""
        if rows:
            self.rows[table] += rows
            self.touched.add(partition or table)

    def bury(self, table: str, lote: int, key: int) -> None:
        """Tell the audit trail that this row was rewritten."""
        where = {"tabla": table, "lote": lote, "clave": key}
        self.connection.execute(SQL["bury"], where)


class Rewritten(NamedTuple):
    """A body without the person."""

    body: bytes
    events: int
    """How many were replaced."""
    alone: bool
    """Whether it holds nothing of others."""


def without(person: Person, body: bytes, content_type: str | None, borrado: int) -> Rewritten:
    """Return a body with a tombstone for each event about the person; other lines stay in place."""
    lines = lines_of(body, content_type)
    meant = {n: line for n, line in lines if person.is_meant_by(line)}
    if not is_ndjson(content_type):
        stone = tombstone(borrado, entidad_of(body))
        return Rewritten(stone, 1, True) if meant else Rewritten(body, 0, False)
    parts = body.split(b"\n")
    for n, line in meant.items():
        parts[n - 1] = tombstone(borrado, entidad_of(line))
    return Rewritten(b"\n".join(parts), len(meant), len(meant) == len(lines))


def messages(work: Work, keys: Iterable[Key]) -> None:
    """Rewrite messages of raw."""
    for key in keys:
        for row in select(work.connection, SQL["message"], key._asdict()):
            new = without(work.person, row["cuerpo"], row["content_type"], work.borrado)
            anonymous = new.alone or work.person.is_named_in(row["beside"])
            params = {**key._asdict(), "cuerpo": new.body, "anonymous": anonymous}
            work.connection.execute(SQL["rewrite_message"], params)
            work.bury("raw.mensajes", row["lote"], row["n"])
            work.add("raw.mensajes", new.events, f"raw.mensajes_{key.mes:%Y_%m}")


def conflicts(work: Work) -> None:
    """Rewrite what was sent under an id that was taken."""
    for row in select(work.connection, SQL["conflicts"], {"needles": needles(work.person)}):
        # How the message was sent is not kept: what has several lines is read as such.
        kind = NDJSON if b"\n" in row["cuerpo"].strip() else None
        new = without(work.person, row["cuerpo"], kind, work.borrado)
        if new.events:
            anonymous = new.alone or work.person.is_named_in(row["beside"])
            where = {"lote": row["lote"], "n": row["n"]}
            params = {**where, "cuerpo": new.body, "anonymous": anonymous}
            work.connection.execute(SQL["rewrite_conflict"], params)
            work.bury("raw.conflictos", row["lote"], row["n"])
            work.add("raw.conflictos", new.events)


def rejects(work: Work) -> None:
    """Rewrite rejects and their corrections, which may be about different people."""
    for row in select(work.connection, SQL["rejects"], {"needles": needles(work.person)}):
        texts = {"cuerpo": row["cuerpo"], "correccion": row["correccion"]}
        meant = [n for n, t in texts.items() if t is not None and work.person.is_meant_by(t)]
        for name in meant:
            # The ledger counts a reject as what it was taken for, a correction as what it is.
            entidad = row["entidad"] if name == "cuerpo" else entidad_of(texts[name])
            texts[name] = tombstone(work.borrado, entidad)
        if meant:
            work.connection.execute(SQL["rewrite_reject"], {"id": row["id"], **texts})
            work.bury("stg.rechazos", row["lote"], row["id"])
            work.add("stg.rechazos", 1)


def queued(work: Work) -> None:
    """Rewrite what waits in the queue in PostgreSQL, dead letters included."""
    for row in select(work.connection, SQL["queued"], {"needles": needles(work.person)}):
        new = without(work.person, row["cuerpo"], row["content_type"], work.borrado)
        if new.events:
            anonymous = work.person.is_named_in(row["beside"])
            where = {"cola": row["cola"], "id": row["id"]}
            params = {**where, "cuerpo": new.body, "anonymous": anonymous}
            work.connection.execute(SQL["rewrite_queued"], params)
            work.add("core.cola", new.events)
