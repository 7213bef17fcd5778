"""Every row of the fault table, inflicted on real servers and processes.

``make faults`` runs the long form and prints one line a fault; `make test` the short form.
``FAULT_SEED`` repeats a run.
"""

import os
import sys
import time
from collections.abc import Callable

import pytest

from . import brokers, concurrency, databases, deaths
from .registry import FAULTS, Fault
from .stage import Stage

assert all((brokers, concurrency, databases, deaths)), "importing them registers their faults"

LINE = "{:<46} {:>5} {:>9} {:>8} {:>10} {:>8} {:>7} {:>4} {:>6} {:>7}"
HEADER = LINE.format(
    "fault", "hits", "published", "applied", "duplicates", "rejected", "pending", "lost",
    "double", "seconds",
)  # fmt: skip


@pytest.fixture(scope="module")
def say(request: pytest.FixtureRequest, fault_seed: int) -> Callable[[str], None]:
    """Return a function that prints a line whatever pytest captures."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{text}")
            sys.stdout.flush()

    line(f"FAULT_SEED={fault_seed}\n{HEADER}")
    return line


CHOSEN = [f for f in FAULTS if f.short or os.environ.get("FAULTS") == "long"]


@pytest.mark.parametrize("fault", CHOSEN, ids=lambda f: f"{f.name} ({f.broker})")
def test_nothing_lost_nothing_twice(fault: Fault, stage: Stage, say: Callable[[str], None]) -> None:
    sys.stdout.write(f"FAULT_SEED={stage.seed}\n")
    began = time.monotonic()
    counts = fault.inflict(stage)
    seconds = time.monotonic() - began
    assert stage.hits > 0, "the fault never hit"
    say(
        LINE.format(
            f"{fault.name} ({fault.broker})"[:46],
            stage.hits,
            counts.published,
            counts.applied,
            counts.duplicates,
            counts.rejected,
            counts.pending,
            counts.lost,
            counts.double,
            f"{seconds:.1f}",
        )
    )
