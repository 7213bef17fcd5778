"""One rule of data quality, and how its file is read.

A file is a header of SQL comments and one SELECT, which returns a row for each failure::

    -- id: calificacion_sin_inscripcion
    -- titulo: Calificación sin inscripción
    -- significa: Un alumno tiene calificación en un grupo
    --   en el que nunca se inscribió.
    SELECT ...
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from academico_cli.errors import RuleInvalid, UnreadableFile
from academico_cli.events.reader import ENTIDADES

Severity = Literal["warn", "error"]

ENTITIES = (*ENTIDADES, "periodo", "flujo", "mart")
"""What a rule may be about: an entidad, a periodo, the flow (raw, stg, core), a mart."""

REQUIRED = (
    "id", "entidad", "tabla", "severidad", "titulo", "significa", "importa", "remedio", "columnas",
)  # fmt: skip
OPTIONAL = ("umbral", "llave", "padre", "total", "compuerta")

_ENTRY = re.compile(r"--[ \t]?([A-Za-z_]+):(?:[ \t]+(.*))?$")
_CONTINUATION = re.compile(r"--(?:[ \t]{2,}(\S.*)|[ \t]*)$")
_ID = re.compile(r"[a-z][a-z0-9_]{2,62}")
_TABLE = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*")
_APART = re.compile(
    r"[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/"
    r"|(?<![\w$])\$([A-Za-z_]\w*)?\$.*?\$\1\$",
    re.DOTALL,
)
"""What is no code: texts, quoted names, comments."""
_THRESHOLD = re.compile(r"(\d+)|(\d+(?:\.\d+)?)[ \t]*%")


@dataclass(frozen=True)
class Threshold:
    """How much may fail: a number of rows, or a share of all."""

    value: Decimal
    percent: bool

    def exceeded(self, failed: int, total: int) -> bool:
        """Tell whether this many failures are too many; of an empty table any failure is."""
        if not self.percent:
            return failed > self.value
        return failed * 100 > self.value * total

    def __str__(self) -> str:
        return f"{self.value:f}%" if self.percent else f"{self.value:f}"


@dataclass(frozen=True)
class Rule:
    """A rule as its file says it; texts are Spanish, for the staff of the school."""

    id: str
    entity: str
    table: str
    """``schema.table`` that the result is about."""
    severity: Severity
    title: str
    meaning: str
    matters: str
    remedy: str
    columns: tuple[str, ...]
    """The only columns of the result that may be shown."""
    key: tuple[str, ...]
    """Those of them by which a failure is known again in a later run."""
    threshold: Threshold
    parent: str | None
    """Column of the result by which failures are grouped to look for their cause."""
    total: str | None
    """SELECT of the number of rows that could fail; None: the rows of ``table``."""
    gate: bool
    """Whether it is asked of each lote while it is consumed."""
    query: str = field(repr=False)
    path: Path
    shipped: bool = True


def parse(path: Path, text: str, *, shipped: bool = True) -> Rule:
    """Read a rule.

    Args:
        path: its file, whose stem is the rule's id.
        text: what is in it.

    Raises:
        RuleInvalid: the message names file, line and key, and says what was expected.
    """
    return _Header(path, text).rule(shipped=shipped)


def read_file(path: Path, *, shipped: bool = True) -> Rule:
    """Read a rule from its file.

    Raises:
        UnreadableFile: it cannot be read, or is not UTF-8.
        RuleInvalid: as ``parse``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UnreadableFile(path=path, detail="it is not UTF-8") from exc
    except OSError as exc:
        raise UnreadableFile(path=path, detail=exc.strerror or exc) from exc
    return parse(path, text, shipped=shipped)


