"""What every event has in common, and the types that its fields are made of. Pure: no I/O."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

MAX_BIGINT = 2**63 - 1


def _storable(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul_byte", "Text should not contain a NUL character")
    return text


def _number(value: object) -> object:
    # Strict or not, pydantic would read a Decimal from a JSON string too.
    if type(value) is float or type(value) is int:
        return Decimal(repr(value))
    if isinstance(value, Decimal):
        return value
    raise PydanticCustomError("decimal_type", "Input should be a number")


Id = Annotated[int, Field(gt=0, le=MAX_BIGINT)]
"""A positive identifier that fits in a PostgreSQL bigint."""

Texto = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_storable),
]
"""A name: 1 to 200 characters after trimming, no NUL."""

Numero = Annotated[
    Decimal, BeforeValidator(_number, json_schema_input_type=float), Field(allow_inf_nan=False)
]
"""An exact number, written in JSON as a number."""

Nota = Annotated[Numero, Field(ge=0, le=10)]
"""A grade on the scale 0-10."""

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
