"""What stands beside a dump: where it comes from, how many rows each table had, its checksum."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from academico_cli import migrations
from academico_cli.errors import BackupDamaged, BackupTooNew, UnreadableFile

FORMAT = 1
"""Version of the manifest; a later one is not understood."""

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """The manifest of one dump."""

    academico: str
    """Version of the package that wrote it."""
    revision: str
    """Migration that the database was at."""
    server: int
    """Major version of the server."""
    pg_dump: int
    """Major version of the program that wrote the dump."""
    created_at: str
    """UTC, ISO 8601: the moment of the snapshot."""
    bytes: int
    sha256: str
    rows: dict[str, int]
    """Rows of each table in the dump's own snapshot: ``schema.table`` -> rows."""

    def text(self) -> str:
        """Return it as it is stored."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def beside(dump: Path) -> Path:
    """Return where the manifest of a dump is."""
    return dump.with_name(f"{dump.name}.json")


def read(dump: Path) -> Manifest:
    """Return the manifest of a dump, after the dump was compared with it.

    Raises:
        UnreadableFile: one of the two cannot be read.
        BackupDamaged: the dump is not the one that the manifest is of, or the manifest is none.
        BackupTooNew: a later academico wrote it.
    """
    path = beside(dump)
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held.pop("format") > FORMAT:
            raise BackupTooNew(path=dump, found="in a later format", known=FORMAT)
        manifest = Manifest(**held)
    except OSError as exc:
        raise UnreadableFile(path=path, detail=exc.strerror or exc) from exc
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise BackupDamaged(path=path, detail="it is no manifest of academico") from exc
    if manifest.revision > migrations.head():
        raise BackupTooNew(path=dump, found=manifest.revision, known=migrations.head())
    _compare(dump, manifest)
    return manifest


def _compare(dump: Path, manifest: Manifest) -> None:
    try:
        with dump.open("rb") as file:
            digest, size = hashlib.sha256(), 0
            while part := file.read(_CHUNK):
                digest.update(part)
                size += len(part)
    except OSError as exc:
        raise UnreadableFile(path=dump, detail=exc.strerror or exc) from exc
    if size != manifest.bytes:
        detail = f"it has {size} bytes, and had {manifest.bytes} when it was written"
        raise BackupDamaged(path=dump, detail=detail)
    if digest.hexdigest() != manifest.sha256:
        raise BackupDamaged(path=dump, detail="its SHA-256 is not the one that was recorded")
