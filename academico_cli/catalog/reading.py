"""Reads the catalogue of a database: pg_catalog, core.dq_rules, and what is declared personal."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from psycopg import Cursor, IsolationLevel
from psycopg.errors import InsufficientPrivilege, UndefinedTable
from psycopg.rows import dict_row

from academico_cli import migrations, sqlfiles, stg
from academico_cli.catalog.model import Catalog, Column, Function, Reference, Relation, Rule, Schema
from academico_cli.core.personal import PERSONAL
from academico_cli.postgres import Connection, Database

SCHEMAS = ("raw", "stg", "core", "academico", "marts", "ml")
"""Those that are ours, in the order in which an event goes through them."""

_SQL = sqlfiles.load(__package__, "catalog.sql")
_TEXTS = {"significa": "Qué significa", "descripcion": "Qué significa", "importa": "Cuándo importa",
          "remedio": "Cómo se corrige", "umbral": "Umbral"}  # fmt: skip

_NONE = (None, "", "0")

Row = dict[str, Any]
Grouped = dict[tuple[str, str], list[Row]]


def read(database: Database) -> Catalog:
    """Return the catalogue of a database, all of it as of one moment.

    Raises:
        MigrationMissing, ForeignDatabase, DatabaseTooNew: it is not at our version.
    """
    migrations.require(database)
    with database.session(name="academico docs") as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            return _catalog(cursor, _rules(connection))


def _catalog(cursor: Cursor[Row], rules: tuple[Rule, ...]) -> Catalog:
    def rows(name: str) -> list[Row]:
        return cursor.execute(_SQL[name], {"schemas": list(SCHEMAS)}).fetchall()

    constraints = _by_relation(rows("constraints"))
    indexes = _by_relation(rows("indexes"))
    columns = _by_relation(rows("columns"))
    relations: defaultdict[str, list[Relation]] = defaultdict(list)
    for row in rows("relations"):
        place = row["schema"], row["name"]
        relations[row["schema"]].append(
            _relation(row, columns[place], constraints[place], indexes[place])
        )
    functions: defaultdict[str, list[Function]] = defaultdict(list)
    for function in _functions(rows("functions")):
        functions[function.schema].append(function)
    server = rows("server")[0]
    return Catalog(
        database=server["name"],
        server=server["server"],
        version=server["version"] or "",
        schemas=tuple(
            Schema(
                s["name"], s["comment"], tuple(relations[s["name"]]), tuple(functions[s["name"]])
            )
            for s in rows("schemas")
        ),
        rules=rules,
        view_sources=tuple((row["view"], row["source"]) for row in rows("view_sources")),
        staged={entidad: f"stg.{table}" for entidad, table in stg.TABLES.items()},
    )


def _by_relation(rows: Iterable[Row]) -> Grouped:
    grouped: Grouped = defaultdict(list)
    for row in rows:
        grouped[row["schema"], row["relation"]].append(row)
    return grouped


def _relation(row: Row, columns: list[Row], constraints: list[Row], indexes: list[Row]) -> Relation:
    key = next((tuple(c["columns"]) for c in constraints if c["kind"] == "p"), ())
    unique = {c["columns"][0] for c in constraints if c["kind"] == "u" and len(c["columns"]) == 1}
    references = tuple(
        Reference(tuple(c["columns"]), c["target"], tuple(c["target_columns"]))
        for c in constraints
        if c["kind"] == "f"
    )
    return Relation(
        columns=tuple(_column(column, key, unique, references) for column in columns),
        key=key,
        references=references,
        constraints=tuple(c["definition"] for c in constraints),
        indexes=tuple(i["definition"] for i in indexes),
        **row,
    )


def _column(
    row: Row, key: tuple[str, ...], unique: set[str], references: tuple[Reference, ...]
) -> Column:
    name = row["name"]
    return Column(
        name=name,
        type=row["type"],
        nullable=row["nullable"],
        initial=row["initial"],
        comment=row["comment"],
        personal=f"{row['schema']}.{row['relation']}.{name}" in PERSONAL,
        key=name in key,
        unique=name in unique,
        references=tuple(
            f"{reference.target}.{target}"
            for reference in references
            for column, target in zip(reference.columns, reference.target_columns, strict=True)
            if column == name
        ),
    )


def _functions(rows: list[Row]) -> Iterable[Function]:
    names = [(row["schema"], row["name"]) for row in rows]
    for row in rows:
        alone = names.count((row["schema"], row["name"])) == 1
        identity = "" if alone else row.pop("identity")
        row.pop("identity", None)
        yield Function(full_name=f"{row['schema']}.{row['name']}({identity})", **row)


def _rules(connection: Connection) -> tuple[Rule, ...]:
    """Return the rules that are registered; none where they may not be read, or never were."""
    try:
        with connection.transaction():
            found = connection.execute(_SQL["rules"]).fetchall()
    except (InsufficientPrivilege, UndefinedTable):
        return ()
    return tuple(_rule(row[0]) for row in found)


def _rule(stored: Any) -> Rule:  # noqa: ANN401  a JSON object of the database
    texts = {
        _TEXTS[name]: str(stored[name]) for name in _TEXTS if stored.get(name, "0") not in _NONE
    }
    return Rule(
        id=stored["id"],
        severity=stored["severity"],
        title=stored["titulo"],
        texts=tuple(texts.items()),
        table=stored.get("tabla"),
    )
