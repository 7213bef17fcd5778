"""The cases, one a module: ``run(ground, options)`` yields figures. They run in this order."""

CASES = {
    "drain": "pika receives and acknowledges in batches and does nothing else: the ceiling",
    "naive": "the usual tutorial consumer",
    "floor": "the same rows by COPY and upsert from memory: no broker, no validation",
    "peer": "aio-pika with batches, psycopg executemany",
    "consume": "ours: academico consume, single events and NDJSON, one worker and two",
    "load": "ours: academico load",
    "publish": "ours: academico publish, against pika without confirms",
    "pgqueue": "ours: the queue in PostgreSQL",
    "stages": "where a worker's time goes, stage by stage",
    "latency": "from publish to COMMIT at 1,000 events/s",
    "memory": "a worker over a deep queue",
    "stored": "the rate with a million grades already stored",
    "marts": "refreshes at two million grades, and the kpi commands there",
    "features": "the risk model's features of a million enrolments",
    "startup": "how long a command takes to begin",
    "plans": "the merges' plans over large tables",
}
"""Name of each module and what it measures."""
