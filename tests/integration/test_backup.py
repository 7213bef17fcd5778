"""What was backed up comes back as it was, and works; what is damaged does not come in."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from academico_cli import migrations
from academico_cli.backup import dump as dumping
from academico_cli.backup.dump import backup
from academico_cli.backup.restore import restore
from academico_cli.errors import (
    BackupDamaged,
    BackupTooNew,
    CheckFailed,
    DatabaseNotEmpty,
    ForeignDatabase,
    ProgramMissing,
    UnreadableFile,
    WrongUsage,
)
from academico_cli.local import pgclient
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.marts import refresh
from academico_cli.postgres import Database
from academico_cli.reconcile import reconcile
from academico_cli.replay import TABLES, replay

from ..conftest import cli_environment
from ..support.past import live
from ..support.pipeline import Pipeline
from .test_ingest import Clock, event

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(database_url: str, clock: Clock) -> Iterator[Pipeline]:
    opened = Pipeline(database_url)
    opened.feed(
        [
            event(clock, entity="maestro", id_maestro=1, nombre="Ana"),
            event(clock, entity="maestro", id_maestro=2, nombre="Eva"),
            event(clock, entity="materia", id_materia=1, nombre="M"),
            event(clock, entity="grupo", id_grupo=1, id_materia=1, periodo="2024A"),
            event(clock, entity="alumno", id_alumno=1, nombre="N", genero="F"),
            event(clock, entity="calificacion", id_alumno=1, id_grupo=1, calificacion=5),
        ]
    )
    yield opened
    opened.close()


@pytest.fixture
def past(database_url: str, clock: Clock) -> Iterator[Pipeline]:
    """Yield a database with something of everything."""
    opened = Pipeline(database_url)
    live(opened, clock)
    refresh(opened.database)
    opened.connection.execute(
        "INSERT INTO core.cola (cola, cuerpo) VALUES ('etl', 'x');"
        "INSERT INTO core.intentos (id, intentos) VALUES (gen_random_uuid(), 2)"
    )
    opened.connection.commit()
    yield opened
    opened.close()


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table that keeps its rows."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text, relkind FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm', 'S') AND"
            " c.relpersistence = 'p' AND nspname !~ '^pg_|information_schema' ORDER BY 1"
        ).fetchall()
        return {
            t: connection.execute(
                f"SELECT {'last_value' if kind == 'S' else 'x::text'} FROM {t} x ORDER BY 1"
            ).fetchall()
            for t, kind in tables
            if not t.endswith("alembic_version")
        }


def sums(url: str) -> dict[str, int]:
    # A materialized view that was out of date is restored up to date.
    return {name: len(r) for name, r in content(url).items() if name != "marts.kpi_materia"}


def test_everything_comes_back_and_works(
    past: Pipeline, clock: Clock, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.dump"
    done = backup(past.database, file)
    before = content(past.database.url)
    assert done.verified
    assert done.rows > 1000
    restore(Database(empty_database_url), file)

    after = content(empty_database_url)
    assert after.keys() == before.keys()
    for name in before:
        assert after[name] == before[name], name
    migrations.require(Database(empty_database_url))
    restored = Pipeline(empty_database_url)
    try:
        assert restored.query("SELECT count(*) FROM core.intentos") == [(0,)]
        assert reconcile(restored.database).differences == []
        assert all(row.equal and row.rows for row in replay(restored.database))
        # Its sequences, partitions and materialized views go on where they were.
        restored.feed(
            [
                event(clock, entity="materia", id_materia=99, nombre="M 99"),
                event(clock, entity="grupo", id_grupo=9, id_materia=1, periodo="2031A"),
                event(clock, entity="inscripcion", id_alumno=1, id_grupo=9),
                event(clock, entity="alumno", id_alumno=1, nombre=""),
            ]
        )
        assert restored.fates()[:4] == (4, 3, 0, 1)
        refresh(restored.database)
        assert reconcile(restored.database).differences == []
    finally:
        restored.close()


def test_only_its_owner_reads_it_and_no_password_is_told(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    class Watched(popen):  # type: ignore[misc,valid-type]
        def __init__(self, args: list[str], **options: Any) -> None:
            started.append([str(a) for a in args])
            super().__init__(args, **options)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    file = tmp_path / "a.dump"
    backup(pipeline.database, file)
    names = {Path(args[0]).name for args in started}
    assert names == {"pg_dump", "pg_restore", "psql"}
    password = pipeline.database.url.partition("app:")[2].partition("@")[0]
    assert len(password) > 20
    assert not [args for args in started if any(password in a for a in args)]
    for path in (file, tmp_path / "a.dump.json"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert password not in path.read_bytes().decode("latin-1")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.dump", "a.dump.json"]


def test_the_snapshot_is_one_whatever_is_consumed_meanwhile(
    pipeline: Pipeline, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = dumping._count

    def count_and_consume(connection: Any) -> dict[str, int]:
        rows = count(connection)
        pipeline.feed([event(clock, entity="alumno", id_alumno=700, nombre="Tarde", genero="F")])
        return rows

    monkeypatch.setattr(dumping, "_count", count_and_consume)
    done = backup(pipeline.database, tmp_path / "a.dump")
    assert done.verified
    manifest = json.loads((tmp_path / "a.dump.json").read_text())
    assert manifest["rows"]["academico.alumnos"] + 1 == len(
        pipeline.query("SELECT id FROM academico.alumnos")
    )


def test_a_backup_that_comes_out_different_is_not_kept(
    pipeline: Pipeline, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = dumping._count
    monkeypatch.setattr(dumping, "_count", lambda c: count(c) | {"academico.maestros": 3})
    with pytest.raises(CheckFailed, match=r"academico\.maestros has 2 rows, and had 3"):
        backup(pipeline.database, tmp_path / "a.dump")
    assert list(tmp_path.iterdir()) == []
    databases = pipeline.query(
        "SELECT datname FROM pg_database WHERE datname ^@ 'academico_prueba'"
    )
    assert databases == []


def test_where_no_database_may_be_made_an_embedded_server_tries_it(
    pipeline: Pipeline, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    admin = postgres._url(postgres._state(), "postgres", "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE ROLE copista LOGIN PASSWORD 'copia' IN ROLE pg_read_all_data")
    try:
        url = pipeline.database.url.replace(
            pipeline.database.url.split("://")[1].split("@")[0], "copista:copia"
        )
        assert backup(Database(url), tmp_path / "a.dump").verified
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("DROP ROLE copista")


def test_a_database_that_holds_something_is_left_alone(
    pipeline: Pipeline, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.dump"
    backup(pipeline.database, file, verify=False)
    with pytest.raises(DatabaseNotEmpty, match="--replace"):
        restore(pipeline.database, file)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE public.nomina (id integer)")
    with pytest.raises(ForeignDatabase, match="nomina"):
        restore(Database(empty_database_url), file)
    assert sums(empty_database_url) == {"nomina": 0}


def test_replace_puts_the_former_state_back(
    pipeline: Pipeline, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "a.dump"
    backup(pipeline.database, file, verify=False)
    before = sums(pipeline.database.url)
    pipeline.feed(
        [event(clock, entity="grupo", id_grupo=9, id_materia=1, periodo="2031A"),
         event(clock, entity="alumno", id_alumno=700, nombre="Tarde", genero="F")]
    )  # fmt: skip
    assert sums(pipeline.database.url) != before
    restore(pipeline.database, file, replace=True)
    assert sums(pipeline.database.url) == before


def test_what_fails_half_way_changes_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "a.dump"
    backup(pipeline.database, file, verify=False)
    manifest = tmp_path / "a.dump.json"
    held = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(held | {"rows": held["rows"] | {"academico.maestros": 7}}))
    before = content(pipeline.database.url)
    with pytest.raises(CheckFailed, match=r"undone: table academico\.maestros has 2"):
        restore(pipeline.database, file, replace=True)
    assert content(pipeline.database.url) == before


def test_what_is_damaged_too_new_or_not_ours_is_refused_before_anything(
    pipeline: Pipeline, empty_database_url: str, tmp_path: Path
) -> None:
    file, manifest = tmp_path / "a.dump", tmp_path / "a.dump.json"
    backup(pipeline.database, file, verify=False)
    whole, held = file.read_bytes(), json.loads(manifest.read_text())
    target = Database(empty_database_url)

    def refused(error: type[Exception], match: str) -> None:
        with pytest.raises(error, match=match):
            restore(target, file)
        assert sums(empty_database_url) == {}

    file.write_bytes(whole[:-1])
    refused(BackupDamaged, "bytes")
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refused(BackupDamaged, "SHA-256")
    file.write_bytes(whole)
    manifest.write_text(json.dumps(held | {"revision": "9999"}))
    refused(BackupTooNew, "9999")
    manifest.write_text(json.dumps(held | {"format": 2}))
    refused(BackupTooNew, "later format")
    manifest.write_text(json.dumps(held | {"server": 99}))
    refused(BackupTooNew, "PostgreSQL 99")
    manifest.write_text("[]")
    refused(BackupDamaged, "no manifest")
    manifest.unlink()
    refused(UnreadableFile, "json")


def test_an_existing_file_is_not_overwritten(pipeline: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "a.dump"
    file.write_text("mine")
    with pytest.raises(WrongUsage, match="exists"):
        backup(pipeline.database, file)
    assert file.read_text() == "mine"


def test_from_16_to_18(pipeline: Pipeline, postgres18: EmbeddedPostgres, tmp_path: Path) -> None:
    file = tmp_path / "a.dump"
    backup(pipeline.database, file, verify=False)
    later = Database(postgres18.start())
    restore(later, file)
    try:
        assert sums(later.url) == sums(pipeline.database.url)
        second = tmp_path / "b.dump"
        assert backup(later, second).verified
        with pytest.raises(BackupTooNew, match="PostgreSQL 18"):
            restore(pipeline.database, second, replace=True)
    finally:
        migrations.downgrade(later, "base")


def test_a_client_older_than_the_server_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pgclient.client(17).version == 18
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.4 (Debian 15.4-1)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pgclient.client(9).version == 16
    with pytest.raises(ProgramMissing, match="of version 15"):
        pgclient.client(19)
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 19devel'\n")
    assert pgclient.client(19) == pgclient.Client(tmp_path, 19)
    program.unlink()
    with pytest.raises(ProgramMissing, match="there is none"):
        pgclient.client(19)


def start(tmp_path: Path, url: str) -> "tuple[list[str], dict[str, str]]":
    program = str(Path(sys.executable).parent / "academico")
    # What Python writes beside its sources would be cut short, too.
    env = {"DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    return [program, "backup", str(tmp_path / "a.dump")], cli_environment(tmp_path) | env


def left(tmp_path: Path) -> list[str]:
    return sorted(p.name for p in tmp_path.iterdir() if "dump" in p.name)


def test_a_full_disk_leaves_no_half_file(pipeline: Pipeline, tmp_path: Path) -> None:
    command, env = start(tmp_path, pipeline.database.url)
    small = ["bash", "-c", 'ulimit -f 32; exec "$@"', "-", *command]
    done = subprocess.run(small, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert "cannot be written: file too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert left(tmp_path) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_leaves_nothing(
    pipeline: Pipeline, tmp_path: Path, number: int, code: int
) -> None:
    command, env = start(tmp_path, pipeline.database.url)
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as running:
        while not left(tmp_path):
            assert running.poll() is None
        os.kill(running.pid, number)
        assert running.wait(30) == code
    assert left(tmp_path) == []
    scratch = "SELECT count(*) FROM pg_database WHERE datname ^@ 'academico_prueba'"
    assert pipeline.query(scratch) == [(0,)]


def test_what_a_killed_one_left_on_the_server_goes_with_the_next(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    scratch = "SELECT datname FROM pg_database WHERE datname ^@ 'academico_prueba' ORDER BY 1"
    command, env = start(tmp_path, pipeline.database.url)
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as running:
        while not pipeline.query(scratch):
            assert running.poll() is None
        running.kill()
    ((orphan,),) = pipeline.query(scratch)
    # One that another backup is at, on this server, is left to it.
    busy = f"academico_prueba_{pipeline.connection.info.backend_pid}_00"
    pipeline.connection.execute(f"SET application_name = '{dumping.SESSION}'")
    pipeline.connection.commit()
    with pipeline.database.session() as connection:
        connection.execute(f"CREATE DATABASE {busy}")
        gone = "SELECT 1 FROM pg_stat_activity WHERE pid = split_part(%s, '_', 3)::int"
        while connection.execute(gone, [orphan]).fetchall():
            pass
        assert backup(pipeline.database, tmp_path / "b.dump").verified
        assert pipeline.query(scratch) == [(busy,)]
        connection.execute(f"DROP DATABASE {busy}")


def test_the_commands(
    pipeline: Pipeline, empty_database_url: str, tmp_path: Path, cli: Cli
) -> None:
    env = {"DATABASE_URL": pipeline.database.url, "RABBIT_URL": ""}
    done = cli("backup", "a.dump", "--format", "json", env=env, check=True)
    written = json.loads(done.stdout)
    assert written["verified"] is True
    assert cli("backup", "b.dump", "--no-verify", env=env, check=True).stderr.startswith("not ver")
    assert cli("restore", "a.dump", env=env).returncode == 3
    assert cli("restore", "none.dump", env=env).returncode == 4
    done = cli("restore", "a.dump", "--database-url", empty_database_url, "--format", "json",
               env=env, check=True)  # fmt: skip
    assert json.loads(done.stdout)["rows"] == written["rows"]
    assert sums(empty_database_url) == sums(pipeline.database.url)
    assert cli("restore", "a.dump", "--replace", env=env).returncode == 0
    assert set(TABLES) - {"stg.pendientes"} <= set(json.loads(
        (tmp_path / "a.dump.json").read_text())["rows"]) | {
        "academico.inscripciones", "academico.calificaciones"}  # fmt: skip
