"""The results of a check as JUnit XML, which every CI server shows."""

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from academico_cli.dq.check import Result
    from academico_cli.dq.rule import Severity

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def write(results: "Sequence[Result]", fail_on: "Severity") -> None:
    """Write one testsuite to stdout; a warning that does not count passes, with its text."""
    from xml.etree import ElementTree

    from academico_cli.dq import answer

    suite = ElementTree.Element("testsuite", _attributes(results, fail_on))
    for result in results:
        rule = result.rule
        case = ElementTree.SubElement(
            suite,
            "testcase",
            {"classname": f"dq.{rule.entity}", "name": rule.id, "time": f"{result.seconds:.3f}"},
        )
        if result.status == "passed":
            continue
        text = _clean(_text(result))
        if result.status == "error":
            kind, attributes = "error", {"type": "error", "message": _clean(result.error or "")}
        elif answer.counts(result, fail_on):
            kind = "failure"
            attributes = {"type": rule.severity, "message": answer.counted(result)}
        else:
            kind, attributes = "system-out", {}
        ElementTree.SubElement(case, kind, attributes).text = text
    ElementTree.indent(suite)
    sys.stdout.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    sys.stdout.write(ElementTree.tostring(suite, encoding="unicode") + "\n")
    sys.stdout.flush()


def _attributes(results: "Sequence[Result]", fail_on: "Severity") -> dict[str, str]:
    from academico_cli.dq import answer

    return {
        "name": "academico dq check",
        "tests": str(len(results)),
        "failures": str(sum(answer.counts(result, fail_on) for result in results)),
        "errors": str(sum(result.status == "error" for result in results)),
        "skipped": "0",
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _text(result: "Result") -> str:
    from academico_cli.cli.output import json_text
    from academico_cli.dq import answer

    lines = [answer.advice(result)]
    if result.status == "failed":
        lines.append(answer.counted(result))
        lines += [json_text(key) for key in result.sample]
        lines += filter(None, [answer.causes(result)])
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
