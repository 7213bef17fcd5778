"""Publishing to the queue, and what else needs no subscription."""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence

import psycopg

from academico_cli.broker import Outgoing, Prepare
from academico_cli.broker.caution import dead_letter_name
from academico_cli.broker.pgqueue.statements import SQL, first, reason, unavailable
from academico_cli.broker.pgqueue.subscription import PostgresSubscription
from academico_cli.errors import DatabaseUnavailable, ObjectMissing
from academico_cli.metrics.publishing import PublishMeter
from academico_cli.postgres import Connection, Database, jsonb

LOG = logging.getLogger(__name__)
BATCH_MESSAGES = 2_000
BATCH_BYTES = 16 * 1024 * 1024
BATCH_S = 0.1
"""A batch is committed when it is this old, however small."""
PATIENCE_S = 60.0
"""How long a publisher waits for a database that went away."""
# As in stg: bytea for jsonb.
_TYPES = ("text", "text", "int8", "text", "bytea", "bytea")


class PostgresBroker:
    """One queue in one database. Opening is cheap and holds nothing."""

    def __init__(self, database: Database, queue: str) -> None:
        self._database = database
        self.queue = queue

    @property
    def address(self) -> str:
        """``host:port/database``, without user and password."""
        return self._database.address

    def dead_letters(self) -> "PostgresBroker":
        """Return the broker of the queue that holds this queue's dead letters."""
        return PostgresBroker(self._database, dead_letter_name(self.queue))

    def declare(self) -> None:
        """Check that the queue's tables are there.

        Raises:
            ObjectMissing: they are not; DatabaseUnavailable and its kin: the database is not.
        """
        with self._database.session() as connection:
            if not first(connection.execute(SQL["table_exists"])):
                raise ObjectMissing(address=self.address, detail="there is no table core.cola")

    def publish(
        self,
        messages: Iterable[Outgoing],
        on_confirmed: Callable[[int], None] | None = None,
        meter: PublishMeter | None = None,
    ) -> int:
        """Publish in batches, each confirmed by its COMMIT; see :class:`~..broker.Broker`."""
        confirmed = 0
        meter = meter or PublishMeter()
        connection = self._database.connect(name="academico publish")
        try:
            for batch in _batches(messages):
                sent_at = time.monotonic()
                connection = self._insert(connection, batch)
                meter.confirmed([sent_at] * len(batch))
                confirmed += len(batch)
                if on_confirmed is not None:
                    on_confirmed(confirmed)
        finally:
            meter.report()
            connection.close()
        return confirmed

    def _insert(self, connection: Connection, batch: Sequence[Outgoing]) -> Connection:
        """Commit one batch, on a new connection if need be, and return the one that works.

        A batch whose COMMIT got no answer is sent again; every message has an id to know it by.
        """
        give_up = time.monotonic() + PATIENCE_S
        delay = 0.1
        while True:
            try:
                if connection.closed:
                    connection = self._database.connect(name="academico publish")
                _copy(connection, self.queue, batch)
            except psycopg.errors.UndefinedTable as exc:
                raise ObjectMissing(
                    address=self.address, detail="there is no table core.cola"
                ) from exc
            except (psycopg.OperationalError, DatabaseUnavailable) as exc:
                connection.close()
                if time.monotonic() > give_up:
                    raise unavailable(self._database, exc) from exc
                LOG.warning("publishing was interrupted (%s); trying again", reason(exc))
                time.sleep(delay)
                delay = min(5.0, delay * 2)
            else:
                return connection

    def subscribe(self, prepare: Prepare | None = None) -> "PostgresSubscription":
        """Start consuming; nothing is prepared, since nothing arrives before it is taken."""
        del prepare
        return PostgresSubscription(self._database, self.queue)

    def depth(self) -> int:
        """Return the number of messages in the queue, also of those being loaded right now."""
        with self._database.session() as connection:
            return int(str(first(connection.execute(SQL["count_ready"], {"cola": self.queue}))))


def _batches(messages: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    batch: list[Outgoing] = []
    size, since = 0, time.monotonic()
    for given in messages:
        message = given
        if message.message_id is None:
            message = message._replace(message_id=str(uuid.uuid4()))
        batch.append(message)
        size += len(message.body)
        late = time.monotonic() - since > BATCH_S and len(batch) > 0
        if len(batch) >= BATCH_MESSAGES or size >= BATCH_BYTES or late:
            yield batch
            batch, size, since = [], 0, time.monotonic()
    if batch:
        yield batch


def _copy(connection: Connection, queue: str, batch: Sequence[Outgoing]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(SQL["copy_messages"]) as copy:
            copy.set_types(_TYPES)
            write = copy.write_row
            for body, message_id, timestamp, content_type, headers in batch:
                held = jsonb(headers) if headers else None
                write((queue, message_id, timestamp, content_type, body, held))
        cursor.execute(SQL["notify"], {"cola": queue})
