"""Files with one event a line: ``.ndjson``, ``.jsonl``, ``.json``, each also with ``.gz``.

Lines are passed on byte for byte. What is wrong with an event is said by the validation that
every event goes through, not here; here only a file that is no text at all is refused.
"""

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from academico_cli.errors import UnreadableFile
from academico_cli.sources.source import Source

MAX_LINE_BYTES = 64 * 1024 * 1024
"""No event is nearly as long; a file without line ends is refused instead of filling memory."""

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b") + b"\x7f"
_TABLES = {".csv", ".tsv", ".parquet", ".xls", ".xlsx", ".ods"}
_HEAD = 65_536


class NdjsonSource(Source):
    """Files of events, one stream each, in the order given."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        for path in self._paths:
            check(path)

    def streams(self) -> Iterator[Iterator[bytes]]:
        """Yield the lines of each file."""
        for path in self._paths:
            yield read_lines(path)

    def count(self) -> int | None:
        """Count the line ends; None when a file is compressed or can be read only once."""
        total = 0
        for path in self._paths:
            if not path.is_file() or _is_gzip(path):
                return None
            with path.open("rb") as file:
                last = b""
                while chunk := file.read(1 << 20):
                    total += chunk.count(b"\n")
                    last = chunk
                total += bool(last) and not last.endswith(b"\n")
        return total


def check(path: Path) -> None:
    """Refuse what cannot be a file of events. Reads only its head, and nothing of a pipe.

    Raises:
        UnreadableFile: missing, a folder, not permitted, compressed and damaged, or not text.
    """
    with _translated(path):
        if path.is_dir():
            raise UnreadableFile(path=path, detail="it is a folder; give files, or add --mapping")
        if _TABLES & {suffix.lower() for suffix in path.suffixes[-2:]}:
            raise UnreadableFile(
                path=path, detail="it is a table, not events; give its folder and --mapping"
            )
        if path.exists() and not path.is_file():
            return
        with _open(path) as file:
            head = file.read(_HEAD)
    if _looks_binary(head):
        raise UnreadableFile(path=path, detail="it is not UTF-8 text with one event a line")


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines that are not blank, without line end and byte order mark.

    Raises:
        UnreadableFile: the file is damaged, vanished, or holds a line beyond MAX_LINE_BYTES.
    """
    with _translated(path), _open(path) as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise UnreadableFile(path=path, detail=f"line {number} is longer than 64 MiB")
            if number == 1:
                line = line.removeprefix(_BOM)
            line = line.rstrip(b"\r\n")
            if line and not line.isspace():
                yield line


def _open(path: Path) -> BinaryIO:
    if _is_gzip(path):
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, gzip.open(path)), 1 << 20))
    return path.open("rb", buffering=1 << 20)


def _is_gzip(path: Path) -> bool:
    if not path.is_file():
        return path.suffix == ".gz" and path.exists()
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _looks_binary(head: bytes) -> bool:
    if head.startswith(_UTF16):
        return True
    text = head.removeprefix(_BOM).lstrip()
    if text.startswith(b"{"):  # a broken event, such as one with a NUL byte, is still an event
        return False
    controls = len(head) - len(head.translate(None, _CONTROL))
    return controls * 20 > len(head)


class _translated:  # noqa: N801  reads as a verb: with _translated(path)
    """Turn what the operating system and gzip say about a file into one clear line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        if isinstance(exc, (gzip.BadGzipFile, EOFError, zlib.error)):
            detail = "its gzip compression is damaged or cut off"
            raise UnreadableFile(path=self._path, detail=detail) from exc
        if isinstance(exc, OSError):
            detail = (exc.strerror or str(exc)).lower()
            raise UnreadableFile(path=self._path, detail=detail) from exc
