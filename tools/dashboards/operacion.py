"""The dashboard of whoever keeps academico running."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from tools.dashboards.panels import Panel, lines, listing, number, prom, prom_now, sheet

_RATE = "$__rate_interval"
_ALIVE = '{queue!~".*[.]muertos"}'
"""Queues that are consumed; the others hold dead letters."""


def dashboard() -> Dashboard:
    """Return the dashboard: now, flow, times, RabbitMQ, PostgreSQL, alerts."""
    made = sheet(
        "operacion", "academico · Operación", hours=1, refresh="10s",
        says="El consumidor, RabbitMQ y PostgreSQL: qué pasa ahora y qué pasó en la última hora.",
    )  # fmt: skip
    for title, panels in _ROWS:
        made = made.with_row(Row(title))
        for panel in panels():
            made = made.with_panel(panel)
    return made


def _now() -> list[Panel]:
    return [
        number("Consumidores en servicio", "Consumidores que contestan a Prometheus.",
               prom('sum(up{job="worker"})'), steps=[(1, "green")], width=3),
        number("Procesos", "Procesos de consumo que trabajan juntos (consume --workers).",
               prom("sum(academico_workers)"), width=3),
        number("Eventos por segundo", "Eventos que recibieron un destino.",
               prom(f"sum(rate(academico_events_total[{_RATE}]))"), unit="eps", width=4),
        number("Errores por segundo", "Eventos rechazados, por la causa que sea.",
               prom(f"sum(rate(academico_events_rejected_total[{_RATE}]))"), unit="eps", width=4,
               steps=[(1, "orange")]),
        number("En espera", "Mensajes listos en la cola, en RabbitMQ o en PostgreSQL.",
               prom(f"sum(rabbitmq_queue_messages_ready{_ALIVE}) "
                    'or max(academico_queue_messages{cola!~".*[.]muertos"})'),
               width=3, steps=[(1000, "red")]),
        number("Último COMMIT hace", "Tiempo desde el último lote confirmado.",
               prom("time() - max(academico_last_commit_timestamp_seconds)"), unit="s",
               decimals=0, width=4),
        number("Alertas activas", "Alertas que están disparadas ahora.",
               prom('count(ALERTS{alertstate="firing"}) or vector(0)'), width=3,
               steps=[(1, "red")]),
    ]  # fmt: skip


def _flow() -> list[Panel]:
    return [
        lines("Destinos", "Eventos por segundo según lo que fue de ellos.",
              prom(f"sum by (destino) (rate(academico_events_total[{_RATE}]))", "{{destino}}"),
              unit="eps", stacked=True),
        lines("Rechazos por motivo", "Eventos rechazados por segundo.",
              prom(f"sum by (motivo) (rate(academico_events_rejected_total[{_RATE}]))",
                   "{{motivo}}"), unit="eps", stacked=True),
        lines("Recibidos y fallidos", "Mensajes entregados por la cola, procesados y fallidos.",
              prom(f"sum(rate(academico_messages_received_total[{_RATE}]))", "recibidos"),
              prom(f"sum(rate(worker_messages_processed_total[{_RATE}]))", "procesados"),
              prom(f"sum(rate(worker_messages_failed_total[{_RATE}]))", "fallidos"), unit="eps"),
        lines("En proceso", "Mensajes tomados de la cola cuyo lote aún no termina.",
              prom("sum(academico_messages_in_flight)", "en proceso")),
        lines("Tamaño de lote", "Mensajes por lote.",
              prom(_quantile(0.5, "academico_batch_messages"), "P50"),
              prom(_quantile(0.95, "academico_batch_messages"), "P95")),
        lines("Pendientes de su padre", "Eventos que esperan a su alumno, grupo o materia.",
              prom("sum by (entidad) (academico_parked_events) or vector(0)", "{{entidad}}")),
    ]  # fmt: skip


def _times() -> list[Panel]:
    latency, lag = "academico_message_latency_seconds", "academico_event_lag_seconds"
    return [
        lines("Latencia", "Desde la entrega del mensaje hasta el COMMIT de su lote.",
              *(prom(_quantile(q, latency), f"P{q * 100:.0f}") for q in (0.5, 0.95, 0.99)),
              unit="s"),
        lines("Retraso del evento", "Desde la hora del propio evento hasta el COMMIT.",
              *(prom(_quantile(q, lag), f"P{q * 100:.0f}") for q in (0.5, 0.95, 0.99)), unit="s"),
        lines("Duración de las etapas (P95)", "Cuánto tarda cada etapa de un lote.",
              prom(_quantile(0.95, "academico_batch_stage_seconds", "etapa"), "{{etapa}}"),
              unit="s"),
        lines("En qué se va el tiempo", "Segundos de trabajo por segundo, por etapa.",
              prom(f"sum by (etapa) (rate(academico_batch_stage_seconds_sum[{_RATE}]))",
                   "{{etapa}}"), unit="s", stacked=True, width=12),
        lines("Reconexiones y reintentos", "En la última hora.",
              prom("sum(increase(academico_broker_reconnects_total[1h]))", "cola"),
              prom("sum(increase(academico_database_reconnects_total[1h]))", "PostgreSQL"),
              prom("sum by (sqlstate) (increase(academico_retries_total[1h])) or vector(0)",
                   "reintentos {{sqlstate}}"), width=12),
    ]  # fmt: skip


def _rabbit() -> list[Panel]:
    delivered = f"sum(rate(rabbitmq_global_messages_delivered_total[{_RATE}]))"
    return [
        lines("Mensajes en RabbitMQ", "Listos para entregar, y entregados sin confirmar.",
              prom("sum by (queue) (rabbitmq_queue_messages_ready)", "{{queue}} listos"),
              prom("sum by (queue) (rabbitmq_queue_messages_unacked)", "{{queue}} en vuelo")),
        lines("Tráfico de RabbitMQ", "Mensajes por segundo.",
              prom(f"sum(rate(rabbitmq_global_messages_received_total[{_RATE}]))", "publicados"),
              prom(delivered, "entregados"),
              prom(f"sum(rate(rabbitmq_global_messages_acknowledged_total[{_RATE}]))",
                   "confirmados"), unit="eps"),
        lines("Consumidores por cola", "Cuántos consumidores tiene cada cola.",
              prom("sum by (queue) (rabbitmq_queue_consumers)", "{{queue}}")),
        lines("Memoria de RabbitMQ", "En uso, y el límite desde el que frena a quien publica.",
              prom("sum(rabbitmq_process_resident_memory_bytes)", "en uso"),
              prom("sum(rabbitmq_resident_memory_limit_bytes)", "límite"), unit="bytes", width=12),
        lines("Disco de RabbitMQ", "Libre, y el límite desde el que no acepta mensajes.",
              prom("min(rabbitmq_disk_space_available_bytes)", "libre"),
              prom("max(rabbitmq_disk_space_available_limit_bytes)", "límite"), unit="bytes",
              width=12),
    ]  # fmt: skip


def _postgres() -> list[Panel]:
    def rate(name: str) -> str:
        return f"sum(rate(pg_stat_database_{name}[{_RATE}]))"

    return [
        lines("Conexiones", "Por estado, y cuántas se admiten.",
              prom("sum by (state) (pg_stat_activity_count)", "{{state}}"),
              prom("max(pg_settings_max_connections)", "máximo")),
        lines("Transacciones", "Por segundo.",
              prom(rate("xact_commit"), "COMMIT"), prom(rate("xact_rollback"), "ROLLBACK"),
              unit="ops"),
        lines("Filas", "Escritas por segundo.",
              prom(rate("tup_inserted"), "insertadas"), prom(rate("tup_updated"), "actualizadas"),
              prom(rate("tup_deleted"), "borradas"), unit="ops"),
        lines("E/S", "Bloques de 8 KiB por segundo: leídos del disco, y hallados en memoria.",
              prom(rate("blks_read"), "disco"), prom(rate("blks_hit"), "memoria"), unit="ops"),
        lines("Archivos temporales", "Bytes por segundo que no cupieron en work_mem.",
              prom(rate("temp_bytes"), "temporales"), unit="Bps"),
        lines("Tamaño", "De la base de datos.",
              prom('sum(pg_database_size_bytes{datname!~"template.*|postgres"})', "tamaño"),
              unit="bytes"),
        lines("Candados", "Que se tienen o se esperan, por modo.",
              prom("sum by (mode) (pg_locks_count)", "{{mode}}"), width=12),
        lines("Interbloqueos", "Transacciones que PostgreSQL terminó por ellos, en una hora.",
              prom("sum(increase(pg_stat_database_deadlocks[1h]))", "interbloqueos"), width=12),
    ]  # fmt: skip


def _alerts() -> list[Panel]:
    return [
        listing("Alertas", "Disparadas y por dispararse. Qué hacer: docs/runbook.md.",
                prom_now('ALERTS{alertstate=~"firing|pending"}'), width=24,
                hidden=("Time", "Value", "__name__")),
    ]  # fmt: skip


def _quantile(q: float, histogram: str, *by: str) -> str:
    labels = ", ".join(("le", *by))
    return f"histogram_quantile({q}, sum by ({labels}) (rate({histogram}_bucket[{_RATE}])))"


_ROWS = (
    ("Ahora", _now),
    ("Flujo", _flow),
    ("Tiempos", _times),
    ("RabbitMQ", _rabbit),
    ("PostgreSQL", _postgres),
    ("Alertas", _alerts),
)
