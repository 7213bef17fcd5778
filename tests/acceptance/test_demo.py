"""A newcomer types one command; nobody's data are touched."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from academico_cli import demo
from academico_cli.local import files
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.settings import Settings

Cli = Callable[..., "subprocess.CompletedProcess[str]"]

QUERIES = {
    "SELECT COUNT(*) FROM academico.alumnos": 1,
    "SELECT * FROM marts.kpi_materia LIMIT 10": 10,
    "SELECT * FROM marts.ranking_maestros LIMIT 10": 3,
    "SELECT * FROM marts.alumnos_en_riesgo LIMIT 10": 3,
}


@contextmanager
def stopped_afterwards(cli: Cli, env: dict[str, str] | None = None) -> Iterator[None]:
    try:
        yield
    finally:
        cli("down", "--delete-data", env=env, check=True)


def ask(cli: Cli, query: str, env: dict[str, str] | None = None) -> list[str]:
    return cli("psql", "--", "-XAt", "-c", query, env=env, check=True).stdout.splitlines()


def test_ends_with_kpis_that_can_be_asked_for_again(cli: Cli, tmp_path: Path) -> None:
    with stopped_afterwards(cli):
        # Nothing is in that home yet, so it is the demo's, with the broker that was chosen for it.
        cli("up", "--broker", "postgres", check=True)
        done = cli("demo", check=True)
        assert "Promedio" in done.stdout
        assert "Try next" in done.stderr
        assert ask(cli, "SELECT count(*) > 0 FROM marts.riesgo_predicho") == ["t"]
        assert f"plays in {tmp_path / 'home'}\n" in done.stderr
        assert "<h1>Periodo 2024B</h1>" in (tmp_path / "home" / "report.html").read_text("utf-8")
        for query, least in QUERIES.items():
            assert len(ask(cli, query)) >= least, query
        assert ask(cli, "SELECT COUNT(*) FROM academico.alumnos") == ["300"]
        kpis = json.loads(cli("kpi", "materia", "--format", "json", check=True).stdout)
        assert all(0 <= row["promedio"] <= 10 for row in kpis)

        again = cli("demo", check=True)

        assert again.stdout == done.stdout
        assert ask(cli, "SELECT COUNT(*) FROM academico.alumnos") == ["300"]


def test_keeps_away_from_what_is_configured(
    cli: Cli, tmp_path: Path, database_url: str, request: pytest.FixtureRequest
) -> None:
    if not PrivateRabbit.installed():
        request.getfixturevalue("rabbit")  # skips, or fails in CI
    home = {"ACADEMICO_HOME": str(tmp_path / "home" / "demo")}
    (tmp_path / ".env").write_text("QUEUE_NAME=produccion\n")
    with stopped_afterwards(cli, home):
        configured = {"DATABASE_URL": database_url}
        done = cli("demo", "--alumnos", "20", env=configured, check=True)
        assert f"export ACADEMICO_HOME={home['ACADEMICO_HOME']}" in done.stderr
        # A school of twenty is too small for a model: that is said, and is no failure.
        assert "the demo goes on" in done.stderr
        assert "academico ml predict" not in done.stderr
        assert (tmp_path / "home" / "demo" / "report.html").exists()
        with psycopg.connect(database_url) as connection:
            assert connection.execute("SELECT FROM core.lotes").fetchall() == []
        assert ask(cli, "SELECT COUNT(*) FROM academico.alumnos", home) == ["20"]
        config = json.loads(cli("config", "--format", "json", env=home, check=True).stdout)
        assert {row["name"]: row["source"] for row in config}["RABBIT_URL"] == "up"


@pytest.mark.parametrize(
    ("done_before", "plays_in"),
    [
        ("nothing", "home"),
        ("up only", "home"),
        ("data", "home/demo"),
        ("data of the demo", "home"),
        ("data of another release's demo", "home/demo"),
        ("server away", "home/demo"),
        ("record away", "home/demo"),
    ],
)
def test_plays_where_there_are_no_data_of_others(
    done_before: str,
    plays_in: str,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("DATABASE_URL", "RABBIT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ACADEMICO_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    url = database_url.replace("/t_", "/no_") if done_before == "server away" else database_url
    if done_before not in {"nothing", "record away"}:
        record = {"settings": {"DATABASE_URL": url, "RABBIT_URL": ""}}
        (home / "up.json").write_text(json.dumps(record))
    if done_before == "record away":
        (home / "postgres").mkdir()
    if "data" in done_before:
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "WITH r AS (INSERT INTO core.etl_run_log (sesion, comando)"
                " VALUES (gen_random_uuid(), 'x') RETURNING run_id)"
                " INSERT INTO core.lotes (lote, run_id, mensajes, eventos, abierto_en, cerrado_en)"
                " SELECT 1, run_id, 1, 1, now(), now() FROM r"
            )
    if done_before == "data of the demo":
        demo.mark(home)
    if done_before == "data of another release's demo":
        (home / files.DEMO_MARK).write_text('{"version": "0.0.1"}')

    assert demo.choose_home(Settings()) == tmp_path / plays_in


def test_a_step_that_fails_ends_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the home should be")
    done = cli("demo")
    assert done.returncode not in {0, 5}
    assert "Traceback" not in done.stderr
    assert "error:" in done.stderr
