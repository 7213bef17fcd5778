"""docker-compose.yml as the real Compose reads it, and its services as programs of this machine.

There is no engine in the tests. What an image would run is run here, with the arguments, files,
secrets and health command of docker-compose.yml; only ports and places of files differ, by
substitution.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from academico_cli.local import processes, variables

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "compose"
PROGRAMS = Path(sys.executable).parent
COMPOSE = PROGRAMS / "docker-compose"


def config(
    *flags: str, env: Mapping[str, str], file: Path = FOLDER / "docker-compose.yml"
) -> "subprocess.CompletedProcess[str]":
    """Have the real Compose read the file; ``--no-interpolate`` and its like are flags."""
    profiles = [word for profile in variables.PROFILES for word in ("--profile", profile)]
    return subprocess.run(
        [COMPOSE, "--file", file, *profiles, "config", "--format", "json", *flags],
        env={"PATH": os.defpath, "HOME": "/nonexistent", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@dataclass
class Service:
    """One service of the file, to be run here."""

    name: str
    spec: Mapping[str, Any]
    instead: dict[str, str] = field(default_factory=dict)
    """What stands in its arguments, environment and health command -> what stands there here."""

    def here(self, text: str) -> str:
        """Return a text of the container with the places of this machine."""
        for theirs, ours in self.instead.items():
            text = text.replace(theirs, ours)
        return text

    @property
    def command(self) -> list[str]:
        return [self.here(word) for word in self.spec["command"]]

    @property
    def environment(self) -> dict[str, str]:
        return {name: self.here(text) for name, text in self.spec["environment"].items()}

    def healthy(self, env: Mapping[str, str] | None = None) -> bool:
        """Run the health command, as the engine would."""
        how, *argv = self.spec["healthcheck"]["test"]
        assert how == "CMD"
        return (
            subprocess.run(
                [self.here(word) for word in argv],
                env=os.environ | dict(env or {}),
                check=False,
                capture_output=True,
                timeout=60,
            ).returncode
            == 0
        )

    def wait(self, process: "subprocess.Popen[bytes]", log: Path, env: Any = None) -> None:
        """Wait until it is healthy; it must not have been so before it ran."""

        def answers() -> bool:
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            return self.healthy(env)

        assert processes.wait_until(answers, 60), log.read_text(errors="replace")[-2000:]


@contextmanager
def running(
    argv: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    **options: Any,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server while the block runs."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            argv,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})},
            cwd=cwd,
            stdout=sink,
            stderr=sink,
            **options,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def load(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
