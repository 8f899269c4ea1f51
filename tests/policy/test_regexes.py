"""A person's regular expression compiles within bounds or is refused with a place in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.policy.regexes import MAX_LENGTH, regex_problem

TOO_LARGE = "its counted repeats multiply into too large a pattern; use smaller counts"


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bacme_live_[0-9a-f]{32}\b",
        r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}",
        r"(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:)",
        r"(?<=key: )\w{20,40}",
        r"[a-z]{5000}",
        r"(?=x)y",
    ],
)
def test_what_people_write_is_accepted(pattern: str) -> None:
    assert regex_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(?:acme", "missing ) at column 8: end of pattern"),
        ("a)b", "unbalanced parenthesis at column 2: )b"),
        ("*", "nothing to repeat at column 1: *"),
        ("a*", "matches the empty text, so it would match everywhere"),
        ("", "matches the empty text, so it would match everywhere"),
        ("a" * (MAX_LENGTH + 1), "2001 characters, limit is 2000"),
        ("(" * 900 + "a" + ")" * 900, "groups nested too deep"),
        ("(?:(?:a|b){1000}){1000}", TOO_LARGE),
        ("(a|b){1000000000}", TOO_LARGE),
        ("a{999999999999999999999}", TOO_LARGE),
        ("(?x)(?:a|b) # twice\n {1000} (?:a|b) {1000}", TOO_LARGE),
    ],
    ids=["unclosed", "unopened", "nothing", "star", "empty", "long", "deep", "nested", "huge", "absurd", "verbose"],
)
def test_what_cannot_be_used_says_where_or_why(pattern: str, problem: str) -> None:
    assert regex_problem(pattern) == problem


@given(st.text(alphabet="ab()[]{}|?*+.^$\\123456789,:<>=!xiPLp-#& ", max_size=40))
def test_any_pattern_gets_an_answer(pattern: str) -> None:
    answer = regex_problem(pattern)
    assert answer is None or answer.isprintable()
