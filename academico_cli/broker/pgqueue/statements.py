"""The statements of the queue and what both of its ends need to run them."""

import psycopg

from academico_cli import sqlfiles
from academico_cli.errors import DatabaseUnavailable
from academico_cli.postgres import Database

SQL = sqlfiles.load("academico_cli.broker.pgqueue", "pgqueue.sql")


def first(cursor: psycopg.Cursor[tuple[object, ...]]) -> object:
    """Return the only value of a one-row answer."""
    row = cursor.fetchone()
    return row[0] if row else None


def reason(exc: Exception) -> str:
    """Return an error's text as one line."""
    return " ".join(str(exc).split()) or type(exc).__name__


def unavailable(database: Database, exc: Exception) -> DatabaseUnavailable:
    """Return our error for a database that went away."""
    if isinstance(exc, DatabaseUnavailable):
        return exc
    return DatabaseUnavailable(address=database.address, detail=reason(exc))
