"""``academico consume`` is ended as its users end it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_consumer_tells_what_it_did_when_it_is_ended(
    database_url: str, tmp_path: Path, workers: str, number: int, code: int
) -> None:
    env = os.environ | {
        "DATABASE_URL": database_url,
        "RABBIT_URL": "",
        "ACADEMICO_HOME": str(tmp_path / "home"),
    }
    academico = str(Path(sys.executable).with_name("academico"))
    subprocess.run([academico, "publish", "--alumnos", "20"], env=env, check=True)
    command = [academico, "consume", "--workers", workers, "--format", "json"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        with psycopg.connect(database_url, autocommit=True) as connection:
            waiting = "SELECT count(*) FROM core.cola"
            while run.poll() is None and connection.execute(waiting).fetchone() != (0,):
                pass
        run.send_signal(number)
        out, err = run.communicate(timeout=10)
    assert (run.returncode, b"Traceback" in err) == (code, False), err.decode()
    fates = json.loads(out)
    assert fates["recibidos"] == fates["aplicados"] + fates["obsoletos"] > 0
