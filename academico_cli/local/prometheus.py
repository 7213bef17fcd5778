"""The private Prometheus behind ``academico up --monitoring``, and the exporter of PostgreSQL.

It reads what Docker mode reads, compose/prometheus, with addresses of its own: the same rules.
"""

import json
import re
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from academico_cli import shipped
from academico_cli.local import files
from academico_cli.local.http_server import HttpServer, get

WORKER_PORT = 8000
"""Where consumers are looked for, unless something else is there: that of Docker mode."""

_TARGET = re.compile(r"targets: \[([^\]]*)\]")
_KEPT = "15d"


class PrivatePrometheus(HttpServer):
    """One Prometheus and its data under one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "Prometheus", ["prometheus"], "/-/ready")

    @property
    def url(self) -> str | None:
        """Where it answers, when it was started here before."""
        return None if self.port is None else f"http://127.0.0.1:{self.port}"

    @property
    def worker_port(self) -> int:
        """Port of 127.0.0.1 at which it looks for consumers; chosen once."""
        port = files.read_json(self.record).get("worker_port")
        if not isinstance(port, int):
            port = files.free_port(WORKER_PORT)
            self.note(worker_port=port)
        return port

    def start(self, *, rabbitmq: int | None, postgres: int | None) -> str:
        """Start it unless it runs, with these targets; return its URL.

        Args:
            rabbitmq: port at which RabbitMQ answers Prometheus; None: there is none.
            postgres: port of the exporter; None: there is none.

        Raises:
            HomeUnusable: the folder cannot be written; LocalServerFailed: it did not start.
        """
        with files.mended(self.folder), files.locked(self.folder):
            files.private_folder(self.folder, ours=self.record.name)
            running = self.running()
            port = self.port if running else None
            port = port or files.free_port(self.port, taken=(self.worker_port,))
            targets = {
                "worker": self.worker_port,
                "rabbitmq": rabbitmq,
                "postgres-exporter": postgres,
                "prometheus": port,
            }
            changed = self._configure(targets)
            if not running:
                self._launch(port)
            elif changed:
                self.signal(signal.SIGHUP)
        return f"http://127.0.0.1:{port}"

    def alerts(self) -> list[dict[str, object]] | None:
        """Return the alerts that are pending or firing, as its API gives them; None: no answer."""
        body = None if self.port is None else get(self.port, "/api/v1/alerts")
        if body is None:
            return None
        found: list[dict[str, object]] = json.loads(body)["data"]["alerts"]
        return found

    def _configure(self, targets: Mapping[str, int | None]) -> bool:
        """Write its configuration; False when it is what it was."""
        source = shipped.folder("compose") / "prometheus"
        rules = self.folder / "rules"
        text = configuration((source / "prometheus.yml").read_text(encoding="utf-8"), targets)
        wanted = {self.folder / "prometheus.yml": text}
        for rule in sorted((source / "rules").glob("*.yml")):
            wanted[rules / rule.name] = rule.read_text(encoding="utf-8")
        there = [self.folder / "prometheus.yml", *rules.glob("*.yml")]
        if {path: path.read_text(encoding="utf-8") for path in there if path.exists()} == wanted:
            return False
        shutil.rmtree(rules, ignore_errors=True)
        files.private_folder(rules)
        for path, content in wanted.items():
            files.write_private(path, content)
        return True

    def _launch(self, port: int) -> None:
        self.launch(
            port,
            [
                f"--config.file={self.folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self.folder / 'data'}",
                f"--storage.tsdb.retention.time={_KEPT}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            {},
        )


class PostgresExporter(HttpServer):
    """One exporter of PostgreSQL's figures; it keeps no data."""

    def __init__(self, folder: Path) -> None:
        names = ["prometheus-postgres-exporter", "postgres_exporter"]
        super().__init__(folder, "the exporter of PostgreSQL", names, "/")

    def start(self, database_url: str) -> int:
        """Start it for this database of 127.0.0.1, unless it runs for it; return its port.

        Raises:
            HomeUnusable: the folder cannot be written; LocalServerFailed: it did not start.
        """
        asked = conninfo_to_dict(database_url)
        address = f"{asked['host']}:{asked['port']}/{asked['dbname']}"
        with files.mended(self.folder), files.locked(self.folder):
            files.private_folder(self.folder, ours=self.record.name)
            recorded = files.read_json(self.record).get("address")
            if self.port is not None and recorded == address and self.running():
                return self.port
            self.stop()
            port = files.free_port(self.port)
            self.note(address=address)
            self.launch(
                port,
                [f"--web.listen-address=127.0.0.1:{port}"],
                {
                    "DATA_SOURCE_URI": f"{address}?sslmode=disable",
                    "DATA_SOURCE_USER": str(asked["user"]),
                    "DATA_SOURCE_PASS": str(asked["password"]),
                },
            )
        return port


def configuration(text: str, targets: Mapping[str, int | None]) -> str:
    """Return the configuration of Docker mode with ports of 127.0.0.1 as its targets.

    Args:
        text: that of compose/prometheus/prometheus.yml.
        targets: host of Docker mode -> port here; what is None or missing has no target.
    """

    def ours(found: re.Match[str]) -> str:
        port = targets.get(found[1].rpartition(":")[0])
        return "targets: []" if port is None else f"targets: ['127.0.0.1:{port}']"

    return _TARGET.sub(ours, text)
