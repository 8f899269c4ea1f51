"""Scripts: how they are read, and how they cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fakes.script import Script, cut


@given(text=st.text(), size=st.integers(1, 20))
def test_pieces_join_to_the_text_and_keep_their_size(text: str, size: int) -> None:
    pieces = Script(delta_size=size).pieces(text)
    assert "".join(pieces) == text
    assert pieces
    assert all(len(piece) <= size for piece in pieces)


@given(text=st.binary(), offsets=st.lists(st.integers(-5, 40)))
def test_cuts_join_to_the_whole_whatever_the_offsets(text: bytes, offsets: list[int]) -> None:
    assert b"".join(cut(text, offsets)) == text
    assert all(cut(text, offsets))


def test_exact_offsets_take_the_place_of_a_size() -> None:
    assert Script(delta_cuts=(2, 3)).pieces("abcdef") == ["ab", "c", "def"]


def test_a_script_travels_as_json() -> None:
    script = Script.from_json(json.dumps({"text": "hi", "wire_size": 1, "headers": [["x-one", "1"]]}))
    assert script == Script(text="hi", wire_size=1, headers=[("x-one", "1")])


@pytest.mark.parametrize(
    ("raw", "message"),
    [("[]", "JSON object"), ('{"txet": "hi"}', "txet"), ('{"wire_size": 0}', "at least 1"), ("{", "Expecting")],
    ids=["no object", "unknown field", "impossible size", "no JSON"],
)
def test_a_wrong_script_says_what_is_wrong(raw: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Script.from_json(raw)
