"""The ledger: which run read which lote, and what became of each of its events."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from academico_cli import sqlfiles
from academico_cli.postgres import Connection

SQL = sqlfiles.load(__package__, "ledger.sql")

Status = Literal["ok", "failed", "interrupted"]


class Fates(NamedTuple):
    """How many events there were, and what became of them: the five add up to recibidos."""

    recibidos: int = 0
    aplicados: int = 0
    duplicados: int = 0
    rechazados: int = 0
    pendientes: int = 0
    obsoletos: int = 0


def start_run(connection: Connection, sesion: uuid.UUID, comando: str) -> int:
    """Record that a worker of the command ``sesion`` starts; return its run_id."""
    row = connection.execute(SQL["start_run"], {"sesion": sesion, "comando": comando}).fetchone()
    assert row is not None  # noqa: S101  INSERT ... RETURNING gives one row
    return int(row[0])  # type: ignore[call-overload, no-any-return]


def finish_run(connection: Connection, run_id: int, status: Status) -> None:
    """Record how the worker ended."""
    connection.execute(SQL["finish_run"], {"run_id": run_id, "status": status})


def close_lote(
    connection: Connection,
    lote: int,
    run_id: int,
    *,
    mensajes: int,
    eventos: int,
    conflictos: int,
    destinos: Mapping[tuple[str, str], int],
) -> None:
    """Write the lote's entry, the last act of its transaction.

    Args:
        eventos: number of events received in it.
        destinos: (entidad, destino) -> events, for the fates that no merge records: duplicado and
            rechazado.
    """
    for (entidad, destino), number in destinos.items():
        connection.execute(
            SQL["insert_destino"],
            {"lote": lote, "entidad": entidad, "destino": destino, "eventos": number},
        )
    rejected = sum(n for (_, destino), n in destinos.items() if destino == "rechazado")
    connection.execute(
        SQL["close_lote"],
        {
            "lote": lote,
            "run_id": run_id,
            "mensajes": mensajes,
            "eventos": eventos,
            "rechazados": rejected,
            "conflictos": conflictos,
        },
    )


def session_fates(connection: Connection, sesion: uuid.UUID) -> Fates:
    """Return the fates, as they are now, of all events that a command received."""
    rows = connection.execute(SQL["session_fates"], {"sesion": sesion}).fetchall()
    by = Counter({str(destino): int(n) for destino, n in rows})  # type: ignore[call-overload]
    return Fates(
        sum(by.values()),
        by["aplicado"],
        by["duplicado"],
        by["rechazado"],
        by["pendiente"],
        by["obsoleto"],
    )


def committed(connection: Connection, lotes: Sequence[int]) -> bool:
    """Tell whether the transaction that wrote these lotes was committed.

    Waits until it has ended: the server may still be at it after its client has gone.
    """
    connection.execute(SQL["wait_for_lotes"], {"lotes": list(lotes)})
    row = connection.execute(SQL["count_lotes"], {"lotes": list(lotes)}).fetchone()
    return row is not None and row[0] == len(lotes)
