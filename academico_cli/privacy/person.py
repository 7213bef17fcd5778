"""Whom an event is about, also one that breaks the contract."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from academico_cli.core.personal import Quien
from academico_cli.events.reader import ENTIDADES, Rejected, read

_BOM = b"\xef\xbb\xbf"
_WORD = rb"[0-9A-Za-z\x80-\xff]"


class Person:
    """An alumno or a maestro, with the names that are known of them."""

    def __init__(self, quien: Quien, number: int) -> None:
        self.quien, self.id = quien, number
        self.names: set[str] = set()
        self._field = f"id_{quien}"
        self._marked = re.compile(rb"%s\W{1,9}%d(?!\d)" % (self._field.encode(), number))
        self._named: re.Pattern[bytes] | None = None

    def learn(self, name: object) -> None:
        """Remember a name that the person is known by."""
        if isinstance(name, str) and name.strip() and name.strip() not in self.names:
            self.names.add(name.strip())
            spelled = b"|".join(re.escape(s) for s in self.spellings())
            self._named = re.compile(rb"(?<!%s)(?:%s)(?!%s)" % (_WORD, spelled, _WORD))

    def spellings(self) -> list[bytes]:
        """Return the bytes in which the names can stand in a body, longest first."""
        found: set[bytes] = set()
        for name in self.names:
            escaped = json.dumps(name)[1:-1]
            upper = re.sub(r"\\u[0-9a-f]{4}", lambda m: "\\u" + m[0][2:].upper(), escaped)
            found |= {name.encode(), escaped.encode(), upper.encode()}
            found |= {json.dumps(name, ensure_ascii=False)[1:-1].encode()}
            found |= {name.encode("latin-1", "ignore")} if _fits_latin(name) else set()
        return sorted(found, key=len, reverse=True)

    def is_named_in(self, body: bytes) -> bool:
        """Tell whether one of the names stands in a body, as whole words."""
        return self._named is not None and self._named.search(body) is not None

    def is_meant_by(self, line: bytes) -> bool:
        """Tell whether an event is about the person.

        Its id says so. Where it has none that can be read, and is of no entity that is about
        somebody else, the id somewhere in it does, or a name.
        """
        try:
            data = from_json(line.removeprefix(_BOM))
        except ValueError:
            return self._marked.search(line) is not None or self.is_named_in(line)
        if isinstance(data, dict):
            number = _number(data.get(self._field))
            if number is not None:
                self._learn_from(data, number)
                return number == self.id
            if self._is_about_others(data):
                return False
        return self.id in _ids(data, self._field) or self.is_named_in(line)

    def _learn_from(self, data: dict[str, Any], number: int) -> None:
        if number == self.id and _entity(data) == self.quien:
            self.learn(data.get("nombre"))

    def _is_about_others(self, data: dict[str, Any]) -> bool:
        model = ENTIDADES.get(_entity(data))
        return model is not None and self._field not in model.CAMPOS


def entidad_of(line: bytes) -> str:
    """Return the entidad under which the ledger counts an event as it reads today."""
    event = read(line)
    return event.entidad if isinstance(event, Rejected) else event.entity


def _entity(data: dict[str, Any]) -> str:
    entity = data.get("entity")
    return entity.strip().lower() if isinstance(entity, str) else ""


def _ids(data: object, field: str) -> Iterator[int]:
    """Yield the ids that stand anywhere in a JSON value."""
    pending = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            number = _number(value.get(field))
            if number is not None:
                yield number
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _number(value: object) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        value = value.strip()
        return int(value) if re.fullmatch(r"\d{1,19}", value) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def _fits_latin(name: str) -> bool:
    try:
        name.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
