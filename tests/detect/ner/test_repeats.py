"""Later mentions of a person by part of the name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.ner import lexicon
from dlp.detect.ner import repeats as module
from dlp.detect.ner.repeats import repeats
from dlp.detect.ner.tags import Span
from dlp.detect.ner.wordpiece import fold

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


def _walk(text: str, wanted: dict[str, int], letters: re.Pattern[str], low: int) -> list[tuple[int, int, str]]:
    every = ((*match.span(), fold(match[0])) for match in letters.finditer(text, low))
    return [each for each in every if each[2] in wanted]


@given(
    text=st.lists(st.sampled_from(["Marta", "marta", "MARTA", "Kowalczyk", "tamarta", "martas", "Ana", "ana", " ", ".", "-", "_", "1", "@", "mártá"])).map("".join),
    name=st.sampled_from(["Marta Kowalczyk", "Ana Marta", "Marta Anastasia", "Marta Kowalczyk9"]),
)  # fmt: skip
def test_parts_are_found_where_a_walk_over_all_words_finds_them(text: str, name: str) -> None:
    whole = f"{name}{text} and Marta, {text}"
    spans = [Span(0, len(name), "PERSON", 0.9)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "wanted_words", _walk)
        walked = repeats(whole, spans, lexicon.shipped())
    assert repeats(whole, spans, lexicon.shipped()) == walked


def test_an_unsure_name_gives_no_parts() -> None:
    text = "Marta Kowalczyk came. Kowalczyk left."
    assert repeats(text, [Span(0, 15, "PERSON", 0.6)], lexicon.shipped()) == []
