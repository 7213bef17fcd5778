"""What every source can do, and the identity of what it yields.

**Identity.** An event's message id is a hash of its line *and of every line before it* in the
same stream (a file; or an entity's rows in a mapping). So publishing a file again, or going on
after an interruption, repeats the same ids and changes nothing twice; the same line further down
(a grade set 5, then 7, then 5 again) is another event. Appending to a file keeps the ids of the
old lines; changing a line gives new ids to it and to all that follow. The file's name, its
compression, line ends, blank lines and a byte order mark do not matter, so a file with the same
lines is the same file: events that must be applied anew need ``ocurrido_en``, or another line.

A message of many lines is named by the hash before its first and after its last line: packing
the same file in another size gives other messages.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator

from academico_cli.broker import NDJSON, Outgoing
from academico_cli.events.identity import uuid_text

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""A packed message is closed before it grows beyond this, unless one line alone is longer."""

_START = hashlib.sha256(b"academico:lines:v1").digest()


class Source(ABC):
    """Events from somewhere else than a queue. Reading it again gives the same again."""

    @abstractmethod
    def streams(self) -> Iterator[Iterator[bytes]]:
        """Yield each stream's lines in order: not blank, without line end, bytes verbatim.

        Raises:
            BadInput: a file turned out to be damaged, or a mapping's SQL failed on a row.
        """

    @abstractmethod
    def count(self) -> int | None:
        """Return how many events there are, for a progress bar; None where asking is dear."""

    def lines(self) -> Iterator[Outgoing]:
        """Yield one message for each event."""
        for stream in self.streams():
            state = _START
            for line in stream:
                state = hashlib.sha256(state + line).digest()
                yield Outgoing(line, uuid_text(state))

    def batches(self, size: int) -> Iterator[Outgoing]:
        """Yield messages of up to ``size`` events, one a line; each stream starts a new message."""
        for stream in self.streams():
            before = state = _START
            held: list[bytes] = []
            held_bytes = 0
            for line in stream:
                if held and (len(held) >= size or held_bytes + len(line) > MAX_MESSAGE_BYTES):
                    yield _pack(held, before, state)
                    held, held_bytes, before = [], 0, state
                state = hashlib.sha256(state + line).digest()
                held.append(line)
                held_bytes += len(line) + 1
            if held:
                yield _pack(held, before, state)


def _pack(lines: list[bytes], before: bytes, after: bytes) -> Outgoing:
    identity = hashlib.sha256(b"batch" + before + after).digest()
    return Outgoing(b"\n".join(lines), uuid_text(identity), None, NDJSON)
