"""Messages into a database without a broker, and what is in it afterwards, for comparison."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import psycopg

from academico_cli import ingest
from academico_cli.broker import Message
from academico_cli.core import ledger
from academico_cli.lote import Result
from academico_cli.postgres import Database

from .model import KEYS, VALUES, Model, Sent

TABLES = {
    "maestro": "maestros", "materia": "materias", "grupo": "grupos", "alumno": "alumnos",
    "inscripcion": "inscripciones", "calificacion": "calificaciones", "evaluacion": "evaluaciones",
}  # fmt: skip


class Pipeline:
    """One worker's connection and run."""

    def __init__(self, database_url: str) -> None:
        self.database = Database(database_url, lock_timeout=20)
        self.connection = self.database.connect()
        self.sesion = uuid.uuid4()
        self.run_id = ledger.start_run(self.connection, self.sesion, "test")
        self.connection.commit()

    def feed(self, batch: Sequence[Message]) -> Result:
        result = ingest.ingest(self.connection, self.run_id, batch)
        self.connection.commit()
        return result

    def take_up_stragglers(self) -> Result:
        result = ingest.take_up_stragglers(self.connection, self.run_id)
        self.connection.commit()
        return result

    def fates(self) -> ledger.Fates:
        fates = ledger.session_fates(self.connection, self.sesion)
        self.connection.commit()
        return fates

    def query(self, statement: str, *params: object) -> list[tuple[Any, ...]]:
        rows = self.connection.execute(statement, params).fetchall()
        self.connection.commit()
        return rows

    def close(self) -> None:
        self.connection.close()


def message(sent: Sent) -> Message:
    return Message(
        sent.body, sent.arrival, sent.message_id, sent.timestamp, redelivered=sent.redelivered
    )


def stored(connection: psycopg.Connection, entity: str) -> dict[tuple, tuple]:
    """Return the business rows of an entity as JSON would hold them: key -> values."""
    columns = [*KEYS[entity], *VALUES[entity]]
    names = ", ".join("id" if c == f"id_{entity}" else c for c in columns)
    split = len(KEYS[entity])
    rows = connection.execute(f"SELECT {names} FROM academico.{TABLES[entity]}").fetchall()
    connection.commit()
    plain = [tuple(map(_plain, row)) for row in rows]
    return {row[:split]: row[split:] for row in plain}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def assert_equal(connection: psycopg.Connection, model: Model) -> None:
    """Compare every business table with the model's."""
    for entity in KEYS:
        found, expected = stored(connection, entity), model.rows(entity)
        differ = {
            key: (found.get(key), expected.get(key))
            for key in found.keys() | expected.keys()
            if found.get(key) != expected.get(key)
        }
        assert not differ, f"{entity}: found and expected differ in {differ}"


def batches(messages: Sequence[Message], cuts: Iterable[int]) -> list[Sequence[Message]]:
    """Split messages at the given places."""
    places = sorted({c % (len(messages) + 1) for c in cuts} | {0, len(messages)})
    return [messages[a:b] for a, b in pairwise(places) if a < b]
