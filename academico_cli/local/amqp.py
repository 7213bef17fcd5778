"""Does an AMQP server answer, and let us in? Asked on the wire, without a client library."""

import socket
import struct
from typing import Literal

Answer = Literal["ok", "silent", "refused"]

_HEADER = b"AMQP\x00\x00\x09\x01"
_METHOD, _END = 1, b"\xce"
_START, _START_OK, _TUNE = (10, 10), (10, 11), (10, 30)


def ask(port: int, user: str, password: str, *, seconds: float = 5) -> Answer:
    """Log in to 127.0.0.1 and leave: ``silent`` when nobody speaks AMQP there, or not yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as link:
            link.settimeout(seconds)
            link.sendall(_HEADER)
            if _read_method(link) != _START:
                return "silent"
            link.sendall(_login(user, password))
            try:
                return "ok" if _read_method(link) == _TUNE else "refused"
            except ConnectionError:
                # How AMQP 0-9-1 servers refuse clients that ask for no reason.
                return "refused"
    except OSError:
        return "silent"


def _login(user: str, password: str) -> bytes:
    response = f"\0{user}\0{password}".encode()
    body = struct.pack(">HH", *_START_OK) + struct.pack(">I", 0)  # no client properties
    body += b"\x05PLAIN" + struct.pack(">I", len(response)) + response + b"\x05en_US"
    return struct.pack(">BHI", _METHOD, 0, len(body)) + body + _END


def _read_method(link: socket.socket) -> tuple[int, int]:
    kind, _, size = struct.unpack(">BHI", _read(link, 7))
    body = _read(link, size + 1)
    return struct.unpack(">HH", body[:4]) if kind == _METHOD else (0, 0)


def _read(link: socket.socket, size: int) -> bytes:
    held = b""
    while len(held) < size:
        part = link.recv(size - len(held))
        if not part:
            raise ConnectionResetError
        held += part
    return held
