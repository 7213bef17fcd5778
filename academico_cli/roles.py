"""The roles of the database, and taking one on: a command does with the least that it needs.

A login is a member of the roles of its work; each command says which it takes on. What each may do
is granted by the migrations (alembic/sql/roles_v01.sql) and explained in docs/governance.md.
"""

from typing import Literal

import psycopg

from academico_cli import sqlfiles

Role = Literal["owner", "etl", "lector", "pii"]
"""owner owns everything, and nobody logs in as it: migrations, erasure, retention, a full replay.

etl takes in events, runs rules, refreshes marts; it deletes and rewrites no evidence. lector reads
the marts, without the columns that tell who somebody is. pii reads everything and writes nothing.
"""

_SQL = sqlfiles.load("academico_cli", "roles.sql")


def name(role: Role) -> str:
    """Return what a role is called in the database."""
    return f"academico_{role}"


def act(connection: psycopg.Connection[tuple[object, ...]], roles: tuple[Role, ...]) -> bool:
    """Take on the first of some roles that the login is a member of, until the connection closes.

    A login that has the rights without being a member goes on as itself; so does any on a
    database that has no roles yet.

    Args:
        connection: in autocommit, so that no rollback undoes it.
        roles: in order of preference.

    Returns:
        False when the login has none of the roles, nor the rights of one.
    """
    row = connection.execute(_SQL["act"], {"roles": [name(role) for role in roles]}).fetchone()
    return row is None or bool(row[0])
