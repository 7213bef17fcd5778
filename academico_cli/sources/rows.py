"""A row of a mapping as the JSON text of an event. Decimals keep their digits."""

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring

Row = tuple[object, ...]


def encode_rows(entity: str, columns: Sequence[str]) -> Callable[[Row], bytes]:
    """Return the function that writes one row as an event; a value that is None is left out.

    Args:
        entity: value of ``entity``.
        columns: names of the row's values, in order.
    """
    start = '{"entity":' + encode_basestring(entity)
    keys = [f",{encode_basestring(column)}:" for column in columns]

    def encode(row: Row) -> bytes:
        fields = [
            key + _WRITERS.get(type(value), _write_other)(value)
            for key, value in zip(keys, row, strict=True)
            if value is not None
        ]
        return f"{start}{''.join(fields)}}}".encode()

    return encode


def _write_other(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _write_moment(value: datetime) -> str:
    """Write RFC 3339; a time without zone is taken as UTC."""
    text = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return f'"{text.isoformat()}Z"'


_WRITERS: dict[type, Callable[..., str]] = {
    int: str,
    str: encode_basestring,
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: format(value, "f"),
    float: lambda value: repr(value) if math.isfinite(value) else "null",
    date: lambda value: f'"{value.isoformat()}"',
    datetime: _write_moment,
}
