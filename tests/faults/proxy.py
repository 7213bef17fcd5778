"""A TCP proxy that breaks a connection where a test says, and counts that it did.

In front of PostgreSQL it reads the protocol's frames, so that a connection can be cut, or a client
killed, exactly when rows are being copied, when a COMMIT is on its way to the server, or when the
server's answer to it is on its way back.
"""

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Point = Literal["copy", "commit", "committed"]
"""copy: rows on their way to the server. commit: a COMMIT of copied rows, not yet seen by the
server. committed: the server's answer to it, not yet seen by the client."""

_CHUNK = 65_536


@dataclass
class Trigger:
    """Do something when a client passes a point for the n-th time."""

    point: Point
    after: int
    act: Callable[["Link"], bool]
    """True: cut the connection there, and what was on its way is lost."""
    times: int = 1
    """How often it still fires; each time is counted anew from there."""
    progress: int = 0
    """Batches that a connection must have committed before it is hurt."""
    rng: random.Random | None = None
    """Draws ``after`` anew for each time."""
    hits: int = 0
    passed: int = 0


class Link:
    """One client's connection through the proxy."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.swallowing = False
        self.copied = False
        self.committed = 0

    @property
    def client_port(self) -> int:
        return int(self.client.getpeername()[1])

    def reset(self) -> None:
        """End both sides with a RST: nothing that is under way arrives."""
        for side in (self.client, self.server):
            with contextlib.suppress(OSError):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                side.close()


class Proxy:
    """Listens on a port of its own and passes on to ``target``.

    Args:
        target: port on 127.0.0.1; may be set anew when the server comes back elsewhere.
        postgres: read PostgreSQL's frames, so that triggers can be set.
    """

    def __init__(self, target: int, *, postgres: bool = False) -> None:
        self.target = target
        self.accepted = 0
        self._postgres = postgres
        self._links: set[Link] = set()
        self._triggers: list[Trigger] = []
        self._lock = threading.Lock()
        self._swallow = False
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            link = Link(client, server)
            link.swallowing = self._swallow
            with self._lock:
                self._links.add(link)
            up = self._frames_up if self._postgres else self._raw
            down = self._frames_down if self._postgres else self._raw
            for pump, source, sink in ((up, client, server), (down, server, client)):
                threading.Thread(
                    target=self._run, args=(pump, link, source, sink), daemon=True
                ).start()

    def _run(
        self,
        pump: Callable[[Link, socket.socket], Iterator[bytes]],
        link: Link,
        source: socket.socket,
        sink: socket.socket,
    ) -> None:
        try:
            for data in pump(link, source):
                if not link.swallowing:
                    sink.sendall(data)
        except OSError:
            pass
        if not link.swallowing:
            self._close(link)

    def _close(self, link: Link) -> None:
        with self._lock:
            self._links.discard(link)
        for side in (link.client, link.server):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                side.close()

    # ------------------------------------------------------------------ what a test does with it

    def refuse(self) -> None:
        """Refuse connections, as when no server runs, and reset those that stand."""
        # Closing alone would leave accept() waiting on the old socket.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def reset(self) -> int:
        """Reset every connection; return how many stood."""
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            link.reset()
        return len(links)

    def stall(self) -> int:
        """Swallow what comes, both ways, on standing and new connections; nobody is told."""
        with self._lock:
            self._swallow = True
            for link in self._links:
                link.swallowing = True
            return len(self._links)

    def heal(self) -> None:
        """Serve new connections again; those that lost bytes stay as deaf as they are."""
        self._swallow = False
        if self._listener.fileno() == -1:
            self._listener = self._listen(self.port)

    def on(
        self,
        point: Point,
        act: Callable[[Link], bool],
        *,
        after: int = 1,
        times: int = 1,
        progress: int = 0,
        rng: random.Random | None = None,
    ) -> Trigger:
        """Have ``act`` done when clients together pass ``point`` for the ``after``-th time."""
        trigger = Trigger(point, after, act, times, progress, rng)
        with self._lock:
            self._triggers.append(trigger)
        return trigger

    def clear(self) -> None:
        """Forget all triggers."""
        with self._lock:
            self._triggers.clear()

    def close(self) -> None:
        """End everything."""
        self.clear()
        self.refuse()

    # ------------------------------------------------------------------ bytes and frames

    @staticmethod
    def _raw(link: Link, source: socket.socket) -> Iterator[bytes]:
        while data := source.recv(_CHUNK):
            yield data

    def _frames_up(self, link: Link, source: socket.socket) -> Iterator[bytes]:
        """Yield the client's bytes, frame by frame where it matters."""
        buffer = bytearray()
        startup = True
        while data := source.recv(_CHUNK):
            buffer += data
            at = 0
            while len(buffer) - at >= 5:
                head = 0 if startup else 1
                (length,) = struct.unpack_from("!I", buffer, at + head)
                end = at + head + length
                if end > len(buffer):
                    break
                kind = b"" if startup else bytes(buffer[at : at + 1])
                startup = False
                point: Point | None = None
                if kind == b"d":
                    point, link.copied = "copy", True
                elif kind == b"Q" and link.copied and buffer[at + 5 : end] == b"COMMIT\0":
                    point = "commit"
                if point is not None and self._passes(link, point):
                    link.reset()
                    return
                at = end
            yield bytes(buffer[:at])
            del buffer[:at]

    def _frames_down(self, link: Link, source: socket.socket) -> Iterator[bytes]:
        """Yield the server's bytes, frame by frame where it matters."""
        buffer = bytearray()
        while data := source.recv(_CHUNK):
            buffer += data
            at = 0
            while len(buffer) - at >= 5:
                (length,) = struct.unpack_from("!I", buffer, at + 1)
                end = at + 1 + length
                if end > len(buffer):
                    break
                if buffer[at : at + 1] == b"C" and buffer[at + 5 : end] == b"COMMIT\0":
                    copied, link.copied = link.copied, False
                    if copied and self._passes(link, "committed"):
                        link.reset()
                        return
                    link.committed += copied
                at = end
            yield bytes(buffer[:at])
            del buffer[:at]

    def _passes(self, link: Link, point: Point) -> bool:
        """Count that a client passes; act when it is time. True: cut."""
        if link.swallowing:
            return False
        due: list[Trigger] = []
        with self._lock:
            for trigger in self._triggers:
                if trigger.point != point or trigger.times <= 0:
                    continue
                if link.committed < trigger.progress:
                    continue
                trigger.passed += 1
                if trigger.passed >= trigger.after:
                    trigger.passed, trigger.times = 0, trigger.times - 1
                    trigger.hits += 1
                    if trigger.rng is not None:
                        trigger.after = trigger.rng.randint(2, 7)
                    due.append(trigger)
        cuts = [trigger.act(link) for trigger in due]  # all of them, whatever the first says
        return any(cuts)
