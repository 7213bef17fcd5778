"""What ``academico up`` and ``down`` do: start what is missing, say where it is, stop it again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from academico_cli.errors import LocalServerFailed, WrongUsage
from academico_cli.local import files
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.local.prometheus import PostgresExporter, PrivatePrometheus
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.settings import RECORD_NAME, Settings, explain, read_record

if TYPE_CHECKING:
    from academico_cli.broker import Broker
    from academico_cli.postgres import Database

BrokerChoice = Literal["auto", "rabbitmq", "postgres"]


class Server(Protocol):
    """A server that we start, and its data under one folder."""

    folder: Path

    def stop(self) -> bool:
        """Stop it; False when it was not running."""


@dataclass(frozen=True)
class Home:
    """The folder of the local servers, their data, and the record of where they are."""

    folder: Path

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The embedded server; nothing is started yet."""
        return EmbeddedPostgres(self.folder / "postgres")

    @property
    def rabbit(self) -> PrivateRabbit:
        """The private node; nothing is started yet."""
        return PrivateRabbit(self.folder / "rabbitmq")

    @property
    def prometheus(self) -> PrivatePrometheus:
        """The private Prometheus; nothing is started yet."""
        return PrivatePrometheus(self.folder / "prometheus")

    @property
    def postgres_exporter(self) -> PostgresExporter:
        """What tells Prometheus of the embedded server; nothing is started yet."""
        return PostgresExporter(self.folder / "postgres_exporter")

    @property
    def servers(self) -> Mapping[str, Server]:
        """All of them, each after those that ask it: the order to stop them in."""
        return {
            "prometheus": self.prometheus,
            "postgres_exporter": self.postgres_exporter,
            "rabbitmq": self.rabbit,
            "postgresql": self.postgres,
        }

    @property
    def record(self) -> Path:
        """The file that settings are read from when nobody sets them."""
        return self.folder / RECORD_NAME

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the home: one `up` or `down` at a time."""
        with files.mended(self.folder):
            files.private_folder(self.folder, ours=RECORD_NAME)
            with files.locked(self.folder):
                yield


@dataclass
class Started:
    """What ``up`` did."""

    notes: list[str] = field(default_factory=list)
    """Lines for people: what was used instead of being started, and why."""


def up(settings: Settings, *, broker: BrokerChoice = "auto", monitoring: bool = False) -> Started:
    """Start the servers that nobody has configured otherwise, and record where they are.

    Idempotent; what DATABASE_URL or RABBIT_URL name in the environment or ``.env`` is used as it
    is and never started.

    Args:
        settings: those in force.
        broker: auto keeps what an earlier ``up`` chose, else takes RabbitMQ when it is installed.
        monitoring: start Prometheus too; one that was not stopped since is started again in any
            case, and told of new addresses.

    Raises:
        HomeUnusable, LocalServerFailed: a server could not be started.
        WrongUsage: ``broker`` contradicts RABBIT_URL.
    """
    given = {
        value.name: (value.value or "", value.source)
        for value in explain(settings)
        if value.source in ("environment", ".env")
    }
    home, done = Home(settings.home), Started()
    _check_choice(broker, given)
    if monitoring and home.prometheus.program() is None:
        raise home.prometheus.failed(
            "it is not installed; install it (Debian: apt-get install prometheus), or leave "
            "--monitoring out"
        )
    if "DATABASE_URL" in given and "RABBIT_URL" in given:
        done.notes += [_used(name, given[name][1]) for name in ("DATABASE_URL", "RABBIT_URL")]
    else:
        with home.held():
            done.notes += _start(home, broker, given)
    if monitoring or home.prometheus.wanted:
        with home.held():
            done.notes += _watch(home)
    return done


def _start(home: Home, broker: BrokerChoice, given: Mapping[str, tuple[str, str]]) -> list[str]:
    record, notes = _Record(home.record), []
    if "DATABASE_URL" in given:
        notes.append(_used("DATABASE_URL", given["DATABASE_URL"][1]))
    else:
        record.keep("postgresql", "DATABASE_URL", home.postgres.start())
    if "RABBIT_URL" in given:
        notes.append(_used("RABBIT_URL", given["RABBIT_URL"][1]))
    elif _wants_rabbit(broker, read_record(home.folder)):
        record.keep("rabbitmq", "RABBIT_URL", home.rabbit.start())
    else:
        if home.rabbit.stop():
            notes.append("the private RabbitMQ was stopped; its messages stay in it")
        record.keep("rabbitmq", "RABBIT_URL", "")
    return notes


def _watch(home: Home) -> list[str]:
    """Start Prometheus, and what answers it for the servers of this home that run."""
    rabbit = home.rabbit.answer_prometheus() if home.rabbit.running() else None
    exporter, notes = None, []
    if home.postgres.running():
        if home.postgres_exporter.program() is None:
            notes.append(
                "Prometheus will know nothing of PostgreSQL: its exporter is not installed "
                "(Debian: apt-get install prometheus-postgres-exporter)"
            )
        else:
            exporter = home.postgres_exporter.start(home.postgres.start())
    url = home.prometheus.start(rabbitmq=rabbit, postgres=exporter)
    _Record(home.record).keep("prometheus", "ACADEMICO_PROMETHEUS_URL", url)
    return notes


def down(home: Home, *, delete_data: bool = False) -> dict[str, bool]:
    """Stop the servers of this home; nothing else is touched.

    Returns:
        Name of each server -> whether it was running.
    """
    if not home.folder.exists():
        # A node may outlive its folder, when that was deleted by hand.
        return _stop(home)
    with home.held():
        watched = home.prometheus.wanted
        stopped = _stop(home)
        if watched:
            _Record(home.record).keep("prometheus", "ACADEMICO_PROMETHEUS_URL", "")
        if delete_data:
            for server in home.servers.values():
                files.remove(server.folder)
            home.record.unlink(missing_ok=True)
            (home.folder / files.DEMO_MARK).unlink(missing_ok=True)
            (home.folder / "lock").unlink()
            if not any(home.folder.iterdir()):
                home.folder.rmdir()
    return stopped


def _stop(home: Home) -> dict[str, bool]:
    return {name: server.stop() for name, server in home.servers.items()}


def prepare(settings: Settings, database: "Database", broker: "Broker") -> list[str]:
    """Bring the database to the version this package needs and declare the queue.

    Returns:
        The revisions that were applied.
    """
    from academico_cli import migrations  # noqa: PLC0415  Alembic is slow to import

    applied = migrations.upgrade(database)
    broker.declare()
    rabbit = Home(settings.home).rabbit
    if rabbit.running():
        rabbit.keep_queue(settings.queue_name)
    return applied


class _Record:
    """The file ``up.json``: settings of the servers that we started, and when they changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        held = files.read_json(path)
        settings, servers = held.get("settings"), held.get("servers")
        self._settings = dict(settings) if isinstance(settings, dict) else {}
        self._servers = dict(servers) if isinstance(servers, dict) else {}

    def keep(self, server: str, name: str, value: str) -> None:
        """Write one server's URL down at once: a later failure must not lose it."""
        self._settings[name] = value
        self._servers[server] = {"started": bool(value)}
        files.write_json(self._path, {"settings": self._settings, "servers": self._servers})


def _check_choice(broker: BrokerChoice, given: Mapping[str, tuple[str, str]]) -> None:
    if broker == "auto" or "RABBIT_URL" not in given:
        return
    url, source = given["RABBIT_URL"]
    if (broker == "rabbitmq") != bool(url):
        meant = "RabbitMQ" if url else "the queue in PostgreSQL"
        raise WrongUsage(
            detail=f"--broker {broker} contradicts RABBIT_URL, which the {source} sets to {meant}; "
            "unset one of them"
        )


def _wants_rabbit(broker: BrokerChoice, recorded: Mapping[str, str]) -> bool:
    if broker == "auto":
        # Messages may wait where they were published: an installation later on does not move them.
        return bool(recorded.get("RABBIT_URL", PrivateRabbit.installed()))
    if broker == "rabbitmq" and not PrivateRabbit.installed():
        raise LocalServerFailed(
            server="RabbitMQ",
            detail="rabbitmq-server is not installed; install it, or use --broker postgres",
            log="not there yet",
        )
    return broker == "rabbitmq"


def _used(name: str, source: str) -> str:
    return f"{name} is set in the {source}: used as it is, nothing started"
