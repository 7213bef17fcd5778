"""Pages that need nothing else: what those for the staff of the school have in common."""

import base64
import hashlib
from importlib import resources
from pathlib import Path
from string import Template

from academico_cli.errors import UnwritableFile


def style(package: str) -> str:
    """Return the style of all pages, and after it that of ``page.css`` in a package."""
    return _part(__package__, "base.css") + _part(package, "page.css")


def script(package: str) -> str:
    """Return ``page.js`` of a package."""
    return _part(package, "page.js")


def fill(package: str, **values: str) -> str:
    """Return ``page.html`` of a package with its ``$name`` filled in; values are markup."""
    return Template(_part(package, "page.html")).substitute(values)


def digest(text: str) -> str:
    """Return what a page's own policy lets through: this very text and nothing else."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def write(path: Path, text: str, *, private: bool = False) -> None:
    """Write a file as a whole: who reads it meanwhile sees the one before.

    Args:
        private: for its owner alone to read, at every moment.

    Raises:
        UnwritableFile: with the reason.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        fresh.touch(0o600 if private else 0o666, exist_ok=False)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as exc:
        fresh.unlink(missing_ok=True)
        raise UnwritableFile(path=path, detail=exc.strerror or exc) from exc


def _part(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
