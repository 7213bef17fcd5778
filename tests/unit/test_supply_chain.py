"""What `make audit` says is true, above all when it could not ask; `make sbom` names every part."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

REPOSITORY = Path(__file__).parents[2]
LOCK = "pika==1.4.4\nnumpy==2.4.6 ; python_version < '3.12'\nnumpy==2.5.5\n"
CANARY = ("jinja2", "2.10")
Answer = Callable[[str, str], object]


class Service(ThreadingHTTPServer):
    """Answers as OSV does; nobody here can reach the real one."""

    answer: Answer
    asked: list[tuple[str, str]]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Service)
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = query["package"]["name"], query["version"]
        self.server.asked.append((name, version))
        answer = self.server.answer(name, version)
        self.send_response(500 if answer is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def audit(lock: Path, port: int) -> "subprocess.CompletedProcess[str]":
    lock.write_text(LOCK)
    return subprocess.run(
        [sys.executable, REPOSITORY / ".ci" / "audit", lock],
        env=os.environ | {"AUDIT_OSV_URL": f"http://127.0.0.1:{port}/v1/query"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def vulnerable(*pins: tuple[str, str]) -> Answer:
    def answer(name: str, version: str) -> object:
        mended = {
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}]
        }
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}, **mended}]
        found = {"id": "PYSEC-1", "summary": "bad", "affected": affected}
        return {"vulns": [found]} if (name, version) in pins else {}

    return answer


def test_a_clean_lock_is_compared_whole(service: Service, tmp_path: Path) -> None:
    service.answer = vulnerable(CANARY)
    done = audit(tmp_path / "lock", service.server_port)
    assert done.returncode == 0, done.stderr
    assert "3 of 3 locked versions compared, 0 vulnerable" in done.stderr
    # Also the version that is for another Python than this one.
    assert {("numpy", "2.4.6"), ("numpy", "2.5.5"), ("pika", "1.4.4")} < set(service.asked)


def test_a_vulnerable_version_is_named(service: Service, tmp_path: Path) -> None:
    service.answer = vulnerable(CANARY, ("numpy", "2.4.6"))
    done = audit(tmp_path / "lock", service.server_port)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "numpy 2.4.6: PYSEC-1, mended by 9\n"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (vulnerable(), "does not know that jinja2==2.10 is vulnerable"),
        (lambda name, version: None, "cannot be reached"),
        (lambda name, v: vulnerable(CANARY)(name, v) if name == "jinja2" else None, "half way"),
    ],
    ids=["knows nothing", "fails", "fails half way"],
)
def test_a_service_that_does_not_answer_proves_nothing(
    service: Service, tmp_path: Path, answer: Answer, why: str
) -> None:
    service.answer = answer
    done = audit(tmp_path / "lock", service.server_port)
    assert done.returncode == 3
    assert "NOT AUDITED" in done.stderr
    assert why in done.stderr


def test_a_service_that_is_not_there_proves_nothing(service: Service, tmp_path: Path) -> None:
    nobody = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    nobody.server_close()
    done = audit(tmp_path / "lock", nobody.server_port)
    assert done.returncode == 3
    assert "NOT AUDITED: the service of known vulnerabilities cannot be reached" in done.stderr


def test_the_sbom_is_valid_reproducible_and_complete(tmp_path: Path) -> None:
    recipe = (REPOSITORY / "Makefile").read_text().partition("\nsbom:\n")[2].partition("\n\n")[0]
    command = recipe[recipe.index("-m cyclonedx_py") :].replace("\\\n", "").split()
    written = []
    for name in ("one.json", "two.json"):
        words = [str(tmp_path / name) if word == "$(SBOM)" else word for word in command]
        done = subprocess.run(
            [sys.executable, "-W", "ignore::UserWarning", *words],
            cwd=REPOSITORY, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        written.append((tmp_path / name).read_text("utf-8"))

    assert written[0] == written[1]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written[0]) is None
    document = json.loads(written[0])
    lock = (REPOSITORY / "requirements.lock").read_text("utf-8")
    pins = re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", lock, re.MULTILINE)
    assert sorted((c["name"], c["version"]) for c in document["components"]) == sorted(pins)
    for component in document["components"]:
        assert component["externalReferences"][0]["hashes"], component["name"]
    assert document["metadata"]["component"]["name"] == "academico"
