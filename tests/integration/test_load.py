"""``academico load``: files without a broker."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg

from .test_kpi import Run

ALUMNO = '{"entity":"alumno","id_alumno":%d,"nombre":"A","genero":"M"}'


def fates(done: "subprocess.CompletedProcess[str]") -> dict[str, int]:
    assert done.returncode == 0, done.stderr
    return {k: v for k, v in json.loads(done.stdout).items() if v and k != "segundos"}


def test_a_file_loaded_again_changes_nothing_and_one_that_grew_only_adds(
    cli: Run, database_url: str, tmp_path: Path
) -> None:
    env, path = {"DATABASE_URL": database_url}, tmp_path / "eventos.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(ALUMNO % i for i in range(1, 2501)).encode())
    run = ("load", str(path), "--format", "json")
    assert fates(cli(*run, env=env)) == {"recibidos": 2500, "aplicados": 2500}
    assert fates(cli(*run, env=env)) == {"recibidos": 2500, "duplicados": 2500}
    with path.open("ab") as file:
        file.write(b"\r\n" + (ALUMNO % 2501).encode() + b"\r\nno json\r\n")
    grown = fates(cli(*run, env=env))
    # Two messages of 1,000 lines are known; the third has grown and is another one.
    assert grown == {"recibidos": 2502, "duplicados": 2000, "aplicados": 501, "rechazados": 1}


def test_reading_from_a_pipe_that_nobody_writes_to_can_be_ended(
    database_url: str, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    command = [str(Path(sys.executable).with_name("academico")), "--verbose", "load", str(pipe)]
    env = os.environ | {"DATABASE_URL": database_url, "ACADEMICO_HOME": str(tmp_path / "home")}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE) as load:
        os.write(writer, (ALUMNO % 1 + "\n").encode())
        while load.poll() is None and not _has_a_run(database_url):
            pass
        load.send_signal(signal.SIGINT)
        assert load.wait(10) == 130
    os.close(writer)


def _has_a_run(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT EXISTS (SELECT FROM core.etl_run_log)").fetchone() == (
            True,
        )
