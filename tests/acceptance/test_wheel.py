"""The wheel, installed where nobody has the repository, is all that a user needs."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.compose import config, load

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from the repository's own files."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, REPOSITORY]
    # By way of the source distribution: what is missing there is missing in the wheel.
    done = subprocess.run(build, check=False, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a virtual environment that has the wheel and its dependencies.

    The dependencies are the ones of this environment: downloading them again would tell nothing.
    """
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", wheel]
    environment = {"PATH": os.defpath, "HOME": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run(install, check=True, cwd=folder, env=environment)
    ours = next((folder / "lib").glob("python*/site-packages"))
    theirs = {Path(entry) for entry in sys.path if entry.endswith("site-packages")}
    # Later on the path than the wheel, and without the link to the repository that an editable
    # install leaves: a `.pth` file is read only where site finds it by itself.
    (ours / "zz_dependencies.pth").write_text("\n".join(map(str, theirs)) + "\n")
    return folder


def test_holds_what_is_not_python(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {
        name.removeprefix("academico_cli/_shipped/") for name in names if "_shipped/" in name
    }
    for folder in ("alembic", "compose", "dashboards"):
        source = REPOSITORY / folder
        expected = {
            str(path.relative_to(REPOSITORY))
            for path in source.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert expected <= shipped, f"{folder}: {expected - shipped}"
    assert {name for name in names if name.endswith(".sql") and "_shipped" not in name} == {
        str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "academico_cli").rglob("*.sql")
    }
    assert "academico_cli/py.typed" in names
    assert not [name for name in names if name.endswith((".pyc", ".log"))]
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]


def test_brings_all_that_docker_mode_needs(installed: Path, tmp_path: Path) -> None:
    where = "from academico_cli import shipped; print(shipped.folder('compose'))"
    said = subprocess.run(
        [installed / "bin" / "python", "-c", where], cwd=tmp_path, capture_output=True, check=True
    )
    folder = Path(said.stdout.decode().strip())
    package = folder.parents[1]
    assert package.is_relative_to(installed)
    env = {"ACADEMICO_SECRETS": "/s", "ACADEMICO_PACKAGE": str(package)}
    services = load(config(env=env, file=folder / "docker-compose.yml"))["services"]
    mounts = [each for spec in services.values() for each in spec.get("volumes", [])]
    sources = [Path(each["source"]) for each in mounts if each["type"] == "bind"]
    assert [path for path in sources if not path.exists()] == []
    build = services["worker"]["build"]
    context, dockerfile = Path(build["context"]), Path(build["context"], build["dockerfile"])
    copied = re.findall(r"^COPY ([a-z.]+) /", dockerfile.read_text(), re.MULTILINE)
    assert [name for name in copied if not (context / name).exists()] == []
    assert Path(build["additional_contexts"]["package"], "__main__.py").exists()
    assert (context / ".env.example").read_text() == (REPOSITORY / ".env.example").read_text()


def test_migrates_from_any_folder(
    installed: Path,
    empty_database_url: str,
    tmp_path: Path,
    cli: "Callable[..., subprocess.CompletedProcess[str]]",
) -> None:
    folder = tmp_path / "anywhere at all"
    folder.mkdir()
    environment = {"DATABASE_URL": empty_database_url}

    def run(*args: str) -> str:
        program = installed / "bin" / "academico"
        return cli(*args, program=program, cwd=folder, env=environment, check=True).stderr

    where = "from academico_cli import shipped; print(shipped.folder('alembic'))"
    used = subprocess.run(
        [installed / "bin" / "python", "-c", where], cwd=folder, capture_output=True, check=True
    )
    assert used.stdout.decode().startswith(str(installed))
    assert run("migrate").startswith("applied 0001")
    assert run("migrate", "current") == ""
    assert run("migrate", "down", "base", "--yes").startswith("undid")
    assert list(folder.iterdir()) == []
