"""A program named ``docker`` that stands in for the real one where no engine is.

It writes down how it was called and says what an engine with Compose would say of containers that
run; it starts nothing. So it shows which commands academico gives, and what it makes of the
answers, not that an engine carries them out. Whether Compose understands the commands is asked of
the real Compose, whose program the tests have.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from academico_cli.local import files

_PROGRAM = """\
#!{python} -IS
import json, os, pathlib, sys
here, words = pathlib.Path({folder!r}), sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps({{"argv": words, "env": dict(os.environ)}}) + "\\n")
for line in json.loads((here / "answers").read_text()):
    if line["when"] in words:
        print(line["says"])
        sys.exit(line["code"])
"""


@dataclass
class StandIn:
    """Where it is, what it answers, how it was called."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        program = self.folder / "docker"
        program.write_text(_PROGRAM.format(python=sys.executable, folder=str(self.folder)))
        program.chmod(0o755)
        self._answers: list[dict[str, object]] = []
        self.answer("version", "2.40.3")
        names = ("RABBITMQ_MGMT_PORT", "WORKER_METRICS_PORT", "PROM_PORT", "ALERTMANAGER_PORT")
        self.ports = {name: files.free_port() for name in (*names, "GRAFANA_PORT")}
        """Ports for those services that it does not say to run."""
        self.running("postgres", "rabbitmq")

    @property
    def path(self) -> str:
        """The PATH of somebody who has it."""
        return f"{self.folder}:{os.environ['PATH']}"

    def answer(self, when: str, says: str, code: int = 0) -> None:
        """Say this, and end so, whenever it is called with this word."""
        self._answers = [a for a in self._answers if a["when"] != when]
        self._answers.append({"when": when, "says": says, "code": code})
        (self.folder / "answers").write_text(json.dumps(self._answers))

    def running(self, *services: str, health: str = "healthy") -> None:
        """Say that these services run."""
        rows = [
            {"Service": name, "State": "running", "Health": health, "Status": f"Up ({health})"}
            for name in services
        ]
        self.answer("ps", "\n".join(map(json.dumps, rows)))

    def calls(self) -> list[dict[str, object]]:
        """Return the calls since the last time, and forget them."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]
