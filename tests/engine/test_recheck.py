"""The last look at what leaves: nothing that was to be replaced is in it, whatever went wrong before."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine import recheck as module
from dlp.engine.body import Text
from dlp.engine.json_body import JsonBody
from dlp.engine.recheck import recheck, recheck_texts, standing_in
from dlp.engine.text import apply_edits
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
        contents[index].edits.append((at, at + len(value), TOKEN))
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
    text.edits = [(6, 16, "")]
    with pytest.raises(DetectorError, match="still in the body"):
        recheck(body, body.render(), "application/json", FORM)


def test_a_value_that_its_neighbours_make_with_a_replacement_is_refused() -> None:
    """Also where it stands in another text than the one in which it was replaced."""
    body = JsonBody(body_of("I am Jo Quill", "so Jo Xavier"), FORM)
    first, second = (text for text in body.texts if "Jo" in text.value)
    first.edits = [(5, 13, TOKEN)]
    second.edits = [(6, 12, "Quill")]
    with pytest.raises(DetectorError, match="still in the body"):
        recheck(body, body.render(), "application/json", FORM)


def test_replacements_out_of_order_are_refused() -> None:
    """Who makes them so writes what stands between them twice."""
    body = JsonBody(body_of("Vera Quill and Jo"), FORM)
    text = next(text for text in body.texts if text.value.startswith("Vera"))
    text.edits = [(15, 17, TOKEN), (0, 10, TOKEN)]
    with pytest.raises((DetectorError, ValueError)):
        recheck(body, body.render(), "application/json", FORM)
    with pytest.raises(DetectorError, match="out of order"):
        recheck_texts([text], lambda: [apply_edits(text.value, text.edits)])


_SHORT = st.text(st.sampled_from("ab["), max_size=3)


@st.composite
def edited_texts(draw: st.DrawFn) -> Text:
    """A text in which some stretches, perhaps of no length, are replaced."""
    text = Text(draw(st.text(st.sampled_from("ab["), max_size=20)))
    bounds = sorted(draw(st.lists(st.integers(0, text.length), max_size=8)))
    text.edits = [(start, end, draw(_SHORT)) for start, end in zip(bounds[::2], bounds[1::2], strict=False)]
    return text


@settings(max_examples=200)
@given(st.lists(edited_texts(), max_size=4))
def test_what_stands_too_often_is_refused_and_nothing_else(texts: list[Text]) -> None:
    """As counting every value in every text says."""
    before = "\0".join(text.value for text in texts if text.edits)
    after = [apply_edits(text.value, text.edits) for text in texts]
    put_in = "\0".join(new for text in texts for _, _, new in text.edits)
    changed = "\0".join(itertools.compress(after, [text.edits for text in texts]))
    replaced = Counter(text.value[start:end] for text in texts for start, end, _ in text.edits)
    too_often = [
        value
        for value, times in replaced.items()
        if value and changed.count(value) - put_in.count(value) > before.count(value) - times
    ]
    with pytest.raises(DetectorError) if too_often else contextlib.nullcontext():
        recheck_texts(texts, lambda: after)


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
