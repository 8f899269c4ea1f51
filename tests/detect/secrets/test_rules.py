"""Every rule finds its own samples, exactly, wherever they stand, and leaves its near misses alone.

The rules of a file are one test: thousands of tests would cost more than what they prove. What fails is named by rule and text.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from zlib import crc32

import pytest

from dlp.detect.secrets import SecretDetector
from dlp.detect.secrets.rule import Rule
from dlp.detect.secrets.rules import ai, all_rules, cloud, code, data, generic, messaging, payments, services
from dlp.detect.secrets.shapes import fill
from dlp.types import Finding
from tests.detect.secrets.carriers import SNIPPET, VALUE

RULES = all_rules()
FILES = {
    module.__name__.rpartition(".")[2]: module.RULES
    for module in (generic, ai, cloud, code, payments, messaging, data, services)
}
DETECTOR = SecretDetector()
SEEDS = (0, 1)
SHOWN = 5
"""How many failures of a file a report shows, beside their number."""


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


@pytest.mark.parametrize("file", FILES)
def test_rules_find_their_samples_in_every_carrier(file: str) -> None:
    """The finding is the secret, neither more nor less; what a neighbour rule finds may have been found by name as well.

    The first filling of a template stands in every carrier; the second, which differs in random characters alone, in one, in turn.
    """
    missed = [
        (rule.id, name, text, spans(DETECTOR.find(text), text))
        for rule in FILES[file]
        for name, text, value in carried(rule)
        if not any(
            text[f.start : f.end] == value and (rule.words or f.recognizer == f"secrets/{rule.id}")
            for f in DETECTOR.find(text)
        )
    ]
    assert not missed, (len(missed), missed[:SHOWN])


def carried(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """The samples of a rule in carriers: the carrier's name, the text, and how the value reads in it."""
    turns = itertools.count(crc32(rule.id.encode()))
    for template in rule.matches:
        for seed in SEEDS:
            sample, value = marked(fill(template, seed))
            carriers = VALUE if sample == value and not re.search(r"[\s,;|\"'`&]", value) else SNIPPET
            names = list(carriers) if seed == SEEDS[0] else [list(carriers)[next(turns) % len(carriers)]]
            for name in names:
                yield name, carriers[name](sample), escaped(value, name)


@pytest.mark.parametrize("file", [file for file, rules in FILES.items() if any(rule.words for rule in rules)])
def test_a_neighbour_rule_names_the_issuer(file: str) -> None:
    """Somebody's name before a random string says whose key it is."""
    unnamed = []
    for rule in FILES[file]:
        for template in rule.matches if rule.words else ():
            text, value = marked(fill(template))
            found = [f for f in DETECTOR.find(text) if text[f.start : f.end] == value]
            if not any(detail.startswith("issuer: ") for f in found for detail in f.details):
                unnamed.append((rule.id, text))
    assert not unnamed, (len(unnamed), unnamed[:SHOWN])


@pytest.mark.parametrize("file", FILES)
def test_rules_leave_their_near_misses_alone(file: str) -> None:
    """What looks almost like it is no finding of the rule."""
    taken = []
    for rule in FILES[file]:
        for why, template in rule.rejects.items():
            text, _ = marked(fill(template))
            if any(f.recognizer == f"secrets/{rule.id}" for f in DETECTOR.find(text)):
                taken.append((rule.id, why, text))
    assert not taken, (len(taken), taken[:SHOWN])


def test_every_rule_is_of_a_file() -> None:
    assert tuple(rule for rules in FILES.values() for rule in rules) == RULES


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
