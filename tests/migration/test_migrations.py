"""The schema goes up and down: empty and filled, on every PostgreSQL that we know."""

import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from academico_cli import migrations, shipped
from academico_cli.errors import (
    AcademicoError,
    DatabaseTooNew,
    ForeignDatabase,
    MigrationMissing,
    WrongUsage,
)
from academico_cli.local import postgres as embedded
from academico_cli.postgres import Database, lock_key

Fixture = Callable[..., "subprocess.CompletedProcess[str]"]


def schema(url: str) -> str:
    """Return the database's schema as pg_dump writes it."""
    with psycopg.connect(url) as connection:
        version = connection.info.server_version // 10000
    dump = [embedded.programs(version) / "pg_dump", "--schema-only", "--no-owner", url]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    # Newer ones write a random key into each dump.
    lines = (line for line in text.splitlines() if "restrict" not in line)
    return "\n".join(lines)


def schemas(url: str) -> set[str]:
    """Return the names of the schemas that are not PostgreSQL's own."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^public$'"
        )
        return {str(row[0]) for row in rows}


def fill(url: str) -> None:
    """Put a row into every kind of table, with the partitions that come with a periodo."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            SELECT academico.abrir_periodo('2024A');
            INSERT INTO academico.materias (id, nombre, ocurrido_en, desempate, lote, id_mensaje,
                linea) VALUES (1, 'Historia', now(), 0, 1, gen_random_uuid(), 0);
            INSERT INTO academico.grupos (id, id_materia, periodo, ocurrido_en, desempate, lote,
                id_mensaje, linea) VALUES (1, 1, '2024A', now(), 0, 1, gen_random_uuid(), 0);
            INSERT INTO academico.alumnos (id, nombre, genero, ocurrido_en, desempate, lote,
                id_mensaje, linea) VALUES (1, 'Ana', 'F', now(), 0, 1, gen_random_uuid(), 0);
            INSERT INTO academico.calificaciones (id_alumno, id_grupo, calificacion, periodo,
                ocurrido_en, desempate, lote, id_mensaje, linea)
                VALUES (1, 1, 9.5, '2024A', now(), 0, 1, gen_random_uuid(), 0);
            SELECT raw.abrir_lote();
            """
        )


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_down_and_up_again_gives_the_same_schema(
    each_empty_database_url: str, filled: bool
) -> None:
    database = Database(each_empty_database_url)
    before = schema(database.url)
    applied = migrations.upgrade(database)
    first = schema(database.url)
    assert applied[-1] == migrations.head()
    if filled:
        fill(database.url)

    undone = migrations.downgrade(database, "base")

    assert undone == applied[::-1]
    assert schemas(database.url) == set()
    migrations.upgrade(database)
    assert schema(database.url) == first != before


def test_one_step_down_and_up_on_a_filled_database(each_empty_database_url: str) -> None:
    database = Database(each_empty_database_url)
    migrations.upgrade(database)
    first = schema(database.url)
    fill(database.url)
    filled = schema(database.url)
    assert filled != first
    for _ in range(len(migrations.history()) - 1):
        here = schema(database.url)
        migrations.downgrade(database, "-1")
        migrations.upgrade(database, "+1")
        assert schema(database.url) == here
        migrations.downgrade(database, "-1")
    migrations.upgrade(database)
    assert schema(database.url) == filled
    with psycopg.connect(database.url) as connection:
        kept = connection.execute("SELECT count(*) FROM academico.calificaciones").fetchone()
    assert kept == (1,)


def test_two_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    results: list[list[str]] = []
    barrier = threading.Barrier(3)

    def migrate() -> None:
        barrier.wait(timeout=10)
        results.append(migrations.upgrade(Database(empty_database_url)))

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    every = [revision.revision for revision in migrations.history()]
    assert sorted(results) == [[], [], every]


def test_waits_for_another_within_a_bound(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, cli: Fixture
) -> None:
    monkeypatch.setattr(migrations, "LOCK_WAIT", 1)
    with psycopg.connect(empty_database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock_key("migrate")])
        with pytest.raises(migrations.DatabaseBusy, match="another `academico migrate`"):
            migrations.upgrade(Database(empty_database_url))
    assert migrations.current(Database(empty_database_url)) is None


def test_sql_applied_by_psql_gives_the_same_database(
    each_empty_database_url: str, cli: Fixture
) -> None:
    script = cli("migrate", "--sql", check=True).stdout
    psql = [embedded.programs() / "psql", "-Xq", "-v", "ON_ERROR_STOP=1", each_empty_database_url]
    subprocess.run(psql, input=script, text=True, check=True, capture_output=True)
    database = Database(each_empty_database_url)
    by_psql = schema(database.url)

    migrations.require(database)
    assert migrations.upgrade(database) == []
    migrations.downgrade(database, "base")
    migrations.upgrade(database)
    assert schema(database.url) == by_psql


def test_a_migration_that_fails_half_way_leaves_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "alembic"
    shutil.copytree(shipped.folder("alembic"), folder)
    (folder / "sql" / "broken.sql").write_text("CREATE TABLE core.mitad (id int); SELECT 1 / 0;")
    (folder / "versions" / "0900_broken.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '0900', '{migrations.head()}'\n"
        "def upgrade(): op.get_context().config.attributes['apply']('broken.sql')\n"
    )
    before = schema(database_url)
    monkeypatch.setattr(shipped, "folder", lambda name: folder)

    with pytest.raises(AcademicoError, match="division by zero"):
        migrations.upgrade(Database(database_url))

    assert schema(database_url) == before


def test_a_database_of_somebody_else_is_refused(empty_database_url: str, cli: Fixture) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA core")
        connection.execute("CREATE TABLE core.hechos (id integer)")
    before = schema(empty_database_url)

    done = cli("migrate", env={"DATABASE_URL": empty_database_url})

    assert done.returncode == 3
    assert done.stderr.startswith("error: The database at 127.0.0.1:")
    assert "is not an academico database" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert schema(empty_database_url) == before


@pytest.mark.parametrize(
    ("version", "error"), [("9999", DatabaseTooNew), ("4f2a9c01bd77", ForeignDatabase)]
)
def test_a_version_we_do_not_know_is_refused(
    database_url: str, version: str, error: type[Exception]
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE public.alembic_version SET version_num = %s", [version])
    before = schema(database_url)
    for call in (migrations.require, migrations.upgrade, migrations.current):
        with pytest.raises(error):
            call(Database(database_url))
    assert schema(database_url) == before


def test_require_tells_an_empty_database_from_a_migrated_one(
    empty_database_url: str, database_url: str
) -> None:
    migrations.require(Database(database_url))
    with pytest.raises(MigrationMissing, match="it has none, needs"):
        migrations.require(Database(empty_database_url))


def test_a_database_with_tables_of_others_is_shared_by_consent_only(
    empty_database_url: str, cli: Fixture
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.nomina (id integer)")
    before = schema(empty_database_url)
    env = {"DATABASE_URL": empty_database_url, "RABBIT_URL": ""}
    for command in (["migrate"], ["up"], ["kpi", "materia"], ["dlq", "list"], ["publish"]):
        done = cli(*command, env=env)
        assert done.returncode == 3, command
        last = done.stderr.splitlines()[-1]
        assert "nomina" in last, command
        assert "--share-database" in last, command
    assert schema(empty_database_url) == before

    cli("migrate", "--share-database", env=env, check=True)
    cli("migrate", env=env, check=True)  # it has our version now: no consent is needed
    migrations.downgrade(Database(empty_database_url), "base")
    assert "nomina" in schema(empty_database_url)


def test_an_unknown_revision_is_wrong_usage(database_url: str) -> None:
    with pytest.raises(WrongUsage, match="0999"):
        migrations.upgrade(Database(database_url), "0999")


class TestCommand:
    def test_down_asks_for_consent(self, database_url: str, cli: Fixture) -> None:
        done = cli("migrate", "down", "base", env={"DATABASE_URL": database_url})
        assert done.returncode == 2
        assert "--yes" in done.stderr
        migrations.require(Database(database_url))

        cli("migrate", "down", "base", "--yes", env={"DATABASE_URL": database_url}, check=True)
        assert migrations.current(Database(database_url)) is None

    def test_down_one_step(self, database_url: str, cli: Fixture) -> None:
        cli("migrate", "down", "-1", "--yes", env={"DATABASE_URL": database_url}, check=True)
        found = migrations.current(Database(database_url))
        assert found != migrations.head()

    def test_current_and_history(self, database_url: str, cli: Fixture) -> None:
        env = {"DATABASE_URL": database_url}
        current = cli("migrate", "current", "--format", "csv", env=env, check=True).stdout
        assert current.split() == ["current,head", f"{migrations.head()},{migrations.head()}"]
        history = cli("migrate", "history", "--format", "csv", env=env, check=True).stdout
        assert len(history.splitlines()) == 1 + len(migrations.history())

    def test_twice(self, empty_database_url: str, cli: Fixture) -> None:
        env = {"DATABASE_URL": empty_database_url}
        assert cli("migrate", env=env, check=True).stderr.startswith("applied 0001")
        assert "nothing to do" in cli("migrate", env=env, check=True).stderr
