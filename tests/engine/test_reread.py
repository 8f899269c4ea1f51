"""What leaves is read from its bytes: whatever the splicer does wrong, it is seen, and as surely as if all were parsed anew."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine import json_body
from dlp.engine.case import Request
from dlp.engine.json_body import JsonBody
from dlp.engine.request import Engine
from dlp.engine.text import apply_edits
from dlp.errors import DetectorError, WireError
from dlp.policy.model import Fault, Policy
from dlp.providers.formats import anthropic, openai
from dlp.wire import json_leaves
from dlp.wire.json_leaves import Kind, parse_body
from dlp.wire.ranges import Change, splice_in_turn
from tests.engine.conversations import KEY, PlantedDetector, examine

PIECES = st.text(st.sampled_from('ab1 "\\/\n\u00e9\u4f60\U0001f600\ud83d{}[]:,'), max_size=8)
VALUES = st.recursive(
    PIECES | st.integers(0, 10**12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(PIECES, inner, max_size=3)
        | inner.map(json.dumps)
        | inner.map(lambda value: json.dumps(value, ensure_ascii=False))
    ),
    max_leaves=10,
)
WRITTEN = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.none() | st.just(1), "separators": st.none() | st.just((",", ":"))}
)


@st.composite
def edited(draw: st.DrawFn) -> JsonBody:
    """A body with some of its texts changed."""
    value = draw(VALUES)
    said = {
        "model": "m",
        "messages": [{"role": "user", "content": "so"}, {"role": "user", "content": value}],
        "x": value,
    }
    with pytest.MonkeyPatch.context() as patch:
        if draw(st.booleans()):
            patch.setattr(json_leaves, "LARGE_BYTES", 0)
            patch.setattr(json_leaves, "FAR_BYTES", 9)
        body = JsonBody(json.dumps(said, **draw(WRITTEN)).encode("utf-8", "replace"), openai.CHAT)
    for text in body.texts:
        if draw(st.booleans()):
            bounds = sorted(draw(st.lists(st.integers(0, len(text.value)), max_size=4)))
            pairs = zip(bounds[::2], bounds[1::2], strict=False)
            text.edits = [(start, end, draw(PIECES)) for start, end in pairs]
    return body


def wanted(body: JsonBody) -> list[str]:
    return [_units(apply_edits(text.value, text.edits)) for text in body.texts]


def reread(body: JsonBody, raw: bytes) -> list[str]:
    return [_units(text) for text in body.reread(raw)]


def _units(text: str) -> str:
    """Halves of a pair that an edit brings together are joined by every reader."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@given(edited())
def test_what_was_to_be_said_is_read(body: JsonBody) -> None:
    """Text by text, in documents inside strings too, whatever the spelling."""
    assert reread(body, body.render()) == wanted(body)


@settings(max_examples=200)
@given(edited(), st.data())
def test_what_is_accepted_is_what_all_of_it_read_anew_says(body: JsonBody, data: st.DataObject) -> None:
    """Bytes that were changed on the way are refused, or say the same: in keys, numbers and structure that nobody meant to change as well."""
    rendered = body.render()
    broken = bytearray(rendered)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b'"', b"\\", b"a", b" ", b",", b"\xc3"])
        )
    try:
        accepted = reread(body, bytes(broken)) == wanted(body)
    except WireError:
        accepted = False
    if accepted:
        assert _values(bytes(broken)) == _values(rendered)


def _values(raw: bytes) -> list[tuple[Kind, str]]:
    return [(leaf.kind, _units(leaf.value)) for leaf in parse_body(raw)]


# -- a splicer that fails ----------------------------------------------------------------------------------------------

type Splicer = Callable[[bytes, Iterable[Change]], bytes]


def _dropped(raw: bytes, changes: Iterable[Change]) -> bytes:
    return splice_in_turn(raw, list(changes)[1:])


def _cut_short(raw: bytes, changes: Iterable[Change]) -> bytes:
    return splice_in_turn(raw, list(changes)[:-1])


def _shifted(raw: bytes, changes: Iterable[Change]) -> bytes:
    return splice_in_turn(raw, [(start + 1, end + 1, new) for start, end, new in changes])


def _short_by_one(raw: bytes, changes: Iterable[Change]) -> bytes:
    return splice_in_turn(raw, [(start, end - 1, new) for start, end, new in changes])


