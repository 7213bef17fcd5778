"""DuckDB over one folder of tables, with everything else out of its reach.

No network, no extension that is not built in, no file outside the folder, bounded memory. A
mapping may only SELECT; what sorts more than the memory holds goes to a temporary folder that
is removed.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from academico_cli.errors import MappingFailed

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "512MB",
    "threads": "2",
    "preserve_insertion_order": "true",
}

_WILDCARDS = re.compile(r"[\[\]*?]")

_READERS = {
    ".csv": "read_csv(?, header = true, sample_size = -1)",
    ".tsv": "read_csv(?, header = true, sample_size = -1, delim = '\t')",
    ".parquet": "read_parquet(?)",
    ".json": "read_json(?, sample_size = -1)",
    ".jsonl": "read_json(?, sample_size = -1, format = 'newline_delimited')",
    ".ndjson": "read_json(?, sample_size = -1, format = 'newline_delimited')",
}


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an in-memory DuckDB that can read the tables of this folder and nothing else.

    It sees them through links in a temporary folder: DuckDB takes ``[`` and ``*`` in a path for
    wildcards and has no way to quote them, and so it cannot write beside the tables either.
    """
    spill = Path(tempfile.mkdtemp(prefix="academico-"))
    try:
        links = _linked(folder, spill)
        config = {**_CONFIG, "temp_directory": str(spill)}
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET VARIABLE carpeta = {_quoted(str(links))}")
            connection.execute(f"SET allowed_directories = [{_quoted(f'{spill}/')}]")
            # DuckDB looks where a link leads, too.
            targets = ", ".join(_quoted(str(link.resolve())) for link in links.iterdir())
            connection.execute(f"SET allowed_paths = [{targets}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _linked(folder: Path, spill: Path) -> Path:
    links = spill / "tablas"
    links.mkdir()
    for path in folder.iterdir():
        if _suffix(path) in _READERS and path.is_file():
            _link(links, path).symlink_to(path.resolve())
    return links


def _link(links: Path, path: Path) -> Path:
    return links / _WILDCARDS.sub("_", path.name)


def table_files(folder: Path) -> dict[str, list[Path]]:
    """Return the folder's tables under each name a mapping may use, in lower case."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if _suffix(path) in _READERS and path.is_file():
            for name in {path.name.lower(), path.name.split(".")[0].lower()}:
                found.setdefault(name, []).append(path)
    return found


def create_views(connection: duckdb.DuckDBPyConnection, folder: Path, query: str) -> None:
    """Create a view for each file that the query names; a file it does not name is not opened.

    Raises:
        duckdb.Error: a file cannot be read as a table; LookupError: a name means two files.
    """
    files = table_files(folder)
    variable = connection.execute("SELECT getvariable('carpeta')").fetchone()
    links = Path(variable[0] if variable else "")
    for name in sorted(set(_tables_of(connection, query))):
        paths = files.get(name.lower(), [])
        if len(paths) > 1:
            named = " and ".join(path.name for path in paths)
            raise LookupError(f"{name} could be {named}; write the whole name in double quotes")
        if paths:
            link = _quoted(str(_link(links, paths[0])))
            reader = _READERS[_suffix(paths[0])].replace("?", link)
            connection.execute(f"CREATE OR REPLACE VIEW {_identifier(name)} AS FROM {reader}")


def is_ordered_select(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Tell whether the text is one SELECT that ends in an ORDER BY."""
    tree = _tree(connection, query)
    statements = tree.get("statements", [])
    if len(statements) != 1:
        return False
    kinds = [modifier["type"] for modifier in statements[0]["node"]["modifiers"]]
    return "ORDER_MODIFIER" in kinds


def columns(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Return the names of the query's columns; binds it without running it."""
    return [str(row[0]) for row in connection.execute(f"DESCRIBE {_bare(query)}").fetchall()]


def select(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Start the query. Rows are streamed as they are fetched.

    Times with a zone come as times without, in UTC: fetching them otherwise needs pytz.
    """
    described = connection.execute(f"DESCRIBE {_bare(query)}").fetchall()
    zoned = [str(row[0]) for row in described if row[1] == "TIMESTAMP WITH TIME ZONE"]
    if zoned:
        casts = ", ".join(f"{_identifier(n)}::TIMESTAMP AS {_identifier(n)}" for n in zoned)
        query = f"SELECT * REPLACE ({casts}) FROM ({_bare(query)})"  # noqa: S608
    return connection.execute(query)


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the number of the query's rows."""
    found = connection.execute(f"SELECT count(*) FROM ({_bare(query)})").fetchone()  # noqa: S608
    return int(found[0]) if found else 0


@contextmanager
def failures(mapping: str, folder: Path, entity: str | None = None) -> Iterator[None]:
    """Turn DuckDB's words into one line that names the mapping, its file and the folder.

    Raises:
        MappingFailed: the body raised an error of DuckDB, or found a name ambiguous.
    """
    where = f"{entity}.sql: " if entity else ""
    try:
        yield
    except duckdb.Error as exc:
        detail = f"{where}{_one_line(str(exc))}"
        if isinstance(exc, duckdb.CatalogException) and "Table with name" in str(exc):
            names = ", ".join(sorted({p.name for ps in table_files(folder).values() for p in ps}))
            detail += f". The folder's tables are: {names or 'none'}"
        raise MappingFailed(mapping=mapping, folder=folder, detail=detail) from exc
    except (LookupError, OSError) as exc:
        raise MappingFailed(mapping=mapping, folder=folder, detail=f"{where}{exc}") from exc


def _tree(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """Return DuckDB's own syntax tree; it has one for SELECTs only."""
    row = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchone()
    tree: dict[str, Any] = json.loads(row[0]) if row else {}
    if tree.get("error") and tree.get("error_type") == "parser":
        raise duckdb.ParserException(str(tree.get("error_message")))
    return tree


def _tables_of(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[str]:
    waiting: list[object] = [_tree(connection, query)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                yield str(node["table_name"])
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _one_line(message: str) -> str:
    """Keep what DuckDB says is wrong; leave out its advice, and the row's own data."""
    kept = re.sub(r"/\S*/tablas/", "", message.partition("\n\n")[0]).splitlines()
    return " ".join(line for line in kept if not line.startswith("Original Line")).rstrip(". ")


def _bare(query: str) -> str:
    return query.strip().rstrip(";") + "\n"


def _suffix(path: Path) -> str:
    return path.with_suffix("").suffix.lower() if path.suffix == ".gz" else path.suffix.lower()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
