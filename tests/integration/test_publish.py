"""``academico publish`` as a user runs it, into both brokers, and out again."""

import gzip
import json
import os
import signal
import subprocess
import sys
from time import monotonic

import pytest

from academico_cli.app import App
from academico_cli.postgres import Database
from academico_cli.sample import SampleOptions, sample_messages
from academico_cli.settings import Settings

from ..conftest import cli_environment

SMALL = ["--alumnos", "20", "--periodos", "2", "--seed", "3"]
OPTIONS = SampleOptions(alumnos=20, periodos=2, seed=3)


@pytest.fixture(params=["rabbitmq", "postgresql"])
def env(request, database_url):
    """Return the environment with one broker or the other."""
    env = {"DATABASE_URL": database_url}
    if request.param == "rabbitmq":
        env["RABBIT_URL"] = request.getfixturevalue("rabbit_url")
    return env


@pytest.fixture
def pg_env(database_url):
    return {"DATABASE_URL": database_url}


def publish(cli, env, *args):
    done = cli("publish", *args, "--format", "json", env=env, check=True)
    return json.loads(done.stdout)["publicados"]


def consume(cli, env):
    done = cli("consume", "--until-empty", "--format", "json", env=env, check=True)
    return json.loads(done.stdout)


def count(env, table):
    (row,) = Database(env["DATABASE_URL"]).rows(f"SELECT count(*) AS n FROM {table}")
    return row["n"]


def wait_for_messages(env):
    urls = {"DATABASE_URL": env["DATABASE_URL"], "RABBIT_URL": env.get("RABBIT_URL", "")}
    broker = App(Settings(**urls)).broker
    broker.declare()
    deadline = monotonic() + 30
    while not broker.depth():
        assert monotonic() < deadline, "nothing was published"


def test_a_sample_arrives_and_arrives_once(cli, env):
    events = sum(1 for _ in sample_messages(OPTIONS))
    assert publish(cli, env, *SMALL) == events
    fates = consume(cli, env)
    assert fates["recibidos"] == fates["aplicados"] == events
    assert count(env, "academico.alumnos") == 20
    assert publish(cli, env, *SMALL, "--shuffle") == events
    assert consume(cli, env)["duplicados"] == events


def test_trouble_that_was_asked_for_is_found_again(cli, env):
    trouble = {"invalid": 0.2, "duplicates": 0.3, "shuffle": True}
    sent = list(sample_messages(OPTIONS, **trouble))
    sound = sum(1 for _ in sample_messages(OPTIONS))
    done = publish(cli, env, *SMALL, "--invalid", "0.2", "--duplicates", "0.3", "--shuffle")
    assert done == len(sent)
    fates = consume(cli, env)
    assert fates["recibidos"] == len(sent)
    assert fates["duplicados"] == len(sent) - len(set(sent))
    assert fates["rechazados"] == len(set(sent)) - sound
    assert fates["aplicados"] + fates["obsoletos"] == sound
    assert fates["pendientes"] == 0


def test_packed_events_end_as_single_ones_do(cli, pg_env):
    events = sum(1 for _ in sample_messages(OPTIONS))
    assert publish(cli, pg_env, *SMALL, "--ndjson", "100") == -(-events // 100)
    assert consume(cli, pg_env)["aplicados"] == events


def test_files_are_published_as_they_are(cli, env, tmp_path):
    path = tmp_path / "con espacio.ndjson"
    path.write_bytes(
        b'\xef\xbb\xbf{"entity":"alumno","id_alumno":1,"nombre":"Ana","genero":"F"}\r\n\r\n'
        b'{"entity":"alumno","id_alumno":2,"nombre":"Mart\xedn","genero":"M"}\r\n'
    )
    assert publish(cli, env, str(path)) == 2
    fates = consume(cli, env)
    assert (fates["aplicados"], fates["rechazados"]) == (1, 1)
    assert publish(cli, env, str(path), "--ndjson", "10") == 1
    assert consume(cli, env)["recibidos"] == 2


def test_a_folder_is_published_through_a_mapping_of_ones_own(cli, pg_env, tmp_path):
    (tmp_path / "datos").mkdir()
    (tmp_path / "datos" / "personas.csv").write_text("n,nombre\n1,Ana\n2,Luis\n")
    own = tmp_path / "mapeos" / "mio"
    own.mkdir(parents=True)
    (own / "alumno.sql").write_text(
        "SELECT n AS id_alumno, nombre, 'X' AS genero FROM personas ORDER BY n"
    )
    env = pg_env | {"ACADEMICO_MAPPINGS": str(own.parent)}
    assert publish(cli, env, "datos", "--mapping", "mio") == 2
    assert publish(cli, pg_env, "datos", "--mapping", "mapeos/mio") == 2
    fates = consume(cli, env)
    assert (fates["aplicados"], fates["duplicados"]) == (2, 2)
    assert count(env, "academico.alumnos") == 2


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--alumnos", "0"], 2, "alumnos must be between 1 and"),
        (["--periodos", "x"], 2, "Invalid value for '--periodos'"),
        (["--invalid", "1.5"], 2, "ratio between 0 and 1"),
        (["--duplicates", "-1"], 2, "ratio between 0 and 1"),
        (["--mapping", "oulad"], 2, "give at least one file"),
        (["a.ndjson", "--seed", "3"], 2, "--seed is for sample data"),
        (["a.ndjson", "--shuffle"], 2, "--shuffle is for sample data"),
        ([".", ".", "--mapping", "oulad"], 2, "one folder"),
        ([".", "--mapping", "nada"], 2, "Known: gradebook, oulad"),
        (["a.ndjson"], 4, "a.ndjson cannot be read: no such file"),
        (["."], 4, "it is a folder"),
        (["a.ndjson", "--mapping", "oulad"], 4, "no such folder"),
        ([".", "--mapping", "oulad"], 4, "courses does not exist"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(cli, args, code, words):
    done = cli("publish", *args, env={"DATABASE_URL": "postgresql://u@127.0.0.1:1/x"})
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")


def test_without_a_broker_it_says_what_to_do(cli, database_url):
    env = {"DATABASE_URL": database_url, "RABBIT_URL": "amqp://u:secreto@127.0.0.1:1/"}
    done = cli("publish", *SMALL, env=env | {"ACADEMICO_CONNECT_TIMEOUT": "1"})
    assert done.returncode == 3
    assert "RabbitMQ cannot be reached at 127.0.0.1:1" in done.stderr
    assert "secreto" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_ends_early_fails_and_says_how_far_it_came(cli, pg_env, tmp_path):
    lines = b"".join(
        b'{"entity":"alumno","id_alumno":%d,"nombre":"%s","genero":"X"}\n'
        % (n, os.urandom(20).hex().encode())
        for n in range(1, 30_001)
    )
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(lines)[:-100])
    done = cli("publish", str(path), env=pg_env)
    assert done.returncode == 4
    assert "messages confirmed before the end: " in done.stderr
    assert f"{path} cannot be read" in done.stderr
    path.write_bytes(gzip.compress(lines))
    cli("publish", str(path), env=pg_env, check=True)
    fates = consume(cli, pg_env)
    assert fates["aplicados"] == 30_000


# As from a terminal: a shell starts what it puts into the background with SIGINT ignored.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from academico_cli.cli.main import run
run()
"""


def test_ctrl_c_ends_with_130_and_the_number_confirmed(env, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "publish", "--alumnos", "500000"],
        env=cli_environment(tmp_path) | env,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_messages(env)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert "messages confirmed before the end: " in stderr
    assert "Traceback" not in stderr
