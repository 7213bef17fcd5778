"""The catalogue: what is stored where, read from the database itself: it cannot disagree."""

from pathlib import Path

from academico_cli.catalog.mermaid import er_diagram
from academico_cli.catalog.page import page
from academico_cli.catalog.reading import read
from academico_cli.errors import UnwritableFile

__all__ = ["er_diagram", "page", "read", "write"]


def write(path: Path, text: str) -> None:
    """Write a file as a whole: who reads it meanwhile sees the one before.

    Raises:
        UnwritableFile: with the reason.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as exc:
        fresh.unlink(missing_ok=True)
        raise UnwritableFile(path=path, detail=exc.strerror or exc) from exc
