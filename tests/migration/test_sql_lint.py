"""The lint of migrations passes what we have, and would not pass what hurts a running database."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def lint(*files: Path) -> "subprocess.CompletedProcess[str]":
    squawk = Path(sys.executable).parent / "squawk"
    return subprocess.run(
        [squawk, "--reporter", "gcc", *files],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def test_our_files_pass() -> None:
    done = lint(*sorted(REPOSITORY.glob("alembic/sql/*.sql")))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("CREATE INDEX i ON academico.alumnos (nombre);", "require-concurrent-index-creation"),
        ("ALTER TABLE academico.alumnos ADD COLUMN x text NOT NULL;", "adding-required-field"),
        ("ALTER TABLE academico.alumnos ALTER COLUMN id TYPE text;", "changing-column-type"),
        ("ALTER TABLE academico.alumnos RENAME COLUMN nombre TO x;", "renaming-column"),
        ("ALTER TABLE academico.alumnos DROP COLUMN edad;", "ban-drop-column"),
        ("CREATE TABLE academico.x (id bigint PRIMARY KEY,);", "syntax-error"),
    ],
)
def test_what_would_hurt_is_found(sql: str, rule: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.sql"
    file.write_text(sql + "\n")
    done = lint(file)
    assert done.returncode == 1
    assert rule in done.stdout
