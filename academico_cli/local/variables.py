"""The variables of docker mode: what ``.env`` may say, what is generated, what is refused."""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from academico_cli.errors import WrongUsage
from academico_cli.settings import environment_values

PROFILES = ("core", "monitoring")


class Port(NamedTuple):
    """A port of 127.0.0.1 that a service answers on."""

    name: str
    """The variable that changes it."""
    default: int
    service: str
    profile: str
    page: bool = False
    """Whether a browser can open it."""


PORTS = (
    Port("POSTGRES_PORT", 5432, "postgres", "core"),
    Port("RABBITMQ_PORT", 5672, "rabbitmq", "core"),
    Port("RABBITMQ_MGMT_PORT", 15672, "rabbitmq", "core", page=True),
    Port("WORKER_METRICS_PORT", 8000, "worker", "core"),
    Port("PROM_PORT", 9090, "prometheus", "monitoring", page=True),
    Port("ALERTMANAGER_PORT", 9093, "alertmanager", "monitoring", page=True),
    Port("GRAFANA_PORT", 3000, "grafana", "monitoring", page=True),
)
LOGINS = {
    "POSTGRES_USER": "app",
    "POSTGRES_DB": "payments",
    "POSTGRES_PASSWORD": "",
    "RABBITMQ_DEFAULT_USER": "app",
    "RABBITMQ_DEFAULT_PASS": "",
}
"""What the data are made with, and stay with -> default; the empty ones are generated."""
GENERATED = ("monitor", "grafana_database", "grafana_admin", "grafana_key")
"""Passwords that nobody chooses."""
PLAIN = (
    *("POSTGRES_IMAGE", "RABBITMQ_IMAGE", "PROMETHEUS_IMAGE", "GRAFANA_IMAGE"),
    *("ALERTMANAGER_IMAGE", "POSTGRES_EXPORTER_IMAGE", "PYTHON_IMAGE"),
    *("QUEUE_NAME", "ACADEMICO_WORKERS", "WORKER_CPUS", "WORKER_MEMORY"),
    *("GRAFANA_USER", "PROM_RETENTION", "PROM_RETENTION_SIZE"),
    *("ALERTMANAGER_CONFIG", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"),
)
"""The other variables that docker-compose.yml, or Compose itself, reads."""

_SAFE = re.compile(r"[!$%&()*+,./0-9:;<=>?@A-Z\[\]^_a-z{|}~-]+")
"""What a login may be made of: nothing that means something else in rabbitmq.conf."""


def choose_variables(own: Mapping[str, str], logins: Mapping[str, str]) -> dict[str, str]:
    """Return every variable for Compose, none of them a secret.

    Args:
        own: those that are ours to say.
        logins: what the data are made with.

    Raises:
        WrongUsage: one cannot be used; the message names it.
    """
    ports = {port.name: str(port.default) for port in PORTS}
    given = environment_values([*ports, *PLAIN])
    for name, value in given.items():
        if name in ports and not (value.isdecimal() and 0 < int(value) < 65_536):
            raise WrongUsage(detail=f"{name}: a port from 1 to 65535 is expected, not {value}")
        if "'" in value or "\n" in value:
            raise WrongUsage(detail=f"{name}: quotes and line ends cannot be used in it")
    public = {name: logins[name] for name, default in LOGINS.items() if default}
    both = {"COMPOSE_PROFILES": ",".join(PROFILES)}
    chosen: dict[str, str] = {**both, **own, **ports, **given, **public}
    for profile in chosen["COMPOSE_PROFILES"].split(","):
        if profile not in PROFILES:
            known = " and ".join(PROFILES)
            raise WrongUsage(detail=f"COMPOSE_PROFILES: there are {known}, and no {profile}")
    return chosen


def choose_logins(kept: Mapping[str, str]) -> dict[str, str]:
    """Return the logins: those kept from before, else what is set, else generated ones.

    Raises:
        WrongUsage: one that is set cannot be used, or contradicts the kept one.
    """
    given = environment_values(list(LOGINS))
    for name, value in given.items():
        if not _SAFE.fullmatch(value):
            raise WrongUsage(
                detail=f"{name}: spaces, quotes, #, \\ and what is not ASCII cannot be used in it"
            )
        if kept and kept[name] != value:
            raise WrongUsage(
                detail=f"{name} is set to another value than the data in Docker's volumes were "
                "made with; set it back, or start anew with `academico down --delete-data`"
            )
    if kept:
        return dict(kept)
    passwords = {name: secrets.token_hex(24) for name in (*LOGINS, *GENERATED)}
    return passwords | {n: v for n, v in LOGINS.items() if v} | given


def secret_files(logins: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of docker-compose.yml: name -> content of its file."""
    inside = urls(logins, "postgres:5432", "rabbitmq:5672")
    rabbit = (logins["RABBITMQ_DEFAULT_USER"], logins["RABBITMQ_DEFAULT_PASS"])
    return {
        "postgres_password": logins["POSTGRES_PASSWORD"],
        "postgres_monitor_password": logins["monitor"],
        "grafana_database_password": logins["grafana_database"],
        "grafana_admin_password": logins["grafana_admin"],
        "grafana_secret_key": logins["grafana_key"],
        "rabbitmq_login": "default_user = {}\ndefault_pass = {}\n".format(*rabbit),
        "database_url": inside["DATABASE_URL"],
        "rabbit_url": inside["RABBIT_URL"],
    }


def urls(logins: Mapping[str, str], database: str, rabbit: str) -> dict[str, str]:
    """Return the URLs of both servers at these addresses."""
    user, name, password, rabbit_user, rabbit_password = (
        quote(logins[each], safe="") for each in LOGINS
    )
    return {
        "DATABASE_URL": f"postgresql://{user}:{password}@{database}/{name}",
        "RABBIT_URL": f"amqp://{rabbit_user}:{rabbit_password}@{rabbit}/%2F",
    }


def ports_of(services: Iterable[str], profiles: Iterable[str]) -> list[Port]:
    """Return the ports of these profiles that services other than those named would open."""
    here, chosen = set(services), set(profiles)
    return [port for port in PORTS if port.service not in here and port.profile in chosen]
