"""Every rule finds its own samples, exactly, wherever they stand, and leaves its near misses alone."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from dlp.detect.secrets import SecretDetector
from dlp.detect.secrets.rule import Rule
from dlp.detect.secrets.rules import all_rules
from dlp.detect.secrets.shapes import fill
from dlp.types import Finding
from tests.detect.secrets.carriers import SNIPPET, VALUE

RULES = all_rules()
DETECTOR = SecretDetector()
SEEDS = (0, 1)


def spans(findings: list[Finding], text: str) -> list[str]:
    return [text[f.start : f.end] for f in findings]


def marked(sample: str) -> tuple[str, str]:
    """Text without marks and the part that was between them; the whole where there are none."""
    before, mark, rest = sample.partition("«")
    if not mark:
        return sample, sample
    value, _, after = rest.partition("»")
    return before + value + after, value


def escaped(value: str, carrier: str) -> str:
    """How `value` reads inside a carrier that escapes."""
    if carrier == "json":
        return json.dumps(value)[1:-1]
    if carrier == "escaped-json":
        return json.dumps(json.dumps(value))[1:-1].removeprefix('\\"').removesuffix('\\"')
    return value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_samples_in_every_carrier(rule: Rule) -> None:
    """The finding is the secret, neither more nor less; what a neighbour rule finds may have been found by name as well."""
    missed = []
    for template in rule.matches:
        for seed in SEEDS:
            sample, value = marked(fill(template, seed))
            carriers = VALUE if sample == value and not re.search(r"[\s,;|\"'`&]", value) else SNIPPET
            for name, carrier in carriers.items():
                text = carrier(sample)
                found = [f for f in DETECTOR.find(text) if text[f.start : f.end] == escaped(value, name)]
                if not any(rule.words or f.recognizer == f"secrets/{rule.id}" for f in found):
                    missed.append((name, text, spans(DETECTOR.find(text), text)))
    assert not missed, missed[:3]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.words], ids=lambda rule: rule.id)
def test_a_neighbour_rule_names_the_issuer(rule: Rule) -> None:
    """Somebody's name before a random string says whose key it is."""
    for template in rule.matches:
        text, value = marked(fill(template))
        assert any(
            d.startswith("issuer: ") for f in DETECTOR.find(text) if text[f.start : f.end] == value for d in f.details
        ), text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_leaves_its_near_misses_alone(rule: Rule) -> None:
    """What looks almost like it is no finding of the rule."""
    for why, template in rule.rejects.items():
        text, _ = marked(fill(template))
        assert not [f for f in DETECTOR.find(text) if f.recognizer == f"secrets/{rule.id}"], (why, text)


def test_rules_are_well_formed() -> None:
    """Ids are unique; every rule has a source, near misses and, unless no sample can be made up, samples."""
    assert [i for i, n in Counter(rule.id for rule in RULES).items() if n > 1] == []
    for rule in RULES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id), rule.id
        assert rule.source, rule.id
        assert rule.rejects, rule.id
        assert rule.matches or rule.validator is not None, rule.id
        assert not (rule.keywords and rule.words), rule.id
        assert all(k == k.lower() for k in (*rule.keywords, *rule.words)), rule.id


def test_patterns_are_bounded() -> None:
    """No pattern may repeat without an upper limit: a hostile text must not make one slow."""
    unbounded = re.compile(r"(?<!\\)(?:\[[^\]]*\]|\\[a-zA-Z]|\)|\.)(?:\*|\+(?!\+))|\{\d+,\}(?!\+)")
    assert [rule.id for rule in RULES if unbounded.search(re.sub(r"\[(?:\\.|[^\]\\])*\]", "[x]", rule.pattern))] == []


def test_there_are_rules_for_many_issuers() -> None:
    """At least two hundred and fifty issuers are known by name."""
    assert len({rule.issuer for rule in RULES if rule.issuer}) >= 250
