"""A record of what a person did fits into a line, and holds nothing that may be a value."""

from __future__ import annotations

import json

import pytest

from dlp.audit.acts import MAX_TOKENS, Act, ActRecord, shown_reason
from dlp.audit.events import MAX_ENTITY_TYPES, MAX_LINE_BYTES

TIME = "2026-11-21T00:05:09.120Z"


def test_empty_fields_are_left_out() -> None:
    line = ActRecord(time=TIME, act=Act.REFUSE, tried=Act.OPEN, note="wrong name or passcode").to_line()
    assert json.loads(line) == {
        "time": TIME,
        "client": "operator",
        "action": "restore_refused",
        "tried": "grant_open",
        "note": "wrong name or passcode",
    }


def test_the_largest_line_is_bounded() -> None:
    wide = "\U0001f600" * 10_000
    line = ActRecord(
        time=TIME,
        act=Act.RESTORE,
        operator=wide,
        tried=Act.OPEN,
        grant="5f0c2a91",
        reason=wide,
        whose=wide,
        tokens=["f" * 32] * 1000,
        shown={"X" * 1000 + str(number): 10**9 for number in range(1000)},
        withheld=10**9,
        unknown=10**9,
        until=TIME,
        subject=wide,
        note=wide,
    ).to_line()
    assert len(line) <= MAX_LINE_BYTES
    assert line.isascii()
    fields = json.loads(line)
    assert len(fields["tokens"]) == MAX_TOKENS
    assert len(fields["shown"]) <= MAX_ENTITY_TYPES


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("ticket 4711, asked for by audit", "ticket 4711, asked for by audit"),
        ("INC-20261121 of May", "INC-20261121 of May"),
        ("mail of anna@nordwind.org!", "mail of *"),
        ("call 0171 2345678 90 now", "call * now"),
        ("card 4111-1111-1111-1111", "card *"),
        ("two\nlines\x1b[31m", "two\\x0alines\\x1b[31m"),
    ],
)
def test_what_may_be_a_value_is_left_out(reason: str, shown: str) -> None:
    assert shown_reason(reason) == shown
