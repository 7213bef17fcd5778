"""Runs psql on the configured database, in our place: same terminal, same exit code."""

import os
import shutil
from collections.abc import Sequence
from typing import NoReturn

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from academico_cli.errors import AcademicoError, WrongUsage
from academico_cli.local.postgres import programs
from academico_cli.postgres import Database


def become_psql(database: Database, arguments: Sequence[str]) -> NoReturn:
    """Replace this process with psql, the wheel's or else the PATH's.

    The password goes in the environment, which only its owner can read, and not in the arguments.

    Raises:
        WrongUsage: no psql is to be found.
        ServiceUnavailable: the database cannot be reached; said here, as by every other command.
    """
    database.connect(name="academico psql").close()
    try:
        program = str(programs() / "psql")
    except AcademicoError:
        found = shutil.which("psql")
        if found is None:
            raise WrongUsage(detail="psql was not found; reinstall academico") from None
        program = found
    parts = conninfo_to_dict(database.conninfo)
    password = parts.pop("password", None)
    environment = dict(os.environ)
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    parts.setdefault("application_name", "academico psql")
    parts.setdefault("connect_timeout", database.connect_timeout)
    # Its whole path as its name too: psql finds what belongs to it by that.
    command = [program, "-d", make_conninfo("", **parts), *arguments]
    os.execve(program, command, environment)  # noqa: S606  no shell is what we want
