"""The embedded PostgreSQL after every kind of start and death."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from academico_cli.errors import HomeUnusable, LocalServerFailed
from academico_cli.local import processes
from academico_cli.local.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    """One server for all of them, which each test starts: that costs nothing when it runs."""
    yield from long_path(tmp_path_factory.mktemp("postgres"))


@pytest.fixture
def fresh_server(tmp_path: Path):
    """A server that was never started."""
    yield from long_path(tmp_path)


def long_path(folder: Path):
    # Spaces, quotes, a dollar and more letters than a Unix socket's path may have.
    server = EmbeddedPostgres(folder / "my 'own' $HOME \"data\"" / ("long " * 30).strip() / "pg")
    yield server
    server.stop()
    assert postgres_in(server.folder) == []


def postgres_in(folder: Path) -> list[psutil.Process]:
    return processes.find(
        lambda p: p.name() == "postgres" and str(folder.resolve()) in str(Path(p.cwd()))
    )


def ask(url: str, query: str, *values: object) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchone()[0] if cursor.description else None


def postmaster(server: EmbeddedPostgres) -> psutil.Process:
    pid_file = next(server.folder.rglob("postmaster.pid"))
    return psutil.Process(int(pid_file.read_text().splitlines()[0]))


def test_a_first_start_gives_a_database_on_loopback_and_only_there(server):
    url = server.start()

    assert ask(url, "SELECT current_database()") == "academico"
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SHOW unix_socket_directories") == ""
    assert ask(url, "SHOW fsync") == "on"
    assert ask(url, "SHOW server_version_num").startswith("16")
    listening = {c.laddr.ip for c in postmaster(server).net_connections() if c.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


def test_nobody_gets_in_without_the_password(server):
    address = server.start().rpartition("@")[2]

    for login in ("app", "app:wrong", "postgres", "postgres:postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://{login}@{address}")


def test_all_files_are_their_owners_only_and_no_secret_is_in_an_argument(server):
    url = server.start()
    password = url.split(":")[2].partition("@")[0]

    for path in [server.folder, *server.folder.rglob("*")]:
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, path
    for process in psutil.process_iter():
        try:
            arguments = " ".join(process.cmdline())
        except psutil.Error:
            continue
        assert password not in arguments


def test_a_second_start_finds_the_first(server):
    url = server.start()
    pid = postmaster(server).pid

    assert EmbeddedPostgres(server.folder).start() == url
    assert postmaster(server).pid == pid


def test_two_starts_at_once_make_one_server(fresh_server):
    script = (
        "import sys; from pathlib import Path;"
        "from academico_cli.local.postgres import EmbeddedPostgres;"
        "print(EmbeddedPostgres(Path(sys.argv[1])).start())"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, fresh_server.folder], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    urls = {process.communicate(timeout=120)[0].strip() for process in both}

    assert [process.returncode for process in both] == [0, 0]
    assert urls == {fresh_server.start()}


def test_it_lives_on_when_the_command_and_its_terminal_are_gone(server):
    server.start()
    process = postmaster(server)

    assert os.getsid(process.pid) != os.getsid(0)
    assert process.terminal() is None
    assert process.ppid() != os.getpid()


@pytest.mark.parametrize("rounds", [2])
def test_kill_9_loses_nothing_that_was_committed(server, rounds):
    url = server.start()
    ask(url, "CREATE TABLE kept (n int)")

    for n in range(rounds):
        ask(url, f"INSERT INTO kept VALUES ({n})")
        # A busy backend outlives its postmaster and holds the shared memory.
        busy = threading.Thread(target=swallow, args=(url, BUSY))
        busy.start()
        assert processes.wait_until(partial(looping, url), 10)
        postmaster(server).kill()
        url = server.start()
        assert ask(url, "SELECT count(*) FROM kept") == n + 1
        busy.join(timeout=30)
        assert not busy.is_alive()
    ask(url, "DROP TABLE kept")


BUSY = "SELECT count(*) FROM generate_series(1, 1e12::bigint) AS busy"


def looping(url: str) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = %s"
    return ask(url, query, BUSY) == 1


def swallow(url: str, query: str) -> None:
    try:
        ask(url, query)
    except psycopg.OperationalError:
        return


def test_a_stale_pid_file_with_the_pid_of_a_stranger_is_no_obstacle(server):
    url = server.start()
    pid_file = next(server.folder.rglob("postmaster.pid"))
    lines = pid_file.read_text().splitlines()
    postmaster(server).kill()
    assert processes.wait_until(lambda: not postgres_in(server.folder), 20)
    owner = pid_file.stat()
    # Our own pid: alive, of somebody whom PostgreSQL would take for its predecessor.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    os.chown(pid_file, owner.st_uid, owner.st_gid)

    assert not server.running()
    assert server.stop() is False
    assert server.start() == url
    assert psutil.pid_exists(os.getpid())


def test_a_port_taken_meanwhile_is_replaced(server):
    url = server.start()
    ask(url, "CREATE TABLE kept (n int)")
    port = server.port
    server.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        moved = server.start()

    assert server.port != port
    assert str(server.port) in moved
    assert ask(moved, "SELECT count(*) FROM kept") == 0
    assert EmbeddedPostgres(server.folder).start() == moved


def test_an_interrupted_first_start_is_made_good(fresh_server):
    half = fresh_server.folder / "cluster" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("16\n")

    assert ask(fresh_server.start(), "SELECT 1") == 1


def test_stop_is_true_once_and_leaves_no_process(server):
    server.start()

    assert server.running()
    assert server.stop() is True
    assert not server.running()
    assert postgres_in(server.folder) == []
    assert server.stop() is False


def test_a_hanging_server_is_ended_all_the_same(server, monkeypatch):
    monkeypatch.setattr("academico_cli.local.postgres._STOP_SECONDS", 1)
    server.start()
    process = postmaster(server)
    process.send_signal(signal.SIGSTOP)

    assert server.stop() is True
    assert not processes.alive(process.pid)


def test_data_of_another_version_are_refused_and_kept(server):
    server.start()
    server.stop()

    with pytest.raises(LocalServerFailed, match="version 16 and not 18"):
        EmbeddedPostgres(server.folder, version=18).start()
    assert ask(server.start(), "SELECT 1") == 1


def test_postgresql_18_is_in_the_wheel_too(tmp_path):
    server = EmbeddedPostgres(tmp_path / "eighteen", version=18)
    try:
        assert ask(server.start(), "SHOW server_version_num").startswith("18")
    finally:
        server.stop()


def test_a_lost_password_file_is_said_and_nothing_is_overwritten(server):
    server.start()
    server.stop()
    record = server.folder / "server.json"
    held = record.read_text()
    record.write_text("{ damaged")

    with pytest.raises(LocalServerFailed, match=r"server\.json"):
        server.start()
    record.write_text(held)
    assert ask(server.start(), "SELECT 1") == 1


def test_a_folder_that_is_a_file_is_one_clear_line(tmp_path):
    (tmp_path / "taken").write_text("")

    with pytest.raises(HomeUnusable, match="ACADEMICO_HOME"):
        EmbeddedPostgres(tmp_path / "taken" / "postgres").start()
