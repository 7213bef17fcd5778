"""Data quality for a command: the rules in force, run on the configured database."""

from collections.abc import Callable, Sequence
from pathlib import Path

from academico_cli.core.personal import PERSONAL
from academico_cli.dq import catalog
from academico_cli.dq import check as dq
from academico_cli.dq.rule import Rule
from academico_cli.postgres import Database

HIDDEN = catalog.hidden(PERSONAL)
"""Columns that no sample shows."""


def rules(own: Path | None) -> list[Rule]:
    """Return every rule, shipped ones and the user's own.

    Raises:
        RuleInvalid, UnreadableFile: as ``catalog.load``.
    """
    return catalog.load(own, HIDDEN)


def check(
    database: Database,
    chosen: Sequence[Rule],
    *,
    command: str = "dq check",
    on_result: Callable[[dq.Result], None] | None = None,
) -> list[dq.Result]:
    """Run rules and record what they found; as ``dq.check.check``."""
    return dq.check(database, chosen, hidden=HIDDEN, command=command, on_result=on_result)
