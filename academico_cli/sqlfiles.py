"""Named SQL statements from the .sql file beside the module that runs them.

A file holds statements, each under a line ``-- name: statement_name``.
"""

import re
from functools import cache
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def load(package: str, filename: str) -> dict[str, LiteralString]:
    """Return the statements of one file by name, in file order.

    Args:
        package: dotted package that holds the file, usually ``__package__``.
        filename: name of the file, such as ``"raw.sql"``.

    Raises:
        ValueError: the file holds text before its first name, or a name twice.
    """
    text = resources.files(package).joinpath(filename).read_text(encoding="utf-8")
    head, *parts = _NAME.split(text)
    if any(line and not line.startswith("--") for line in head.splitlines()):
        raise ValueError(f"{filename}: text before the first name")
    names = parts[::2]
    if len(names) != len(set(names)):
        raise ValueError(f"{filename}: a name stands twice")
    # Our own packaged files are as trusted as literals in the source.
    return {
        name: cast(LiteralString, body.strip())
        for name, body in zip(names, parts[1::2], strict=True)
    }
