"""The lock of development dependencies knows every dependency of the project, with its hashes."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
LOCK = (REPOSITORY / "requirements-dev.lock").read_text(encoding="utf-8")


def test_is_made_from_what_pyproject_says_now() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.match(r"[\w-]+", line)[0].lower() for line in wanted}  # type: ignore[index]
    locked = set(re.findall(r"^([\w.-]+)(?:\[\w+\])?==", LOCK, re.MULTILINE))
    assert names <= locked, "run `make lock`"


def test_names_no_index() -> None:
    assert "://" not in LOCK


def test_every_version_has_hashes() -> None:
    for entry in re.split(r"\n(?=\S)", LOCK):
        if "==" in entry.splitlines()[0]:
            assert "--hash=sha256:" in entry, entry.splitlines()[0]
