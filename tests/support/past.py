"""A past with something of everything: what replay must repeat and reconcile must account for."""

import json
import random
from collections.abc import Callable

from academico_cli.broker import NDJSON, Message
from academico_cli.retry import retry
from academico_cli.stg import rechazos

from .pipeline import Pipeline


def live(pipeline: Pipeline, clock: Callable[[], int], seed: int = 7) -> None:
    """Feed a school of 3 grupos and 40 alumnos, with what goes wrong in one."""
    chance = random.Random(seed)
    for batch in _cut(_messages(clock, chance), chance):
        pipeline.feed(batch)
    pipeline.take_up_stragglers()
    _refused_by_the_database(pipeline, clock)
    _mended(pipeline)


def _messages(clock: Callable[[], int], chance: random.Random) -> list[Message]:
    events: list[dict[str, object]] = [
        *({"entity": "materia", "id_materia": i, "nombre": f"M {i}"} for i in (1, 2)),
        {"entity": "maestro", "id_maestro": 1, "nombre": "Ana"},
        *(
            {"entity": "grupo", "id_grupo": i, "id_materia": 1 + i % 2, "periodo": f"2024{p}",
             "id_maestro": 1}
            for i, p in ((1, "A"), (2, "B"), (3, "A"), (3, "B"))
        ),
        {"entity": "grupo", "id_grupo": 4, "id_materia": 99, "periodo": "2025A"},
        *(
            {"entity": "alumno", "id_alumno": i, "nombre": f"N {i}", "genero": "F"}
            for i in range(1, 41)
        ),
    ]  # fmt: skip
    for _ in range(200):
        key = {"id_alumno": chance.randint(1, 45), "id_grupo": chance.randint(1, 4)}
        when = chance.choice([None, None, f"2024-05-0{chance.randint(1, 9)}T10:00:00Z"])
        extra = {} if when is None else {"ocurrido_en": when}
        events.append({"entity": "inscripcion", **key, **extra})
        note = chance.choice([5, 6, 7.5, 10, 88])
        events.append({"entity": "calificacion", **key, "calificacion": note, **extra})
        note = chance.choice([5, 6, 7.25])
        exam = {"evaluacion": chance.choice(["Parcial", "Final"]), "peso": 0.5}
        events.append({"entity": "evaluacion", **key, **exam, "calificacion": note, **extra})
    chance.shuffle(events)
    return _sent(events, clock, chance)


def _sent(
    events: list[dict[str, object]], clock: Callable[[], int], chance: random.Random
) -> list[Message]:
    """Send events alone and many in one message, some twice, some with a timestamp."""
    bodies = [json.dumps(e).encode() for e in events]
    packed = [b"\n".join([*bodies[i : i + 20], b"", b"?"]) for i in range(0, 200, 20)]
    messages = [
        Message(body, clock(), f"m-{n}", chance.choice([None, 1_714_000_000 + n % 3]))
        for n, body in enumerate(bodies[200:])
    ]
    messages += [Message(b, clock(), f"p-{n}", None, NDJSON) for n, b in enumerate(packed)]
    messages += [m._replace(received_us=clock()) for m in chance.sample(messages, 30)]
    messages.append(Message(b"\xff", clock()))
    chance.shuffle(messages)
    return [m._replace(received_us=clock()) for m in messages]


def _cut(messages: list[Message], chance: random.Random) -> list[list[Message]]:
    batches = []
    while messages:
        size = chance.randint(1, 60)
        batches.append(messages[:size])
        messages = messages[size:]
    return batches


def _refused_by_the_database(pipeline: Pipeline, clock: Callable[[], int]) -> None:
    rule = "ADD CONSTRAINT manual CHECK (nombre <> 'Malo')"
    pipeline.connection.execute(f"ALTER TABLE academico.maestros {rule}")
    body = json.dumps({"entity": "maestro", "id_maestro": 2, "nombre": "Malo"}).encode()
    pipeline.feed([Message(body, clock(), "malo")])
    pipeline.connection.execute("ALTER TABLE academico.maestros DROP CONSTRAINT manual")
    pipeline.connection.commit()


def _mended(pipeline: Pipeline) -> None:
    """Retry some rejects as they are, correct some, discard some, leave the rest."""
    rows = pipeline.query("SELECT id, motivo, cuerpo FROM stg.rechazos ORDER BY id")
    grades = [(i, bytes(body)) for i, _, body in rows if b"88" in bytes(body)]
    assert len(grades) > 10
    for number, body in grades[:5]:
        retry(pipeline.database, [number], body.replace(b"88", b"8.8"))
    rechazos.discard(pipeline.database, [number for number, _ in grades[5:8]])
    retry(pipeline.database, [i for i, motivo, _ in rows if motivo == "base_de_datos"])


def age(pipeline: Pipeline, months: int) -> None:
    """Move all that was received into a month before the current one."""
    connection = pipeline.connection
    ((name, first, end),) = connection.execute(
        "SELECT to_char(m, 'YYYY_MM'), m::date, (m + interval '1 month')::date FROM date_trunc("
        "'month', now() AT TIME ZONE 'UTC' - make_interval(months => %s)) AS m", [months]
    ).fetchall()  # fmt: skip
    table = f"raw.mensajes_{name}"
    # As raw.abrir_lote does it.
    connection.execute("SET LOCAL ROLE academico_owner")
    connection.execute(f"CREATE TABLE {table} (LIKE raw.mensajes INCLUDING ALL)")
    connection.execute(
        f"ALTER TABLE raw.mensajes ATTACH PARTITION {table}"
        f" FOR VALUES FROM ('{first}') TO ('{end}')"
    )
    connection.execute("RESET ROLE")
    connection.execute("UPDATE raw.mensajes SET mes = %s", [first])
    connection.execute("UPDATE core.lotes SET abierto_en = %s::date + time '12:00'", [first])
    connection.commit()
