"""Tables as events: a folder of SQL files, one an entity, run by DuckDB over a folder of tables.

``alumno.sql`` holds one SELECT; each row is an event of the entity ``alumno`` whose fields are
the columns, and a column that is NULL is left out. Every CSV, TSV, Parquet and JSON file in the
folder is a view, by the name of the file (``"studentInfo.csv.gz"``) and by its first part
(``studentInfo``); CSV and JSON types are detected from the whole file. ``getvariable('carpeta')``
is a folder that holds them, for a ``read_csv`` with options of one's own.

The SELECT ends in an ORDER BY over a key, because an event's identity depends on the rows before
it. Grades are computed as DECIMAL: a DOUBLE is written with all the digits that it has, and
7.800000000000001 is refused like any grade with more than two decimals.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import duckdb

from academico_cli.errors import MappingFailed, UnknownMapping
from academico_cli.sources import tables
from academico_cli.sources.rows import encode_rows
from academico_cli.sources.source import Source

ENTITIES = ("maestro", "materia", "grupo", "alumno", "inscripcion", "calificacion", "evaluacion")
"""Parents before children: the order in which a mapping's files are run."""

_SHIPPED = Path(__file__).parent / "mappings"
_FETCH = 5_000


def find_mapping(name: str, own: Path | None = None) -> Path:
    """Return a mapping's folder: the user's own, then a shipped one, then a path.

    Raises:
        UnknownMapping: neither a name that is known nor a folder.
    """
    folders = [folder for folder in (own, _SHIPPED) if folder is not None]
    if Path(name).name == name and name not in (".", ".."):
        for folder in folders:
            if (folder / name).is_dir():
                return folder / name
    if Path(name).is_dir():
        return Path(name)
    raise UnknownMapping(name=name, known=", ".join(known_mappings(own)))


def known_mappings(own: Path | None = None) -> list[str]:
    """Return the names of the shipped mappings and of the user's own."""
    folders = [folder for folder in (own, _SHIPPED) if folder is not None and folder.is_dir()]
    return sorted({p.name for f in folders for p in f.iterdir() if any(p.glob("*.sql"))})


class MappingSource(Source):
    """The rows of a mapping over one folder of tables, one stream for each entity."""

    def __init__(self, folder: Path, mapping: Path) -> None:
        self._folder = folder.resolve()
        self._mapping = mapping
        self._queries = self._read_queries()
        with tables.failures(mapping.name, folder), tables.opened(self._folder) as connection:
            for entity, query in self._queries.items():
                self._prepare(connection, entity, query)

    def streams(self) -> Iterator[Iterator[bytes]]:
        """Yield the events of each entity, parents first."""
        for entity in self._queries:
            yield self._rows(entity)

    def count(self) -> int | None:
        """Run each SELECT for its number of rows only."""
        return self._count

    @cached_property
    def _count(self) -> int:
        total = 0
        with tables.opened(self._folder) as connection:
            for entity, query in self._queries.items():
                with tables.failures(self._mapping.name, self._folder, entity):
                    tables.create_views(connection, self._folder, query)
                    total += tables.count(connection, query)
        return total

    def _rows(self, entity: str) -> Iterator[bytes]:
        with tables.opened(self._folder) as connection:
            query = self._queries[entity]
            with tables.failures(self._mapping.name, self._folder, entity):
                tables.create_views(connection, self._folder, query)
                cursor = tables.select(connection, query)
            encode = encode_rows(entity, [column[0] for column in cursor.description or ()])
            while True:
                with tables.failures(self._mapping.name, self._folder, entity):
                    rows = cursor.fetchmany(_FETCH)
                if not rows:
                    return
                yield from map(encode, rows)

    def _read_queries(self) -> dict[str, str]:
        found = {path.stem: path for path in sorted(self._mapping.glob("*.sql"))}
        unknown = [path.name for stem, path in found.items() if stem not in ENTITIES]
        if unknown:
            detail = f"{unknown[0]} is not named after an entity ({', '.join(ENTITIES)})"
            raise self._failed(detail)
        if not found:
            raise self._failed("it holds no file such as alumno.sql")
        try:
            return {
                entity: found[entity].read_text(encoding="utf-8-sig")
                for entity in ENTITIES
                if entity in found
            }
        except (OSError, UnicodeDecodeError) as exc:
            raise self._failed(f"its SQL cannot be read ({exc})") from exc

    def _prepare(self, connection: duckdb.DuckDBPyConnection, entity: str, query: str) -> None:
        """Let DuckDB check one file against the tables, before anything is published."""
        with tables.failures(self._mapping.name, self._folder, entity):
            if not tables.is_ordered_select(connection, query):
                raise self._failed(f"{entity}.sql must be one SELECT that ends in an ORDER BY")
            tables.create_views(connection, self._folder, query)
            columns = tables.columns(connection, query)
            doubled = sorted({name for name in columns if columns.count(name) > 1})
            if doubled:
                raise self._failed(f"{entity}.sql has two columns named {doubled[0]}")

    def _failed(self, detail: str) -> MappingFailed:
        return MappingFailed(mapping=self._mapping.name, folder=self._folder, detail=detail)
