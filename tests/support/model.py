"""An independent, slow and simple model of contract.md: one event after the other, in dicts.

It shares no code with the package. What the pipeline leaves in the database must be what this
model computes from the same messages.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KEYS = {
    "maestro": ("id_maestro",),
    "materia": ("id_materia",),
    "grupo": ("id_grupo",),
    "alumno": ("id_alumno",),
    "inscripcion": ("id_alumno", "id_grupo"),
    "calificacion": ("id_alumno", "id_grupo"),
    "evaluacion": ("id_alumno", "id_grupo", "evaluacion"),
}
VALUES = {
    "maestro": ("nombre", "especialidad"),
    "materia": ("nombre", "creditos"),
    "grupo": ("id_materia", "id_maestro", "periodo", "fecha_inicio"),
    "alumno": ("nombre", "edad", "genero"),
    "inscripcion": ("fecha_inscripcion", "estado"),
    "calificacion": ("calificacion", "fecha_registro"),
    "evaluacion": ("calificacion", "peso", "fecha"),
}
PARENTS = {
    "grupo": (("materia", "id_materia"), ("maestro", "id_maestro")),
    "inscripcion": (("alumno", "id_alumno"), ("grupo", "id_grupo")),
    "calificacion": (("alumno", "id_alumno"), ("grupo", "id_grupo")),
    "evaluacion": (("alumno", "id_alumno"), ("grupo", "id_grupo")),
}
DEFAULTS = {"estado": "inscrito"}


@dataclass
class Sent:
    """A message as a test sends it; ``valid`` says what the model must make of it."""

    body: bytes
    arrival: int
    message_id: str | None = None
    timestamp: int | None = None
    redelivered: bool = False
    valid: bool = True


@dataclass
class Model:
    """The state of the school after some messages."""

    tables: dict[str, dict[tuple, tuple]] = field(
        default_factory=lambda: {entity: {} for entity in KEYS}
    )
    fates: Counter = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    bodies: set[bytes] = field(default_factory=set)
    parked: list[tuple[str, dict, tuple]] = field(default_factory=list)
    rejected: list[bytes] = field(default_factory=list)

    def receive(self, batch: Sequence[Sent]) -> None:
        """Receive messages that were held at once: a twin among them is no redelivery."""
        before = frozenset(self.bodies)
        for sent in batch:
            self._receive(sent, before)

    def _receive(self, sent: Sent, before: frozenset[bytes]) -> None:
        if self._seen(sent, before):
            self.fates["duplicado"] += 1
        elif not sent.valid:
            self.fates["rechazado"] += 1
            self.rejected.append(sent.body)
        else:
            event = json.loads(sent.body)
            self._handle(event["entity"], event, _order(event, sent))
            self._take_up()
        self.fates["pendiente"] = len(self.parked)

    def _seen(self, sent: Sent, before: frozenset[bytes]) -> bool:
        if sent.message_id is not None:
            seen = sent.message_id in self.ids
            self.ids.add(sent.message_id)
            return seen
        seen = sent.body in before and sent.redelivered
        self.bodies.add(sent.body)
        return seen

    def _handle(self, entity: str, event: dict[str, Any], order: tuple) -> None:
        for parent, column in PARENTS.get(entity, ()):
            value = event.get(column)
            if value is not None and (value,) not in self.tables[parent]:
                self.parked.append((entity, event, order))
                return
        key = tuple(event[column] for column in KEYS[entity])
        stored = self.tables[entity].get(key)
        if stored is not None and order < stored[0]:
            self.fates["obsoleto"] += 1
            return
        self.fates["aplicado"] += 1
        values = tuple(
            event[c] if event.get(c) is not None else DEFAULTS.get(c) for c in VALUES[entity]
        )
        self.tables[entity][key] = (order, values)

    def _take_up(self) -> None:
        while True:
            parked, self.parked = self.parked, []
            for entity, event, order in parked:
                self._handle(entity, event, order)
            if len(self.parked) == len(parked):
                return

    def rows(self, entity: str) -> dict[tuple, tuple]:
        return {key: values for key, (_, values) in self.tables[entity].items()}


def _order(event: dict[str, Any], sent: Sent) -> tuple:
    when = event.get("ocurrido_en")
    if when is not None:
        seconds = (datetime.fromisoformat(when) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
        digest = hashlib.blake2b(sent.body, digest_size=8).digest()
        return round(seconds * 1e6), int.from_bytes(digest, "big", signed=True)
    if sent.timestamp is not None:
        return sent.timestamp * 1_000_000, sent.arrival
    return sent.arrival, 0
