"""Where the services run: in Docker's containers, or as programs of this machine."""

from collections.abc import Callable
from typing import Literal

from academico_cli.errors import DockerUnusable, WrongUsage
from academico_cli.local import files, services
from academico_cli.local.services import BrokerChoice, Home
from academico_cli.local.stack import Stack
from academico_cli.local.status import Item
from academico_cli.settings import Settings, explain

Mode = Literal["auto", "docker", "local"]
Tell = Callable[[str], None]


def choose(settings: Settings, mode: Mode, broker: BrokerChoice, tell: Tell) -> bool:
    """Tell whether ``up`` is to use Docker.

    auto stays where the data are; new ones go into Docker when an engine answers that has Compose.

    Raises:
        WrongUsage: docker mode contradicts another choice.
        DockerUnusable: it was asked for, or the data are there, and it cannot be used.
    """
    given = [
        value
        for value in explain(settings)
        if value.name in ("DATABASE_URL", "RABBIT_URL") and value.source in ("environment", ".env")
    ]
    home = Home(settings.home)
    if mode == "docker":
        if given:
            raise WrongUsage(
                detail="docker mode starts its own PostgreSQL and RabbitMQ, and "
                f"{given[0].name} is set in the {given[0].source}; unset it, or use --mode local"
            )
        if broker == "postgres":
            raise WrongUsage(detail="docker mode has RabbitMQ; leave --broker postgres out")
        return True
    if mode == "local" or given or broker == "postgres":
        return False
    if _in_docker(home):
        return True
    if home.record.exists() or home.postgres.folder.exists():
        return False
    try:
        Stack(settings.home).require()
    except DockerUnusable:
        return False
    tell("Docker answers, so the services run there; `--mode local` needs no images")
    return True


def up_docker(settings: Settings, tell: Tell) -> None:
    """Start PostgreSQL and RabbitMQ in Docker and record where they are; safe to repeat.

    Raises:
        HomeUnusable, DockerUnusable, PortsTaken, StackFailed: they could not be started.
        WrongUsage: a variable cannot be used.
    """
    home, stack = Home(settings.home), Stack(settings.home)
    stack.require()
    if not _in_docker(home) and any(services.down(home).values()):
        tell(f"the local servers were stopped; their data stay in {home.folder}")
    with home.held():
        held = files.read_json(home.record)
        # What local mode had chosen is wanted again when it comes back.
        before = held.get("local") if held.get("mode") == "docker" else held
        urls = stack.start(tell)
        files.write_json(home.record, {"mode": "docker", "settings": urls, "local": before})


def complete_docker(settings: Settings, tell: Tell) -> None:
    """Start what needs the tables: the worker, and what looks at it.

    Raises:
        StackFailed: it could not be started.
    """
    with Home(settings.home).held():
        Stack(settings.home).complete(tell)


def leave_docker(settings: Settings, tell: Tell) -> None:
    """Before local servers are started: remove the containers, if any run; their data stay."""
    home = Home(settings.home)
    if not _in_docker(home):
        return
    with home.held():
        try:
            if Stack(settings.home).stop(tell):
                tell("the containers were stopped; their data stay in Docker's volumes")
        except DockerUnusable as exc:
            tell(f"containers that may be there are left alone: {exc}")
        before = files.read_json(home.record).get("local")
        if isinstance(before, dict) and before:
            files.write_json(home.record, before)
        else:
            home.record.unlink()


def down(settings: Settings, tell: Tell, *, delete_data: bool = False) -> dict[str, bool]:
    """Stop the containers and the local servers of this home; nothing else is touched.

    Returns:
        Name of each server -> whether it was running.

    Raises:
        DockerUnusable, StackFailed: the containers could not be stopped.
    """
    home, stack, stopped = Home(settings.home), Stack(settings.home), {}
    if stack.there:
        with home.held():
            try:
                stopped["docker"] = stack.stop(tell, delete_data=delete_data)
            except DockerUnusable:
                if delete_data or _in_docker(home):
                    raise
            if delete_data:
                files.remove(stack.folder)
    return stopped | services.down(home, delete_data=delete_data)


def items(settings: Settings) -> list[Item]:
    """Return the state of the containers that ``status`` does not ask itself, in docker mode."""
    return Stack(settings.home).items() if _in_docker(Home(settings.home)) else []


def _in_docker(home: Home) -> bool:
    return files.read_json(home.record).get("mode") == "docker"
