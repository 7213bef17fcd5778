"""Faults of the pipeline: what it refuses or parks, and damage that only SQL can do."""

import time

from academico_cli import ingest
from academico_cli.broker import Message

from .faults import Places, fault
from .scene import Scene


def event_of(s: Scene, **changes: object) -> dict[str, object]:
    return s.event("evaluacion", "evaluacion = 'Parcial 1'", ocurrido_en=None) | changes


def rejects(s: Scene) -> list[object]:
    """Return the ids of all rejects: the clean school has none."""
    return [row[0] for row in s.run("SELECT id FROM stg.rechazos ORDER BY id")]


def broken(s: Scene, count: int) -> list[object]:
    """Send so many calificaciones of 11 in one lote."""
    grade = s.event("calificacion", "true", calificacion=11)
    s.send(*(grade | {"version": n} for n in range(count)))
    assert len(rejects(s)) == count
    return rejects(s)


@fault("rechazos_de_mas", also=["lote_con_muchos_rechazos"])
def many_rejects(s: Scene) -> Places:
    """Two events in a hundred are refused."""
    return {"rechazos_de_mas": broken(s, int(s.one("SELECT sum(eventos) / 50 FROM core.lotes")))}


@fault("lote_con_muchos_rechazos")
def refused_lote(s: Scene) -> Places:
    """A whole lote is refused."""
    broken(s, 25)
    return {"lote_con_muchos_rechazos": s.run("SELECT max(lote) FROM core.lotes")}


@fault("rechazo_olvidado")
def forgotten_reject(s: Scene) -> Places:
    """A reject lies about for two weeks."""
    found = broken(s, 1)
    s.at(s.one("SELECT now() + interval '15 days'"))
    return {"rechazo_olvidado": found}


@fault("pendiente_antiguo")
def parked(s: Scene) -> Places:
    """A calificacion waits for an alumno who does not come for eight days."""
    s.send(s.event("calificacion", "true", id_alumno=999_999))
    s.at(s.one("SELECT now() + interval '8 days'"))
    return {"pendiente_antiguo": s.run("SELECT id FROM stg.pendientes")}


