"""Splicing byte ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.wire.ranges import splice, splice_in_turn


def test_splice_in_any_order() -> None:
    assert splice(b"0123456789", [(8, 10, b"z"), (0, 0, b"a"), (0, 0, b"b"), (2, 5, b"")]) == b"ab01567z"
    assert splice(b"abc", []) == b"abc"


@pytest.mark.parametrize("changes", [[(0, 2, b""), (1, 3, b"")], [(2, 1, b"")], [(0, 4, b"")], [(-1, 1, b"")]])
def test_bad_ranges(changes: list[tuple[int, int, bytes]]) -> None:
    with pytest.raises(ValueError, match="overlaps another one or lies outside"):
        splice(b"abc", changes)
    with pytest.raises(ValueError, match="overlaps another one or lies outside"):
        splice_in_turn(b"abc", changes)


def test_what_is_spliced_in_turn_is_in_order() -> None:
    assert splice_in_turn(b"abc", []) == b"abc"
    assert splice_in_turn(b"abc", [(0, 0, b"x"), (3, 3, b"y")]) == b"xabcy"
    with pytest.raises(ValueError, match="overlaps"):
        splice_in_turn(b"abc", [(2, 3, b""), (0, 1, b"")])


@given(pieces=st.lists(st.tuples(st.binary(max_size=4), st.binary(max_size=4), st.binary(max_size=4))))
def test_only_the_ranges_change(pieces: list[tuple[bytes, bytes, bytes]]) -> None:
    body = b"".join(kept + old for kept, old, _ in pieces)
    changes, position = [], 0
    for kept, old, new in pieces:
        position += len(kept)
        changes.append((position, position + len(old), new))
        position += len(old)
    assert splice(body, changes) == splice_in_turn(body, changes) == b"".join(kept + new for kept, _, new in pieces)
