"""What the audit trail adds to a merge that changes nothing: first insertions, with it and without.

Both versions of the merges are in one database, take the same staged rows in turns, and are undone.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from academico_cli import raw, stg
from academico_cli.broker import ArrivalClock, Message
from academico_cli.postgres import Connection
from academico_cli.reading import read_batch
from benchmarks.events import messages
from benchmarks.figures import Against, Figure
from benchmarks.ground import Ground, Options

SQL = Path(__file__).parents[2] / "alembic" / "sql"
BATCH = 2_000
ROUNDS = 5
TABLES = {"inscripcion": "inscripciones", "calificacion": "calificaciones"}


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the time of the merges alone, in microseconds an event, of the best round."""
    number = options.events // 2 // BATCH * BATCH or BATCH
    clock = ArrivalClock()
    held = [Message(m.body, clock.stamp(m.body, None), m.message_id) for m in messages(2 * number)]
    took: dict[str, list[float]] = {"academico": [], "sin_auditoria": []}
    with ground.database() as database, database.connect() as connection:
        _without_audit(connection)
        for turn in range(2 * ROUNDS):
            order = list(took) if turn % 2 else list(took)[::-1]
            for schema in order:
                took[schema].append(_round(connection, schema, held))
    best = {schema: min(seconds) * 1e6 for schema, seconds in took.items()}
    events = sum(1 for m in held if b'"alumno"' not in m.body)
    yield Figure("merge, not audited", best["sin_auditoria"] / events, "us/event")
    against = (Against("merge, not audited", "<=", 1.03),)
    rounds = {schema: [round(s, 3) for s in seconds] for schema, seconds in took.items()}
    yield Figure("merge, audited", best["academico"] / events, "us/event", against, detail=rounds)


def _without_audit(connection: Connection) -> None:
    text = (SQL / "academico.merge_v01.sql").read_text(encoding="utf-8")
    connection.execute("CREATE SCHEMA sin_auditoria")
    connection.execute(text.replace("academico.merge_", "sin_auditoria.merge_").encode())
    connection.commit()


def _round(connection: Connection, schema: str, held: list[Message]) -> float:
    seconds = 0.0
    rows: Counter[str] = Counter()
    for start in range(0, len(held), BATCH):
        batch = held[start : start + BATCH]
        lote = raw.open_lote(connection).numero
        reading = read_batch(lote, batch, [_id(start + n) for n in range(len(batch))], {})
        stg.stage(connection, {e: reading.rows[e] for e in TABLES})
        began = time.perf_counter()
        for plural in TABLES.values():
            found = connection.execute(f"SELECT * FROM {schema}.merge_{plural}({lote})").fetchall()
            rows.update({str(destino): int(str(n)) for destino, n in found})
        seconds += time.perf_counter() - began
        connection.commit()
    assert rows.keys() == {"aplicado"}, rows
    for plural in TABLES.values():
        connection.execute(f"TRUNCATE academico.{plural}")
    connection.execute("TRUNCATE core.destinos, core.lotes_periodos")
    connection.commit()
    return seconds


def _id(number: int) -> bytes:
    return number.to_bytes(16, "big")
