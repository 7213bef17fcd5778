"""A known set of messages, drawn from a seed, and what the model makes of them.

Every key that is written twice carries ocurrido_en, and a body without an id is sent once, so the
final tables are a function of the set alone: whatever order, split or redelivery.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from academico_cli.broker import NDJSON, Outgoing

from ..support.model import Model, Sent

GRUPOS = 8
_START = datetime(2024, 3, 1, 12, tzinfo=UTC)


@dataclass
class Workload:
    """Messages to publish, and what must come of them."""

    messages: list[Outgoing] = field(default_factory=list)
    """In the order in which they are published, duplicates included."""
    events: list[Sent] = field(default_factory=list)
    """Each event once."""
    unique: dict[tuple[str | None, bytes | None], Outgoing] = field(default_factory=dict)

    @property
    def invalid(self) -> list[bytes]:
        return sorted(event.body for event in self.events if not event.valid)

    @property
    def duplicates(self) -> int:
        """Events that are sent again."""
        return sum(m.body.count(b"\n") + 1 for m in self.messages) - len(self.events)

    def model(self) -> Model:
        """Return the state of the school when every event has arrived."""
        model = Model()
        for event in self.events:
            model.receive([event])
        return model

    def add(
        self,
        *bodies: bytes,
        message_id: str | None,
        valid: Callable[[bytes], bool] = lambda body: True,
    ) -> None:
        """Add one message of new events."""
        several = len(bodies) > 1
        out = Outgoing(b"\n".join(bodies), message_id, content_type=NDJSON if several else None)
        self.messages.append(out)
        self.unique[identity(out)] = out
        self.events += [
            Sent(body, len(self.events) + i, f"{len(self.events) + i}", valid=valid(body))
            for i, body in enumerate(bodies)
        ]


def identity(message: Outgoing) -> tuple[str | None, bytes | None]:
    return (message.message_id, None) if message.message_id else (None, message.body)


def workload(seed: int, alumnos: int = 60, *, duplicates: float = 0.05) -> Workload:
    """Draw a workload of about ``alumnos`` * 9 messages, shuffled, children before parents."""
    rng = random.Random(seed)
    drawn = Workload()
    for i, event in enumerate(_events(rng, alumnos)):
        body = json.dumps(event).encode()
        drawn.add(body, message_id=f"w{seed}-{i}" if rng.random() < 0.7 else None)
    for i, body in enumerate(_invalid(rng, max(4, alumnos // 10))):
        drawn.add(body, message_id=f"x{seed}-{i}" if i % 2 else None, valid=lambda _: False)
    for i in range(3):
        lines = [
            json.dumps(_alumno(10_000 + i * 10 + n, "Linea", _when(rng))).encode() for n in range(5)
        ]
        drawn.add(*lines, message_id=f"n{seed}-{i}")
    with_id = [message for message in drawn.messages if message.message_id]
    drawn.messages += rng.sample(with_id, int(len(with_id) * duplicates))
    rng.shuffle(drawn.messages)
    return drawn


def _when(rng: random.Random) -> str:
    return (_START + timedelta(microseconds=rng.randrange(10**12))).isoformat()


def _alumno(number: int, name: str, when: str | None) -> dict[str, object]:
    event = {"entity": "alumno", "id_alumno": number, "nombre": f"{name} {number}", "genero": "X"}
    return event | ({"ocurrido_en": when} if when else {})


def _events(rng: random.Random, alumnos: int) -> Iterator[dict[str, object]]:
    for i in range(1, 6):
        yield {"entity": "materia", "id_materia": i, "nombre": f"Materia {i}", "creditos": 8}
        yield {"entity": "maestro", "id_maestro": i, "nombre": f"Maestro {i}"}
    for i in range(1, GRUPOS + 1):
        for _ in range(rng.choice((1, 1, 3))):  # some move to another periodo and back
            yield {"entity": "grupo", "id_grupo": i, "id_materia": 1 + i % 5,
                   "id_maestro": 1 + i % 4, "periodo": rng.choice(("2024A", "2024B", "2025A")),
                   "ocurrido_en": _when(rng)}  # fmt: skip
    for i in range(1, alumnos + 1):
        if rng.random() < 0.5:
            yield _alumno(i, "Alumno", None)
        else:
            for version in range(rng.randint(1, 3)):
                yield _alumno(i, f"Alumno v{version}", _when(rng))
        for grupo in rng.sample(range(1, GRUPOS + 1), 2):
            key = {"id_alumno": i, "id_grupo": grupo}
            yield {"entity": "inscripcion", **key, "estado": rng.choice(("inscrito", "baja")),
                   "ocurrido_en": _when(rng)}  # fmt: skip
            for _ in range(rng.randint(1, 3)):
                yield {"entity": "calificacion", **key, "calificacion": rng.randint(0, 1000) / 100,
                       "ocurrido_en": _when(rng)}  # fmt: skip
            yield {"entity": "evaluacion", **key, "evaluacion": "Parcial",
                   "calificacion": rng.randint(0, 10), "ocurrido_en": _when(rng)}  # fmt: skip
    for i in range(5):  # whose grupo never comes
        yield {"entity": "inscripcion", "id_alumno": 1 + i, "id_grupo": 999}


def _invalid(rng: random.Random, count: int) -> Iterator[bytes]:
    kinds = (
        '{{"entity":"alumno","id_alumno":{0},"nombre":"","genero":"F"}}',
        '{{"entity":"calificacion","id_alumno":{0},"id_grupo":1,"calificacion":11}}',
        '{{"entity":"nadie","id":{0}}}',
        '{{"entity":"alumno","id_alumno":{0}',
    )
    for i in range(count):
        yield kinds[i % len(kinds)].format(rng.randrange(10**6) * 10 + i % 10).encode()
