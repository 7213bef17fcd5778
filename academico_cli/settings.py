"""What is in force: environment, then ``.env``, then what ``academico up`` recorded, then defaults.

The environment is read in this file and nowhere else.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError
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

_MEANS_SOMETHING_EMPTY = frozenset({"RABBIT_URL"})
"""Empty is a value here, the queue in PostgreSQL; any other name set to nothing is not set."""

_MASK = "***"
_LOGIN = re.compile(r"^([^:@]*:)(.*)@", re.DOTALL)
_PARAMETER = re.compile(r"(?i)\b(\w*password\s*=\s*)('(?:[^'\\]|\\.)*'|[^&\s]*)")


def default_home() -> Path:
    """Return the platform's user data folder for academico."""
    return Path(platformdirs.user_data_dir("academico", appauthor=False))


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


Folder = Annotated[Path, AfterValidator(_absolute)]
"""A folder; ``~`` and relative paths are understood, so that it means the same everywhere."""


class Settings(BaseSettings):
    """Frozen settings of one command. Field aliases are the names of the environment."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_file=".env",
        env_file_encoding="utf-8-sig",
        extra="ignore",
        hide_input_in_errors=True,
    )

    home: Folder = Field(default_factory=default_home, alias="ACADEMICO_HOME")
    """Folder of the embedded servers, their data and the record of ``up``."""
    database_url: SecretStr | None = Field(default=None, alias="DATABASE_URL")
    """libpq or SQLAlchemy URL of the database."""
    rabbit_url: SecretStr | None = Field(default=None, alias="RABBIT_URL")
    """AMQP URL; empty means the queue in PostgreSQL."""
    queue_name: str = Field(default="etl", min_length=1, max_length=200, alias="QUEUE_NAME")
    """Queue that events are published to and consumed from."""
    mappings: Folder | None = Field(default=None, alias="ACADEMICO_MAPPINGS")
    """Folder with the user's own mappings, beside the shipped ones."""
    dq_rules: Folder | None = Field(default=None, alias="ACADEMICO_DQ_RULES")
    """Folder with the user's own rules of data quality, beside the shipped ones."""
    pseudonym_key: SecretStr | None = Field(default=None, alias="ACADEMICO_PSEUDONYM_KEY")
    """Key of the pseudonyms in exports for research; at least 32 characters."""
    connect_timeout: int = Field(default=10, ge=1, alias="ACADEMICO_CONNECT_TIMEOUT")
    """Seconds to wait for a connection to PostgreSQL or RabbitMQ."""
    statement_timeout: int = Field(default=300, ge=1, alias="ACADEMICO_STATEMENT_TIMEOUT")
    """Seconds that one SQL statement of a batch may take."""
    lock_timeout: int = Field(default=30, ge=1, alias="ACADEMICO_LOCK_TIMEOUT")
    """Seconds to wait for a lock in PostgreSQL."""

    stall_timeout: int = Field(default=60, ge=1, alias="ACADEMICO_STALL_TIMEOUT")
    """Seconds without a sign of life after which /live says that a worker is stuck."""
    traces: str = Field(default="", alias="ACADEMICO_TRACES")
    """Where OpenTelemetry traces go: `otlp` or `file:PATH`; empty for nowhere."""
    prometheus_url: str = Field(default="", alias="ACADEMICO_PROMETHEUS_URL")
    """Prometheus that `academico top` asks for alerts, such as http://127.0.0.1:9090."""

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
        environment, dotenv = _Set(settings_cls, env_settings), _Set(settings_cls, dotenv_settings)
        record = _Record(settings_cls, init_settings, environment, dotenv)
        return init_settings, environment, dotenv, record


class _WholeSource(PydanticBaseSettingsSource):
    """A source that is read at once."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError  # __call__ gives the whole


class _Set(_WholeSource):
    """What another source holds, without the names that are set to nothing."""

    def __init__(self, settings_cls: type[BaseSettings], inner: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._inner = inner

    def __call__(self) -> dict[str, Any]:
        held = self._inner().items()
        return {n: v for n, v in held if v != "" or n in _MEANS_SOMETHING_EMPTY}


class _Record(_WholeSource):
    """Values that ``academico up`` recorded under the home that the stronger sources name."""

    def __init__(
        self, settings_cls: type[BaseSettings], *stronger: PydanticBaseSettingsSource
    ) -> None:
        super().__init__(settings_cls)
        self._stronger = stronger

    def __call__(self) -> dict[str, Any]:
        for source in self._stronger:
            home = source().get("ACADEMICO_HOME")
            if home:
                return dict(read_record(_absolute(Path(home))))
        return dict(read_record(default_home()))


def read_record(home: Path) -> Mapping[str, str]:
    """Return what ``up`` recorded under this home: environment name -> value; empty when nothing.

    Raises:
        WrongUsage: the record is there and cannot be read or is damaged.
    """
    path = home / RECORD_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {str(k): str(v) for k, v in data.get("settings", {}).items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as exc:
        raise WrongUsage(
            detail=f"{path} cannot be read ({exc.strerror}): it belongs to the user who ran "
            "`academico up`; become that user, or set ACADEMICO_HOME to a folder of yours"
        ) from exc
    except (ValueError, AttributeError) as exc:
        raise WrongUsage(
            detail=f"{path} is damaged; delete it and run `academico up` again"
        ) from exc


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
    except (OSError, UnicodeDecodeError) as exc:
        reason = "it is not UTF-8" if isinstance(exc, ValueError) else exc.strerror
        raise WrongUsage(detail=f"the file .env here cannot be read: {reason}") from exc


def environment_of(home: Path) -> dict[str, str]:
    """Return our environment for a process in which nothing but this home is configured."""
    names = {str(field.alias) for field in Settings.model_fields.values()}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in names}
    return kept | {"ACADEMICO_HOME": str(home)}


@dataclass(frozen=True)
class Value:
    """One setting in force: its environment name, value, and where the value came from."""

    name: str
    value: str | None
    source: Source
    secret: bool

    def shown(self, *, show_secrets: bool = False) -> str | None:
        """Return the value for people's eyes: passwords masked unless asked for."""
        if self.value is None or not self.secret or show_secrets:
            return self.value
        return masked(self.value) if self.name.endswith("_URL") else _MASK


def masked(url: str) -> str:
    """Return a URL or libpq string with ``***`` for each password; the rest stays readable."""
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    shown = scheme + separator + _LOGIN.sub(rf"\g<1>{_MASK}@", rest, count=1)
    return _PARAMETER.sub(rf"\g<1>{_MASK}", shown)


def explain(settings: Settings) -> list[Value]:
    """Return every setting in force with its source; the URLs and the queue first."""
    found: list[tuple[Source, Mapping[str, Any]]] = [
        ("environment", _Set(Settings, EnvSettingsSource(Settings))()),
        (".env", _Set(Settings, DotEnvSettingsSource(Settings))()),
        ("up", read_record(settings.home)),
    ]
    values: list[Value] = []
    for field_name in ("database_url", "rabbit_url", "queue_name", *Settings.model_fields):
        name = str(Settings.model_fields[field_name].alias)
        if any(value.name == name for value in values):
            continue
        source: Source = next((s for s, held in found if name in held), "default")
        value = getattr(settings, field_name)
        secret = isinstance(value, SecretStr)
        text = value.get_secret_value() if secret else value
        values.append(Value(name, None if text is None else str(text), source, secret))
    return values
