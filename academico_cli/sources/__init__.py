"""Where events come from when not from a queue: files of events, and tables through a mapping.

``open_source`` checks everything that can be checked before the first event, so that a wrong
path or a broken mapping is reported while nothing has been published yet.
"""

from collections.abc import Sequence
from pathlib import Path

from academico_cli.errors import UnreadableFile, WrongUsage
from academico_cli.sources.source import Source

__all__ = ["Source", "open_source"]


def open_source(
    paths: Sequence[Path], mapping: str | None = None, *, mappings: Path | None = None
) -> Source:
    """Open files of events, or one folder of tables with a mapping.

    Args:
        paths: without a mapping files with one event a line; with one exactly one folder.
        mapping: name of a mapping, or the path of a folder of SQL files.
        mappings: folder of the user's own mappings (``settings.mappings``).

    Raises:
        WrongUsage: the paths and the mapping do not go together, or there is no such mapping.
        UnreadableFile: a path is missing, is of another kind, or may not be read.
        MappingFailed: the mapping's SQL does not fit the files.
    """
    if not paths:
        raise WrongUsage(detail="give at least one file, or a folder with --mapping")
    if mapping is None:
        from academico_cli.sources.ndjson import NdjsonSource  # noqa: PLC0415

        return NdjsonSource(paths)
    if len(paths) != 1:
        raise WrongUsage(detail="--mapping takes one folder of tables, not several paths")
    if not paths[0].is_dir():
        detail = "it is not a folder" if paths[0].exists() else "there is no such folder"
        raise UnreadableFile(path=paths[0], detail=f"{detail}; --mapping takes a folder of tables")
    # duckdb costs 0.1 s to import and is of no use to a file of events.
    from academico_cli.sources.mapping import MappingSource, find_mapping  # noqa: PLC0415

    return MappingSource(paths[0], find_mapping(mapping, mappings))
