"""What is wrong on this machine and in the configured services, and how to mend it."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psycopg

from academico_cli import migrations
from academico_cli.errors import AcademicoError
from academico_cli.local.postgres import programs
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.local.status import one_row
from academico_cli.postgres import Connection, Database, translate
from academico_cli.settings import RECORD_NAME, Settings

if TYPE_CHECKING:
    from academico_cli.broker import Broker

State = Literal["ok", "warn", "fail"]

_MIB = 1 << 20
_DISK_WARN, _DISK_FAIL = 2048 * _MIB, 256 * _MIB
_OLDEST_SERVER = 160000
_CLOCK_SECONDS = 5


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    state: State
    detail: str
    mend: str = ""
    """What to do about it; empty when there is nothing to do."""

    def row(self) -> dict[str, object]:
        """Return it as a flat mapping."""
        return asdict(self)


def machine(settings: Settings) -> Iterator[Check]:
    """Look at this machine: Python, the embedded servers' programs, the home and its disk."""
    yield Check("python", "ok", ".".join(map(str, sys.version_info[:3])))
    yield _programs()
    yield _rabbit_installed(settings)
    yield _home(settings.home)
    yield _disk(settings.home)


def database(chosen: Callable[[], Database]) -> Iterator[Check]:
    """Look at the configured database; after the first that it does not answer, no more.

    Args:
        chosen: returns the configured database, or raises that there is none.
    """
    try:
        target = chosen()
        with target.session(name="academico doctor") as connection:
            yield Check("database reachable", "ok", target.address)
            yield from _server(connection)
            yield _writable(connection)
            yield _ours(target)
            at = _migration(target)
            yield at
            if at.state == "ok":
                yield _stale_runs(connection)
    except (AcademicoError, psycopg.Error) as exc:
        yield _said("database", exc)


def broker(chosen: Callable[[], "Broker"]) -> Iterator[Check]:
    """Look at the broker and its queue.

    Args:
        chosen: returns the configured broker, or raises why there is none.
    """
    try:
        target = chosen()
        depth = target.depth()
    except (AcademicoError, psycopg.Error) as exc:
        yield _said("broker", exc)
    else:
        yield Check("broker reachable", "ok", target.address)
        yield Check("queue usable", "ok", f"{depth} messages are waiting")


def _programs() -> Check:
    try:
        return Check("embedded postgresql", "ok", str(programs()))
    except AcademicoError as exc:
        return Check("embedded postgresql", "fail", str(exc), "pip install --force-reinstall .")


def _rabbit_installed(settings: Settings) -> Check:
    if PrivateRabbit.installed():
        return Check("rabbitmq installed", "ok", "rabbitmq-server can be run privately")
    recorded = settings.home / "rabbitmq" / "server.json"
    if recorded.exists():
        mend = "install rabbitmq-server again, or `academico up --broker postgres`"
        return Check("rabbitmq installed", "warn", "it was, and is not any more", mend)
    return Check("rabbitmq installed", "ok", "no; `academico up` uses the queue in PostgreSQL")


def _home(home: Path) -> Check:
    name = "home"
    if not home.exists():
        return Check(name, "ok", f"{home}, not there yet: `academico up` makes it")
    if not os.access(home, os.W_OK | os.X_OK):
        mend = "mend its permissions, or set ACADEMICO_HOME to another folder"
        return Check(name, "fail", f"{home} cannot be written", mend)
    record = home / RECORD_NAME
    if record.exists() and record.stat().st_mode & 0o077:
        return Check(name, "fail", f"others can read {record}", f"chmod 600 '{record}'")
    if home.stat().st_mode & 0o077:
        return Check(name, "warn", f"others can look into {home}", f"chmod 700 '{home}'")
    return Check(name, "ok", str(home))


def _disk(home: Path) -> Check:
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    detail = f"{free // _MIB} MiB free under {there}"
    mend = "make room, or set ACADEMICO_HOME to a folder on another disk"
    if free < _DISK_FAIL:
        return Check("disk space", "fail", detail, mend)
    return Check("disk space", "warn", detail, mend) if free < _DISK_WARN else _fine(detail)


def _fine(detail: str) -> Check:
    return Check("disk space", "ok", detail)


def _server(connection: Connection) -> Iterator[Check]:
    version, number, encoding, zone = one_row(connection, "server")
    if number >= _OLDEST_SERVER:
        yield Check("server version", "ok", version)
    else:
        yield Check("server version", "fail", version, "use PostgreSQL 16 or newer")
    if encoding == "UTF8":
        yield Check("encoding", "ok", encoding)
    else:
        mend = "create the database with ENCODING 'UTF8' and set DATABASE_URL to it"
        yield Check("encoding", "fail", f"{encoding}: names would be damaged", mend)
    (there,) = one_row(connection, "reloj")
    apart = abs(there - time.time())
    detail = f"time zone {zone}, {apart:.1f} s apart from this machine"
    if apart <= _CLOCK_SECONDS:
        yield Check("clock", "ok", detail)
    else:
        yield Check("clock", "warn", detail, "set both machines' clocks (NTP)")


def _writable(connection: Connection) -> Check:
    name = "database writable"
    standby, read_only = one_row(connection, "solo_lectura")
    if standby:
        mend = "set DATABASE_URL to its primary, or promote it"
        return Check(name, "fail", "no: it is a standby", mend)
    if read_only:
        mend = "ALTER ROLE or ALTER DATABASE ... RESET default_transaction_read_only"
        return Check(name, "fail", "no: default_transaction_read_only is on", mend)
    return Check(name, "ok", "yes")


def _ours(target: Database) -> Check:
    name = "database is ours"
    try:
        at = migrations.current(target)
    except AcademicoError as exc:
        return Check(name, "fail", str(exc), "set DATABASE_URL to a database for academico alone")
    return Check(name, "ok", "yes" if at else "empty, ready for `academico migrate`")


def _migration(target: Database) -> Check:
    try:
        at, head = migrations.current(target), migrations.head()
    except AcademicoError as exc:
        return Check("migrations", "fail", str(exc), "see `database is ours`")
    if at == head:
        return Check("migrations", "ok", f"at {at}, the newest")
    return Check("migrations", "fail", f"at {at or 'none'}, needs {head}", "academico migrate")


def _stale_runs(connection: Connection) -> Check:
    count, oldest = one_row(connection, "corridas_abiertas")
    (sessions,) = one_row(connection, "sesiones")
    if not count or sessions:
        return Check("runs", "ok", f"{count} running")
    detail = f"{count} never ended (the oldest is of {oldest:%Y-%m-%d %H:%MZ}): they were killed"
    return Check("runs", "warn", detail, "nothing is lost; run the same command again")


def _said(what: str, exc: Exception) -> Check:
    error = exc if isinstance(exc, AcademicoError) else translate(exc)
    detail, _, mend = str(error).partition(". ")
    return Check(f"{what} reachable", "fail", detail, mend.rstrip("."))
