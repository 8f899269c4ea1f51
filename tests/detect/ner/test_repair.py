"""Spans made whole, and what is no name dropped."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.ner import lexicon
from dlp.detect.ner.builtin import Builtin
from dlp.detect.ner.repair import LONGEST, repaired
from dlp.detect.ner.tags import LABELS, Span

P, L, G = LABELS


def repair(text: str, *marked: tuple[str, str], score: float = 0.95) -> list[tuple[str, str]]:
    spans = [Span(at := text.index(value), at + len(value), label, score) for value, label in marked]
    return [(text[s.start : s.end], s.label) for s in repaired(text, spans, lexicon.shipped()) if s.score >= 0.5]


WHOLE = {
    "apostrophe": ("call O'Brien now", [("Brien", P)], [("O'Brien", P)]),
    "hyphen": ("for Jean-Pierre only", [("Jean", P)], [("Jean-Pierre", P)]),
    "half a word": ("Mister Kowalski", [("walski", P)], [("Kowalski", P)]),
    "elision stays out": ("l'avis d'Élodie", [("Élodie", P)], [("Élodie", P)]),
    "possessive": ("it is Anna's book", [("Anna's", P)], [("Anna", P)]),
    "possessive outside": ("it is Anna's book", [("Anna", P)], [("Anna", P)]),
    "quotes and brackets": ('"(Anna Weber)",', [('"(Anna Weber)",', P)], [("Anna Weber", P)]),
    "form of address": ("met Dr. Anna Weber", [("Dr. Anna Weber", P)], [("Anna Weber", P)]),
    "two forms of address": ("Frau Dr. Weber", [("Frau Dr. Weber", P)], [("Weber", P)]),
    "an initial keeps its dot": ("by Weber J. today", [("Weber J.", P)], [("Weber J.", P)]),
    "company dot": ("at Zelmor Inc. today", [("Zelmor Inc.", G)], [("Zelmor Inc.", G)]),
    "line end": ("Anna Weber\nBerlin", [("Anna Weber\nBerlin", P)], [("Anna Weber", P), ("Berlin", P)]),
    "last, first": ("list: Weber, Anna; more", [("Weber", P), ("Anna", P)], [("Weber, Anna", P)]),
    "a small word before": ("she gave Anna Weber", [("gave Anna Weber", P)], [("Anna Weber", P)]),
    "a particle before": ("met van der Berg", [("van der Berg", P)], [("van der Berg", P)]),
    "a list of given names": ("with Anna, Maria", [("Anna", P), ("Maria", P)], [("Anna", P), ("Maria", P)]),
}
NOTHING = {
    "one letter": ("a B c", "B", P),
    "identifier": ("use user_Anna here", "Anna", P),
    "call": ("Anna(1)", "Anna", P),
    "attribute": ("self.Anna", "Anna", P),
    "file name": ("open Anna.py", "Anna", P),
    "camel case": ("the dataLoader", "dataLoader", P),
    "weekday": ("on Monday we", "Monday", P),
    "program": ("with Django we", "Django", G),
    "title alone": ("the Princess came", "Princess", P),
    "field name": ("my Steuer-ID is", "Steuer-ID", P),
    "what an identifier is called": ("rodné číslo 8", "rodné číslo", P),
    "an abbreviation with a small word": ("as IMEI, now", "as IMEI", G),
    "a platform": ("My AWS key", "AWS", G),
    "eponym": ("a Kolmogorov-Smirnov test", "Kolmogorov-Smirnov", G),
    "eponym and method": ("the Turing machine", "Turing", P),
    "ordinary lower-case words": ("the personal things", "personal things", P),
    "markup": ("<b>Anna</b>", "<b>Anna", P),
}


@pytest.mark.parametrize(("text", "marked", "expected"), WHOLE.values(), ids=WHOLE)
def test_whole_names(text: str, marked: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    assert repair(text, *marked) == expected


@pytest.mark.parametrize(("text", "value", "label"), NOTHING.values(), ids=NOTHING)
def test_no_name(text: str, value: str, label: str) -> None:
    assert repair(text, (value, label)) == []


def test_the_list_raises_a_score_and_lower_case_without_it_lowers_one() -> None:
    def score(text: str) -> float:
        return repaired(text, [Span(0, len(text), P, 0.8)], lexicon.shipped())[0].score

    assert score("Priya") > 0.8 > score("zyxwvut")


def test_agreement_of_a_rule_and_the_model_raises_the_score() -> None:
    text = "Anna Weber"
    spans = [Span(0, 10, P, 0.6), Span(0, 10, P, 0.85, "greeting")]
    (found,) = repaired(text, spans, lexicon.shipped())
    assert found.score > 0.85


SPANS = st.lists(
    st.builds(lambda start, length, label, score, source: Span(start, start + length, label, score, source),
              st.integers(0, 60), st.integers(1, 60), st.sampled_from(LABELS), st.floats(0, 1), st.sampled_from(["model", "title"])),
    max_size=8,
)  # fmt: skip


@given(st.text(st.sampled_from("aB .,'-\n_(é\ud800\u0301中9"), min_size=120, max_size=160), SPANS)
def test_any_spans_become_sorted_ones_inside_the_text_without_overlaps(text: str, spans: list[Span]) -> None:
    found = repaired(text, spans, lexicon.shipped())
    assert all(0 <= s.start < s.end <= len(text) and 0 <= s.score <= 1 for s in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_a_small_word_of_hindi_that_no_list_knows_is_nobody() -> None:
    hindi, english = "kal se zorblum bhi nahi aa raha hai", "i told zorblum about it"
    assert repair(hindi, ("zorblum", P), score=0.98) == []
    assert repair(english, ("zorblum", P), score=0.98) == [("zorblum", P)]
    assert repair("kal se kavitha bhi nahi aa rahi hai", ("kavitha", P)) == [("kavitha", P)]
    assert repair("kal se Zorblum bhi nahi aa raha hai", ("Zorblum", P)) == [("Zorblum", P)]


def test_ordinary_words_with_a_capital_are_nobody() -> None:
    assert repair("Leistung: Wartung Gastherme", ("Wartung Gastherme", P), score=0.98) == []
    assert repair("con Ipertensione arteriosa", ("Ipertensione", P), score=0.98) == []
    assert repair("die Verkehrsanbindung", ("Verkehrsanbindung", L), score=0.98) == []  # in no list
    assert repair("er wohnt in Bogen", ("Bogen", L)) == [("Bogen", L)]
    assert repair("sagt Hartung dazu", ("Hartung", P)) == [("Hartung", P)]


def test_labels_and_degrees_are_no_names() -> None:
    assert repair("Emne: Weber", ("Emne: Weber", P)) == [("Weber", P)]
    assert repair("a B.Sc. in physics", ("B.Sc", P)) == []
    assert repair("Bill To: Anna Weber", ("Bill", P), ("Anna Weber", P)) == [("Anna Weber", P)]
    assert repair("Bill to Anna: hi", ("Bill", P), ("Anna", P)) == [("Bill", P), ("Anna", P)]


def test_an_endless_name_is_cut() -> None:
    text = "Anna " * 60
    assert all(s.end - s.start <= LONGEST for s in repaired(text, [Span(0, len(text), P, 0.9)], lexicon.shipped()))


def test_words_of_hindi_and_a_tool_named_after_a_city_are_nobody() -> None:
    recognizer = Builtin()
    assert recognizer.find("kirana dukaan ka hisaab kaise rakhe") == []
    assert recognizer.find("x();\n/* istanbul ignore next - too rare */\ny();") == []
    assert [f.entity_type for f in recognizer.find("She moved from Ankara to Istanbul in May.")] == [
        "LOCATION",
        "LOCATION",
    ]
