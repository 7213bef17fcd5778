"""The sample as messages, with as much trouble added as asked for."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import count, islice
from random import Random

from academico_cli.broker import NDJSON, Outgoing
from academico_cli.errors import WrongUsage
from academico_cli.events.identity import uuid_text
from academico_cli.sample.broken import broken_bodies
from academico_cli.sample.events import sample_events
from academico_cli.sample.options import SampleOptions

SHUFFLE_WINDOW = 100_000
"""Messages held while shuffling: a smaller sample is shuffled as a whole."""
_DELAY = 1_000

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def sample_messages(
    options: SampleOptions,
    *,
    invalid: float = 0,
    duplicates: float = 0,
    shuffle: bool = False,
    pack: int = 0,
) -> Iterator[Outgoing]:
    """Return the sample's messages, each with an id that the options and its position give.

    Args:
        options: size and seed.
        invalid: broken events to add for each sound one, 0-1; every sound one is still there.
        duplicates: share of the messages to send once more, with the same id and body.
        shuffle: change the order of the messages, the same way for the same seed.
        pack: events in one message, one a line; 0 for one event a message.

    Raises:
        WrongUsage: a ratio is not between 0 and 1, or ``pack`` is negative.
    """
    for name, ratio in (("invalid", invalid), ("duplicates", duplicates)):
        if not 0 <= ratio <= 1:
            raise WrongUsage(detail=f"{name} is a ratio between 0 and 1, not {ratio}")
    if pack < 0:
        raise WrongUsage(detail=f"a message cannot hold {pack} events")
    messages = _sound(options)
    if invalid:
        messages = _with_broken(messages, invalid, options, one_line=pack > 0)
    if pack:
        messages = _packed(messages, pack)
    if duplicates:
        messages = _with_duplicates(messages, duplicates, _dice(options, "duplicates"))
    if shuffle:
        messages = _shuffled(messages, _dice(options, "shuffle"))
    return messages


def _sound(options: SampleOptions) -> Iterator[Outgoing]:
    ids = _ids(options, "event")
    for event in sample_events(options):
        yield Outgoing(_encode(event).encode(), next(ids))


def _ids(options: SampleOptions, purpose: str) -> Iterator[str]:
    """Yield ids that depend on all options, so that two samples never share one."""
    name = f"academico:sample:v1:{options.alumnos}:{options.periodos}:{options.seed}:{purpose}:"
    for position in count():
        yield uuid_text(hashlib.sha256(f"{name}{position}".encode()).digest())


def _dice(options: SampleOptions, purpose: str) -> Random:
    return Random(f"academico:{options.seed}:{purpose}")  # noqa: S311  no secret


def _with_broken(
    messages: Iterable[Outgoing], ratio: float, options: SampleOptions, *, one_line: bool
) -> Iterator[Outgoing]:
    dice = _dice(options, "invalid")
    ids = _ids(options, "broken")
    bodies = broken_bodies(one_line=one_line)
    for message in messages:
        if dice.random() < ratio:
            yield Outgoing(next(bodies), next(ids))
        yield message


def _packed(messages: Iterable[Outgoing], size: int) -> Iterator[Outgoing]:
    waiting = iter(messages)
    while group := list(islice(waiting, size)):
        digest = hashlib.sha256("".join(m.message_id or "" for m in group).encode()).digest()
        body = b"\n".join(m.body for m in group)
        yield Outgoing(body, uuid_text(digest), None, NDJSON)


def _with_duplicates(
    messages: Iterable[Outgoing], ratio: float, dice: Random
) -> Iterator[Outgoing]:
    """Send some again, mostly up to a thousand messages later."""
    waiting: list[Outgoing] = []
    for message in messages:
        yield message
        if dice.random() < ratio:
            waiting.append(message)
        if len(waiting) > _DELAY * ratio:
            yield waiting.pop(int(dice.random() * len(waiting)))
    yield from waiting


def _shuffled(messages: Iterable[Outgoing], dice: Random) -> Iterator[Outgoing]:
    held: list[Outgoing] = []
    for message in messages:
        if len(held) < SHUFFLE_WINDOW:
            held.append(message)
        else:
            k = int(dice.random() * SHUFFLE_WINDOW)
            yield held[k]
            held[k] = message
    while held:
        k = int(dice.random() * len(held))
        held[k], held[-1] = held[-1], held[k]
        yield held.pop()
