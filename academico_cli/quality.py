"""Data quality for a command: the rules in force, run on the configured database."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from academico_cli.core.personal import PERSONAL
from academico_cli.dq import catalog
from academico_cli.dq import check as dq
from academico_cli.dq import gate as gates
from academico_cli.dq import lint as lints
from academico_cli.dq.rule import Rule
from academico_cli.errors import CheckFailed, RuleBroken
from academico_cli.postgres import Connection, Database, Row

log = logging.getLogger(__name__)

HIDDEN = catalog.hidden(PERSONAL)
"""Columns that no sample shows."""

MASK = "***"

_OF_NOBODY = frozenset(
    "id id_grupo id_materia entidad tabla campo motivo destino comando publicador mart padre "
    "periodo dia lote n linea run_id origen veces eventos mensajes rechazados alumnos grupos "
    "materias inscripciones inscritos calificaciones creditos finished_at refrescado_en "
    "fecha_inicio".split()
)
"""Columns of samples that say nothing about a person; a school's own rules may name others."""


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


def masked(result: dq.Result) -> dq.Result:
    """Return a result in which no key and no cause says who somebody is."""
    sample = [
        {k: v if k in _OF_NOBODY else MASK for k, v in keys.items()} for keys in result.sample
    ]
    causes = [c if c.by in _OF_NOBODY else c._replace(value=MASK) for c in result.causes]
    return replace(result, sample=sample, causes=causes)


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


def before_refresh(
    database: Database, own: Path | None, *, on_rules: Callable[[int], None] | None = None
) -> list[dq.Result]:
    """Run the rules of severity error, as marts are about to be refreshed; return those that fail.

    One that breaks counts as one that fails: nobody knows whether the marts would be right.
    """
    errors = [rule for rule in rules(own) if rule.severity == "error"]
    results = check(database, errors, command="marts refresh", on_rules=on_rules)
    return [result for result in results if result.status != "passed"]


def block(failing: Sequence[dq.Result]) -> None:
    """Return when nothing fails.

    Raises:
        CheckFailed: something does; the message names the rules.
    """
    if failing:
        told = ", ".join(
            f"{r.rule.id} ({'broke' if r.failed is None else r.failed})" for r in failing
        )
        raise CheckFailed(
            detail=f"The marts were not refreshed: {told}. `academico dq check` tells what to do."
        )


@dataclass(frozen=True)
class LoteGate:
    """What `consume --gate` asks of each lote after its merge."""

    rules: tuple[Rule, ...]
    mode: gates.Mode

    def __call__(self, connection: Connection, lote: int, keys: gates.Keys) -> "Hold | None":
        """Return why a lote is to be set aside; None lets it through, in mode warn with a note."""
        found = gates.verdicts(connection, self.rules, lote, keys)
        if not found:
            return None
        log.warning("lote %s: %s", lote, "; ".join(map(str, found)))
        if self.mode == "quarantine":
            return Hold(tuple(found))
        gates.record(connection, lote, found, self.mode)
        return None


@dataclass(frozen=True)
class Hold:
    """A lote that is set aside, and what it failed."""

    verdicts: tuple[gates.Verdict, ...]

    @property
    def reason(self) -> str:
        """The rules, for the rejects; without figures, so that alike ones group."""
        names = ", ".join(verdict.rule.id for verdict in self.verdicts)
        return f"The lote that it came in to keep the rules; it fails {names}"

    def record(self, connection: Connection, lote: int) -> None:
        """Record what was found under the number of the lote that holds what was set aside."""
        gates.record(connection, lote, self.verdicts, "quarantine")


def lote_gate(database: Database, own: Path | None, mode: gates.Mode) -> LoteGate:
    """Return the gate of `consume`: the rules that say ``compuerta: si``.

    Raises:
        RuleBroken: one does not work on this database, or cannot be asked of a lote.
    """
    asked = tuple(rule for rule in rules(own) if rule.gate)
    with database.session(name="academico consume") as connection:
        found = lints.planned(connection, asked, HIDDEN)
    for finding in found:
        if finding.level == "error":
            raise RuleBroken(rule=Path(finding.file).stem, detail=finding.message)
    return LoteGate(asked, mode)
