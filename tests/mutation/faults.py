"""Every kind of fault, where it is injected, and what must find it.

A fault is a function that injects it into a clean school and returns, for each rule that claims it,
the keys at which the rule must find it, no more and no fewer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .scene import Scene

Places = dict[str, Iterable[object]]
"""Rule -> keys; a key of one column may be given as its value alone."""
Inject = Callable[[Scene], Places]


@dataclass(frozen=True)
class Fault:
    """A kind of fault."""

    name: str
    inject: Inject
    rules: frozenset[str]
    """Rules that claim to find it."""
    also: frozenset[str]
    """Rules that may find it too, elsewhere or in other words."""


FAULTS: list[Fault] = []


def fault(*rules: str, also: Iterable[str] = ()) -> Callable[[Inject], Inject]:
    """Declare a fault that rules claim; its docstring is its name in the report."""

    def declare(inject: Inject) -> Inject:
        name = (inject.__doc__ or "").rstrip(".")
        FAULTS.append(Fault(name, inject, frozenset(rules), frozenset(also)))
        return inject

    return declare
