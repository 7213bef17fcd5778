"""The stack of docker mode: how it is started, looked at and stopped.

Everything of it but the engine's volumes is under ``docker`` in the home: the variables that
Compose reads, and the secrets, each a file that the containers mount.
"""

import hashlib
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from academico_cli import shipped
from academico_cli.errors import DockerUnusable, PortsTaken, StackFailed
from academico_cli.local import files, variables
from academico_cli.local.docker import Compose, Container
from academico_cli.local.status import Item
from academico_cli.local.variables import LOGINS, PLAIN, PORTS, PROFILES
from academico_cli.settings import default_home, environment_without

_READY_SECONDS = 600
"""How long services may take to answer once their images are there."""
_OURS = ("ACADEMICO_SECRETS", "ACADEMICO_PACKAGE", "ACADEMICO_VERSION")


class Stack:
    """The containers of one home; nothing is started yet."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "docker"
        self._home = home
        self._record = self.folder / "stack.json"
        self._secrets = self.folder / "secrets"

    @property
    def there(self) -> bool:
        """Whether this home has data in the engine's volumes, or may have."""
        return self._record.exists()

    def require(self) -> None:
        """Make sure that Docker can be used.

        Raises:
            DockerUnusable: it cannot; the message says what is missing.
        """
        self._compose().require()

    def start(self, tell: Callable[[str], None]) -> dict[str, str]:
        """Start PostgreSQL and RabbitMQ, wait until they are healthy, return the settings for here.

        The rest of the stack needs the tables: ``complete`` starts it.

        Args:
            tell: gets each line that Compose reports.

        Raises:
            DockerUnusable, PortsTaken, StackFailed: it could not be started.
            WrongUsage: a variable cannot be used, or contradicts the data that are there.
        """
        logins = variables.choose_logins(self._kept("logins"))
        chosen = variables.choose_variables(self._own(), logins)
        files.private_folder(self.folder)
        # Before anything is started: nobody can find out a lost password of data that are there.
        files.write_json(self._record, {"logins": logins, "variables": chosen})
        self._write_secrets(logins)
        text = "".join(f"{name}='{value}'\n" for name, value in sorted(chosen.items()))
        files.write_private(self.folder / "compose.env", text)
        self._check_ports(chosen)
        self._up(tell, "postgres", "rabbitmq")
        addresses = (f"127.0.0.1:{chosen[name]}" for name in ("POSTGRES_PORT", "RABBITMQ_PORT"))
        found = variables.urls(logins, *addresses)
        if "monitoring" in chosen["COMPOSE_PROFILES"]:
            found["ACADEMICO_PROMETHEUS_URL"] = f"http://127.0.0.1:{chosen['PROM_PORT']}"
        return found

    def complete(self, tell: Callable[[str], None]) -> None:
        """Build the worker of this academico; start all that is chosen, wait until it is healthy.

        Raises:
            StackFailed: it could not be started.
        """
        self._up(tell, "--build")

    def stop(self, tell: Callable[[str], None], *, delete_data: bool = False) -> bool:
        """Remove the containers; the data stay unless asked. False when none was running.

        Raises:
            DockerUnusable, StackFailed: the engine does not do it.
        """
        self.require()
        compose = self._compose()
        running = any(container.running for container in compose.containers())
        compose.run("down", *(["--volumes"] if delete_data else []), tell=tell)
        return running

    def items(self) -> list[Item]:
        """Return the state of each service but the two that answer for themselves."""
        try:
            found = {each.service: each for each in self._compose().containers()}
        except (DockerUnusable, StackFailed) as exc:
            return [Item("docker", "down", None, str(exc))]
        profiles = self._kept("variables")["COMPOSE_PROFILES"].split(",")
        services = ["worker"] if "core" in profiles else []
        if "monitoring" in profiles:
            services += ["prometheus", "alertmanager", "postgres-exporter", "grafana"]
        return [self._item(name, found.get(name)) for name in services]

    def _item(self, name: str, found: Container | None) -> Item:
        chosen = self._kept("variables")
        port = next((p for p in PORTS if p.service == name), None)
        address = None if port is None else f"127.0.0.1:{chosen[port.name]}"
        if port is not None and port.page:
            address = f"http://{address}"
        if found is None or not found.running:
            says = "there is no container" if found is None else found.says
            return Item(name, "down", address, f"{says}: run `academico up`")
        says = found.says
        if name == "grafana":
            user = chosen.get("GRAFANA_USER", "admin")
            says += f"; user {user}, password in {self._secrets / 'grafana_admin_password'}"
        return Item(name, "down" if found.healthy is False else "up", address, says)

    def _up(self, tell: Callable[[str], None], *words: str) -> None:
        wait = ("--detach", "--wait", "--wait-timeout", str(_READY_SECONDS))
        self._compose().run("up", *wait, *words, tell=tell)

    def _compose(self) -> Compose:
        profiles = self._kept("variables").get("COMPOSE_PROFILES", ",".join(PROFILES))
        managed = {*(port.name for port in PORTS), *LOGINS, *PLAIN, *_OURS}
        return Compose(
            file=shipped.folder("compose") / "docker-compose.yml",
            variables=self.folder / "compose.env",
            profiles=tuple(profiles.split(",")),
            environment=environment_without(managed),
        )

    def _kept(self, part: str) -> dict[str, str]:
        """Return what the last start wrote down; empty before the first."""
        held = files.read_json(self._record).get(part)
        return {str(n): str(v) for n, v in held.items()} if isinstance(held, dict) else {}

    def _own(self) -> dict[str, str]:
        project = "academico"
        if self._home != default_home():
            # No two homes share containers or volumes.
            project += "-" + hashlib.sha256(str(self._home).encode()).hexdigest()[:8]
        return {
            "COMPOSE_PROJECT_NAME": project,
            "ACADEMICO_SECRETS": str(self._secrets),
            "ACADEMICO_PACKAGE": str(Path(shipped.__file__).parent),
            "ACADEMICO_VERSION": version("academico"),
        }

    def _write_secrets(self, logins: Mapping[str, str]) -> None:
        files.private_folder(self._secrets)
        for name, text in variables.secret_files(logins).items():
            path = self._secrets / name
            # One that stays the same is not replaced: a running container has mounted this file.
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                files.write_private(path, text)
            # The programs in the containers are other users; the folder is what keeps others out.
            path.chmod(0o444)

    def _check_ports(self, chosen: Mapping[str, str]) -> None:
        running = [each.service for each in self._compose().containers() if each.running]
        wanted = variables.ports_of(running, chosen["COMPOSE_PROFILES"].split(","))
        taken = [port for port in wanted if not files.port_is_free(int(chosen[port.name]))]
        if taken:
            raise PortsTaken(
                ports=", ".join(f"{chosen[port.name]} ({port.service})" for port in taken),
                names=", ".join(port.name for port in taken),
            )
