"""The Docker engine and its Compose plugin, by way of the program ``docker``."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from academico_cli.errors import DockerUnusable, StackFailed

OLDEST_COMPOSE = (2, 24)
"""The first in which a service may depend on one that need not be there."""

_ANSWER_SECONDS = 20
_INSTALL = "Install Docker Engine with its Compose plugin"


@dataclass(frozen=True)
class Container:
    """One service of the stack as the engine sees it."""

    service: str
    running: bool
    healthy: bool | None
    """None while nobody knows: no health check, or not asked yet."""
    says: str
    """The engine's own words, as ``Up 5 minutes (healthy)``."""


@dataclass(frozen=True)
class Compose:
    """``docker compose`` for one file and one file of variables.

    Secrets are in neither: containers read them from files.
    """

    file: Path
    variables: Path
    profiles: tuple[str, ...]
    environment: Mapping[str, str]
    """The environment of ``docker``; what it says of a variable would win over the file."""

    def require(self) -> None:
        """Make sure that an engine answers and has Compose.

        Raises:
            DockerUnusable: what is missing, and how to mend it.
        """
        answered = self._ask("docker", "version", "--format", "{{.Server.Version}}")
        if answered.returncode != 0:
            raise DockerUnusable(
                detail=f"the engine does not answer: {_last(answered.stderr)}",
                mend="Start it, or ask for the right to use it",
            )
        found = self._ask("docker", "compose", "version", "--short")
        if found.returncode != 0:
            raise DockerUnusable(detail="docker has no Compose plugin", mend=_INSTALL)
        version = tuple(int(n) for n in re.findall(r"\d+", found.stdout)[:2])
        if version < OLDEST_COMPOSE:
            wanted = ".".join(map(str, OLDEST_COMPOSE))
            raise DockerUnusable(
                detail=f"Compose {found.stdout.strip()} is too old, {wanted} or later is needed",
                mend="Upgrade it",
            )

    def run(self, *words: str, tell: Callable[[str], None]) -> None:
        """Run ``docker compose WORDS``; pass each line that it reports to ``tell``.

        Raises:
            StackFailed: it ended with an error.
        """
        said: list[str] = []
        with subprocess.Popen(
            self._argv("--progress", "plain", words=words),
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                if line.strip():
                    said.append(line.strip())
                    tell(said[-1])
        if process.returncode != 0:
            raise StackFailed(
                command=words[0],
                detail=_last("\n".join(said)),
                logs=shlex.join(self._argv(words=("logs", "--tail", "20"))),
            )

    def containers(self) -> list[Container]:
        """Return the stack's containers, also those that stopped.

        Raises:
            StackFailed: the engine does not say.
        """
        words = ("ps", "--all", "--format", "json")
        done = self._ask(*self._argv(words=words))
        if done.returncode != 0:
            logs = shlex.join(self._argv(words=("logs",)))
            raise StackFailed(command="ps", detail=_last(done.stderr), logs=logs)
        return [
            Container(
                service=str(row["Service"]),
                running=row.get("State") == "running",
                healthy={"healthy": True, "unhealthy": False}.get(str(row.get("Health"))),
                says=str(row.get("Status", "")),
            )
            for line in done.stdout.splitlines()
            if line.strip()
            for row in _rows(line)
        ]

    def _argv(self, *flags: str, words: Sequence[str]) -> list[str]:
        chosen = [word for profile in self.profiles for word in ("--profile", profile)]
        named = ("--file", str(self.file), "--env-file", str(self.variables))
        return ["docker", "compose", *flags, *named, *chosen, *words]

    def _ask(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        try:
            return subprocess.run(
                argv,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=_ANSWER_SECONDS,
            )
        except OSError as exc:
            detail = "the program docker is not on the PATH"
            if not isinstance(exc, FileNotFoundError):
                detail = f"the program docker cannot be run: {exc.strerror}"
            raise DockerUnusable(detail=detail, mend=_INSTALL) from exc
        except subprocess.TimeoutExpired as exc:
            raise DockerUnusable(
                detail=f"the engine does not answer within {_ANSWER_SECONDS} s",
                mend="Look whether it is still starting",
            ) from exc


def _rows(line: str) -> list[dict[str, object]]:
    # Compose printed one list once, and prints one object a line now.
    held = json.loads(line)
    return held if isinstance(held, list) else [held]


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["it says nothing"])[-1].rstrip(".?")
