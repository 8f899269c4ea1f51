"""Carry-over: what was found once is found again, forwards, as whole words, and in linear time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.detect.cache import FindingsCache
from dlp.engine import carry
from dlp.engine.carry import CarryOver
from dlp.types import Finding


def found(text: str, *values: str, kind: str = "PERSON", score: float = 0.9) -> tuple[Finding, ...]:
    """The first place of each value."""
    spans = sorted((text.index(value), text.index(value) + len(value)) for value in values)
    return tuple(Finding(entity_type=kind, start=start, end=end, score=score, recognizer="T") for start, end in spans)


def texts(text: str, findings: tuple[Finding, ...]) -> list[str]:
    return [text[finding.start : finding.end] for finding in findings]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("Quill said", ["Quill"]),
        ("vera quill said", ["vera quill"]),
        ("VERA QUILL", ["VERA QUILL"]),
        ("Quillery, Quill.", ["Quill"]),
        ("quill pens", []),
        ("[PII:PERSON:00000000] Quill", ["Quill"]),
        ("Quill, Vera; Vera Quill", ["Quill", "Vera", "Vera Quill"]),
    ],
)
def test_a_name_is_found_again_whole_or_in_parts(later: str, expected: list[str]) -> None:
    """Full names in any case, parts as they were written, whole words only."""
    carried = CarryOver()
    first = "I am Vera Quill"
    carried.extend(first, found(first, "Vera Quill"))
    assert texts(later, carried.extend(later, ())) == expected


@pytest.mark.parametrize(
    ("value", "kind", "score", "carried_on"),
    [
        ("k8Fq-22xY", "API_KEY", 0.9, True),
        ("test", "PASSWORD", 0.9, False),
        ("12345", "PIN", 0.9, False),
        ("k8Fq-22xY", "API_KEY", 0.5, False),
        ("2026-11-21", "DATE_TIME", 0.9, False),
        ("May Smith", "PERSON", 0.9, True),
    ],
)
def test_only_what_is_certain_and_uncommon_is_carried(value: str, kind: str, score: float, carried_on: object) -> None:
    """A password such as `test` must not mask every `test` behind it."""
    carried = CarryOver()
    carried.extend(value, found(value, value, kind=kind, score=score))
    assert texts(f"so {value} it", carried.extend(f"so {value} it", ())) == ([value] if carried_on else [])


def test_ordinary_words_in_a_name_are_no_names_alone() -> None:
    carried = CarryOver()
    carried.extend("May Smith", found("May Smith", "May Smith"))
    assert carried.extend("May I ask a Smith?", ()) == ()


def test_nothing_overlaps_and_all_is_in_order() -> None:
    """Detected spans and our own tokens come first; longer values before their parts."""
    carried = CarryOver()
    carried.extend("Vera Quill", found("Vera Quill", "Vera Quill"))
    text = "Quill x@Quill.example Vera Quill [PII:PERSON:00000000] Quill"
    findings = carried.extend(text, found(text, "x@Quill.example", kind="EMAIL_ADDRESS"))
    assert texts(text, findings) == ["Quill", "x@Quill.example", "Vera Quill", "Quill"]
    assert all(one.end <= other.start for one, other in itertools.pairwise(findings))


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carry, "MAX_VALUES", 3)
    carried = CarryOver()
    for number in range(9):
        value = f"key-{number}-abcdef"
        carried.extend(value, found(value, value, kind="API_KEY"))
    text = " ".join(f"key-{number}-abcdef" for number in range(9))
    assert len(carried.extend(text, ())) == 3


def test_a_value_may_stand_in_a_text_many_thousand_times() -> None:
    """A table with one name in every row; quadratic work would take minutes."""
    name = "Vera Quill, "
    text = name * 40_000
    findings = tuple(
        Finding(entity_type="PERSON", start=at, end=at + 10, score=0.9, recognizer="T")
        for at in range(0, len(text), len(name))
    )
    carried = CarryOver()
    assert carried.extend(text, findings) == findings
    assert len(carried.extend(text.lower(), ())) == 40_000


PIECES = st.sampled_from(["Vera", "Quill", "+49 151", "k8-x", "x", "-", " ", ".", "é", "_", "Σ", "İ", "@"])


@settings(deadline=None)
@given(
    values=st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), max_size=5),
    text=st.lists(PIECES, max_size=12).map("".join),
)
def test_values_are_found_where_a_search_for_each_finds_them(values: list[str], text: str) -> None:
    """Reading the words of a text first leaves none out."""
    known = carry._Values()
    for value in values:
        known.add(value, "API_KEY")
    expected = set()
    for value in values:
        at = text.find(value)
        while at >= 0:
            if carry._is_whole(text, at, at + len(value)):
                expected.add((at, at + len(value), "API_KEY"))
            at = text.find(value, at + len(value))
    assert set(known.occurrences(text)) == expected


def test_a_conversation_is_searched_once_for_what_it_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent again with one more turn, only that turn is; and what comes out is what a search of all of it gives."""
    turns = [
        ("I am Vera Quill", "Vera Quill"),
        ("Quill said", ""),
        ("Ask k8Fq-22xY", "k8Fq-22xY"),
        ("k8Fq-22xY, quill", ""),
    ]
    searched: list[str] = []
    search = CarryOver._found_again
    monkeypatch.setattr(
        CarryOver, "_found_again", lambda self, text, findings: (searched.append(text), search(self, text, findings))[1]
    )

    def masked(count: int, cache: FindingsCache | None) -> list[list[str]]:
        carried = CarryOver(cache)
        kinds = {"Vera Quill": "PERSON", "k8Fq-22xY": "API_KEY"}
        return [
            texts(text, carried.extend(text, found(text, *([value] if value else []), kind=kinds.get(value, ""))))
            for text, value in turns[:count]
        ]

    cache = carry.carry_cache()
    for count in range(1, len(turns) + 1):
        searched.clear()
        kept = masked(count, cache)
        assert searched == [turns[count - 1][0]]
        assert kept == masked(count, None)


