"""Where a worker's time goes: each stage of a batch timed in this process, without a broker.

The stages are called as ingest calls them. What is measured here and not in ``consume`` is the
time alone: no other thread and no other process competes.
"""

import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence

from academico_cli import academico, raw, stg
from academico_cli.broker import ArrivalClock, Message
from academico_cli.core import ledger
from academico_cli.events.reader import message_uuid, read
from academico_cli.postgres import Connection
from academico_cli.reading import events_of, read_batch
from benchmarks.events import messages, packed
from benchmarks.figures import Figure
from benchmarks.ground import Ground, Options

_SHAPES = (("single", 0, 2_000), ("NDJSON", 500, 40))
"""Name, events a message, messages a batch."""


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield each stage in microseconds an event."""
    for shape, pack, batch in _SHAPES:
        clock = ArrivalClock()
        sent = packed(options.events, pack) if pack else messages(options.events)
        held = [
            Message(m.body, clock.stamp(m.body, m.content_type), m.message_id, None, m.content_type)
            for m in sent
        ]
        took: Counter[str] = Counter()
        with ground.database() as database, database.connect() as connection:
            run_id = ledger.start_run(connection, uuid.uuid4(), "bench")
            for start in range(0, len(held), batch):
                _batch(connection, run_id, held[start : start + batch], took)
        took |= _alone(held)
        for stage, seconds in took.items():
            yield Figure(f"{shape}: {stage}", seconds * 1e6 / options.events, "us/event")


def _batch(
    connection: Connection, run_id: int, held: Sequence[Message], took: Counter[str]
) -> None:
    at = time.perf_counter()

    def done(stage: str) -> None:
        nonlocal at
        now = time.perf_counter()
        took[stage] += now - at  # type: ignore[assignment]
        at = now

    lote = raw.open_lote(connection)
    done("open lote")
    stored = raw.store(connection, lote, held)
    done("raw: duplicates, COPY")
    reading = read_batch(lote.numero, held, stored.ids, {})
    done("validate, type")
    stg.stage(connection, reading.rows)
    done("stg: COPY")
    entidades = reading.rows.keys() | stg.take_up_children(connection, lote.numero)
    done("stg: parked children")
    for entidad in academico.MERGES:
        if entidad in entidades:
            academico.merge(connection, lote.numero, [entidad])
            done(f"merge {entidad}")
    ledger.close_lote(
        connection,
        lote.numero,
        run_id,
        mensajes=len(held),
        eventos=reading.eventos,
        conflictos=0,
        destinos={},
    )
    done("close lote")
    connection.commit()
    done("COMMIT")


def _alone(held: Sequence[Message]) -> Counter[str]:
    """Time again, by themselves, two parts of what a stage does."""
    took: Counter[str] = Counter()
    began = time.perf_counter()
    for message in held:
        message_uuid(message.message_id, message.body)
    took["(of raw: identity)"] = time.perf_counter() - began  # type: ignore[assignment]
    began = time.perf_counter()
    for message in held:
        for _, body in events_of(message):
            read(body)
    took["(of validate: pydantic)"] = time.perf_counter() - began  # type: ignore[assignment]
    return took
