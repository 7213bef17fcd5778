"""A monitored academico under load: real servers, a real Prometheus, and what to ask it."""

import json
import math
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from academico_cli import shipped
from academico_cli.local.services import Home

from ..conftest import cli_environment

PROGRAM = Path(sys.executable).parent / "academico"
WINDOW = "1m"
"""What Grafana would put in place of $__rate_interval, or more."""


@dataclass
class Scene:
    """The servers of one home, and a consumer that Prometheus looks at."""

    folder: Path
    since: float = field(default_factory=time.time)
    grafana: str = ""
    """The URL of the login that dashboards read with."""
    consumer: "subprocess.Popen[bytes] | None" = None
    chosen: dict[str, list[str]] = field(default_factory=dict)
    """Values of the dashboards' variables."""

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    def run(self, *args: str, codes: tuple[int, ...] = (0,)) -> "subprocess.CompletedProcess[str]":
        """Run a command as a user of this home would."""
        done = subprocess.run(
            [PROGRAM, *args], env=cli_environment(self.folder), cwd=self.folder, text=True,
            encoding="utf-8", capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode in codes, f"academico {' '.join(args)}: {done.stderr}"
        return done

    def consume(self) -> None:
        """Start two workers where Prometheus looks for them."""
        port = str(self.home.prometheus.worker_port)
        with (self.folder / "consumer.log").open("wb") as log:
            self.consumer = subprocess.Popen(
                [PROGRAM, "consume", "--workers", "2", "--metrics-port", port],
                env=cli_environment(self.folder), cwd=self.folder, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def kill_consumer(self) -> None:
        """End the consumer and its workers as a power cut would."""
        if self.consumer is not None:
            os.killpg(self.consumer.pid, signal.SIGKILL)
            self.consumer.wait(20)
            self.consumer = None

    def metrics(self) -> str:
        """Return what the consumer answers on its port."""
        url = f"http://127.0.0.1:{self.home.prometheus.worker_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def api(self, path: str, **arguments: object) -> Any:
        """Return the data of an answer of Prometheus' API."""
        query = urllib.parse.urlencode(arguments)
        url = f"{self.home.prometheus.url}/api/v1/{path}?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def now(self, expression: str) -> list[Any]:
        """Return the series of an expression that have a number now."""
        found = self.api("query", query=expression)["result"]
        return [series for series in found if _is_number(series["value"][1])]

    def over_time(self, expression: str) -> list[Any]:
        """Return the series of an expression that had a number since the scene began."""
        now, step = time.time(), 5
        # Backwards from now, so that the last step is now and not up to a step ago.
        start = now - step * math.ceil((now - self.since) / step)
        found = self.api("query_range", query=expression, start=start, end=now, step=step)
        return [s for s in found["result"] if any(_is_number(value) for _, value in s["values"])]

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        alerts = self.api("alerts")["alerts"]
        return {a["labels"]["alertname"] for a in alerts if a["state"] == "firing"}

    def admit_grafana(self) -> None:
        """Make the login that dashboards read with, which may read what the migration grants."""
        password = secrets.token_hex(8)
        self.as_admin(f"CREATE ROLE grafana LOGIN PASSWORD '{password}' IN ROLE academico_tablero")
        self.apply("tableros_v01.sql")
        self.grafana = f"postgresql://grafana:{password}@{self._admin.rpartition('@')[2]}"

    def apply(self, name: str) -> None:
        """Run a file of the migrations as an administrator."""
        self.as_admin((shipped.folder("alembic") / "sql" / name).read_text(encoding="utf-8"))

    def as_admin(self, statement: str) -> None:
        """Run a statement as the administrator of the embedded server."""
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(statement.encode())

    @property
    def _admin(self) -> str:
        server = self.home.postgres
        return server._url(server._state(), "postgres", "academico")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of a dashboard, its variables replaced as Grafana would."""
        with psycopg.connect(self.grafana) as connection:
            return connection.execute(self.filled(statement)).fetchall()

    def filled(self, text: str) -> str:
        """Return a query with a value for each variable and macro."""
        text = text.replace("$__rate_interval", WINDOW)
        for name, values in self.chosen.items():
            text = text.replace(f"${{{name}:sqlstring}}", ",".join(f"'{v}'" for v in values))
            text = text.replace(f"${{{name}:csv}}", ",".join(values))
        while "$__timeFilter(" in text:
            before, _, rest = text.partition("$__timeFilter(")
            column, _, after = rest.partition(")")
            text = f"{before}{column} > now() - interval '1 day'{after}"
        return text


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until the condition holds, or fail and say what did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.25)


def _is_number(text: str) -> bool:
    return math.isfinite(float(text))
