"""The faults by name."""

from collections.abc import Callable
from dataclasses import dataclass

from .invariant import Counts
from .stage import Stage

Inflict = Callable[[Stage], Counts]


@dataclass(frozen=True)
class Fault:
    """One row of the fault table, or a part of one."""

    name: str
    broker: str
    inflict: Inflict
    """Runs the whole story; counts its hits in ``stage.hits``; returns what the invariant saw."""
    short: bool
    """Part of the short form: with the first broker named; the long form takes all."""


FAULTS: list[Fault] = []


def fault(name: str, *brokers: str) -> Callable[[Inflict], Inflict]:
    """Register a fault for some brokers; RabbitMQ when none is named."""

    def register(inflict: Inflict) -> Inflict:
        for place, broker in enumerate(brokers or ("rabbitmq",)):
            FAULTS.append(Fault(name, broker, inflict, short=place == 0))
        return inflict

    return register
