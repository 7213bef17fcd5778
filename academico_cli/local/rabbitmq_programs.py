"""Where the RabbitMQ of this machine is, when it has one."""

import shutil
from pathlib import Path


def scripts() -> Path | None:
    """Return the folder with RabbitMQ's real scripts; None when it or Erlang is not installed.

    Debian's ``/usr/sbin/rabbitmq-server`` is a wrapper that runs the machine's own node only.
    """
    if epmd() is None:
        return None
    candidates = [Path("/usr/lib/rabbitmq/bin/rabbitmq-server")]
    found = shutil.which("rabbitmq-server")
    if found:
        candidates.append(Path(found).resolve())
    candidates += sorted(
        Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server")
    )
    candidates += sorted(Path("/opt").glob("rabbitmq*/sbin/rabbitmq-server"))
    for script in candidates:
        # The wrapper lies beside no rabbitmq-env; the real scripts source theirs.
        if script.exists() and (script.parent / "rabbitmq-env").exists() and not _wraps(script):
            return script.parent
    return None


def _wraps(script: Path) -> bool:
    return script.resolve().name == "rabbitmq-script-wrapper"


def epmd() -> Path | None:
    """Return Erlang's port mapper; None when Erlang is not installed."""
    erl = shutil.which("erl")
    if erl is None:
        return None
    beside = Path(erl).resolve().parent / "epmd"
    if beside.exists():
        return beside
    found = shutil.which("epmd")
    return Path(found) if found else None