class _Header:
    """The header's entries with their lines, and the query under it."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._values: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        lines = text.splitlines()
        end = self._read(lines)
        self._end = end + 1
        self._query = "\n".join(lines[end:]).strip()

    def _read(self, lines: list[str]) -> int:
        """Read the entries; return the index of the first line under the header."""
        key = ""
        for index, line in enumerate(map(str.rstrip, lines)):
            if not line.startswith("--"):
                if line:
                    return index
                continue
            if entry := _ENTRY.match(line):
                key = self._start(entry[1], entry[2] or "", index + 1)
            elif (more := _CONTINUATION.match(line)) and key:
                self._values[key] = f"{self._values[key]} {more[1] or ''}".strip()
            else:
                raise self._error(
                    index + 1,
                    key or "header",
                    "expected `-- key: value`, or `--   more` to go on with the line above",
                )
        return len(lines)

    def _start(self, key: str, value: str, line: int) -> str:
        if key not in (*REQUIRED, *OPTIONAL):
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise self._error(line, key, f"there is no such key; the keys are {known}")
        if key in self._values:
            raise self._error(line, key, f"it stands already in line {self._lines[key]}")
        self._values[key], self._lines[key] = value.strip(), line
        return key

    def _error(self, line: int, key: str, detail: str) -> RuleInvalid:
        return RuleInvalid(path=self._path, line=line, key=key, detail=detail)

    def _fail(self, key: str, expected: str) -> RuleInvalid:
        return self._error(self._lines.get(key, self._end), key, expected)

    def rule(self, *, shipped: bool) -> Rule:
        values = self._values
        for key in REQUIRED:
            if not values.get(key):
                raise self._fail(key, "it is missing, and every rule has one")
        columns = self._columns("columnas")
        return Rule(
            id=self._id(),
            entity=self._one_of("entidad", ENTITIES),
            table=self._table(),
            severity=self._one_of("severidad", ("warn", "error")),  # type: ignore[arg-type]
            title=values["titulo"],
            meaning=values["significa"],
            matters=values["importa"],
            remedy=values["remedio"],
            columns=columns,
            key=self._key(columns),
            threshold=self._threshold(),
            parent=next(self._names("padre"), None),
            total=self._select("total", values["total"]) if values.get("total") else None,
            gate=self._gate(),
            query=self._select("SELECT", self._query),
            path=self._path,
            shipped=shipped,
        )

    def _id(self) -> str:
        found = self._values["id"]
        if not _ID.fullmatch(found):
            raise self._fail("id", "expected 3 to 63 of a-z, 0-9 and _, the first one a letter")
        if found != self._path.stem:
            raise self._fail("id", f"expected {self._path.stem}, the name of the file")
        return found

    def _one_of(self, key: str, known: tuple[str, ...], default: str = "") -> str:
        found = self._values.get(key, "").lower() or default
        if found not in known:
            raise self._fail(key, f"expected one of {', '.join(known)}")
        return found

    def _table(self) -> str:
        found = self._values["tabla"]
        if not _TABLE.fullmatch(found):
            raise self._fail("tabla", "expected schema.table, such as academico.grupos")
        return found

    def _names(self, key: str) -> Iterator[str]:
        for name in filter(None, map(str.strip, self._values.get(key, "").split(","))):
            if not _COLUMN.fullmatch(name):
                raise self._fail(key, "expected names of columns, with commas between them")
            yield name

    def _columns(self, key: str) -> tuple[str, ...]:
        names = tuple(self._names(key))
        if len(set(names)) < len(names):
            raise self._fail(key, "a column stands twice")
        return names

    def _key(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        if "llave" not in self._values:
            return columns
        key = self._columns("llave")
        if not key or not set(key) <= set(columns):
            raise self._fail("llave", f"expected some of columnas: {', '.join(columns)}")
        return key

    def _threshold(self) -> Threshold:
        found = _THRESHOLD.fullmatch(self._values.get("umbral", "0"))
        if found is None or Decimal(found[2] or 0) > 100:
            raise self._fail("umbral", "expected a number of rows such as 5, or a share such as 1%")
        return Threshold(Decimal(found[1] or found[2]), percent=found[1] is None)

    def _gate(self) -> bool:
        gate = self._one_of("compuerta", ("si", "no"), default="no") == "si"
        if gate and self._values["entidad"].lower() not in ENTIDADES:
            raise self._fail("compuerta", f"only of {', '.join(ENTIDADES)} a lote can be asked")
        return gate

    def _select(self, key: str, text: str) -> str:
        query = text.rstrip().removesuffix(";").rstrip()
        code = _APART.sub(" ", query)
        if not re.match(r"(?i)\s*(select|with)\b", code):
            raise self._fail(key, "expected one SELECT (or WITH ... SELECT)")
        if ";" in code or code.count("(") != code.count(")"):
            raise self._fail(key, "expected one SELECT: no `;` in it, and every ( closed")
        return query
