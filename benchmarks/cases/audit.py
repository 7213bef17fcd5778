"""What the audit trail adds to a merge: to first values, which it does not tell, and to changes.

The same staged rows are merged with the triggers on and off, in turns, and undone.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence

from academico_cli import raw, stg
from academico_cli.broker import ArrivalClock, Message
from academico_cli.postgres import Connection
from academico_cli.reading import read_batch
from benchmarks.events import messages
from benchmarks.figures import Against, Figure, Sense
from benchmarks.ground import Ground, Options

BATCH = 2_000
ROUNDS = 5
TABLES = {"inscripcion": "inscripciones", "calificacion": "calificaciones", "alumno": "alumnos"}
FIRST, CHANGES = ("inscripcion", "calificacion"), ("alumno",)
"""Events of a benchmark: of pairs that are new, and of alumnos that are stored already."""


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the time of the merges alone, in microseconds an event, of the best round."""
    number = options.events // 2 // BATCH * BATCH or BATCH
    clock = ArrivalClock()
    held = [Message(m.body, clock.stamp(m.body, None), m.message_id) for m in messages(2 * number)]
    with ground.database() as database, database.connect() as connection:
        # As they are in the events: else the first round has nothing to change back.
        connection.execute("UPDATE academico.alumnos SET edad = 99")
        connection.commit()
        for what, entidades in (("first values", FIRST), ("changes", CHANGES)):
            sent = [m for m in held if any(f'"{e}"'.encode() in m.body[:30] for e in entidades)]
            took: dict[bool, list[float]] = {False: [], True: []}
            for turn in range(2 * ROUNDS):
                for audited in (turn % 2 == 0, turn % 2 == 1):
                    took[audited].append(_round(connection, audited, entidades, sent))
            plain, audited_us = (min(seconds) * 1e6 / len(sent) for seconds in took.values())
            yield Figure(f"merge of {what}, not audited", plain, "us/event")
            sense: Sense | None = "<=" if entidades == FIRST else None
            against = (Against(f"merge of {what}, not audited", sense, 1.03),)
            rounds = {str(audited): [round(s, 3) for s in each] for audited, each in took.items()}
            yield Figure(f"merge of {what}", audited_us, "us/event", against, detail=rounds)


def _round(
    connection: Connection, audited: bool, entidades: Sequence[str], held: list[Message]
) -> float:
    seconds = 0.0
    rows: Counter[str] = Counter()
    for entidad in entidades:
        able = "ENABLE" if audited else "DISABLE"
        connection.execute(f"ALTER TABLE academico.{TABLES[entidad]} {able} TRIGGER auditar")
    for start in range(0, len(held), BATCH):
        batch = held[start : start + BATCH]
        lote = raw.open_lote(connection).numero
        reading = read_batch(lote, batch, [_id(start + n) for n in range(len(batch))], {})
        stg.stage(connection, {e: reading.rows[e] for e in entidades})
        began = time.perf_counter()
        for entidad in entidades:
            merge = f"SELECT * FROM academico.merge_{TABLES[entidad]}({lote})"
            for destino, n in connection.execute(merge).fetchall():
                rows[str(destino)] += int(str(n))
        seconds += time.perf_counter() - began
    changes = connection.execute("SELECT count(*) FROM core.auditoria WHERE lote <> 0")
    told = changes.fetchone()
    connection.rollback()
    assert rows == {"aplicado": len(held)}, rows
    assert told == (len(held) if audited and entidades == CHANGES else 0,), told
    return seconds


def _id(number: int) -> bytes:
    return number.to_bytes(16, "big")