@fault("mensaje_mortal")
def dead_letter(s: Scene) -> Places:
    """A message ends its consumer again and again."""
    ingest.set_aside_dead(s.connection, s.run_id, [Message(b"\x00\xff", time.time_ns() // 1000)])
    return {"mensaje_mortal": rejects(s)}


@fault("id_en_conflicto")
def reused_id(s: Scene) -> Places:
    """A message id is used for two different bodies."""
    body = b'{"entity":"materia","id_materia":901,"nombre":"%s"}'
    s.receive([body % b"Coro"], "uno")
    lote = s.receive([body % b"Danza"], "uno")
    return {"id_en_conflicto": [(lote, 0)]}


@fault("corrida_fallida")
def failed_run(s: Scene) -> Places:
    """A consumer ended with an error yesterday."""
    return {"corrida_fallida": s.run("""
        INSERT INTO core.etl_run_log (sesion, comando, started_at, finished_at, status)
        VALUES (gen_random_uuid(), 'consume', now() - interval '2 days', now() - interval '1 day', 'failed')
        RETURNING run_id""")}  # fmt: skip  # noqa: E501


@fault("mart_atrasado")
def stale_mart(s: Scene) -> Places:
    """A mart has not been refreshed since the changes of two days ago."""
    s.run("""
        INSERT INTO marts.refrescos (mart, refrescado_en, filas, periodos, duracion)
        VALUES ('kpi_grupo', now() - interval '1 day', 0, 0, '0')""")
    s.at(s.one("SELECT now() + interval '2 days'"))
    return {"mart_atrasado": ["kpi_grupo"]}


@fault("volumen_diario_anomalo")
def strange_volume(s: Scene) -> Places:
    """Yesterday twenty times the events of a usual day came."""
    usual_days(s)
    dia = a_day(s, 1, 20_000)
    return {"volumen_diario_anomalo": [dia]}


def usual_days(s: Scene) -> None:
    """Give the school twenty days of about a thousand events before yesterday."""
    for back in range(2, 22):
        a_day(s, back, 1000 + back * 37 % 11 * 20)


def a_day(s: Scene, back: int, eventos: int) -> object:
    """Write a day into the ledger; return it."""
    lote, dia = s.one("""
        INSERT INTO core.lotes (lote, run_id, mensajes, eventos, abierto_en, cerrado_en)
        SELECT nextval('core.lotes_lote_seq'), %s, 0, %s, d, d
        FROM (SELECT (current_date - %s) + interval '12 hours' AS d) AS t
        RETURNING lote, (cerrado_en AT TIME ZONE 'UTC')::date
        """, s.run_id, eventos, back)  # fmt: skip
    s.run("""
        INSERT INTO core.destinos (lote, por_lote, entidad, destino, eventos)
        VALUES (%s, %s, 'evaluacion', 'aplicado', %s)
        """, lote, lote, eventos)  # fmt: skip
    return dia


def flag(s: Scene, dia: object) -> None:
    """Record that a day was found to be strange."""
    s.run("""
        INSERT INTO core.dq_results (check_name, schema_name, table_name, passed, sample) VALUES
        ('volumen_diario_anomalo', 'core', 'lotes', false,
         jsonb_build_array(jsonb_build_object('dia', %s::date)))
        """, dia)  # fmt: skip


# -- damage


@fault("lote_descuadrado")
def lote_out_of_balance(s: Scene) -> Places:
    """A line of the ledger is gone."""
    lote = s.one("SELECT min(lote) FROM core.lotes")
    s.run("DELETE FROM core.destinos WHERE lote = %s AND entidad = 'maestro'", lote)
    return {"lote_descuadrado": [lote]}


@fault("lote_sin_cierre")
def lote_gone(s: Scene) -> Places:
    """A lote is gone from the ledger."""
    return {
        "lote_sin_cierre": s.run("""
        DELETE FROM core.lotes WHERE lote = (SELECT max(lote) FROM raw.mensajes) RETURNING lote""")
    }


@fault("raw_descuadrado")
def raw_gone(s: Scene) -> Places:
    """A message is gone from raw."""
    s.run("DELETE FROM raw.mensajes WHERE (lote, n) = (SELECT max(lote), 0 FROM raw.mensajes)")
    return {"raw_descuadrado": s.run("SELECT max(lote) FROM core.lotes")}


@fault("raw_descuadrado")
def raw_month_gone(s: Scene) -> Places:
    """A whole month is gone from raw, and not by retention."""
    s.run(f"DROP TABLE {s.one('SELECT max(tableoid)::regclass FROM raw.mensajes')}")
    return {"raw_descuadrado": s.run("SELECT lote FROM core.lotes WHERE mensajes > 0")}


@fault("destinos_descuadrados")
def reject_gone(s: Scene) -> Places:
    """A reject is gone."""
    broken(s, 1)
    (lote,) = s.run("DELETE FROM stg.rechazos RETURNING lote")[0]
    return {"destinos_descuadrados": [(lote, "calificacion", "rechazado")]}


@fault("destinos_descuadrados")
def parked_gone(s: Scene) -> Places:
    """A parked event is gone."""
    lote = s.send(s.event("calificacion", "true", id_alumno=999_999))
    s.run("DELETE FROM stg.pendientes")
    return {"destinos_descuadrados": [(lote, "calificacion", "pendiente")]}


@fault("periodo_sin_particion")
def partition_gone(s: Scene) -> Places:
    """The partition of a periodo is gone."""
    s.run("SELECT academico.abrir_periodo('2030A')")
    s.run('DROP TABLE academico."calificaciones_2030A"')
    return {"periodo_sin_particion": [("2030A", "calificaciones")]}


# -- what a source got wrong


@fault("evaluacion_sobre_el_maximo")
def more_points_than_possible(s: Scene) -> Places:
    """More points are earned than possible."""
    s.send(event_of(s, calificacion=10.4, puntos_posibles=5, puntos_obtenidos=5.2))
    return {"evaluacion_sobre_el_maximo": rejects(s)}


@fault("evaluacion_sin_puntos_posibles")
def no_points_possible(s: Scene) -> Places:
    """A work is worth 0 points."""
    event = event_of(s, puntos_posibles=0, puntos_obtenidos=3)
    del event["calificacion"]
    s.send(event)
    return {"evaluacion_sin_puntos_posibles": rejects(s)}


@fault("evaluacion_repetida_en_origen", "fila_repetida_en_origen")
def repeated_rows(s: Scene) -> Places:
    """A gradebook holds a title twice, and one row is the other's copy."""
    event = event_of(s, titulo="Ensayo", puntos_posibles=10, puntos_obtenidos=9)
    del event["evaluacion"]
    s.send(event | {"repeticion": 1}, event | {"repeticion": 2, "copia_exacta": True})
    both = rejects(s)
    return {"evaluacion_repetida_en_origen": both, "fila_repetida_en_origen": both[1:]}
