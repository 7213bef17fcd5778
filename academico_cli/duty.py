"""What a worker is told to do."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from academico_cli.broker import Message
from academico_cli.lote import Result
from academico_cli.meter import Meter
from academico_cli.postgres import Connection, Database

TakeIn = Callable[[Connection, int, Sequence[Message]], Result]
"""Takes messages through all stages in the transaction of a connection, for a run."""


@dataclass(frozen=True)
class Options:
    """How to consume."""

    batch: int = 2000
    """Messages in one transaction, at most."""
    wait: float = 0.5
    """Seconds to wait for a message before looking round."""
    max_bytes: int = 2 * 1024 * 1024
    """Bytes of message bodies in one transaction, about."""
    until_empty: bool = False
    """End when the queue is empty."""
    behind: int = 2
    """Batches that are merged, at most, while the next one is received."""


class Duty(Protocol):
    """What a loop is to do, and for whom."""

    database: Database
    options: Options
    stop: threading.Event
    comando: str
    meter: Meter

    @property
    def take_in(self) -> TakeIn:
        """What to do with a batch."""
