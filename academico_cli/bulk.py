"""Bulk load: files and tables are consumed as if they came from a queue, without a broker."""

import queue
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence

from academico_cli import reading
from academico_cli.broker import ArrivalClock, Message, Prepare
from academico_cli.consumer import Worker, fates
from academico_cli.core.ledger import Fates
from academico_cli.duty import Options
from academico_cli.postgres import Connection, Database
from academico_cli.sources import Source
from academico_cli.stopping import stopping_on_signals

EVENTS_A_MESSAGE = 1000
"""Events that one row of raw.mensajes holds."""

AHEAD = 12
"""Messages that are read and validated while the database is busy with those before."""

PATIENCE_S = 0.5
"""Seconds after which a reader that brings nothing is left alone for a moment."""


class SourceBroker:
    """The part of a Broker that a consumer needs, over a source that is read once."""

    def __init__(self, source: Source, on_settled: Callable[[int], None] | None = None) -> None:
        self._source = source
        self._on_settled = on_settled

    @property
    def address(self) -> str:
        """A name for messages."""
        return "files"

    def subscribe(self, prepare: Prepare | None = None) -> "SourceSubscription":
        """Start reading; every event is prepared here, many to a message as they are."""
        del prepare
        return SourceSubscription(self._source, self._on_settled)


class SourceSubscription:
    """A Subscription whose queue is a source: what is taken stays held until it is settled."""

    def __init__(self, source: Source, on_settled: Callable[[int], None] | None) -> None:
        self._reader = _Reader(_prepared(source), AHEAD)
        self._held: list[Message] = []
        self._settled = 0
        self._on_settled = on_settled

    runs_ahead = True
    reconnects = 0

    def take(
        self, connection: Connection, *, limit: int, wait: float, max_bytes: int
    ) -> Sequence[Message]:
        """Read messages that hold about ``limit`` events and ``max_bytes`` together.

        A file's next message is never long in coming: it is waited for, whatever ``wait`` says.
        """
        del connection, wait
        taken: list[Message] = []
        events = size = 0
        while events < limit and size < max_bytes:
            message = self._reader.next(PATIENCE_S)
            if message is None:
                break
            taken.append(message)
            events += message.body.count(b"\n") + 1
            size += len(message.body)
        self._held += taken
        return taken

    def held(self) -> Sequence[Message]:
        """Return what was read and is not committed."""
        return self._held

    def settle(self, messages: Sequence[Message]) -> None:
        """Forget what was committed."""
        self._settled += sum(m.body.count(b"\n") + 1 for m in messages)
        self._held = self._held[len(messages) :]
        if self._on_settled:
            self._on_settled(self._settled)

    def give_back(self) -> None:
        """Keep what was read: it is held already."""

    def empty(self, connection: Connection) -> bool:
        """Tell whether the source has ended."""
        del connection
        return self._reader.ended and not self._held

    def close(self) -> None:
        """Stop reading."""
        self._reader.stop()

    def __enter__(self) -> "SourceSubscription":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _prepared(source: Source) -> Iterator[Message]:
    clock = ArrivalClock()
    for out in source.batches(EVENTS_A_MESSAGE):
        arrival = clock.stamp(out.body, out.content_type)
        message = Message(out.body, arrival, out.message_id, content_type=out.content_type)
        yield message._replace(prepared=list(reading.read_message(0, message, {})))


class _Reader:
    """Reads messages in a thread of its own, up to ``most`` of them ahead of whoever takes them."""

    def __init__(self, items: Iterator[Message], most: int) -> None:
        self._items = items
        self._ready: queue.Queue[Message | Exception | None] = queue.Queue(most)
        self._stop = threading.Event()
        self.ended = False
        """Whether the last message was taken."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()

    def next(self, wait: float) -> Message | None:
        """Return the next message; None when there is none, or none within ``wait`` seconds.

        Raises:
            Exception: whatever reading it raised.
        """
        if self.ended:
            return None
        try:
            item = self._ready.get(timeout=wait)
        except queue.Empty:
            return None
        self.ended = item is None or isinstance(item, Exception)
        if isinstance(item, Exception):
            raise item
        return item

    def stop(self) -> None:
        """Read no further."""
        self._stop.set()

    def _read(self) -> None:
        try:
            for item in self._items:
                self._put(item)
                if self._stop.is_set():
                    return
        except Exception as exc:  # noqa: BLE001  it is raised where the messages are taken
            self._put(exc)
        self._put(None)

    def _put(self, item: Message | Exception | None) -> None:
        while not self._stop.is_set():
            try:
                self._ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return


def load(
    database: Database, source: Source, batch: int, on_settled: Callable[[int], None] | None = None
) -> Fates:
    """Load a source into the database and return what became of its events.

    Raises:
        BadInput: the source is damaged; what came before the damage is loaded, and loading it
            again changes nothing twice.
        Interrupted: SIGINT or SIGTERM came; likewise.
    """
    sesion, stop = uuid.uuid4(), threading.Event()
    options = Options(batch=batch, until_empty=True)
    broker = SourceBroker(source, on_settled)
    with stopping_on_signals(stop):
        Worker(database, broker, options, sesion, stop, "load").run()
    if stop.is_set():
        raise KeyboardInterrupt
    return fates(database, sesion)
