"""Owner-only files and folders, the lock between processes, and free ports."""

import errno
import fcntl
import json
import os
import random
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from academico_cli.errors import DiskFull, HomeUnusable, LocalServerFailed, WrongUsage

DEMO_MARK = "demo.json"
"""File in a home in which the demo has played."""

_PORTS = range(20000, 32000)
"""Below the ports that systems hand out to outgoing connections, so a recorded one stays free."""


@contextmanager
def mended(path: Path) -> Iterator[None]:
    """Turn an error of the file system under ``path`` into one clear line.

    Raises:
        HomeUnusable: it is not ours to write, or not a folder; DiskFull: there is no room.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path=path) from exc
        detail = (exc.strerror or type(exc).__name__).lower()
        raise HomeUnusable(path=path, detail=detail) from exc


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn an error of the file system on a file that a person named into one clear line.

    Raises:
        WrongUsage: it cannot be written.
    """
    try:
        yield
    except OSError as exc:
        why = (exc.strerror or type(exc).__name__).lower()
        raise WrongUsage(detail=f"{path} cannot be written: {why}; nothing was left there") from exc


def private_folder(path: Path, *, ours: str | None = None) -> Path:
    """Make the folder if it is missing, and readable by its owner only.

    Args:
        path: where.
        ours: file that marks a folder as made by us. One that holds other things without it was
            somebody's before, perhaps ``/tmp``: its permissions are left alone.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    foreign = ours is not None and not (path / ours).exists() and any(path.iterdir())
    if not foreign and path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace a file in one step; readable by its owner only at every moment."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, object]:
    """Return the object in a file of ours; empty when it is missing or damaged."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def write_json(path: Path, held: Mapping[str, object]) -> None:
    """Write an object to an owner-only file in one step."""
    write_private(path, json.dumps(held, indent=2) + "\n")


@contextmanager
def locked(folder: Path, *, seconds: float = 180) -> Iterator[None]:
    """Hold the folder's lock; only one process does. It falls when its holder dies.

    Raises:
        LocalServerFailed: somebody else held it all the time.
    """
    deadline = time.monotonic() + seconds
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "lock"
    while (handle := _try_lock(path)) is None:
        if time.monotonic() >= deadline:
            raise LocalServerFailed(
                server="the local server",
                detail="another academico has been starting or stopping it for too long",
                log=path,
            )
        time.sleep(0.05)
    try:
        yield
    finally:
        os.close(handle)


def _try_lock(path: Path) -> int | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its last holder may have deleted the file: then the lock is on nothing.
        if os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None


LEAVING_S = 2.0
"""Seconds that a recorded port may take to become free."""


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do it: the remains of closed connections do not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(recorded: object = None, *, taken: tuple[int, ...] = ()) -> int:
    """Return the recorded port when it is still free, else another free one not in ``taken``.

    A killed server is no longer found a moment before its socket is closed: its port, which
    clients know, is waited for.
    """
    if isinstance(recorded, int) and recorded not in taken:
        deadline = time.monotonic() + LEAVING_S
        while True:
            if port_is_free(recorded):
                return recorded
            if time.monotonic() >= deadline:
                break
            time.sleep(0.05)
    choice = random.SystemRandom()
    while True:
        port = choice.choice(_PORTS)
        if port not in taken and port_is_free(port):
            return port


def remove(folder: Path) -> None:
    """Remove a folder and all in it; one that is not there is fine."""
    if folder.exists():
        shutil.rmtree(folder)


def tail(log: Path, lines: int = 1) -> str:
    """Return the last lines of a log that say something, on one line; empty when there are none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return " ".join([line.strip() for line in text.splitlines() if line.strip()][-lines:])
