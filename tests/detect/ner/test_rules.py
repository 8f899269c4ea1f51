"""Every rule finds its samples and leaves its look-alikes."""

from __future__ import annotations

import re

import pytest

from dlp.detect.ner import lexicon
from dlp.detect.ner.rules import RULES, NameRule, announced

MARK = re.compile(r"<([^<>@]*)>")


def by_rule(rule: NameRule, text: str) -> list[str]:
    return [text[s.start : s.end] for s in announced(text, lexicon.shipped()) if s.source == rule.name]


@pytest.mark.parametrize(
    ("rule", "sample"), [(rule, sample) for rule in RULES for sample in rule.found], ids=lambda x: getattr(x, "name", x)
)
def test_finds(rule: NameRule, sample: str) -> None:
    wanted = MARK.findall(sample)
    assert wanted
    assert set(wanted) <= set(by_rule(rule, MARK.sub(r"\1", sample)))


@pytest.mark.parametrize(
    ("rule", "sample"),
    [(rule, sample) for rule in RULES for sample in rule.nothing],
    ids=lambda x: getattr(x, "name", x),
)
def test_leaves(rule: NameRule, sample: str) -> None:
    assert by_rule(rule, sample) == []


def test_rule_names_are_unique_and_scores_are_probabilities() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(0.5 <= rule.score <= 1 and rule.found and rule.nothing for rule in RULES)


@pytest.mark.parametrize(
    "unit", ["Dear ", "Mr. A", "name: A ", "A. ", "van ", "Aa-", "Best,\n", "\n \n", "my name is "]
)
def test_repetition_costs_linear_work(unit: str) -> None:
    """Counted in matches tried per character, by doubling: quadratic work would not come back within the test's time limit."""
    text = unit * (200_000 // len(unit))
    assert sum(1 for _ in announced(text, lexicon.shipped())) <= len(text)
