"""The servers of a run, made for it and gone with it, and what every case does on them."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pika
import psutil
import psycopg
from psycopg import sql

from academico_cli import migrations, sqlfiles
from academico_cli.broker import Outgoing
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.postgres import Database

SCHOOL = sqlfiles.load("benchmarks", "school.sql")
PROGRAM = Path(sys.executable).parent / "academico"
SAMPLE_S = 0.1

_RATE = """
SELECT sum(l.eventos)::float8
     / extract(epoch FROM max(l.cerrado_en) - (SELECT min(started_at) FROM core.etl_run_log))
FROM core.lotes AS l
"""


class Skipped(Exception):  # noqa: N818
    """Something that a case needs is not on this machine."""


class Wrong(Exception):  # noqa: N818
    """A case did not do the work that it was to be measured at."""


@dataclass(frozen=True)
class Options:
    """How large the cases are."""

    events: int
    quick: bool
    rows: int
    """Rows that the fact tables hold when the merges are explained."""

    def size(self, full: int) -> int:
        """Return a case's own size: a hundredth of it when only to see that it works."""
        return full // 100 if self.quick else full


@dataclass
class Spent:
    """What a command cost."""

    output: Any
    """Its JSON."""
    seconds: float
    peak_bytes: int
    """Largest resident memory of one of its processes."""
    cpu_seconds: float


class Ground:
    """One PostgreSQL with a migrated database that holds the parents, one RabbitMQ."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._number = 0

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        # A server that runs as another user than root must be able to pass through.
        self.folder.chmod(0o711)
        self._postgres = EmbeddedPostgres(self.folder / "postgres")
        self._stack.callback(self._postgres.stop)
        self._server_url = self._postgres.start()
        self._rabbit_url = ""
        if PrivateRabbit.installed():
            self._rabbit = PrivateRabbit(self.folder / "rabbitmq")
            self._stack.callback(self._rabbit.stop)
            self._rabbit_url = self._rabbit.start()
        self._create("parents", "template1")
        database = Database(self._at("parents"))
        migrations.upgrade(database)
        with database.session() as connection:
            connection.execute(SCHOOL["parents"])

    @property
    def rabbit_url(self) -> str:
        """The AMQP URL.

        Raises:
            Skipped: this machine has no rabbitmq-server.
        """
        if not self._rabbit_url:
            raise Skipped("rabbitmq-server is not installed")
        return self._rabbit_url

    def _at(self, name: str) -> str:
        return f"{self._server_url.rpartition('/')[0]}/{name}"

    def _create(self, name: str, template: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Yield a database of one's own that holds the parents."""
        self._number += 1
        name = f"bench_{self._number}"
        self._create(name, "parents")
        try:
            yield Database(self._at(name), statement_timeout=3600)
        finally:
            with psycopg.connect(self._server_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = %s AND usename = current_user",
                    (name,),
                )
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))

    @contextmanager
    def queue(self, messages: Iterable[Outgoing] = ()) -> Iterator[str]:
        """Yield the name of a quorum queue that holds these messages, confirmed."""
        self._number += 1
        name = f"bench.{self._number}"
        broker = RabbitBroker(self.rabbit_url, name)
        broker.declare()
        try:
            broker.publish(messages)
            yield name
        finally:
            with pika.BlockingConnection(pika.URLParameters(self.rabbit_url)) as connection:
                channel = connection.channel()
                for queue in (name, broker.dead_letters().queue):
                    channel.queue_delete(queue)

    def environment(self, database: Database, queue: str | None) -> dict[str, str]:
        """Return the environment of a command; without a queue it uses that in PostgreSQL."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ACADEMICO_HOME": str(self.folder / "home"),
            "DATABASE_URL": database.url,
            "RABBIT_URL": "" if queue is None else self.rabbit_url,
            "QUEUE_NAME": queue or "etl",
        }

    def start(
        self, *args: str | Path, database: Database, queue: str | None
    ) -> "subprocess.Popen[str]":
        """Start ``academico`` with these arguments."""
        return subprocess.Popen(
            [PROGRAM, *args, "--format", "json"],
            env=self.environment(database, queue),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *args: str | Path, database: Database, queue: str | None = None) -> Spent:
        """Run ``academico`` with these arguments, watching its processes.

        Raises:
            Wrong: it failed.
        """
        began = time.monotonic()
        process = self.start(*args, database=database, queue=queue)
        watch = Watch(process.pid)
        out, err = process.communicate()
        seconds = time.monotonic() - began
        watch.end()
        if process.returncode:
            raise Wrong(f"academico {args[0]}: {err.strip()}")
        return Spent(json.loads(out), seconds, watch.peak_bytes, watch.cpu_seconds)

    def consume(
        self, number: int, database: Database, queue: str | None, *args: str | Path
    ) -> tuple[float, dict[str, float]]:
        """Consume (or, with ``args``, load) ``number`` events: events/s, and what they cost.

        The clock runs from the first worker's entry in core.etl_run_log, so that the start of
        interpreters is not in it, to the end of the last lote: also not the wait that tells that
        the queue is empty.

        Raises:
            Wrong: not all events were applied.
        """
        before = self.server_cpu()
        command = args or ("consume", "--until-empty")
        spent = self.run(*command, database=database, queue=queue)
        after = self.server_cpu()
        if spent.output["aplicados"] != number:
            raise Wrong(f"academico {command[0]}: {spent.output} instead of {number} aplicados")
        rate = float(str(database.rows(f"SELECT ({_RATE}) AS rate")[0]["rate"]))
        cost = {name: round((after[name] - before[name]) * 1e6 / number, 2) for name in after}
        cost["cpu_worker"] = round(spent.cpu_seconds * 1e6 / number, 2)
        cost["peak_mib"] = round(spent.peak_bytes / 2**20, 1)
        cost["command_seconds"] = round(spent.seconds, 3)
        return rate, cost

    def server_cpu(self) -> Mapping[str, float]:
        """Return the seconds of CPU that each server has used so far."""
        used = {"cpu_postgres": 0.0, "cpu_rabbit": 0.0}
        for process in psutil.process_iter():
            try:
                times, name = process.cpu_times(), process.name()
                mine = Path(process.cwd()).is_relative_to(self.folder)
            except (psutil.Error, OSError):
                continue
            if mine and name == "postgres":
                # The postmaster keeps what its ended backends used.
                used["cpu_postgres"] += times.user + times.system
                used["cpu_postgres"] += times.children_user + times.children_system
            elif mine and name.startswith("beam"):
                used["cpu_rabbit"] += times.user + times.system
        return used


class Watch:
    """Samples the memory and the CPU of a process and of its children."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._cpu: dict[int, float] = {}
        self._peak: dict[int, int] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                family: Sequence[psutil.Process] = [self._root, *self._root.children()]
            except psutil.Error:
                return
            for process in family:
                try:
                    times, memory = process.cpu_times(), process.memory_info()
                except psutil.Error:
                    continue
                self._cpu[process.pid] = times.user + times.system
                self._peak[process.pid] = max(self._peak.get(process.pid, 0), memory.rss)
            if self._done.wait(SAMPLE_S):
                return

    def end(self) -> None:
        """Stop sampling."""
        self._done.set()
        self._thread.join()

    @property
    def peak_bytes(self) -> int:
        """Largest resident memory of any one process."""
        return max(self._peak.values(), default=0)

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all of them."""
        return sum(self._cpu.values())
