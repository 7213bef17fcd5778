"""What every event has in common, and the types that its fields are made of. Pure: no I/O."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, TypedDict, Unpack

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    SerializationInfo,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, core_schema

MAX_BIGINT = 2**63 - 1


class Bounds(TypedDict, total=False):
    """Bounds of a number, as pydantic names them."""

    gt: float
    ge: float
    lt: float
    le: float


def _storable(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul_byte", "Text should not contain a NUL character")
    return text


def _exact(value: float) -> Decimal:
    return Decimal(repr(value).removesuffix(".0"))


def _two_places(value: float) -> Decimal:
    if round(value, 2) != value:
        raise PydanticCustomError(
            "decimal_max_places", "Number should have no more than 2 decimal places"
        )
    return _exact(value)


def _plain(value: Decimal, info: SerializationInfo) -> Decimal | float:
    return value if info.mode == "python" else float(value)


def _read_as(convert: Callable[[float], Decimal], **bounds: Unpack[Bounds]) -> GetPydanticSchema:
    """Read a JSON number within bounds and make it an exact one; a number in quotes is refused.

    Bounds are compared on the double that the JSON holds, which costs half of comparing Decimals.
    """
    number = core_schema.float_schema(strict=True, allow_inf_nan=False, **bounds)
    as_number = core_schema.plain_serializer_function_ser_schema(_plain, info_arg=True)
    schema = core_schema.no_info_after_validator_function(convert, number, serialization=as_number)
    return GetPydanticSchema(lambda _source, _handler: schema)


Id = Annotated[int, Field(gt=0, le=MAX_BIGINT)]
"""A positive identifier that fits in a PostgreSQL bigint."""

Texto = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_storable),
]
"""A name: 1 to 200 characters after trimming, no NUL."""

Nota = Annotated[Decimal, _read_as(_exact, ge=0, le=10)]
"""A partial grade on the scale 0-10."""

NotaFinal = Annotated[
    Decimal, _read_as(_two_places, ge=0, le=10), Field(description="0-10, at most 2 decimals.")
]
"""A final grade on the scale 0-10."""

Peso = Annotated[Decimal, _read_as(_exact, ge=0, le=1)]
"""A share of the whole, 0-1."""

Creditos = Annotated[
    Decimal, _read_as(_two_places, gt=0, lt=10_000), Field(description="At most 2 decimals.")
]
"""A number of credits."""

Periodo = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-?[A-Z0-9]{1,3}$")]
"""A year and a short term code, such as 2024A."""


class Evento(BaseModel):
    """One event of the contract; strict: a number in quotes is not a number."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    entity: str
    CAMPOS: ClassVar[tuple[str, ...]]
    """The fields that are stored, in the order of the columns of the staging table."""

    version: int | str | None = Field(default=None, description="Version of the contract.")
    ocurrido_en: Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC))] | None = (
        Field(default=None, description="When it happened (RFC 3339). The newer event wins.")
    )
