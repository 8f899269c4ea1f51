"""Form bodies and query strings: decoded text with byte ranges, edits that leave the rest alone."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import WireError
from dlp.wire.ranges import splice
from dlp.wire.urlencoded import Component, Field, parse_urlencoded

TEXT = st.text(st.characters(codec="utf-8"))


def pairs(body: bytes) -> list[tuple[str, str | None]]:
    return [(field.name.text, field.value.text if field.value else None) for field in parse_urlencoded(body)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a=1&b=2", [("a", "1"), ("b", "2")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a=&=b&c", [("a", ""), ("", "b"), ("c", None)]),
        (b"&&a=1&", [("a", "1")]),
        (b"", []),
        (b"q=x+y%20z%2B", [("q", "x y z+")]),
        (b"a%3Db=%26", [("a=b", "&")]),
        (b"q=%zz%4", [("q", "%zz%4")]),
        (b"q=caf%C3%A9", [("q", "café")]),
        ("q=café".encode(), [("q", "café")]),
        (b"q=caf%E9@x", [("q", "caf\xe9@x")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
        (b"a=%00", [("a", "\0")]),
    ],
)
def test_fields(body: bytes, expected: list[tuple[str, str | None]]) -> None:
    assert pairs(body) == expected


@pytest.mark.parametrize("body", [b"a=1&b=x+y&c", b"%41=%42&&=", "ä=ö&%C3=ü".encode()])
def test_ranges_hold_the_raw_bytes(body: bytes) -> None:
    for field in parse_urlencoded(body):
        for part in (field.name, field.value):
            assert part is None or body[part.start : part.end] == part.raw


@given(fields=st.lists(st.tuples(TEXT, TEXT)))
def test_reads_what_was_written(fields: list[tuple[str, str]]) -> None:
    for how in (quote, quote_plus):
        body = urlencode(fields, quote_via=how).encode()
        assert pairs(body) == [(name, value) for name, value in fields]


@given(body=st.binary())
def test_arbitrary_bytes(body: bytes) -> None:
    """Nothing is refused and nothing disappears: the raw parts and the separators make up the body."""
    fields = parse_urlencoded(body)
    rebuilt = b"&".join(f.name.raw + (b"" if f.value is None else b"=" + f.value.raw) for f in fields)
    assert rebuilt == b"&".join(part for part in body.split(b"&") if part)


def test_a_plus_has_two_readings() -> None:
    """In a query string many servers take it as itself, and an address with a tag has one."""
    [field] = parse_urlencoded(b"q=anna+tag@example.org+%2B")
    assert field.value is not None
    assert field.value.readings == ("anna tag@example.org +", "anna+tag@example.org++")
    assert len({len(reading) for reading in field.value.readings}) == 1
    assert parse_urlencoded(b"q=%20%2B") == [
        Field(Component(b"q", 0, "q", "utf-8"), Component(b"%20%2B", 2, " +", "utf-8"))
    ]


@pytest.mark.parametrize(
    ("raw", "edits", "expected"),
    [
        (b"a+b%20c~d", [(2, 3, "X")], b"a+X%20c~d"),
        (b"%C3%A9%C3%A9%C3%A9", [(1, 2, "[ö&]")], b"%C3%A9%5B%C3%B6%26%5D%C3%A9"),
        ("éé".encode(), [(0, 1, "")], "é".encode()),
        (b"%E9%E9x", [(1, 2, "e")], b"%E9ex"),
        (b"%zz", [(0, 1, " ")], b"%20zz"),
        (b"abc", [(0, 0, "1"), (3, 3, "2")], b"1abc2"),
        (b"%F0%9F%8E%89x", [(0, 1, "y"), (1, 2, "z")], b"yz"),
    ],
)
def test_edit(raw: bytes, edits: list[tuple[int, int, str]], expected: bytes) -> None:
    """Only what is replaced is written anew."""
    [field] = parse_urlencoded(b"q=" + raw)
    assert field.value is not None
    assert field.value.edit(edits) == expected


@given(value=TEXT, new=TEXT, data=st.data())
def test_edit_means_the_same_edit_of_the_text(value: str, new: str, data: st.DataObject) -> None:
    body = urlencode({"a": "1", "q": value, "z": "+"}).encode()
    field = parse_urlencoded(body)[1]
    assert field.value is not None
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, len(value)))
    changed = splice(body, [(field.value.start, field.value.end, field.value.edit([(start, end, new)]))])
    assert parse_qsl(changed.decode(), keep_blank_values=True) == [
        ("a", "1"),
        ("q", value[:start] + new + value[end:]),
        ("z", "+"),
    ]


def test_the_number_of_fields_is_bounded() -> None:
    assert len(parse_urlencoded(b"a&b", max_fields=2)) == 2
    with pytest.raises(WireError, match="more than 2 fields"):
        parse_urlencoded(b"a&b&", max_fields=2)


def test_nothing_sensitive_in_the_repr() -> None:
    assert "secret" not in repr(parse_urlencoded(b"secret=secret"))
