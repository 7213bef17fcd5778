"""Connections to PostgreSQL. Nothing else in the package opens one.

psycopg's errors about reaching the server become ours here, without a password in any message.
"""

import hashlib
import json
import os
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, LiteralString

import psycopg
from psycopg.adapt import Dumper
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Format, TransactionStatus
from psycopg.rows import dict_row

from academico_cli.errors import (
    AcademicoError,
    DatabaseBusy,
    DatabaseFault,
    DatabaseForbidden,
    DatabaseLoginRefused,
    DatabaseMissing,
    DatabaseReadOnly,
    DatabaseUnavailable,
    ObjectMissing,
    RoleNeeded,
    WrongUsage,
)
from academico_cli.roles import Role, act, name

Row = dict[str, object]
Connection = psycopg.Connection[tuple[object, ...]]

Kind = Literal["retry", "outage", "fault"]
"""What an error of the database means for whoever tried: see classify."""

PG_EPOCH_US = 946_684_800_000_000
"""PostgreSQL's epoch, 2000-01-01 UTC, in microseconds since the Unix epoch."""

_SCHEMES = ("postgresql+psycopg2://", "postgresql+psycopg://", "postgres://")


@dataclass(frozen=True)
class Database:
    """One database and how long to wait for it. Opening is cheap and holds nothing."""

    url: str = field(repr=False)
    connect_timeout: int = 10
    statement_timeout: int = 300
    lock_timeout: int = 30
    roles: tuple[Role, ...] = ()
    """Roles to act as, the first that the login has; none: as the login itself."""

    def acting(self, *roles: Role) -> "Database":
        """Return the same database, on which each connection takes on a role: see ``roles.act``."""
        return replace(self, roles=roles)

    def may(self, role: Role) -> bool:
        """Tell whether the login has a role, or its rights."""
        try:
            self.acting(role).connect(autocommit=True).close()
        except RoleNeeded:
            return False
        return True

    @property
    def conninfo(self) -> str:
        """The libpq connection string; SQLAlchemy's spellings of the scheme are understood."""
        url = self.url.strip()
        for scheme in _SCHEMES:
            if url.startswith(scheme):
                url = "postgresql://" + url.removeprefix(scheme)
        try:
            return make_conninfo(url)
        except psycopg.ProgrammingError as exc:
            raise WrongUsage(
                detail="DATABASE_URL is not a PostgreSQL URL; expected "
                "postgresql://user:password@host:port/database"
            ) from exc

    @property
    def address(self) -> str:
        """``host:port/database``, for messages; never the password."""
        parts = conninfo_to_dict(self.conninfo)
        host, port = parts.get("host") or "localhost", parts.get("port") or 5432
        return f"{host}:{port}/{parts.get('dbname') or parts.get('user') or ''}"

    def connect(self, *, autocommit: bool = False, name: str = "academico") -> Connection:
        """Open a connection with bounded waits and UTC as its time zone.

        Raises:
            DatabaseUnavailable: nobody answers; DatabaseLoginRefused, DatabaseMissing: it says no.
            RoleNeeded: the login has none of the roles.
        """
        options = (
            f"-c statement_timeout={self.statement_timeout}s -c lock_timeout={self.lock_timeout}s"
            " -c TimeZone=UTC -c idle_in_transaction_session_timeout=600s"
            # So that the server, too, finds out that we are gone, and lets go of our locks.
            " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
        )
        given = conninfo_to_dict(self.conninfo)
        try:
            connection = psycopg.connect(
                self.conninfo,
                autocommit=autocommit or bool(self.roles),
                connect_timeout=self.connect_timeout,
                application_name=name,
                options=f"{given.get('options') or ''} {options}".strip(),
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
                tcp_user_timeout=60_000,
            )
        except psycopg.OperationalError as exc:
            raise self._unreachable(exc) from exc
        connection.adapters.register_dumper(UuidArray, _UuidArrayDumper)
        if self.roles:
            self._act(connection)
            connection.autocommit = autocommit
        return connection

    def _act(self, connection: Connection) -> None:
        try:
            allowed = act(connection, self.roles)
        except BaseException:
            connection.close()
            raise
        if not allowed:
            user = connection.info.user
            connection.close()
            raise RoleNeeded(address=self.address, user=user, role=name(self.roles[0]))

    @contextmanager
    def session(self, *, name: str = "academico") -> Iterator[Connection]:
        """Yield an autocommit connection and close it."""
        with self.connect(autocommit=True, name=name) as connection:
            yield connection

    def rows(self, query: LiteralString, params: dict[str, object] | None = None) -> list[Row]:
        """Run one query on a connection of its own; rows as dicts with the column names."""
        with (
            self.session() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(query, params).fetchall()

    def _unreachable(self, exc: psycopg.OperationalError) -> DatabaseUnavailable | Exception:
        detail = " ".join(str(exc).split())
        known = {
            "28P01": DatabaseLoginRefused,
            "28000": DatabaseLoginRefused,
            "3D000": DatabaseMissing,
        }
        kind = known.get(exc.sqlstate or "")
        # libpq reports a refused login without its SQLSTATE: the text is all there is.
        if kind is None and ("password" in detail or "authentication" in detail):
            kind = DatabaseLoginRefused
        if kind is None and 'database "' in detail and "does not exist" in detail:
            kind = DatabaseMissing
        # "connection to server at X, port Y failed: refused Is the server running ..?": only why.
        detail = detail.partition(" Is the server running")[0].rpartition(" failed: ")[2]
        detail = detail.rpartition("FATAL:")[2].strip().rstrip(".") or "no answer"
        return (kind or DatabaseUnavailable)(address=self.address, detail=detail)


def translate(exc: Exception, address: str = "the configured address") -> AcademicoError:
    """Return the error of ours that an error of psycopg's amounts to, without any row's values.

    Args:
        exc: what psycopg raised.
        address: where the database is, as in ``Database.address``.
    """
    state = getattr(exc, "sqlstate", None) or ""
    primary = getattr(getattr(exc, "diag", None), "message_primary", None)
    detail = " ".join(str(primary or exc).split()).rstrip(".")
    if state in ("42P01", "3F000", "42883", "42703"):
        return ObjectMissing(address=address, detail=detail)
    if state in ("55P03", "40P01", "40001"):
        return DatabaseBusy(address=address, detail=detail)
    if state == "42501":
        return DatabaseForbidden(address=address, detail=detail)
    if state == "25006":
        return DatabaseReadOnly(address=address, detail=detail)
    # 08 connection, 53 resources, 57 operator, 58 system; none: the connection broke under libpq.
    if state[:2] in ("08", "53", "57", "58") or (
        not state and isinstance(exc, psycopg.OperationalError)
    ):
        return DatabaseFault(address=address, detail=detail)
    return AcademicoError(detail=f"{type(exc).__name__} {state}: {detail}")


@contextmanager
def savepoint(connection: Connection, *, keep: bool = True) -> Iterator[None]:
    """Undo what the block did when it fails, or in any case unless ``keep``.

    Opens the transaction when there is none, and never commits it: psycopg's own ``transaction()``
    would commit one that it had to open.
    """
    connection.execute("SAVEPOINT academico")
    try:
        yield
    except BaseException:
        # INTRANS: the error was raised on this side, before the server heard of it.
        if connection.info.transaction_status in (
            TransactionStatus.INERROR,
            TransactionStatus.INTRANS,
        ):
            connection.execute("ROLLBACK TO SAVEPOINT academico")
        raise
    connection.execute("RELEASE SAVEPOINT academico" if keep else "ROLLBACK TO SAVEPOINT academico")


def hang_up(connections: Sequence[Connection], done: threading.Event, patience: float) -> None:
    """End what other threads wait for on these connections, which then raises there.

    The server is asked to cancel the statements; when that changes nothing within ``patience``
    seconds, because it does not answer at all, the sockets are shut.
    """
    standing = [connection for connection in connections if not connection.closed]
    try:
        for connection in standing:
            connection.cancel_safe(timeout=patience)
    except (psycopg.Error, OSError):
        patience = 0
    if done.wait(patience):
        return
    for connection in standing:
        if not connection.closed:
            with socket.socket(fileno=os.dup(connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)


class UuidArray:
    """A parameter of type uuid[], made of ids of 16 bytes without a detour over text."""

    def __init__(self, ids: Sequence[bytes]) -> None:
        self.ids = ids


class _UuidArrayDumper(Dumper):
    """Writes PostgreSQL's binary form: dimensions, flags, element type, length, lower bound."""

    format = Format.BINARY
    oid = 2951

    def dump(self, obj: UuidArray) -> bytes:
        """Return the array's bytes."""
        if not obj.ids:
            return struct.pack("!3i", 0, 0, 2950)
        head = struct.pack("!5i", 1, 0, 2950, len(obj.ids), 1)
        return head + b"".join([b"\0\0\0\x10" + i for i in obj.ids])


def jsonb(value: object) -> bytes:
    """Return a value as a binary COPY wants a jsonb: a version byte, then JSON.

    PostgreSQL's jsonb holds no NUL character: one becomes U+FFFD.
    """
    return b"\x01" + json.dumps(value).replace("\\u0000", "\\ufffd").encode()


def classify(exc: psycopg.Error) -> Kind:
    """Tell a passing quarrel between workers, and an outage, from a fault.

    retry: deadlock, serialization failure, a parent that changed meanwhile. outage: connection,
    resources (disk, memory, connections), lock or statement timeout, operator, system, read-only.
    """
    state = exc.sqlstate or ""
    if state in ("40001", "40P01", "23503"):
        return "retry"
    if state[:2] in ("08", "25", "53", "55", "57", "58") or (
        not state and isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError)
    ):
        return "outage"
    return "fault"


def lock_key(name: str) -> int:
    """Return the advisory-lock key of a name: a stable signed 64-bit integer."""
    digest = hashlib.sha256(f"academico:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
