"""The end of each chain as it was when it was last found sound here, kept outside the database.

Whoever rewrites the end of a chain with its hashes leaves it consistent: only a hash that was kept
elsewhere tells. This one is a convenience; what proves something to others is a hash they hold.
"""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

FILE = "audit-heads.json"


class Kept(NamedTuple):
    """A hash that must be in the chain."""

    huella: str
    """SHA-256 in hex."""
    en: str
    """When it was the last one, ISO 8601."""


class Heads:
    """What is kept under ACADEMICO_HOME, for each database."""

    def __init__(self, home: Path, *, trusting: bool = False) -> None:
        """Keep them under a folder; ``trusting``: keep, and ask for nothing that was kept."""
        self._path = home / FILE
        self._trusting = trusting

    def recall(self, database: str) -> Kept | None:
        """Return what was kept of a database; None when nothing was, or the file cannot be read."""
        found = None if self._trusting else self._read().get(database)
        try:
            return None if found is None else Kept(**found)
        except TypeError:
            return None

    def keep(self, database: str, huella: str | None) -> None:
        """Keep the end of a database's chain; None: it has none."""
        kept = self._read()
        kept.pop(database, None)
        if huella is not None:
            kept[database] = Kept(huella, datetime.now(UTC).isoformat(timespec="seconds"))._asdict()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            new.replace(self._path)
        except OSError as exc:
            log.warning("the end of the audit trail's chain is not kept: %s", exc.strerror)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
