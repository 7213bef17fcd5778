"""Folders that stand beside the package in the repository and inside it in a wheel."""

from pathlib import Path
from typing import Literal


def folder(name: Literal["alembic", "compose", "dashboards"]) -> Path:
    """Return the folder of this name: the wheel's copy, else the repository's own."""
    package = Path(__file__).parent
    packaged = package / "_shipped" / name
    return packaged if packaged.is_dir() else package.parent / name
