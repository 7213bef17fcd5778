"""State of every service and of what waits in them, for ``academico status``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import psycopg

from academico_cli import migrations, sqlfiles
from academico_cli.errors import (
    AcademicoError,
    MigrationMissing,
    ObjectMissing,
    QueueUnusable,
    ServiceUnavailable,
)
from academico_cli.local.prometheus import PrivatePrometheus
from academico_cli.postgres import Connection, Database, translate

if TYPE_CHECKING:
    from academico_cli.broker import Broker

SQL = sqlfiles.load(__package__, "status.sql")

State = Literal["up", "down", "ok", "behind", "missing", "unknown"]


@dataclass(frozen=True)
class Item:
    """One line of the status."""

    name: str
    state: State
    value: object
    """An address, a number, a version; None when unknown."""
    detail: str

    def row(self) -> dict[str, object]:
        """Return it as a flat mapping."""
        return asdict(self)


def status(
    database: Database,
    broker: "Broker",
    queue: str,
    *,
    rabbit: bool,
    prometheus: PrivatePrometheus | None = None,
) -> list[Item]:
    """Ask every service how it is; nothing is raised for one that does not answer.

    Args:
        database: with short waits: each question is asked once.
        broker: where messages wait.
        queue: its queue's name.
        rabbit: whether the broker is RabbitMQ (else the queue is in the database).
        prometheus: that of this home, which may never have been started.
    """
    items: list[Item] = []
    try:
        with database.session(name="academico status") as connection:
            items += _database(database, connection)
    except (AcademicoError, psycopg.Error) as exc:
        error = exc if isinstance(exc, AcademicoError) else translate(exc, database.address)
        items = [Item("postgresql", "down", database.address, str(error))]
    items += _broker(broker, queue, rabbit=rabbit, database_up=items[0].state == "up")
    return items + (_monitoring(prometheus) if prometheus is not None else [])


def reachable(items: list[Item]) -> bool:
    """Tell whether every service answered."""
    return not any(item.state == "down" for item in items)


def _database(database: Database, connection: Connection) -> list[Item]:
    version = one_row(connection, "server")[0]
    items = [Item("postgresql", "up", database.address, f"PostgreSQL {version}")]
    try:
        at = migrations.current(database)
    except ServiceUnavailable as exc:
        return [*items, Item("migration", "unknown", None, str(exc))]
    head = migrations.head()
    if at != head:
        detail = f"this academico needs {head}: run `academico migrate`"
        return [*items, Item("migration", "behind", at, detail)]
    return [
        *items,
        Item("migration", "ok", at, f"head {head}"),
        *_parked(connection),
        _waiting(connection, "rechazos", "rejected events to look at"),
        _last_lote(connection),
    ]


def _parked(connection: Connection) -> list[Item]:
    """Return what waits for a parent: altogether, then for each kind of parent with its age."""
    rows = connection.execute(SQL["pendientes"]).fetchall()
    total = sum(int(str(row[1])) for row in rows)
    items = [Item("pendientes", "ok", total, "events whose parent has not arrived")]
    for padre, events, parents, age in rows:
        detail = f"wait for {parents} {padre} not here yet, the first for {_age(float(str(age)))}"
        items.append(Item(f"pendientes.{padre}", "ok", events, detail))
    return items


def _age(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _waiting(connection: Connection, name: str, what: str) -> Item:
    count, oldest = one_row(connection, name)
    return Item(
        name, "ok", count, what + (f", oldest {oldest:%Y-%m-%d %H:%M:%SZ}" if oldest else "")
    )


def _last_lote(connection: Connection) -> Item:
    row = connection.execute(SQL["ultimo_lote"]).fetchone()
    if row is None:
        return Item("ultimo_lote", "ok", None, "nothing was consumed or loaded yet")
    lote, closed, events = row
    return Item(
        "ultimo_lote", "ok", lote, f"committed {closed:%Y-%m-%d %H:%M:%SZ}, {events} events"
    )


def _broker(broker: "Broker", queue: str, *, rabbit: bool, database_up: bool) -> list[Item]:
    name = "rabbitmq" if rabbit else "queue in postgresql"
    if not rabbit and not database_up:
        return [Item(name, "down", broker.address, "its database is down")]
    try:
        depth = broker.depth()
    except (ServiceUnavailable, psycopg.Error) as exc:
        error = exc if isinstance(exc, AcademicoError) else translate(exc, broker.address)
        if not isinstance(error, QueueUnusable | MigrationMissing | ObjectMissing):
            return [Item(name, "down", broker.address, str(error))]
        # It answered, and said no about this queue only.
        return [Item(name, "up", broker.address, ""), Item("cola", "missing", None, str(error))]
    return [
        Item(name, "up", broker.address, ""),
        Item("cola", "ok", depth, f"messages waiting in the queue {queue}"),
    ]


def _monitoring(prometheus: PrivatePrometheus) -> list[Item]:
    if not prometheus.wanted:
        return []
    name, alerts = "prometheus", prometheus.alerts()
    if alerts is None:
        return [Item(name, "down", prometheus.url, "start it with `academico up --monitoring`")]
    firing = sorted({alert_name(alert) for alert in alerts if alert.get("state") == "firing"})
    port = prometheus.worker_port
    return [
        Item(name, "up", prometheus.url, f"looks at `academico consume --metrics-port {port}`"),
        Item("alertas", "ok", len(firing), ", ".join(firing) or "none is firing"),
    ]


def alert_name(alert: Mapping[str, object]) -> str:
    """Return the name of an alert of Prometheus' API."""
    labels = alert["labels"]
    return str(labels["alertname"]) if isinstance(labels, dict) else ""


def one_row(connection: Connection, name: str) -> tuple[Any, ...]:
    """Return the one row of a statement of status.sql."""
    row = connection.execute(SQL[name]).fetchone()
    if row is None:
        raise LookupError(name)
    return row
