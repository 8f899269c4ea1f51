"""Every rule finds its samples in every kind of text, and none of its near misses.

The rules of a file are one test: thousands of tests would cost more than what they prove. What fails is named by rule and text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from dlp.detect import build_detector
from dlp.detect.entities import ENTITY_TYPES
from dlp.detect.rule import Rule
from dlp.detect.rules import (
    RULES,
    africa,
    americas,
    asia_pacific,
    europe,
    finance,
    further,
    health,
    india,
    labelled,
    united_kingdom,
    united_states,
    vehicles,
)
from dlp.policy.model import DetectSettings, NerSettings
from dlp.types import Finding

FILES = {
    module.__name__.rpartition(".")[2]: module.RULES
    for module in (
        *(finance, united_states, united_kingdom, europe, americas, asia_pacific, india, africa, health),
        *(labelled, further, vehicles),
    )
}
SHOWN = 5
"""How many failures of a file a report shows, beside their number."""

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))

CARRIERS: dict[str, Callable[[str, str], str]] = {
    "prose": lambda word, value: f"Please note that the {word} is {value}, thank you.",
    "label": lambda word, value: f"{word}: {value}",
    "json": lambda word, value: json.dumps({word.replace(" ", "_"): value}, ensure_ascii=False),
    "escaped json": lambda word, value: json.dumps(json.dumps({word: value}, ensure_ascii=False)),
    "yaml": lambda word, value: f"record:\n  {word.replace(' ', '_')}: '{value}'\n  active: true\n",
    "env": lambda word, value: f'export {word.replace(" ", "_").upper()}="{value}"',
    "code": lambda word, value: f'const {word.replace(" ", "_")} = "{value}";',
    "log": lambda word, value: f'2026-03-02T08:14:55Z INFO saved {word.replace(" ", "_")}="{value}" in 3 ms',
    "csv": lambda word, value: f"id,{word},status\n1,{value},ok\n",
    "markdown": lambda word, value: f"| id | {word} |\n| --- | --- |\n| 1 | {value} |\n",
    "url": lambda word, value: (
        f"https://api.test/v1/find?{quote(word.replace(' ', '_'))}={quote(value, safe='')}&page=2"
    ),
}

LETTERS_ONLY = "abcdefghijklmnopqrstuvwxyz "


def spoken(rule: Rule) -> str:
    """A context word of the rule that can stand in a text; the stem where the rule lists a stem."""
    return next(
        (word for word in rule.context if not word.endswith("*") and set(word) <= set(LETTERS_ONLY)),
        rule.context[0].rstrip("*"),
    )


def covers(findings: tuple[Finding, ...], text: str, value: str) -> bool:
    """Whether one finding holds the whole value as it is written in `text`."""
    for written in (value, quote(value, safe="")):
        at = text.find(written)
        if at >= 0:
            return any(f.start <= at and at + len(written) <= f.end for f in findings)
    return False


def test_identifiers_are_unique() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


def test_every_rule_is_of_a_file() -> None:
    assert tuple(rule for rules in FILES.values() for rule in rules) == RULES


def test_a_rule_brings_its_evidence() -> None:
    for rule in RULES:
        assert rule.source, rule.id
        assert rule.matches, rule.id
        assert rule.context, rule.id
        assert rule.entity_type in ENTITY_TYPES, rule.id


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("file", FILES)
def test_samples_are_found_beside_a_context_word(file: str, carrier: str) -> None:
    """Something is found over the whole value; which of several rules wins is `test_overlap`'s business."""
    missed = []
    for rule in FILES[file]:
        for value in rule.matches:
            text = CARRIERS[carrier](spoken(rule), value)
            if not covers(DETECTOR.find(text), text, value):
                missed.append((rule.id, text))
    assert not missed, (len(missed), missed[:SHOWN])


@pytest.mark.parametrize("file", FILES)
def test_samples_are_found_alone(file: str) -> None:
    """Those of rules that need no word beside the value."""
    missed = [
        (rule.id, value)
        for rule in FILES[file]
        if max(rule.alone, rule.score) >= 0.5
        for value in rule.matches
        if not covers(DETECTOR.find(value), value, value)
    ]
    assert not missed, (len(missed), missed[:SHOWN])


@pytest.mark.parametrize("file", FILES)
def test_near_misses_are_not_this_identifier(file: str) -> None:
    taken = []
    for rule in FILES[file]:
        for reason, value in rule.rejects.items():
            text = f"the {spoken(rule)} is {value} here"
            start = text.index(value)
            if any(f.recognizer == rule.id and f.span == (start, start + len(value)) for f in DETECTOR.find(text)):
                taken.append((rule.id, reason, text))
    assert not taken, (len(taken), taken[:SHOWN])


@pytest.mark.parametrize("file", FILES)
def test_weak_values_are_nothing_among_other_words(file: str) -> None:
    """Nine bare digits are nothing; only a word beside them makes something of them."""
    taken = []
    for rule in FILES[file]:
        if rule.score or rule.alone:
            continue
        for value in rule.matches:
            if value[0].isalpha():
                continue  # a prefix can be a label of its own: MRN-483912
            text = f"we counted {value} of them in the warehouse yesterday"
            if any(f.recognizer == rule.id for f in DETECTOR.find(text)):
                taken.append((rule.id, text))
    assert not taken, (len(taken), taken[:SHOWN])
