"""Runs the migrations. Academico_cli.migrations calls it; so does Alembic's own command line.

It knows nothing of the application: the engine comes in ``config.attributes["engine"]``.
"""

from pathlib import Path

from sqlalchemy import Engine

from alembic import context

SQL = Path(__file__).parent / "sql"


def apply(filename: str) -> None:
    """Run one file of ``alembic/sql``, or print it when the migration is run offline."""
    text = (SQL / filename).read_text(encoding="utf-8")
    migration = context.get_context()
    if migration.as_sql:
        migration.impl.static_output(text)
        return
    # As written: without parameters, psycopg sends the whole text at once and reads no `%` in it.
    connection = migration.connection
    if connection is None:
        raise RuntimeError("a migration that is not offline has a connection")
    connection.exec_driver_sql(text, execution_options={"no_parameters": True})


def run() -> None:
    """Run what the command asked for, each migration in a transaction of its own."""
    config = context.config
    config.attributes["apply"] = apply
    options = {"version_table_schema": "public", "transaction_per_migration": True}
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine: Engine = config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection, on_version_apply=config.attributes["note"], **options
        )
        with context.begin_transaction():
            context.run_migrations()


run()
