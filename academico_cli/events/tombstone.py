"""What stands in raw in the place of an event that was erased. Pure: no I/O.

A tombstone breaks the contract of every entity, so one that is sent is rejected like anything
else: only an erasure can make a line that is passed over when raw is read again.
"""

import re

_TOMBSTONE = re.compile(rb'\{"borrado":\d+,"entity":"(\w+)"\}')


def tombstone(borrado: int, entidad: str) -> bytes:
    """Return the line for an erased event.

    Args:
        borrado: number of the erasure in core.borrados.
        entidad: under which the ledger counted the event.
    """
    return b'{"borrado":%d,"entity":"%s"}' % (borrado, entidad.encode())


def entidad_of(line: bytes) -> str | None:
    """Return the entidad of a tombstone; None for anything else."""
    if not line.startswith(b'{"borrado":'):
        return None
    match = _TOMBSTONE.fullmatch(line)
    return match[1].decode() if match else None
