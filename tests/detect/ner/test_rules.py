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


def with_its_head(rule: NameRule) -> tuple[str, str]:
    """A sample of a rule, and the head in it as the rule has it; that is "" where its words are written as one."""
    sample = next(sample for sample in rule.found if len(MARK.findall(sample)) == 1)
    return sample, max((head for head in rule.heads if head in sample.lower()), key=len, default="")


@pytest.mark.parametrize("rule", [rule for rule in RULES if with_its_head(rule)[1]], ids=lambda rule: rule.name)
def test_each_head_is_tried_in_texts_of_any_letters(rule: NameRule) -> None:
    """Any other head of the rule in place of the sample's own; what stands behind it is what it was."""
    sample, own = with_its_head(rule)
    at = sample.lower().index(own)
    for head in rule.heads:
        text = sample[:at] + (head.capitalize() if sample[at].isupper() else head) + sample[at + len(own) :]
        for before in ("", "é. " if rule.opens else "é "):
            assert MARK.findall(sample)[0] in by_rule(rule, before + MARK.sub(r"\1", text)), head


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
