"""One line in the log for each lote, by which it and its messages are found in the warehouse."""

import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence

from academico_cli.broker import Message
from academico_cli.events.reader import message_uuid
from academico_cli.lote import Result

REFUSED_LOGGED = 10
"""Rejected events of one lote that are logged; stg.rechazos has them all."""

log = logging.getLogger(__name__)


def log_lote(result: Result, messages: Sequence[Message], run_id: int) -> None:
    """Log what a committed transaction did: a line for the lote, and one for each of its rejects.

    Messages are named by their ids in raw.mensajes: an id that a publisher chose may say anything.
    """
    if not log.isEnabledFor(logging.INFO):
        return
    lotes = ",".join(map(str, result.lotes))
    fates: Counter[str] = Counter()
    for (_, destino), events in result.destinos.items():
        fates[destino] += events
    seconds: defaultdict[str, float] = defaultdict(float)
    for lap in result.watch.laps:
        seconds[f"s_{lap.etapa}"] = round(seconds[f"s_{lap.etapa}"] + lap.seconds, 4)
    data: dict[str, object] = {"lote": lotes, "run_id": run_id, "mensajes": len(messages)}
    if messages:
        first, last = messages[0], messages[-1]
        data["id_primero"] = _shown(message_uuid(first.message_id, first.body))
        data["id_ultimo"] = _shown(message_uuid(last.message_id, last.body))
    data |= {"eventos": result.eventos, "conflictos": result.conflictos, **fates, **seconds}
    log.info("lote %s committed", lotes, extra={"datos": data})
    for refused in result.refused[:REFUSED_LOGGED]:
        told = refused._asdict() | {"id_mensaje": _shown(refused.id_mensaje)}
        log.info("event rejected", extra={"datos": {"lote": lotes, **told}})


def _shown(raw_id: bytes) -> str:
    return str(uuid.UUID(bytes=raw_id))
