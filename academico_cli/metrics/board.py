"""Where the counts of all workers of one command come together."""

import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

from academico_cli.metrics.tally import Key, Tally


class Report(NamedTuple):
    """What a worker tells: what happened since its last report, and how it stands."""

    tally: Tally
    in_flight: int = 0
    """Messages taken and not acknowledged."""
    committed_at: float = 0.0
    """When it committed last, seconds since the epoch; 0 when it has not yet."""
    run_id: int = 0
    """Its run in the ledger."""
    lote: int = 0
    """The last lote that this or an earlier report counts."""


class Member:
    """A worker, as it is seen from here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard_at = time.monotonic()
        self.at_work = False
        self.last = Report(Tally())


class Board:
    """All counts of one command. What a worker reported stays when the worker is gone.

    Args:
        comando: the command's name.
        expected: series that are there, as 0, before anything happened.
    """

    def __init__(self, comando: str, expected: Iterable[Key] = ()) -> None:
        self.comando = comando
        self._total = Tally()
        self._total.numbers.update(dict.fromkeys(expected, 0))
        self._members: list[Member] = []
        self._committed_at = 0.0
        self._lock = threading.Lock()

    def join(self, name: str) -> Member:
        """Take a worker in."""
        member = Member(name)
        with self._lock:
            self._members.append(member)
        return member

    def leave(self, member: Member) -> None:
        """Let a worker go; its counts stay."""
        with self._lock:
            self._members.remove(member)

    def hear(self, member: Member, report: Report) -> None:
        """Add what a worker reports."""
        with self._lock:
            self._total += report.tally
            self._committed_at = max(self._committed_at, report.committed_at)
            member.last, member.heard_at, member.at_work = report, time.monotonic(), True

    def add(self, tally: Tally) -> None:
        """Add counts that no worker reported."""
        with self._lock:
            self._total += tally

    def stalled(self, patience: float) -> list[str]:
        """Return the workers that were not heard of for so many seconds."""
        since = time.monotonic() - patience
        with self._lock:
            return [member.name for member in self._members if member.heard_at < since]

    def is_at_work(self) -> bool:
        """Tell whether a worker has reported anything yet, and is not gone."""
        with self._lock:
            return any(member.at_work for member in self._members)

    def read(self) -> Tally:
        """Return all counts as they are now, gauges among them."""
        tally = Tally()
        with self._lock:
            tally += self._total
            in_flight = sum(member.last.in_flight for member in self._members)
            tally.numbers["academico_messages_in_flight",] = in_flight
            tally.numbers["academico_workers",] = len(self._members)
            tally.numbers["academico_last_commit_timestamp_seconds",] = self._committed_at
        return tally
