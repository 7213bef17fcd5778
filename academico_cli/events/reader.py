"""From the bytes of one event to a model, or to the reasons why it breaks the contract."""

import hashlib
import re
import uuid
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from academico_cli.events.alumno import Alumno
from academico_cli.events.calificacion import Calificacion
from academico_cli.events.envelope import Evento
from academico_cli.events.evaluacion import Evaluacion
from academico_cli.events.grupo import Grupo
from academico_cli.events.inscripcion import Inscripcion
from academico_cli.events.maestro import Maestro
from academico_cli.events.materia import Materia

ENTIDADES: dict[str, type[Evento]] = {
    "maestro": Maestro,
    "materia": Materia,
    "grupo": Grupo,
    "alumno": Alumno,
    "inscripcion": Inscripcion,
    "calificacion": Calificacion,
    "evaluacion": Evaluacion,
}
"""The seven entities of the contract, parents before children."""

DESCONOCIDA = "desconocida"
"""The entidad under which an event is counted that names none of the seven."""

MAX_EVENT_BYTES = 1024 * 1024
"""Longest body, or line, of one event in bytes."""

_BOM = b"\xef\xbb\xbf"
_NAMESPACE = uuid.UUID("0b6a4f0e-6a0c-5d0b-9c39-6f6d2f3a7c11").bytes
_CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch

_Any = Annotated[
    Alumno | Maestro | Materia | Grupo | Inscripcion | Calificacion | Evaluacion,
    Field(discriminator="entity"),
]
ADAPTER: TypeAdapter[Evento] = TypeAdapter(_Any)


class FieldError(NamedTuple):
    """Why one field breaks the contract."""

    campo: str
    """The field, or empty when the body as a whole is wrong."""
    motivo: str
    """A short code that groups alike rejects: see MOTIVOS."""
    esperado: str
    """What was expected, in words."""


class Rejected(NamedTuple):
    """An event that breaks the contract."""

    entidad: str
    errores: tuple[FieldError, ...]


MOTIVOS = {
    "json_invalid": "json_invalido",
    "dict_type": "no_es_objeto",
    "model_attributes_type": "no_es_objeto",
    "union_tag_invalid": "entidad_desconocida",
    "union_tag_not_found": "entidad_ausente",
    "missing": "campo_ausente",
}
"""Code of each kind of pydantic error; of the others, type errors are tipo_invalido and the rest
valor_invalido."""


def read(body: bytes) -> Evento | Rejected:
    """Validate the body of one event.

    Args:
        body: one JSON object in UTF-8; spaces and letter case round the entity's name, and a byte
            order mark, are forgiven.
    """
    try:
        if len(body) > MAX_EVENT_BYTES or not body:
            return _wrong_length(body)
        return ADAPTER.validate_json(body)
    except ValidationError as exc:
        return _read_forgiving(body, exc)


def _read_forgiving(body: bytes, first: ValidationError) -> Evento | Rejected:
    try:
        data = from_json(body.removeprefix(_BOM))
    except ValueError:
        return _rejected(DESCONOCIDA, first)
    entidad = data.get("entity") if isinstance(data, dict) else None
    name = entidad.strip().lower() if isinstance(entidad, str) else DESCONOCIDA
    if name not in ENTIDADES:
        return _rejected(DESCONOCIDA, first)
    if name == entidad and not body.startswith(_BOM):
        return _rejected(name, first)
    try:
        return ADAPTER.validate_json(to_json(data | {"entity": name}))
    except ValidationError as exc:
        return _rejected(name, exc)


def _rejected(entidad: str, exc: ValidationError) -> Rejected:
    errors = exc.errors(include_url=False, include_input=False)
    return Rejected(entidad, tuple(_field_error(entidad, error) for error in errors))


def _field_error(entidad: str, error: ErrorDetails) -> FieldError:
    kind = error["type"]
    loc: tuple[Any, ...] = error["loc"]
    if loc and loc[0] == entidad:
        loc = loc[1:]
    campo = "entity" if kind.startswith("union_tag") else ".".join(str(part) for part in loc)
    motivo = MOTIVOS.get(kind) or (
        "tipo_invalido" if kind.endswith(("_type", "_parsing")) else "valor_invalido"
    )
    esperado = error["msg"]
    if motivo == "entidad_desconocida":
        esperado = "Input should be one of: " + ", ".join(ENTIDADES)
    elif motivo == "entidad_ausente":
        esperado = "Field required, one of: " + ", ".join(ENTIDADES)
    elif motivo == "no_es_objeto":
        esperado = "Input should be one JSON object"
    return FieldError(campo, motivo, esperado)


def _wrong_length(body: bytes) -> Rejected:
    if not body:
        return Rejected(
            DESCONOCIDA, (FieldError("", "vacio", "One JSON object; the body is empty"),)
        )
    esperado = f"An event of at most {MAX_EVENT_BYTES} bytes; this one has {len(body)}"
    return Rejected(DESCONOCIDA, (FieldError("", "demasiado_largo", esperado),))


def message_uuid(message_id: str | None, body: bytes) -> bytes:
    """Return the identity of a message as the 16 bytes of a UUID.

    A message_id that is a canonical UUID is taken as it is, any other becomes a UUIDv5; without
    one the identity is a UUIDv5 of the body.
    """
    if message_id is None:
        return uuid5(body)
    if _CANONICAL_UUID(message_id):
        return bytes.fromhex(message_id.replace("-", ""))
    return uuid5(b"message_id:" + message_id.encode("utf-8", "surrogatepass"))


def uuid5(name: bytes) -> bytes:
    """Return the 16 bytes of the UUIDv5 of a name in the project's namespace (RFC 9562)."""
    digest = bytearray(hashlib.sha1(_NAMESPACE + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


def tie_break(body: bytes) -> int:
    """Return a signed 64-bit number of an event's bytes: it decides between equal ocurrido_en."""
    return int.from_bytes(
        hashlib.blake2b(body, digest_size=8, usedforsecurity=False).digest(), "big", signed=True
    )
