"""``academico top --once``: one frame for people, and for programs."""

import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Cli, require
from ..faults.stage import wait_for

RULES = """
groups:
- name: prueba
  rules:
  - alert: DeadLetters
    expr: vector(1)
    labels: {severity: warning}
    annotations: {summary: Hay eventos rechazados sin atender}
"""


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a Prometheus in which an alert fires."""
    require(bool(shutil.which("prometheus")), "prometheus")
    config, log = tmp_path / "prometheus.yml", tmp_path / "prometheus.log"
    (tmp_path / "rules.yml").write_text(RULES)
    config.write_text("global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        "prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address={address}",
    ]  # fmt: skip
    with log.open("wb") as sink, subprocess.Popen(command, stdout=sink, stderr=sink) as process:

        def fires() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                with urllib.request.urlopen(f"http://{address}/api/v1/alerts", timeout=2) as said:
                    return b"firing" in said.read()
            except OSError:
                return False

        try:
            wait_for(fires, "the alert fires")
            yield f"http://{address}"
        finally:
            process.terminate()


def test_a_frame_says_what_happened(cli: Cli, database_url: str, prometheus: str) -> None:
    env = {"DATABASE_URL": database_url, "RABBIT_URL": ""}
    cli("publish", "--alumnos", "20", "--invalid", "0.05", env=env, check=True)
    before = json.loads(cli("top", "--format", "json", env=env, check=True).stdout)
    assert before["segundos_desde_commit"] is None
    assert before["en_cola"] > 0
    assert before["alertas"] is None
    done = cli("consume", "--until-empty", "--format", "json", env=env, check=True)
    fates = json.loads(done.stdout)
    env |= {"ACADEMICO_PROMETHEUS_URL": prometheus}
    frame = json.loads(cli("top", "--once", "--format", "json", env=env, check=True).stdout)
    assert frame["en_cola"] == 0
    assert frame["eventos_por_segundo"] > 0
    assert frame["destinos"]["aplicado"] == fates["aplicados"]
    assert frame["destinos"]["rechazado"] == fates["rechazados"] > 0
    assert sum(row["eventos"] for row in frame["lotes"]) == fates["recibidos"]
    assert frame["rechazos"][0].keys() == {"motivo", "entidad", "eventos"}
    assert frame["alertas"][0]["alerta"] == "DeadLetters"
    drawn = cli("top", "--once", env=env | {"COLUMNS": "80"}, check=True).stdout
    assert max(map(len, drawn.splitlines())) <= 80
    for word in ("events/s", "aplicado", "last lotes", "open rejects by reason", "DeadLetters"):
        assert word in drawn


def test_a_prometheus_that_is_away_is_told(cli: Cli, database_url: str) -> None:
    env = {"DATABASE_URL": database_url, "RABBIT_URL": ""}
    url = {"ACADEMICO_PROMETHEUS_URL": "http://127.0.0.1:1"}
    done = cli("top", "--once", env=env | url, check=True)
    assert "Prometheus does not answer" in done.stdout
    wrong = cli("top", "--once", env=env | {"ACADEMICO_PROMETHEUS_URL": "localhost:1"})
    assert (wrong.returncode, "is no URL" in wrong.stderr) == (2, True)


def test_a_database_that_is_away_ends_it(cli: Cli) -> None:
    env = {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x", "RABBIT_URL": ""}
    done = cli("top", "--once", env=env)
    assert done.returncode == 3
    assert "secret" not in done.stdout + done.stderr
