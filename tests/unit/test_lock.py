"""The locks know every dependency that pyproject names, with its hashes, and agree."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LOCKS = {name: (REPOSITORY / name).read_text("utf-8") for name in
         ("requirements.lock", "requirements-dev.lock")}  # fmt: skip
PIN = re.compile(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", re.MULTILINE)
each_lock = pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)


def wanted() -> tuple[set[str], set[str]]:
    """Return the names that users need and those that development needs, as pyproject has them."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    lists = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    users, developers = ({re.match(r"[\w-]+", d)[0].lower() for d in lines} for lines in lists)  # type: ignore[index]
    return users, developers


def locked(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall(LOCKS[name]))


def test_are_made_from_what_pyproject_says_now() -> None:
    users, developers = wanted()
    of_users, of_all = ({name for name, _ in locked(lock)} for lock in LOCKS)
    assert users <= of_users, "run `make lock`"
    assert users | developers <= of_all, "run `make lock`"
    assert not (developers - users) & of_users, "run `make lock`"


def test_developers_test_the_very_versions_that_users_get() -> None:
    assert locked("requirements.lock") <= locked("requirements-dev.lock"), "run `make lock`"


@each_lock
def test_names_no_index(lock: str) -> None:
    assert "://" not in lock


@each_lock
def test_every_version_has_hashes(lock: str) -> None:
    for entry in re.split(r"\n(?=\S)", lock):
        if "==" in entry.splitlines()[0]:
            assert "--hash=sha256:" in entry, entry.splitlines()[0]
