"""What is logged, and how: for people, or one JSON object a line for programs.

A record may carry ``extra={"datos": {...}}``: fields of their own in JSON, else ``name=value``.
Never the value of an event's field: what is logged outlives what may be erased.
"""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

LOGGER = "academico_cli"

LogFormat = Literal["console", "json"]


class _Console(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s[%(process)d]: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        pairs = (f" {name}={value}" for name, value in _data(record).items())
        return super().formatMessage(record) + "".join(pairs)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields: dict[str, object] = {
            "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
            **_data(record),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


def _data(record: logging.LogRecord) -> Mapping[str, object]:
    data = getattr(record, "datos", None)
    return data if isinstance(data, Mapping) else {}


def configure(level: int, fmt: LogFormat = "console") -> None:
    """Send what this package logs from this level on to stderr; a second call changes the first."""
    logger = logging.getLogger(LOGGER)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if fmt == "json" else _Console())
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False


def chosen() -> tuple[int, LogFormat]:
    """Return what ``configure`` was told, for a process that is to log the same way."""
    logger = logging.getLogger(LOGGER)
    is_json = any(isinstance(handler.formatter, _Json) for handler in logger.handlers)
    return logger.getEffectiveLevel(), "json" if is_json else "console"
