"""What the catalogue tells about: schemas, their tables, views and functions, and rules."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["table", "view", "matview"]


@dataclass(frozen=True)
class Column:
    """A column of a table or view."""

    name: str
    type: str
    nullable: bool
    initial: str | None
    """Its default as SQL, how it is computed, or ``identidad``; None when it has none."""
    comment: str | None
    personal: bool
    """Whether it says something about a person, as ``core.personal`` declares."""
    key: bool = False
    """Whether it is part of the primary key."""
    unique: bool = False
    """Whether it alone is unique without being the primary key."""
    references: tuple[str, ...] = ()
    """``schema.table.column`` that it points to."""


@dataclass(frozen=True)
class Reference:
    """A foreign key."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Relation:
    """A table with its partitions folded into it, a view or a materialized view."""

    schema: str
    name: str
    kind: Kind
    comment: str | None
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    constraints: tuple[str, ...] = ()
    """Every constraint as SQL."""
    indexes: tuple[str, ...] = ()
    """Those that no constraint made, as SQL."""
    partition_key: str | None = None
    partitions: int = 0
    unlogged: bool = False
    definition: str | None = None
    """The query of a view."""

    @property
    def full_name(self) -> str:
        """``schema.table``, by which everything else names it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Function:
    """A function."""

    schema: str
    name: str
    arguments: str
    result: str
    only_reads: bool
    comment: str | None
    definition: str
    full_name: str
    """``schema.function()``; with the types of its arguments when several have the name."""


@dataclass(frozen=True)
class Rule:
    """A rule of data quality, as it was last registered."""

    id: str
    severity: str
    title: str
    texts: tuple[tuple[str, str], ...]
    """Heading and text: what it means, why it matters, how to mend it."""
    table: str | None


@dataclass(frozen=True)
class Schema:
    """A schema and what is in it."""

    name: str
    comment: str | None
    relations: tuple[Relation, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True)
class Catalog:
    """The whole database, as it was at one moment."""

    database: str
    server: str
    version: str
    schemas: tuple[Schema, ...]
    rules: tuple[Rule, ...] = ()
    view_sources: tuple[tuple[str, str], ...] = ()
    """(view, relation that it reads), by full name."""
    staged: dict[str, str] = field(default_factory=dict)
    """Entidad of an event -> table that its rows are staged in."""

    def relations(self) -> Iterator[Relation]:
        """Yield every table and view, schema by schema."""
        for schema in self.schemas:
            yield from schema.relations

    def functions(self) -> Iterator[Function]:
        """Yield every function, schema by schema."""
        for schema in self.schemas:
            yield from schema.functions
