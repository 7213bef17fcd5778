"""The shipped rules as their readers see them."""

import re
from pathlib import Path

import pytest

from academico_cli.dq import catalog

ROOT = Path(__file__).parents[2]
RULES = catalog.load(None)


def test_the_page_on_quality_names_every_shipped_rule_once() -> None:
    text = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    table = text.partition("## What is shipped")[2].partition("\n\nThose that")[0]
    named = re.findall(r"`([a-z0-9_]+)`", table.partition("|---|---|")[2])
    assert sorted(named) == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_speaks_to_the_staff(rule: catalog.Rule) -> None:
    for text in (rule.meaning, rule.matters, rule.remedy):
        assert text[0].isupper()
        assert text.endswith(".")
    assert len(rule.title) <= 70
    assert not rule.title.endswith(".")
