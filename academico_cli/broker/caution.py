"""How carefully messages are handled that a consumer may have died of.

A message that ends its consumer takes everything in hand with it, and the broker cannot tell
which one it was. So the more often messages were in hand when a consumer ended, the fewer are
handed out together: the guilty one is soon alone, and after :data:`POISON_DELIVERIES` times it
is a dead letter. Its neighbours were alone once, and went through.
"""

from collections.abc import Iterator, Sequence

COUNT_HEADER = "x-delivery-count"
"""Header in which a quorum queue counts deliveries; a classic queue has none."""

LAST_RESORT = 10
"""A message that RabbitMQ delivered this often is a dead letter, whatever we know of it. Its count
holds what was prefetched beside a poison message, too, so it takes more than that one needs."""

POISON_DELIVERIES = 5
"""A message that was in hand this often when its consumer ended is a dead letter."""


def caution(deliveries: int, limit: int) -> int:
    """Return how many messages may be in hand together with one delivered so often before."""
    if deliveries <= 0:
        return limit
    return (max(1, limit // 10), min(10, limit), 1)[min(deliveries, 3) - 1]


def steps(tried: Sequence[int], limit: int) -> Iterator[slice]:
    """Yield which messages to handle together, in order: fewer the more often one was tried.

    Args:
        tried: for each message how often it was in hand when a consumer ended, beside the one
            time that its redelivery tells of.
        limit: messages that would be handled together if none had been delivered before.
    """
    start = 0
    while start < len(tried):
        most = caution(tried[start] + 1, limit)
        end = start + 1
        while end < min(start + most, len(tried)) and tried[end] == tried[start]:
            end += 1
        yield slice(start, end)
        start = end


def dead_letter_name(queue: str) -> str:
    """Return the name of the queue that holds the dead letters of ``queue``."""
    return f"{queue}.muertos"


def is_dead_letter_queue(queue: str) -> bool:
    """Tell whether a queue holds dead letters, which die no second time."""
    return queue.endswith(".muertos")