@given(st.lists(st.sampled_from(["Vera Quill", "Quill", "vera quill", "Vera"]), min_size=1, max_size=4), st.data())
def test_what_is_remembered_depends_on_all_that_was_known(values: list[str], data: st.DataObject) -> None:
    """Whatever was found before and as what, a cache that has seen other conversations changes nothing."""
    cache = carry.carry_cache()
    for _ in range(3):
        kinds = data.draw(st.lists(st.sampled_from(["PERSON", "API_KEY"]), min_size=len(values), max_size=len(values)))
        kept, plain = CarryOver(cache), CarryOver()
        for value, kind in zip(values, kinds, strict=True):
            text = f"so {value} it"
            assert kept.extend(text, found(text, value, kind=kind)) == plain.extend(text, found(text, value, kind=kind))
        later = "Vera Quill, vera quill, Quill, Vera"
        assert kept.extend(later, ()) == plain.extend(later, ())


@given(
    st.lists(st.sampled_from(["Vera Quill", "Quill", "k8Fq-22xY", "--", "a b"]), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(["Vera Quill", "vera", "Quill", "k8Fq-22xY", " ", "-", "--", "a", "b"]), max_size=12).map(
        "".join
    ),
)
def test_much_text_is_searched_as_little_is(values: list[str], text: str) -> None:
    few, many = carry._Values(), carry._Values()
    many._searched = carry.DIRECT
    for value in values:
        few.add(value, "PERSON")
        many.add(value, "PERSON")
        assert sorted(few.occurrences(text)) == sorted(many.occurrences(text))


@given(st.text(st.sampled_from("aB_1é \n-日")), st.integers(1, 5))
def test_a_text_is_cut_into_words_in_stretches_as_in_one(text: str, stretch: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carry, "STRETCH", stretch)
        assert list(carry._words(text)) == carry._WORD.findall(text)
