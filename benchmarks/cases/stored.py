"""The rate with a million grades, and the messages that they came in, already stored."""

from collections.abc import Iterator

from academico_cli.postgres import Database
from benchmarks.events import messages
from benchmarks.figures import Against, Figure
from benchmarks.ground import SCHOOL, Ground, Options

GRADES = 1_000_000


def run(ground: Ground, options: Options) -> Iterator[Figure]:
    """Yield the rate into an empty database and into a full one."""
    empty = "consume, nothing stored"
    for name, grades in ((empty, 0), ("consume, 1,000,000 stored", options.size(GRADES))):
        with ground.database() as database:
            if grades:
                store(database, grades, "grades", "past_messages")
            with ground.queue(messages(options.events)) as queue:
                rate, cost = ground.consume(options.events, database, queue)
        against = (Against(empty, ">=", 0.8),) if grades else ()
        yield Figure(name, rate, "events/s", against, detail=cost)


def store(database: Database, rows: int, *names: str) -> None:
    """Fill the fact tables with this many rows by the named statements of school.sql."""
    with database.session() as connection:
        connection.execute("SELECT set_config('bench.filas', %s, false)", (str(rows),))
        # Only the filling may lose its last moments in a crash, nothing that is measured.
        connection.execute("SET synchronous_commit = off")
        for name in names:
            connection.execute(SCHOOL[name])
        connection.execute("VACUUM (ANALYZE) academico.calificaciones")
        connection.execute("VACUUM (ANALYZE) academico.inscripciones")
        connection.execute("ANALYZE")
