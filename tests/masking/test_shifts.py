"""Places in a text follow it through replacements, however it is taken down."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.masking import shifts
from dlp.masking.shifts import MAX_KEPT, Shifts, ShiftsInTurn, utf8_size

PARTS = st.lists(
    st.tuples(st.text("aé😀 ", min_size=1, max_size=5), st.text("xü", max_size=6) | st.none()), max_size=12
)
"""Pieces of a text, and what stands in their place; None if they stay."""


def taken_down(parts: list[tuple[str, str | None]], measure: object = len) -> Shifts:
    known = Shifts(utf8_size if measure is utf8_size else len)
    for old, new in parts:
        if new is None:
            known.passed(old)
        else:
            known.replaced(old, new)
    return known


@settings(max_examples=100)
@given(PARTS, st.sampled_from([len, utf8_size]))
def test_the_bounds_of_every_piece_are_found_again(parts: list[tuple[str, str | None]], measure: object) -> None:
    size = utf8_size if measure is utf8_size else len
    known = taken_down(parts, measure)
    before = after = 0
    for old, new in parts:
        end, new_end = before + size(old), after + size(old if new is None else new)
        assert known.moved(before, end=False) == after
        assert known.moved(end, end=True) == new_end
        if new is not None and size(old) > 1:  # a place inside what was replaced goes to its edge
            assert known.moved(before + 1, end=False) == after
            assert known.moved(before + 1, end=True) == new_end
        before, after = end, new_end


@settings(max_examples=50)
@given(PARTS)
def test_a_complete_text_with_edits_is_the_same(parts: list[tuple[str, str | None]]) -> None:
    edits, at = [], 0
    for old, new in parts:
        if new is not None:
            edits.append((at, at + len(old), new))
        at += len(old)
    text = "".join(old for old, _ in parts)
    one, other = Shifts.of(text, edits), taken_down(parts)
    for place in range(len(text) + 2):
        assert one.moved(place, end=False) == other.moved(place, end=False)
        assert one.moved(place, end=True) == other.moved(place, end=True)
    assert bool(one) == any(new is not None for _, new in parts)


def test_text_that_was_missed_counts_where_it_stood() -> None:
    known = Shifts()
    for stamp, (old, new) in enumerate([("AA", "x"), ("BB", "yyyy")], 1):
        known.stamp = stamp
        known.replaced(old, new)
    known.missed([(0, 10), (1, 5), (1, 5), (2, 100)])
    text = "." * 10 + "AA" + "." * 10 + "BB" + "." * 100
    whole = Shifts.of(text, [(m.start(), m.end(), {"AA": "x", "BB": "yyyy"}[m[0]]) for m in re.finditer("AA|BB", text)])
    assert [known.moved(at, end=False) for at in range(130)] == [whole.moved(at, end=False) for at in range(130)]


def test_of_too_many_replacements_the_latest_count() -> None:
    known = Shifts()
    for _ in range(3 * MAX_KEPT):
        known.replaced("token", "v")
    assert len(known._starts) <= MAX_KEPT
    assert known.moved(15 * MAX_KEPT, end=True) == 3 * MAX_KEPT


def test_one_after_the_other() -> None:
    first, second = Shifts.of("foreign then [T]", [(0, 7, "[X]")]), Shifts.of("[X] then [T]", [(9, 12, "value")])
    both = ShiftsInTurn(first, second)
    assert both.moved(8, end=False) == 4
    assert both.moved(16, end=True) == len("[X] then value")
    assert both
    assert not ShiftsInTurn(shifts.Shifts(), shifts.Shifts())
