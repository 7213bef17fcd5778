"""A server of this machine's that answers HTTP, run privately: on a loopback port, under a folder.

Nothing here knows what it serves.
"""

import http.client
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from academico_cli.errors import LocalServerFailed
from academico_cli.local import files, processes

_MARK = "ACADEMICO_SERVER_FOLDER"
"""Variable that the process inherits: how we know it again, and only ours."""

_START_SECONDS = 60
_STOP_SECONDS = 30


class HttpServer:
    """One server process and its data under one folder; safe to start twice."""

    def __init__(self, folder: Path, name: str, programs: Sequence[str], ready: str) -> None:
        """Describe it; nothing is started yet.

        Args:
            folder: what it writes, and the record of its port.
            name: what people call it.
            programs: names that its program may have, the first that is found is run.
            ready: path that it answers with 200 once it is ready.
        """
        self.folder = Path(folder).expanduser().absolute()
        self.name = name
        self._programs = programs
        self._ready = ready
        self.record = self.folder / "server.json"

    def program(self) -> str | None:
        """Return the path of its program; None when this machine has none."""
        return next(filter(None, map(shutil.which, self._programs)), None)

    @property
    def port(self) -> int | None:
        """The recorded port; None before the first start."""
        port = files.read_json(self.record).get("port")
        return port if isinstance(port, int) else None

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.folder / "server.log"

    @property
    def wanted(self) -> bool:
        """Whether it was started and nobody stopped it since; it may have died."""
        return files.read_json(self.record).get("started") is True

    def running(self) -> bool:
        """Tell whether its process is alive."""
        return bool(self._processes())

    def launch(self, port: int, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it and wait until it is ready.

        Args:
            port: of 127.0.0.1, that the arguments tell it to listen on.
            arguments: never a secret among them.
            env: what it needs beside a small environment; secrets may be here.

        Raises:
            LocalServerFailed: it is not installed, ends at once, or does not become ready.
        """
        program = self.program()
        if program is None:
            raise self.failed("it is not installed")
        self.note(port=port, started=True)
        processes.launch(
            [program, *arguments],
            cwd=self.folder,
            log=self.log,
            env={**processes.base_environment(self.folder), **env, _MARK: str(self.folder)},
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers(port):
            if not self.running():
                raise self.failed(files.tail(self.log) or "it ends at once")
            if time.monotonic() >= deadline:
                raise self.failed(f"it runs and does not answer within {_START_SECONDS} s")
            time.sleep(0.05)

    def answers(self, port: int) -> bool:
        """Tell whether it says that it is ready."""
        return get(port, self._ready) is not None

    def stop(self) -> bool:
        """Stop it: politely, then by force. False when it was not running."""
        if self.wanted:
            self.note(started=False)
        found = self._processes()
        if found and not processes.end(found, signal.SIGTERM, _STOP_SECONDS):
            processes.end(self._processes(), signal.SIGKILL, 10)
        return bool(found)

    def note(self, **facts: object) -> None:
        """Write facts into its record, beside those that are there."""
        files.write_json(self.record, files.read_json(self.record) | facts)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process."""
        for process in self._processes():
            processes.send(process, number)

    def failed(self, detail: str) -> LocalServerFailed:
        """Return the error that says so."""
        return LocalServerFailed(server=self.name, detail=detail.rstrip("."), log=self.log)

    def _processes(self) -> list[psutil.Process]:
        mark = str(self.folder)
        return processes.find(lambda p: p.environ().get(_MARK) == mark)


def get(port: int, path: str, *, seconds: float = 3) -> bytes | None:
    """Return the body of a page of 127.0.0.1; None when it does not answer, or not with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if answer.status == http.client.OK else None
