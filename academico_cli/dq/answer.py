"""What a check found, as rows to print and as an exit code."""

from collections import Counter
from collections.abc import Iterable, Sequence

from academico_cli.dq.check import Result
from academico_cli.dq.rule import Severity

EXAMPLES = 3
"""Failing keys in a table for people; a program gets the whole sample."""

BARS = "▁▂▃▄▅▆▇█"


def counts(result: Result, fail_on: Severity) -> bool:
    """Tell whether a failure is to be answered with exit code 1."""
    return result.status == "failed" and (fail_on == "warn" or result.rule.severity == "error")


def exit_code(results: Iterable[Result], fail_on: Severity) -> int:
    """Return 0 when all passed, 1 when a rule failed, 4 or 5 when one broke: ours is 5.

    A broken rule outweighs a failed one: what it would have found is not known.
    """
    broken = [result.rule for result in results if result.status == "error"]
    if broken:
        return 5 if any(rule.shipped for rule in broken) else 4
    return 1 if any(counts(result, fail_on) for result in results) else 0


def worst_first(results: Iterable[Result]) -> list[Result]:
    """Return broken rules, then failed ones, errors before warnings, then those that passed."""
    order = {"error": 0, "failed": 1, "passed": 3}
    return sorted(
        results,
        key=lambda r: order[r.status] + (r.status == "failed" and r.rule.severity == "warn"),
    )


def row(result: Result) -> dict[str, object]:
    """Return a result with all that is known, for programs."""
    rule = result.rule
    return {
        "check_name": rule.id,
        "severity": rule.severity,
        "passed": result.status == "passed",
        "failed_rows": result.failed,
        "total_rows": result.total,
        "sample_keys": result.sample,
        "status": result.status,
        "new_rows": result.new,
        "threshold": str(rule.threshold),
        "entidad": rule.entity,
        "table": rule.table,
        "titulo": rule.title,
        "remedio": rule.remedy,
        "causes": [cause._asdict() for cause in result.causes],
        "error": result.error,
        "seconds": result.seconds,
    }


def short_row(result: Result) -> dict[str, object]:
    """Return a result as one line for people."""
    keys = ["/".join(map(str, key.values())) for key in result.sample[:EXAMPLES]]
    more = (result.failed or 0) > EXAMPLES
    return {
        "check_name": result.rule.id,
        "severity": result.rule.severity,
        "status": result.status,
        "failed_rows": result.failed,
        "new_rows": result.new,
        "total_rows": result.total,
        "examples": ", ".join([*keys, "..."] if more else keys),
        "cause": causes(result),
    }


def causes(result: Result) -> str:
    """Return what explains most of the failures, in words."""
    told = []
    for cause in result.causes:
        lift = "" if cause.lift is None else f", {cause.lift:g} times its share of all rows"
        told.append(f"{cause.by} {cause.value}: {cause.share:.0%} of them{lift}")
    return "; ".join(told)


def advice(result: Result) -> str:
    """Return what a failed or broken rule means and what to do, in the school's language."""
    rule = result.rule
    if result.status == "error":
        return f"{rule.id} broke, so nobody knows whether the data are right: {result.error}"
    return f"{rule.id} — {rule.title}\n  {rule.meaning}\n  Remedio: {rule.remedy}"


def counted(result: Result) -> str:
    """Return how much failed, in words."""
    new = "" if result.new is None else f", {result.new} of them new"
    return f"{result.failed} of {result.total} rows fail{new} (threshold {result.rule.threshold})"


def summary(results: Sequence[Result]) -> str:
    """Return how many rules passed, failed and broke."""
    number = Counter(result.status for result in results)
    parts = [f"{number['passed']} passed", f"{number['failed']} failed"]
    parts += [f"{number['error']} broke"] if number["error"] else []
    return f"{len(results)} rules: {', '.join(parts)}"


def sparkline(values: Sequence[object]) -> str:
    """Return a bar for each number, from 0 to the greatest; a dot for what is None."""
    numbers = [None if value is None else int(str(value)) for value in values]
    top = max((n for n in numbers if n is not None), default=0)
    bars = (
        "·" if n is None else BARS[-(-n * (len(BARS) - 1) // top) if top else 0] for n in numbers
    )
    return "".join(bars)
