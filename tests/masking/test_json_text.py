"""Where a position stands: how many JSON strings are wrapped round it, whatever the text is cut into."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.masking.json_text import MAX_DEPTH, JsonDepth

MARK = "@@"


def depth_at_mark(text: str) -> int:
    before = text[: text.index(MARK)]
    whole = JsonDepth()
    whole.feed(before)
    pieces = JsonDepth()
    for character in before:
        pieces.feed(character)
    assert pieces.depth == whole.depth
    return whole.depth


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@@", 0),
        ("[@@", 0),
        ('{"@@', 1),
        ('{"a": "@@', 1),
        ('{"a": "b"@@', 0),
        ('{"a": @@', 0),
        ('{"a": "b\\"@@', 1),
        ('{"a": "b\\\\"@@', 0),
        ('["@@', 1),
        ('[["@@', 1),
        ('[ {\n "a": [1, true, null, -2.5e+3, "@@', 1),
        ('say "@@', 0),
        ('{"a": 1} "@@', 0),
        ('{a: "@@', 0),
        ('```json\n{"a": "@@', 1),
        ('{ {"a": "@@', 1),
        ('x = {y} {"a": "@@', 1),
        ('{"a": "{\\"b\\": \\"@@', 2),
        ('{"a": "text {\\"b\\": \\"c\\"} @@', 1),
        ('{"a": "{\\u0022b\\u0022: \\u0022@@', 2),
        ('{"a": "\\u12@@', 1),
        ('{"a": "\\uzzzz"@@', 0),
        ('{"a": oops "@@', 0),
        ('{"a", "@@', 0),
        ('{"a" "@@', 0),
        ('["a": "@@', 0),
        ('{"a": "b": "@@', 0),
        ('{"a": 1 2, "@@', 1),
        ('{"a": 1"@@', 0),
        ('{"a": [{"b": 1], "@@', 0),
        ('{"a": , "b": "@@', 1),  # a token stood there
        ('{"starts like this.\n\nAnd goes on: @@', 0),
        ('{"starts like this.\n \r\nAnd goes on: @@', 0),
        ('{"a": "one line\nand the next @@', 1),
        ('{"a": "one line\\n\\nand the next @@', 1),
    ],
)
def test_depth(text: str, expected: int) -> None:
    """Prose, JSON in prose, JSON in strings of JSON, and what only looks like it."""
    assert depth_at_mark(text) == expected


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(DOCUMENTS, st.integers(1, MAX_DEPTH - 1), st.sampled_from([None, 1]), st.booleans())
def test_depth_is_the_number_of_encodings(beside: Any, depth: int, indent: int | None, ascii_only: object) -> None:
    """A string that was encoded n times stands at depth n, and escaping for there is what n encoders would do."""
    text = MARK
    for _ in range(depth):
        text = json.dumps({"beside": beside, "k": text}, indent=indent, ensure_ascii=bool(ascii_only))
    if text.count(MARK) > 1:  # the generated neighbour says it too
        return
    assert depth_at_mark(text) == depth
    position = JsonDepth()
    position.feed(text[: text.index(MARK)])
    value = '"\\\n😀'
    inner = text.replace(MARK, position.escaped(value))
    for _ in range(depth):
        inner = json.loads(inner)["k"]
    assert inner == value


def test_deeper_levels_count_as_the_deepest() -> None:
    text = MARK
    for _ in range(MAX_DEPTH + 3):
        text = json.dumps({"k": text})
    assert depth_at_mark(text) == MAX_DEPTH


@given(st.text('{}[]":,\\ u0022na1t', max_size=200))
def test_any_text_has_a_bounded_depth_whatever_the_cut(text: str) -> None:
    assert 0 <= depth_at_mark(text + MARK) <= MAX_DEPTH


def test_brackets_without_end_are_not_all_kept() -> None:
    position = JsonDepth()
    position.feed("[" * 5000)
    assert len(position._brackets) <= 600
    assert position.depth == 0
