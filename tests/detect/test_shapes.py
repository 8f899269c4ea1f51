"""From formats to matches: the little language, the walk, the clusters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.context import Surroundings
from dlp.detect.numbers import INDEX, VOICES
from dlp.detect.rule import Rule
from dlp.detect.rules import RULES
from dlp.detect.shapes import MAX_ATOM, MAX_PLANNED, ShapeIndex, clusters, shape_of


def found(written: str, text: str, **options: object) -> list[str]:
    rule = Rule(id="r", entity_type="X", formats=(written,), **options)  # type: ignore[arg-type]
    return [
        text[m.start : m.end]
        for cluster in clusters(text, shape_of(text))
        for m in ShapeIndex([rule]).matches(text, cluster)
    ]


@pytest.mark.parametrize(
    ("written", "text", "matches"),
    [
        ("999_99_9999", "a 536-90-4399 b", ["536-90-4399"]),
        ("999_99_9999", "a 536904399 b", ["536904399"]),
        ("999_99_9999", "a 536-90.4399 b", []),  # separators must be the same throughout
        ("999-99-9999", "a 536904399 b", []),  # a separator that is written is wanted
        ("AA_99_A", "AB 12 C", ["AB 12 C"]),
        ("AA99", "xAB12", []),  # a part of a longer run is no match
        ("9*9", "1a2 123", ["1a2", "123"]),
        ("*********", "L01X00T44", ["L01X00T44"]),
        ("999999A999A", "is030594W903B.", ["030594W903B"]),  # a lower-case word typed into the value
    ],
)
def test_formats(written: str, text: str, matches: list[str]) -> None:
    assert found(written, text) == matches


def test_a_pattern_narrows_the_compact_value() -> None:
    assert found("A_9", "B-7 C-7", pattern="B7") == ["B-7"]


def test_rules_that_need_a_word_are_left_out_when_none_speaks() -> None:
    index = ShapeIndex(
        [
            Rule(id="weak", entity_type="X", formats=("99",)),
            Rule(id="strong", entity_type="X", formats=("99",), score=0.6),
        ]
    )
    (cluster,) = clusters("42", "99")
    assert [m.rule.id for m in index.matches("42", cluster, lambda _start, _end: ())] == ["strong"]
    assert [m.rule.id for m in index.matches("42", cluster, lambda _start, _end: ("weak",))] == ["strong", "weak"]


@pytest.mark.parametrize("words", ["", "passport ", "tax id of the ", "phone, card and "])
def test_knowing_what_may_speak_spares_questions_and_changes_nothing(words: str) -> None:
    for rule in RULES:
        for value in rule.matches:
            around = Surroundings(f"{words}{value} {rule.context[0] if rule.context else ''}", "")

            def said(start: int, end: int) -> dict[str, tuple[str, int]]:
                return VOICES.heard(around, start, end)  # noqa: B023 - called at once

            for cluster in clusters(around.text, around.shape):
                every = INDEX.matches(around.text, cluster, said)
                possible = VOICES.possible(around, cluster.start, cluster.end)
                speakers = INDEX.plan(cluster.shape).speakers
                for known in (possible, possible & speakers):
                    assert INDEX.matches(around.text, cluster, said, known) == every


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("é aB3-4 é", ["AA9-9"]),
        ("GB29 NWBK 6016, 12", ["AA99 AAAA 9999", "99"]),
        ("AB 12 C", ["AA 99 A"]),
        ("x 1\n2", ["A 9", "9"]),
        ("٣ 4", ["9"]),
    ],
)
def test_shapes(text: str, shapes: list[str]) -> None:
    """Letters, digits and the separators between them; a digit of another script is none here."""
    assert [cluster.shape for cluster in clusters(text, shape_of(text))] == shapes


def test_a_long_row_is_planned_each_time_and_found_alike() -> None:
    """Nothing is kept of it, and its cost is that of its atoms."""
    rule = Rule(id="r", entity_type="X", formats=("99-99",))
    index = ShapeIndex([rule])
    text = "12-34 " * MAX_PLANNED
    (cluster,) = clusters(text, shape_of(text))
    assert [m.start for m in index.matches(text, cluster)] == list(range(0, len(text), 6))
    assert not index._plans


@given(st.text())
def test_atoms_lie_in_order_inside_the_text(text: str) -> None:
    for cluster in clusters(text, shape_of(text)):
        atoms = list(cluster.atoms())
        assert (atoms[0].start, atoms[-1].end) == (cluster.start, cluster.end)
        for atom in atoms:
            assert text[atom.start : atom.end].isalnum()
            assert atom.end - atom.start <= MAX_ATOM
        assert all(a.end < b.start for a, b in pairwise(atoms))


def test_overlong_runs_are_no_atoms() -> None:
    assert clusters("1" * (MAX_ATOM + 1), "9" * (MAX_ATOM + 1)) == []
