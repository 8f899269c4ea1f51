"""Outside text that is printed can't move the cursor, forge a line or turn the reading direction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe 東京", "Größe 東京"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("x" * 61, "x" * 60 + "..."),
        ("x" * 60, "x" * 60),
    ],
    ids=["plain", "lines", "escape", "direction", "surrogate", "tag", "long", "just-fits"],
)
def test_table(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(), st.integers(1, 100))
def test_whatever_comes_is_one_bounded_printable_line(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert shown.isprintable()
    assert len(shown) <= 10 * limit + 3