def _swapped(raw: bytes, changes: Iterable[Change]) -> bytes:
    listed = list(changes)
    news = [new for _, _, new in listed]
    return splice_in_turn(raw, [(start, end, new) for (start, end, _), new in zip(listed, news[::-1], strict=True)])


def _doubled(raw: bytes, changes: Iterable[Change]) -> bytes:
    return splice_in_turn(raw, [(start, end, new + new) for start, end, new in changes])


def _appended(raw: bytes, changes: Iterable[Change]) -> bytes:
    return splice_in_turn(raw, changes) + raw


def _nothing(raw: bytes, changes: Iterable[Change]) -> bytes:
    return raw


@pytest.mark.parametrize(
    "splicer", [_dropped, _cut_short, _shifted, _short_by_one, _swapped, _doubled, _appended, _nothing]
)
@pytest.mark.parametrize(
    "content",
    [
        ["plain V000001Q text", "and V000002Q"],
        [json.dumps({"to": "V000001Q", "also": ["V000002Q"]}), "V000003Q"],
        ["\u00e9 V000001Q \U0001f600", "V000002Q"],
    ],
    ids=["plain", "json in a string", "not ascii"],
)
def test_a_splicer_that_fails_is_caught(splicer: Splicer, content: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps(
        {"messages": [{"role": "user", "content": each} for each in content]}, ensure_ascii=False
    ).encode()
    assert b"V00000" not in examine(body, openai.CHAT).body
    monkeypatch.setattr(json_body, "splice_in_turn", splicer)
    with pytest.raises(DetectorError, match="re-check"):
        examine(body, openai.CHAT)


@pytest.mark.parametrize("forgotten", ["V000001Q", "V000002Q"])
def test_a_text_whose_edits_are_forgotten_is_caught(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also inside a document in a string, and in base64."""
    encoded = base64.b64encode(b"V000002Q it is").decode()
    content: list[Any] = [
        {"type": "text", "text": json.dumps({"k": "V000001Q"})},
        {"type": "file", "file": {"file_data": f"data:text/plain;base64,{encoded}"}},
    ]
    body = json.dumps({"messages": [{"role": "user", "content": content}]}).encode()
    assert set(examine(body, openai.CHAT).values.values()) == {"V000001Q", "V000002Q"}
    real = json_body._edits_of

    def forgetful(part: Any) -> list[tuple[int, int, str]]:
        return [] if any(forgotten in text.value for text in json_body._texts(part)) else real(part)

    monkeypatch.setattr(json_body, "_edits_of", forgetful)
    with pytest.raises(DetectorError, match="re-check"):
        examine(body, openai.CHAT)


def test_a_policy_that_lets_pass_what_cannot_be_read_does_not_let_that_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """`on_unscannable: allow` is about what a client sends, not about what has become of it here."""
    policy = Policy(name="lax", on_unscannable=Fault.ALLOW)
    lax = Engine(policy, PlantedDetector(), KEY)
    request = Request("POST", "/v1/x", b'{"messages": [{"role": "user", "content": "V000001Q"}]}', "application/json")
    monkeypatch.setattr(json_body, "splice_in_turn", lambda raw, changes: splice_in_turn(raw, changes)[:-1])
    with pytest.raises(DetectorError, match="re-check"):
        lax.examine(request, openai.CHAT, "scope")


# -- numbers that move -------------------------------------------------------------------------------------------------


def _cited() -> JsonBody:
    citation = {
        "type": "char_location",
        "cited_text": "x",
        "document_index": 0,
        "start_char_index": 3,
        "end_char_index": 9,
    }
    part = {"type": "text", "text": "ab", "citations": [citation]}
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "V1 and more"}}
    said = [{"role": "user", "content": [document]}, {"role": "assistant", "content": [part]}]
    body = JsonBody(json.dumps({"messages": said}).encode(), anthropic.MESSAGES)
    text = next(text for text in body.texts if text.value == "V1 and more")
    text.edits = [(0, 2, "[PII:X:00000000]")]
    return body


def test_offsets_may_move_and_nothing_else_in_their_place() -> None:
    body = _cited()
    rendered = body.render()
    assert b'"start_char_index": 17' in rendered
    assert "[PII:X:00000000] and more" in list(body.reread(rendered))
    for other in (b'"V1"', b"1.5", b"", b"[1]"):
        with pytest.raises(WireError):
            list(body.reread(rendered.replace(b'"start_char_index": 17', b'"start_char_index": ' + other)))
