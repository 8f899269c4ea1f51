"""Later mentions of a person by part of the name."""

from __future__ import annotations

import pytest

from dlp.detect.ner import lexicon
from dlp.detect.ner.repeats import repeats
from dlp.detect.ner.tags import Span

CASES = {
    "surname and lower-case given name": (
        "Marta Kowalczyk came. Kowalczyk and marta left.",
        "Marta Kowalczyk",
        ["Kowalczyk", "marta"],
    ),
    "not before": ("Kowalczyk knew it. Marta Kowalczyk came.", "Marta Kowalczyk", []),
    "a single name gives no parts": ("Marta came. Kowalczyk and Marta left.", "Marta", []),
    "an ordinary word at a sentence start": ("Grace Kowalczyk came. Grace is a virtue.", "Grace Kowalczyk", []),
    "not inside an address": ("Marta Kowalczyk: x.kowalczyk@example.org", "Marta Kowalczyk", []),
    "a particle is no part": ("Marta van Kowalczyk drove a van", "Marta van Kowalczyk", []),
}


@pytest.mark.parametrize(("text", "name", "expected"), CASES.values(), ids=CASES)
def test_repeats(text: str, name: str, expected: list[str]) -> None:
    at = text.index(name)
    found = repeats(text, [Span(at, at + len(name), "PERSON", 0.9)], lexicon.shipped())
    assert [text[s.start : s.end] for s in found] == expected


def test_an_unsure_name_gives_no_parts() -> None:
    text = "Marta Kowalczyk came. Kowalczyk left."
    assert repeats(text, [Span(0, 15, "PERSON", 0.6)], lexicon.shipped()) == []
