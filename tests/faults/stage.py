"""Where a fault happens: servers behind proxies, a database and a queue, consumers to be hurt."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pika
import psutil
import psycopg

from academico_cli.broker import Broker, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.consumer import Worker
from academico_cli.duty import Options
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.postgres import Database

from ..conftest import cli_environment
from .proxy import Link, Proxy
from .workload import Workload

PROGRAM = Path(sys.executable).parent / "academico"
PATIENCE = 90.0
"""Longest wait for anything, in seconds."""
EXIT_SECONDS = 10.0
"""Within which a consumer must end after SIGTERM."""


def wait_for(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait until the condition holds and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"in {seconds:.0f} s it did not happen: {what}"
        time.sleep(0.02)
    return value


@dataclass
class Consumer:
    """A real ``academico consume`` in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self, *words: str) -> bool:
        text = self.log.read_text("utf-8", "replace")
        return any(word in text for word in words)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self, expected: int = 0) -> float:
        """Ask it to end; return the seconds it took to end with this exit code."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"it did not end within {EXIT_SECONDS} s of SIGTERM: {self.tail()}"
            ) from None
        assert code == expected, f"it ended with {code} after SIGTERM: {self.tail()}"
        return time.monotonic() - began

    def tail(self) -> str:
        return self.log.read_text("utf-8", "replace")[-1500:]


@dataclass
class Stage:
    """Everything that one fault needs; ``seed`` decides all that is random in it."""

    postgres: EmbeddedPostgres
    rabbit: PrivateRabbit | None
    folder: Path
    database_url: str
    rabbit_url: str | None
    seed: int
    long: bool
    consumers: list[Consumer] = field(default_factory=list)
    hits: int = 0
    allowed_deaths: set[int] = field(default_factory=set)
    """Processes that the test itself ended."""

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.pg = Proxy(port_of(self.database_url), postgres=True)
        self.amqp = Proxy(port_of(self.rabbit_url)) if self.rabbit_url else None
        self.database = Database(self.database_url, lock_timeout=20)
        self.broker = self._broker()
        self.broker.declare()

    def _broker(self) -> Broker:
        if self.rabbit_url:
            return RabbitBroker(self.rabbit_url, "etl")
        return PostgresBroker(self.database, "etl")

    def revive_postgres(self) -> None:
        """Start PostgreSQL again, wherever its port is by now."""
        port = port_of(self.postgres.start())
        self.pg.target = port
        self.database_url = at_port(self.database_url, port)
        self.database = Database(self.database_url, lock_timeout=20)
        self.broker = self._broker()

    def revive_rabbit(self) -> None:
        """Start RabbitMQ again."""
        assert self.rabbit
        assert self.rabbit_url
        assert self.amqp
        port = port_of(self.rabbit.start())
        self.amqp.target = port
        self.rabbit_url = at_port(self.rabbit_url, port)
        self.broker = self._broker()

    # ------------------------------------------------------------------ publishing

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish messages as they are: those without an id really without one."""
        if not self.rabbit_url:
            rows = [(m.body, m.message_id, m.content_type) for m in messages]
            with psycopg.connect(self.database_url) as connection:
                connection.cursor().executemany(
                    "INSERT INTO core.cola (cola, cuerpo, message_id, content_type)"
                    " VALUES ('etl', %s, %s, %s)",
                    rows,
                )
            return
        with pika.BlockingConnection(pika.URLParameters(self.rabbit_url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for m in messages:
                properties = pika.BasicProperties(
                    delivery_mode=2, message_id=m.message_id, content_type=m.content_type
                )
                channel.basic_publish("", "etl", m.body, properties, mandatory=True)

    def make_classic(self) -> None:
        """Put a durable classic queue, as existing publishers declare it, in the place of ours."""
        assert self.rabbit_url
        with pika.BlockingConnection(pika.URLParameters(self.rabbit_url)) as connection:
            channel = connection.channel()
            channel.queue_delete("etl")
            channel.queue_declare("etl", durable=True)

    @contextlib.contextmanager
    def held_up(self) -> Iterator[None]:
        """Let no batch be committed within the block."""
        with self.database.connect() as holder:
            holder.execute("LOCK TABLE core.lotes")
            yield

    # ------------------------------------------------------------------ consumers

    def environment(self, **extra: str) -> dict[str, str]:
        """Return a user's environment that leads through the proxies."""
        env = cli_environment(self.folder) | {
            "DATABASE_URL": at_port(self.database_url, self.pg.port)
            + "?sslmode=disable&gssencmode=disable",
            "RABBIT_URL": "",
            "ACADEMICO_CONNECT_TIMEOUT": "3",
        }
        if self.rabbit_url and self.amqp:
            # The least that both ends can keep, so that a dead connection is found soon.
            env["RABBIT_URL"] = at_port(self.rabbit_url, self.amqp.port) + "?heartbeat=2"
        return env | extra

    def consume(self, *args: str, batch: int = 40, **extra: str) -> Consumer:
        """Start a consumer."""
        log = self.folder / f"consume-{uuid.uuid4().hex[:6]}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [PROGRAM, "--verbose", "consume", "--batch", str(batch), *args],
                env=self.environment(**extra),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        consumer = Consumer(process, log)
        self.consumers.append(consumer)
        return consumer

    def crew(self, *, batch: int = 20, **extra: str) -> list[Consumer]:
        """Start two consumers and wait until both are at work."""
        started = [self.consume(batch=batch, **extra) for _ in range(2)]
        ready = "SELECT count(*) FROM core.etl_run_log WHERE comando = 'consume'"

        def both() -> bool:
            for consumer in started:
                assert consumer.process.poll() is None, consumer.tail()
            return self.query(ready) == [(2,)]

        wait_for(both, "two consumers are at work")
        return started

    def run(self, *args: str, timeout: float = PATIENCE, **extra: str) -> Any:
        """Run a command to its end, past the proxies; it must end well. Return its JSON, if any."""
        direct = {"DATABASE_URL": self.database_url, "RABBIT_URL": self.rabbit_url or ""}
        done = subprocess.run(
            [PROGRAM, *args],
            env=self.environment() | direct | extra,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"academico {' '.join(args)}: {done.returncode} {done.stderr}"
        return json.loads(done.stdout) if "json" in args else done.stdout

    def killer(self, link: Link) -> bool:
        """Kill -9 the client of a connection of the database's proxy, and cut what it sent."""
        with contextlib.suppress(psutil.Error, OSError):
            pid = pid_of(link.client_port, self.pg.port)
            self.allowed_deaths.add(pid)
            os.kill(pid, signal.SIGKILL)
            self.hits += 1
        return True

    def keep_alive(self, batch: int = 40, **extra: str) -> None:
        """Start a consumer for each that the test killed; one that died by itself fails it."""
        for consumer in list(self.consumers):
            code = consumer.process.poll()
            if code is None:
                continue
            assert consumer.pid in self.allowed_deaths, (
                f"a consumer ended by itself with {code}: {consumer.tail()}"
            )
            self.consumers.remove(consumer)
            self.consume(batch=batch, **extra)

    # ------------------------------------------------------------------ waiting and ending

    def query(self, statement: str, *params: object) -> list[tuple[Any, ...]]:
        """Ask the database, past the proxy."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(statement, params).fetchall()

    def stored(self) -> int:
        """Return the number of messages in raw, 0 while the database is away."""
        try:
            return int(self.query("SELECT count(*) FROM raw.mensajes")[0][0])
        except psycopg.Error:
            return 0

    def wait_until_stored(self, load: Workload, **kept: Any) -> None:
        """Wait until the consumers, kept alive, have taken every message in."""

        def done() -> bool:
            self.keep_alive(**kept)
            return self.stored() >= len(load.unique) and self.broker.depth() == 0

        try:
            wait_for(done, "the consumers go on by themselves and take everything in")
        except AssertionError as exc:
            tails = "\n---\n".join(consumer.tail() for consumer in self.consumers)
            raise AssertionError(f"{exc}; stored {self.stored()}; {tails}") from exc

    def finish(self) -> None:
        """End the consumers politely; take in what the broker still gives back."""
        self.pg.clear()
        for consumer in self.consumers:
            if consumer.pid in self.allowed_deaths:
                consumer.process.wait()  # killed with its last batch
            else:
                consumer.terminate()
        self.consumers.clear()
        options = Options(until_empty=True)
        Worker(self.database, self.broker, options, uuid.uuid4(), threading.Event()).run()

    def close(self) -> None:
        """End every process that is left."""
        for consumer in self.consumers:
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(consumer.pid).children(recursive=True):
                    child.kill()
            consumer.kill()
        self.pg.close()
        if self.amqp:
            self.amqp.close()


def pid_of(port: int, peer: int) -> int:
    """Return the process that owns the client's side of a connection on 127.0.0.1."""
    for connection in psutil.net_connections("tcp4"):
        if connection.laddr.port == port and connection.raddr and connection.raddr.port == peer:
            assert connection.pid is not None
            return connection.pid
    raise psutil.NoSuchProcess(0)


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def at_port(url: str, port: int) -> str:
    return url.replace(f":{port_of(url)}/", f":{port}/")


def crash(server: EmbeddedPostgres | PrivateRabbit) -> None:
    """Kill -9 a whole server and wait until it is gone."""
    victims: Mapping[int, psutil.Process] = {
        process.pid: process for process in server._processes() if process.name() != "epmd"
    }
    assert victims
    for process in victims.values():
        with contextlib.suppress(psutil.Error):
            process.kill()
    wait_for(lambda: not server.running(), "the server is dead", 20)
