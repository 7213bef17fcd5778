"""PostgreSQL's own client programs, as new as the server: the wheel's, else the PATH's."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from academico_cli.errors import LocalServerFailed, ProgramMissing
from academico_cli.local.account import wheel
from academico_cli.local.postgres import programs
from academico_cli.postgres import Database


class Client(NamedTuple):
    """pg_dump, pg_restore and psql of one version."""

    folder: Path
    version: int
    """Major version."""

    def program(self, name: str) -> str:
        """Return the path of one of them."""
        return str(self.folder / name)


class Target(NamedTuple):
    """How a client program is told which database is meant."""

    conninfo: str
    """For its arguments: without a password, which everybody on the machine could read there."""
    environment: Mapping[str, str]
    """Its environment, the password in it: only its owner can read that."""


def client(at_least: int) -> Client:
    """Return the oldest client programs that understand a server, or a dump, of this version.

    Raises:
        ProgramMissing: neither the wheel nor the PATH has any.
    """
    for version in sorted(wheel().POSTGRES_VERSIONS):
        if version >= at_least:
            try:
                return Client(programs(version), version)
            except LocalServerFailed:
                continue
    found = shutil.which("pg_dump")
    version = _version(found) if found is not None else 0
    if found is None or version < at_least:
        have = f"the one on the PATH is of version {version}" if found else "there is none"
        raise ProgramMissing(program="pg_dump", version=at_least, detail=have)
    return Client(Path(found).resolve().parent, version)


def target(database: Database) -> Target:
    """Return how to tell a client program about a database."""
    parts = conninfo_to_dict(database.conninfo)
    password = parts.pop("password", None)
    environment = dict(os.environ)
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    parts.setdefault("connect_timeout", database.connect_timeout)
    return Target(make_conninfo("", **parts), environment)


def _version(program: str) -> int:
    done = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    match = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(match[1]) if match else 0
