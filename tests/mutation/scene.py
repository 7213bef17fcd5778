"""A clean school in a transaction that is rolled back: what a fault is injected into."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from academico_cli import ingest
from academico_cli.broker import NDJSON, Message
from academico_cli.dq.rule import Rule
from academico_cli.postgres import Connection

Row = tuple[Any, ...]
Keys = dict[str, set[tuple[str, ...]]]
"""Rule -> the keys of its failures, as text."""

COLUMNS = {
    "alumno": "id AS id_alumno, nombre, edad, genero",
    "materia": "id AS id_materia, nombre, creditos",
    "grupo": "id AS id_grupo, id_materia, id_maestro, periodo, fecha_inicio",
    "inscripcion": "id_alumno, id_grupo, fecha_inscripcion, estado",
    "calificacion": "id_alumno, id_grupo, calificacion, fecha_registro",
    "evaluacion": "id_alumno, id_grupo, evaluacion, calificacion, peso, fecha",
}
TABLES = {
    "alumno": "alumnos", "materia": "materias", "grupo": "grupos", "inscripcion": "inscripciones",
    "calificacion": "calificaciones", "evaluacion": "evaluaciones",
}  # fmt: skip


LAST = "periodo = (SELECT max(periodo) FROM academico.grupos)"


def pairs(events: Iterable[dict[str, object]]) -> list[tuple[object, object]]:
    """Return the key of events about an alumno in a grupo."""
    return [(e["id_alumno"], e["id_grupo"]) for e in events]


class Scene:
    """Injects faults: events through the real pipeline, damage and lost events by SQL."""

    def __init__(self, connection: Connection, run_id: int) -> None:
        self.connection = connection
        self.run_id = run_id

    def run(self, statement: str, *params: object) -> list[Row]:
        cursor = self.connection.execute(statement, params or None)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *params: object) -> Any:
        """Return the only value of the first row; a fault without a place is a broken test."""
        rows = self.run(statement, *params)
        assert rows, f"the clean school has no place for this: {statement}"
        return rows[0] if len(rows[0]) > 1 else rows[0][0]

    def at(self, day: object) -> None:
        """Let the rules believe that today is another day."""
        self.run("SELECT set_config('academico.hoy', %s, true)", str(day))

    def event(self, entity: str, where: str, **changes: object) -> dict[str, object]:
        """Return the event that would write a stored row anew, with some fields changed."""
        table = f"academico.{TABLES[entity]}"
        row = self.one(f"SELECT to_jsonb(t) FROM (SELECT {COLUMNS[entity]} FROM {table} WHERE {where} LIMIT 1) AS t")  # fmt: skip  # noqa: E501
        event = {"entity": entity} | row | changes
        return {name: value for name, value in event.items() if value is not None}

    def events(self, entity: str, where: str, **changes: object) -> list[dict[str, object]]:
        """Return the events that would write stored rows anew."""
        query = f"SELECT to_jsonb(t) FROM (SELECT {COLUMNS[entity]} FROM academico.{TABLES[entity]} WHERE {where}) AS t"  # noqa: E501
        found = [{"entity": entity} | row[0] | changes for row in self.run(query)]
        assert found, f"the clean school has no place for this: {where}"
        return [{k: v for k, v in event.items() if v is not None} for event in found]

    def send(self, *events: dict[str, object]) -> int:
        """Take events in as one message of one lote; return the lote."""
        return self.receive([_encode(events)], content_type=NDJSON)

    def receive(
        self,
        bodies: Iterable[bytes],
        message_id: str | None = None,
        content_type: str | None = None,
    ) -> int:
        """Take messages in as one lote."""
        messages = [
            Message(body, time.time_ns() // 1000, message_id, content_type=content_type)
            for body in bodies
        ]
        return ingest.ingest(self.connection, self.run_id, messages).lotes[0]

    def keys(self, rules: Sequence[Rule]) -> tuple[Keys, set[str]]:
        """Return the failing keys of each rule, and which rules fail."""
        found: Keys = {}
        failing = set()
        for rule in rules:
            with self.connection.cursor() as cursor:
                cursor.execute(rule.query.encode())
                names = [column.name for column in cursor.description or ()]
                places = [names.index(name) for name in rule.key]
                rows = cursor.fetchall()
            found[rule.id] = {tuple(str(row[p]) for p in places) for row in rows}
            assert len(found[rule.id]) == len(rows), f"{rule.id}: two failures with one key"
            total = self.one(rule.total or f"SELECT count(*) FROM {rule.table}")
            if rule.threshold.exceeded(len(rows), total):
                failing.add(rule.id)
        return found, failing


def _encode(events: Iterable[dict[str, object]]) -> bytes:
    return "\n".join(json.dumps(e, ensure_ascii=False, default=str) for e in events).encode()


@contextmanager
def scene(connection: Connection, run_id: int) -> Iterator[Scene]:
    """Yield a scene, and undo all that was done in it."""
    try:
        yield Scene(connection, run_id)
    finally:
        connection.rollback()
