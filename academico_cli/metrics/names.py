"""Every metric there is: its name, kind, labels and buckets, in one place.

Base units (seconds), Prometheus' naming rules, and no label whose values are not bounded: a lote, a
message or a person is never one. docs/monitoring.md holds the same table, and a test compares them.
"""

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]

LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
LAG_S = (1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_592_000)
STAGE_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
MESSAGES = (1, 10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000)


class Metric(NamedTuple):
    """One metric, as it is declared to Prometheus."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


CONSUMER = (
    Metric(
        "academico_messages_received_total", "counter", "Messages taken from the queue."
    ),
    Metric(
        "academico_events_total", "counter",
        "Events by what became of them; one that was parked counts again when it is applied.",
        ("entidad", "destino"),
    ),
    Metric(
        "academico_events_rejected_total", "counter", "Rejected events by reason.",
        ("entidad", "motivo"),
    ),
    Metric("academico_messages_in_flight", "gauge", "Messages taken and not acknowledged yet."),
    Metric(
        "academico_batch_messages", "histogram", "Messages in one transaction.", (), MESSAGES
    ),
    Metric(
        "academico_batch_stage_seconds", "histogram",
        "Time of a batch in each stage: take, raw, validate, stage, merge, wait, commit, settle.",
        ("etapa",), STAGE_S,
    ),
    Metric(
        "academico_message_latency_seconds", "histogram",
        "From a message's delivery to the COMMIT that stores it.", (), LATENCY_S,
    ),
    Metric(
        "academico_event_lag_seconds", "histogram",
        "From an event's own time to the COMMIT that stores it.", (), LAG_S,
    ),
    Metric(
        "academico_broker_reconnects_total", "counter",
        "Connections to the broker made again after one was lost.",
    ),
    Metric(
        "academico_database_reconnects_total", "counter",
        "Connections to the database made again after one was lost.",
    ),
    Metric(
        "academico_retries_total", "counter",
        "Transactions that the database refused and that were tried again.", ("sqlstate",),
    ),
    Metric(
        "academico_last_commit_timestamp_seconds", "gauge",
        "When a batch was committed last, seconds since the epoch.",
    ),
    Metric("academico_workers", "gauge", "Workers that are running."),
    Metric("academico_worker_restarts_total", "counter", "Workers that died and were replaced."),
    Metric(
        "worker_messages_processed_total", "counter",
        "Events taken in and not rejected (the earlier name, for existing dashboards).",
    ),
    Metric(
        "worker_messages_failed_total", "counter",
        "Events rejected (the earlier name, for existing dashboards).",
    ),
    Metric(
        "worker_message_latency_seconds", "histogram",
        "The same as academico_message_latency_seconds (the earlier name).", (), LATENCY_S,
    ),
)  # fmt: skip
"""What ``consume`` tells of its workers, all of them together."""

PUBLISHER = (
    Metric(
        "academico_published_messages_total", "counter",
        "Messages by the broker's answer: confirmado, devuelto (unroutable), fallido (sent again).",
        ("resultado",),
    ),
    Metric(
        "academico_publish_confirm_seconds", "histogram",
        "From sending a message to the broker's confirm.", (), LATENCY_S,
    ),
)  # fmt: skip
"""What ``publish`` tells."""

DATABASE_UP = Metric(
    "academico_database_up", "gauge", "1 when PostgreSQL answered just now, else 0."
)
BROKER_UP = Metric("academico_broker_up", "gauge", "1 when the broker answered just now, else 0.")
QUEUE = Metric(
    "academico_queue_messages", "gauge",
    "Messages ready in the queue, and in the one of its dead letters.", ("cola",),
)  # fmt: skip

QUEUES = (QUEUE,)

WAREHOUSE = (
    Metric(
        "academico_mart_last_success_timestamp_seconds", "gauge",
        "When a mart was refreshed last, seconds since the epoch.", ("mart",),
    ),
    Metric("academico_mart_refresh_seconds", "gauge", "How long that took.", ("mart",)),
    Metric("academico_mart_rows", "gauge", "Rows of a mart after it.", ("mart",)),
    Metric(
        "academico_dq_failed_rows", "gauge", "Rows that break a rule, at its last run.",
        ("regla", "severidad"),
    ),
    Metric(
        "academico_dq_rule_passed", "gauge", "1 when a rule passed at its last run, else 0.",
        ("regla", "severidad"),
    ),
    Metric(
        "academico_dq_last_check_timestamp_seconds", "gauge",
        "When rules were run last, seconds since the epoch.",
    ),
    Metric(
        "academico_parked_events", "gauge", "Events that wait for their parent.", ("entidad",)
    ),
    Metric(
        "academico_dead_letters", "gauge", "Rejects that nobody has retried or discarded yet."
    ),
    Metric(
        "academico_ml_model_info", "gauge",
        "Always 1; the newest model of each algorithm and state.", ("modelo", "estado"),
    ),
    Metric(
        "academico_ml_drift_psi", "gauge",
        "How far a feature of the last periodo is from what the model was trained on (PSI).",
        ("caracteristica",),
    ),
    Metric(
        "academico_ml_last_predict_timestamp_seconds", "gauge",
        "When risks were predicted last, seconds since the epoch.",
    ),
    Metric("academico_ml_brier", "gauge", "Brier score of the model in use.", ("modelo",)),
)  # fmt: skip
"""What is read from the database at each scrape, whichever command wrote it."""

BUILD = Metric(
    "academico_build_info", "gauge", "Always 1; the labels say what runs.",
    ("version", "python", "comando"),
)  # fmt: skip

ALL = (*CONSUMER, DATABASE_UP, *WAREHOUSE, BROKER_UP, QUEUE, *PUBLISHER, BUILD)
"""Every metric, in the order of docs/monitoring.md."""
