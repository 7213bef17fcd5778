"""Data quality for a command: the rules in force, run on the configured database."""

from collections.abc import Callable, Sequence
from pathlib import Path

from academico_cli.core.personal import PERSONAL
from academico_cli.dq import catalog
from academico_cli.dq import check as dq
from academico_cli.dq import lint as lints
from academico_cli.dq.rule import Rule
from academico_cli.postgres import Database, Row

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
    on_rules: Callable[[int], None] | None = None,
) -> list[dq.Result]:
    """Run rules and record what they found; as ``dq.check.check``."""
    return dq.check(database, chosen, hidden=HIDDEN, command=command, on_rules=on_rules)


def history(database: Database, own: Path | None, rule: str, limit: int) -> list[Row]:
    """Return the last results of a rule, oldest first; also of one whose file is gone.

    Raises:
        UnknownRule: there is no such rule, and it was never run.
    """
    rows = dq.history(database, rule, limit)
    if not rows:
        catalog.select(rules(own), [rule])
    return rows


def lint(
    database: Database | None, own: Path | None, files: Sequence[Path]
) -> tuple[int, list[lints.Finding]]:
    """Look rules over, on a database where there is one; as ``dq.lint.lint``."""
    if database is None:
        return lints.lint(files, own, hidden=HIDDEN)
    with database.session(name="academico dq lint") as connection:
        return lints.lint(files, own, hidden=HIDDEN, connection=connection)
