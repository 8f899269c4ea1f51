"""Literals that are read in stretches say what they say when they are read at once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.errors import WireError
from dlp.wire import json_strings as module
from dlp.wire.json_leaves import parse_leaves
from dlp.wire.json_strings import end_of_literal, raw_offsets, read_literal, scan_string

STRETCH = 24  # characters: no less, so that two escapes which make one character fit twice

UNITS = st.sampled_from(
    ["a", "ü", "日", "\U0001f600", "\\n", '\\"', "\\\\", "\\u0041", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\\\ud83d", "\\/", "\t", "u00e9", "dd83d"]
)  # fmt: skip
LITERALS = st.lists(UNITS, max_size=60).map(lambda units: f'"{"".join(units)}"')
ANY = st.text(st.sampled_from('a"\\u08dDe\n\ud83dü'), max_size=80)


@pytest.fixture(scope="module", autouse=True)
def short_stretches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("STRETCH", "_FIRST", "_HOP"):
            patch.setattr(module, name, STRETCH)
        yield


def said(literal: str) -> str:
    return str(json.loads(literal, strict=False))


@settings(max_examples=150)
@given(LITERALS)
def test_a_literal_says_what_json_says(literal: str) -> None:
    assert read_literal(literal) == said(literal)
    assert read_literal(literal.encode()) == said(literal)


@settings(max_examples=150)
@given(literal=LITERALS, before=st.text("[ ", max_size=30), behind=st.text('"\\, ', max_size=60))
def test_a_string_ends_at_its_quote(literal: str, before: str, behind: str) -> None:
    document = before + literal + behind
    end = len(before) + len(literal)
    assert scan_string(document, len(before) + 1) == (said(literal), end)
    assert end_of_literal(document, len(before)) == end
    raw = document.encode()
    assert raw[: end_of_literal(raw, len(before))].decode() == document[:end]


@settings(max_examples=150)
@given(literal=LITERALS, data=st.data())
def test_a_place_in_what_is_said_is_found_in_the_literal(literal: str, data: st.DataObject) -> None:
    text = said(literal)
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    for place, raw in zip(places, raw_offsets(literal, places), strict=True):
        assert said(f'{literal[:raw]}"') == text[:place]


@settings(max_examples=150)
@given(ANY)
def test_what_is_no_literal_is_none(text: str) -> None:
    """Whoever reads it, and wherever it is cut."""
    try:
        whole = json.loads(text, strict=False) if text[:1] == '"' else None
    except ValueError:
        whole = None
    for literal in (text, *([text.encode()] if text.isascii() else [])):
        if isinstance(whole, str) and text[-1:] == '"':
            assert read_literal(literal) == whole
        else:
            with pytest.raises(WireError):
                read_literal(literal)


@pytest.mark.parametrize("inside", [b"\xff", b"\xc3", b"a" * 23 + b"\xc3", b"a" * 50 + b"\xe6\x97"])
def test_what_is_no_utf8_is_refused(inside: bytes) -> None:
    with pytest.raises(WireError):
        read_literal(b'"' + inside + b'"')


@pytest.mark.parametrize("document", ['"' + "a" * 60, '"' + "\\" * 61, '"' + "\\n" * 40 + "\\", 'x"a"'])
def test_a_string_without_an_end_has_none(document: str) -> None:
    for end in (document, document.encode()):
        with pytest.raises(WireError):
            end_of_literal(end, 0)
    with pytest.raises(WireError):
        parse_leaves(f"[{document}")
