"""Composition root: settings -> database, broker. No module-level state anywhere."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from academico_cli.errors import DatabaseNotConfigured
from academico_cli.postgres import Database
from academico_cli.roles import Role
from academico_cli.settings import Settings, load_settings

if TYPE_CHECKING:
    from academico_cli.broker import Broker


@dataclass(frozen=True)
class App:
    """What a command needs, each made when first used."""

    settings: Settings
    roles: tuple[Role, ...] = ()
    """Roles that the command acts as in the database, the first that the login has."""

    @classmethod
    def load(cls, *roles: Role) -> "App":
        """Build the app from the settings in force.

        Args:
            roles: what the command needs, in order of preference; nothing: the login itself.
        """
        return cls(load_settings(), roles)

    def hurried(self, *, connect: int = 3, statement: int = 5, lock: int = 3) -> "App":
        """Return an app that rather gives up than keeps somebody waiting, for questions only.

        Args:
            connect, statement, lock: seconds to wait at most for each.
        """
        waits = {"connect_timeout": connect, "statement_timeout": statement, "lock_timeout": lock}
        mine = {name: min(wait, getattr(self.settings, name)) for name, wait in waits.items()}
        return replace(self, settings=self.settings.model_copy(update=mine))

    @property
    def uses_rabbit(self) -> bool:
        """Whether RABBIT_URL says where messages wait; else they wait in the database."""
        url = self.settings.rabbit_url
        return url is not None and bool(url.get_secret_value())

    @cached_property
    def database(self) -> Database:
        """The configured database; nothing is opened yet."""
        url = self.settings.database_url
        if url is None or not url.get_secret_value():
            raise DatabaseNotConfigured
        return Database(
            url.get_secret_value(),
            connect_timeout=self.settings.connect_timeout,
            statement_timeout=self.settings.statement_timeout,
            lock_timeout=self.settings.lock_timeout,
            roles=self.roles,
        )

    @cached_property
    def broker(self) -> "Broker":
        """RabbitMQ when RABBIT_URL is set, else the queue in PostgreSQL."""
        url = self.settings.rabbit_url
        if url is not None and url.get_secret_value():
            from academico_cli.broker.rabbitmq import RabbitBroker  # noqa: PLC0415

            return RabbitBroker(
                url.get_secret_value(),
                self.settings.queue_name,
                connect_timeout=self.settings.connect_timeout,
            )
        from academico_cli.broker.pgqueue import PostgresBroker  # noqa: PLC0415

        return PostgresBroker(self.database, self.settings.queue_name)
