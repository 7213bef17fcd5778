"""What is in force: environment, then ``.env``, then what ``academico up`` recorded, then defaults.

The environment is read in this file and nowhere else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from academico_cli.errors import WrongUsage

RECORD_NAME = "up.json"
"""File under ACADEMICO_HOME in which ``academico up`` records where its servers are."""

Source = Literal["environment", ".env", "up", "default"]


def default_home() -> Path:
    """Return the platform's user data folder for academico."""
    return Path(platformdirs.user_data_dir("academico", appauthor=False))


class Settings(BaseSettings):
    """Frozen settings of one command. Field aliases are the names of the environment."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", env_file_encoding="utf-8-sig", extra="ignore",
        populate_by_name=True, hide_input_in_errors=True,
    )

    home: Path = Field(default_factory=default_home, alias="ACADEMICO_HOME")
    """Folder of the embedded servers, their data and the record of ``up``."""
    database_url: SecretStr | None = Field(default=None, alias="DATABASE_URL")
    """libpq or SQLAlchemy URL of the database."""
    rabbit_url: SecretStr | None = Field(default=None, alias="RABBIT_URL")
    """AMQP URL; empty means the queue in PostgreSQL."""
    queue_name: str = Field(default="etl", min_length=1, max_length=200, alias="QUEUE_NAME")
    """Queue that events are published to and consumed from."""
    mappings: Path | None = Field(default=None, alias="ACADEMICO_MAPPINGS")
    """Folder with the user's own mappings, beside the shipped ones."""
    connect_timeout: int = Field(default=10, ge=1, alias="ACADEMICO_CONNECT_TIMEOUT")
    """Seconds to wait for a connection to PostgreSQL or RabbitMQ."""
    statement_timeout: int = Field(default=300, ge=1, alias="ACADEMICO_STATEMENT_TIMEOUT")
    """Seconds that one SQL statement of a batch may take."""
    lock_timeout: int = Field(default=30, ge=1, alias="ACADEMICO_LOCK_TIMEOUT")
    """Seconds to wait for a lock in PostgreSQL."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the record of ``up`` behind environment and ``.env``."""
        del file_secret_settings
        record = _RecordSource(settings_cls, env_settings, dotenv_settings)
        return init_settings, env_settings, dotenv_settings, record


class _RecordSource(PydanticBaseSettingsSource):
    """Values that ``academico up`` recorded under the home that the stronger sources name."""

    def __init__(
        self, settings_cls: type[BaseSettings], *stronger: PydanticBaseSettingsSource
    ) -> None:
        super().__init__(settings_cls)
        self._stronger = stronger

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError  # the whole record is read at once by __call__

    def __call__(self) -> dict[str, Any]:
        for source in self._stronger:
            home = source().get("ACADEMICO_HOME")
            if home:
                return dict(read_record(Path(home)))
        return dict(read_record(default_home()))


def read_record(home: Path) -> Mapping[str, str]:
    """Return what ``up`` recorded under this home: environment name -> value; empty when nothing.

    Raises:
        WrongUsage: the record is there and cannot be read or is damaged.
    """
    path = home / RECORD_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        raise WrongUsage(
            detail=f"{path}, written by `academico up`, cannot be read ({exc}); "
            "run `academico up` again"
        ) from exc
    return {str(k): str(v) for k, v in data.get("settings", {}).items()}


def load_settings() -> Settings:
    """Read the settings in force.

    Raises:
        WrongUsage: a value cannot be used; the message names the variable, never the value.
    """
    try:
        return Settings()
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise WrongUsage(detail=f"{name}: {first['msg']}") from exc


@dataclass(frozen=True)
class Value:
    """One setting in force: its environment name, value, and where the value came from."""

    name: str
    value: str | None
    source: Source
    secret: bool


def explain(settings: Settings) -> list[Value]:
    """Return every setting in force with its source, in the order of the fields."""
    found: list[tuple[Source, Mapping[str, Any]]] = [
        ("environment", EnvSettingsSource(Settings)()),
        (".env", DotEnvSettingsSource(Settings)()),
        ("up", read_record(settings.home)),
    ]
    values = []
    for field_name, field in Settings.model_fields.items():
        name = str(field.alias)
        source: Source = next((s for s, held in found if name in held), "default")
        value = getattr(settings, field_name)
        secret = isinstance(value, SecretStr)
        text = value.get_secret_value() if secret else value
        values.append(Value(name, None if text is None else str(text), source, secret))
    return values
