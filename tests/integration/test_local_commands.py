"""`up`, `down`, `status`, `doctor`, `config` and `psql`, run as a user would."""

import json
import os
import shutil
import signal
import stat
import threading
from pathlib import Path

import psycopg
import pytest

from academico_cli.local import processes
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.local.services import Home


@pytest.fixture
def home(tmp_path: Path):
    home = Home(tmp_path / "home")
    yield home
    home.rabbit.stop()
    home.postgres.stop()
    assert processes_of(home) == []


def processes_of(home: Home):
    folder = str(home.folder)
    return processes.find(
        lambda p: p.cwd().startswith(folder) or any(folder in v for v in p.environ().values())
    )


def recorded(home: Home) -> dict[str, str]:
    return json.loads(home.record.read_text())["settings"]


def by_name(done) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(done.stdout)}


def test_up_status_kill_up_down_with_the_queue_in_postgresql(cli, home):
    first = cli("up", "--broker", "postgres", "--format", "json", check=True)
    assert by_name(first)["postgresql"]["state"] == "up"
    assert by_name(first)["migration"]["state"] == "ok"
    assert by_name(first)["queue in postgresql"]["state"] == "up"
    assert by_name(first)["cola"]["value"] == 0
    url = recorded(home)["DATABASE_URL"]
    assert recorded(home)["RABBIT_URL"] == ""
    password = url.split(":")[2].partition("@")[0]
    assert password not in first.stdout + first.stderr
    assert stat.S_IMODE(home.record.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700

    # Again: the same, and the earlier choice of the queue stays.
    cli("up", check=True)
    assert recorded(home) == {"DATABASE_URL": url, "RABBIT_URL": ""}

    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE public.kept (n int)")
    assert processes.end(processes_of(home), signal.SIGKILL, 30)  # children may end by themselves
    status = cli("status", "--format", "json")
    assert status.returncode == 3
    assert by_name(status)["postgresql"]["state"] == "down"
    cli("up", check=True)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM public.kept").fetchone() == (0,)

    assert "postgresql" in cli("down", check=True).stderr
    assert processes_of(home) == []
    assert cli("down", check=True).stderr == "nothing was running\n"
    cli("down", "--delete-data", check=True)
    assert not home.folder.exists()


def test_up_starts_rabbitmq_where_it_is_installed(cli, home, rabbit):
    cli("up", check=True)
    url = recorded(home)["RABBIT_URL"]
    assert url.startswith("amqp://app:")
    node = next(p for p in processes_of(home) if p.name().startswith("beam"))

    # A node killed right after `up` still knows the queue.
    node.kill()
    status = by_name(cli("status", "--format", "json"))
    assert status["rabbitmq"]["state"] == "down"
    assert status["postgresql"]["state"] == "up"
    cli("up", check=True)
    assert by_name(cli("status", "--format", "json", check=True))["cola"]["value"] == 0

    # An empty RABBIT_URL is the queue in PostgreSQL, whatever `up` recorded.
    status = cli("status", "--format", "json", env={"RABBIT_URL": ""}, check=True)
    assert "queue in postgresql" in by_name(status)
    assert cli("doctor", check=True).returncode == 0

    shutil.rmtree(home.rabbit.folder)
    assert "rabbitmq" in cli("down", check=True).stderr


def test_up_with_monitoring_says_what_is_missing_and_starts_nothing(cli, home, tmp_path):
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    done = cli("up", "--monitoring", env={"PATH": str(nothing)})

    assert done.returncode == 3
    assert "Prometheus did not start" in done.stderr
    assert "apt-get install prometheus" in done.stderr
    assert not home.folder.exists()


def test_two_ups_at_once_end_well(cli, home):
    ended = []
    both = [
        threading.Thread(target=lambda: ended.append(cli("up", "--broker", "postgres")))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert [done.returncode for done in ended] == [0, 0], [done.stderr for done in ended]
    assert by_name(cli("status", "--format", "json", check=True))["migration"]["state"] == "ok"


def test_up_uses_what_is_configured_and_starts_nothing(cli, home, empty_database_url):
    given = {"DATABASE_URL": empty_database_url, "RABBIT_URL": ""}
    done = cli("up", env=given, check=True)

    assert "DATABASE_URL is set in the environment" in done.stderr
    assert processes_of(home) == []
    assert not home.folder.exists()
    assert cli("status", env=given, check=True).returncode == 0


def test_a_dotenv_of_windows_is_understood(cli, home, database_url, tmp_path):
    lines = ["\ufeff# ours", f"DATABASE_URL={database_url}", "RABBIT_URL=", "QUEUE_NAME=otra", ""]
    (tmp_path / ".env").write_bytes("\r\n".join(lines).encode())

    config = by_name(cli("config", "--format", "json", check=True))
    assert config["QUEUE_NAME"] == {"name": "QUEUE_NAME", "value": "otra", "source": ".env"}
    assert config["RABBIT_URL"]["value"] == ""
    assert by_name(cli("status", "--format", "json", check=True))["postgresql"]["state"] == "up"


def test_a_stranger_in_the_home_is_left_alone(cli, tmp_path):
    crowded = tmp_path / "crowded"
    crowded.mkdir(mode=0o755)
    crowded.chmod(0o755)
    (crowded / "letter.txt").write_text("mine")
    given = {"ACADEMICO_HOME": str(crowded)}
    try:
        cli("up", "--broker", "postgres", env=given, check=True)
        assert stat.S_IMODE(crowded.stat().st_mode) == 0o755
    finally:
        cli("down", "--delete-data", env=given, check=True)
    assert [path.name for path in crowded.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("arguments", "given", "code", "said"),
    [
        (["up", "--mode", "docker"], {}, 3, "--mode local"),
        (["up", "--broker", "rabbitmq"], {"RABBIT_URL": ""}, 2, "contradicts RABBIT_URL"),
        (["up"], {"ACADEMICO_HOME": "/proc/nowhere"}, 2, "ACADEMICO_HOME"),
        (["status"], {}, 3, "academico up"),
        (["psql"], {}, 3, "academico up"),
        (["psql"], {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/x"}, 3, "127.0.0.1:1/x"),
        (["status"], {"DATABASE_URL": "garbage", "RABBIT_URL": ""}, 2, "DATABASE_URL"),
        (["status"], {"ACADEMICO_CONNECT_TIMEOUT": "soon"}, 2, "ACADEMICO_CONNECT_TIMEOUT"),
    ],
)
def test_what_cannot_be_is_one_clear_line(cli, arguments, given, code, said):
    done = cli(*arguments, env=given)

    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_status_and_doctor_name_each_fault_of_the_database(cli, postgres, empty_database_url):
    url = postgres.start()
    faults = {
        "postgresql://app:geheim@127.0.0.1:1/x": "cannot be reached",
        url.replace("app:", "app:geheim"): "refused the login",
        url.rpartition("/")[0] + "/nowhere": "no such database",
    }
    for bad, said in faults.items():
        given = {"DATABASE_URL": bad, "RABBIT_URL": ""}
        status = cli("status", "--format", "json", env=given)
        assert status.returncode == 3
        assert said in by_name(status)["postgresql"]["detail"]
        doctor = cli("doctor", "--format", "json", env=given)
        assert doctor.returncode == 1
        assert by_name(doctor)["database reachable"]["state"] == "fail"
        assert "geheim" not in status.stdout + status.stderr + doctor.stdout + doctor.stderr

    given = {"DATABASE_URL": empty_database_url, "RABBIT_URL": ""}
    status = cli("status", "--format", "json", env=given, check=True)
    assert by_name(status)["migration"]["state"] == "behind"
    assert by_name(status)["cola"]["state"] == "missing"
    doctor = cli("doctor", "--format", "json", env=given)
    assert doctor.returncode == 1
    assert by_name(doctor)["database is ours"]["state"] == "ok"
    assert by_name(doctor)["migrations"]["mend"] == "academico migrate"
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE public.pagos (id int)")
    doctor = cli("doctor", "--format", "json", env=given)
    assert by_name(doctor)["database is ours"]["state"] == "fail"


def test_doctor_finds_killed_runs_and_open_files(cli, home, database_url):
    home.folder.mkdir(mode=0o700)
    home.record.write_text('{"settings": {}}')
    home.record.chmod(0o644)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO core.etl_run_log (sesion, comando) VALUES (gen_random_uuid(), 'consume')"
        )
    doctor = cli("doctor", "--format", "json", env={"DATABASE_URL": database_url, "RABBIT_URL": ""})

    assert doctor.returncode == 1
    assert by_name(doctor)["home"]["state"] == "fail"
    assert by_name(doctor)["home"]["mend"].startswith("chmod 600")
    assert by_name(doctor)["runs"]["state"] == "warn"


def test_config_masks_passwords_unless_asked(cli):
    given = {"DATABASE_URL": "postgresql://a:geheim@h/d", "RABBIT_URL": "amqp://a:geheim@h/"}
    rows = json.loads(cli("config", "--format", "json", env=given, check=True).stdout)
    shown = json.loads(
        cli("config", "--show-secrets", "--format", "json", env=given, check=True).stdout
    )

    assert [row["name"] for row in rows[:3]] == ["DATABASE_URL", "RABBIT_URL", "QUEUE_NAME"]
    assert rows[0]["value"] == "postgresql://a:***@h/d"
    assert rows[0]["source"] == "environment"
    assert rows[2] == {"name": "QUEUE_NAME", "value": "etl", "source": "default"}
    assert shown[1]["value"] == "amqp://a:geheim@h/"


def test_psql_runs_on_the_configured_database_and_passes_its_exit_code(cli, database_url):
    given = {"DATABASE_URL": database_url}
    query = "SELECT count(*) FROM academico.alumnos"

    assert cli("psql", "--", "-Atc", query, env=given, check=True).stdout == "0\n"
    assert cli("psql", "-Atc", query, env=given, check=True).stdout == "0\n"
    assert cli("psql", env=given, input="\\conninfo\n", check=True).stdout != ""
    assert cli("psql", "--", "-c", "nonsense", env=given).returncode == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_is_not_ours_is_one_clear_line(cli, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    done = cli("up", env={"ACADEMICO_HOME": str(locked / "home")})

    assert done.returncode == 2
    assert "permission denied" in done.stderr


def test_up_says_so_when_rabbitmq_is_asked_for_and_missing(cli, home, tmp_path):
    if Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists() and not PrivateRabbit.installed():
        pytest.fail("installed and not found")
    # Nothing on the PATH: no Erlang, so no RabbitMQ.
    (tmp_path / "bin").mkdir()
    done = cli("up", "--broker", "rabbitmq", env={"PATH": str(tmp_path / "bin")})

    assert done.returncode == 3
    assert "--broker postgres" in done.stderr
    assert EmbeddedPostgres(home.postgres.folder).running()


def test_doctor_says_that_a_database_only_allows_reading(cli, database_url):
    given = {"DATABASE_URL": database_url, "RABBIT_URL": ""}
    check = by_name(cli("doctor", "--format", "json", env=given, check=True))["database writable"]
    assert check["state"] == "ok"
    given["DATABASE_URL"] += "?options=-c%20default_transaction_read_only%3Don"
    doctor = cli("doctor", "--format", "json", env=given)
    assert doctor.returncode == 1
    check = by_name(doctor)["database writable"]
    assert (check["state"], check["detail"]) == ("fail", "no: default_transaction_read_only is on")
