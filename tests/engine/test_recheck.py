"""The last look at what leaves: nothing that was to be replaced is in it, whatever went wrong before."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine import recheck as module
from dlp.engine.json_body import JsonBody
from dlp.engine.recheck import recheck, standing_in
from dlp.engine.text import Edit
from dlp.errors import DetectorError
from dlp.providers.table import default_table

_PROVIDER = default_table().find("api.openai.com")
assert _PROVIDER is not None
FORM = _PROVIDER.wire_format("POST", "/v1/chat/completions")
TOKEN = "[PII:PERSON:00000000]"


def body_of(*texts: str) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": text} for text in texts]}).encode()


def check(*texts: str, edits: list[tuple[int, str]], sent: bytes | None = None) -> None:
    """Replace values (index of the text, value) where they first stand, and check what is sent."""
    body = JsonBody(body_of(*texts), FORM)
    contents = [text for text in body.texts if text.value in texts]
    for index, value in edits:
        at = contents[index].value.index(value)
        contents[index].edits.append(Edit(at, at + len(value), TOKEN))
    recheck(body, body.render() if sent is None else sent, "application/json", FORM)


def test_a_value_that_was_replaced_everywhere_passes() -> None:
    check("I am Vera Quill", "Vera Quill again", edits=[(0, "Vera Quill"), (1, "Vera Quill")])


def test_a_value_that_stood_where_it_was_let_through_passes() -> None:
    """It occurs less often by as many times as it was replaced."""
    check("Vera Quill wrote this", "I am Vera Quill", edits=[(1, "Vera Quill")])


def test_a_body_that_says_something_else_is_refused() -> None:
    with pytest.raises(DetectorError, match="doesn't say what it was to say"):
        check("I am Vera Quill", edits=[(0, "Vera Quill")], sent=body_of("I am Vera Quill"))


def test_a_value_that_comes_together_again_is_refused() -> None:
    """The text says what it was to say, and yet the value is there as often as before."""
    body = JsonBody(body_of("so VerVera Quilla Quill said"), FORM)
    text = next(text for text in body.texts if text.value.startswith("so "))
    text.edits = [Edit(6, 16, "")]
    with pytest.raises(DetectorError, match="still in the body"):
        recheck(body, body.render(), "application/json", FORM)


@settings(max_examples=100)
@given(
    texts=st.lists(st.text(st.sampled_from("ab\u00e9\ud83d\U0001f600 "), max_size=60), max_size=4),
    values=st.lists(
        st.text(st.sampled_from("ab\u00e9\ud83d\U0001f600"), min_size=1, max_size=9), max_size=6, unique=True
    ),
    direct=st.sampled_from([0, 100]),
    direct_short=st.sampled_from([0, 10_000]),
)
def test_values_are_found_as_a_search_for_each_finds_them(
    texts: list[str], values: list[str], direct: int, direct_short: int
) -> None:
    """However they overlap, and wherever texts, pieces, blocks and batches are cut; few or many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_DIRECT", direct)
        patch.setattr(module, "_DIRECT_SHORT", direct_short)
        patch.setattr(module, "_BLOCK", 7)
        patch.setattr(module, "_BATCH", 20)
        patch.setattr(module, "_PIECE", 50)
        size = sum(map(len, texts))
        standing = [value for value in values if any(value in text for text in texts)]
        assert standing_in(lambda: texts, size, values) == standing


def test_a_long_value_is_found_by_its_beginning() -> None:
    """What isn't decided here is counted by the caller."""
    value = "k" * 300
    found = standing_in(lambda: [f"x{value}x"], 302, [value, "k" * 299 + "x", "z" * 300])
    assert found == [value, "k" * 299 + "x"]
