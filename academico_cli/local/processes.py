"""Start, find and end the processes of the local servers. Nothing here knows what they serve."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import psutil

_LAUNCH = '"$@" 1>&2 & echo $!'
"""Puts its arguments in the background and prints the pid: the server becomes a child of init, so
that the command that started it leaves no zombie and nothing of its terminal behind."""


def base_environment(home: Path) -> dict[str, str]:
    """Return a small environment for a server: where programs are, and nothing of the caller's."""
    # Where programs are found is a fact about the machine and not a setting of ours.
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"}


def launch(
    argv: Sequence[str], *, cwd: Path, log: Path, env: Mapping[str, str], user: int | None = None
) -> int:
    """Start a server in a session of its own, cut off from our terminal; return its pid.

    Args:
        argv: program and arguments; never a secret among them.
        cwd: folder to start in; entered before the user changes.
        log: file that gets what the server prints before it has a log of its own.
        env: its whole environment.
        user: numeric id of the user to run as, when we are root.
    """
    with log.open("wb") as sink:
        log.chmod(0o600)
        done = subprocess.run(
            ["/bin/sh", "-c", _LAUNCH, "sh", *argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            start_new_session=True,
            check=True,
            umask=0o077,
            **as_user(user),
        )
    return int(done.stdout)


class AsUser(TypedDict, total=False):
    """Arguments of subprocess that say who runs a program."""

    user: int
    group: int
    extra_groups: list[int]


def as_user(user: int | None) -> AsUser:
    """Return the arguments with which subprocess runs a program as this user (None: as we are)."""
    return {} if user is None else {"user": user, "group": user_group(user), "extra_groups": []}


def user_group(user: int) -> int:
    """Return the primary group of a numeric user id."""
    import pwd  # noqa: PLC0415  not on every platform

    return pwd.getpwuid(user).pw_gid


def alive(pid: int) -> bool:
    """Tell whether a process runs. A zombie does not: where nobody reaps, it stays for ever."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def find(ours: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """Return the live processes that ``ours`` says yes to; what we may not look at is not ours."""
    return list(_matching(ours))


def _matching(ours: Callable[[psutil.Process], bool]) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and ours(process):
                yield process
        except (psutil.Error, OSError):
            continue


def wait_until(condition: Callable[[], bool], seconds: float, *, pause: float = 0.05) -> bool:
    """Wait until the condition holds; False when it did not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
    return True


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal; psutil makes sure that the pid was not given to another process meanwhile."""
    try:
        process.send_signal(number)
    except psutil.Error:
        return


def end(processes: Sequence[psutil.Process], number: signal.Signals, seconds: float) -> bool:
    """Signal the processes and wait until all are gone; False when some outlived the wait."""
    for process in processes:
        send(process, number)
    return wait_until(lambda: not any(alive(p.pid) for p in processes), seconds)
