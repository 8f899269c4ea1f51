"""The invariants of the design, over generated bodies of every wire format."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine.answer import restore_body
from dlp.engine.case import Request
from dlp.engine.leaves import Stats
from dlp.errors import RequestBlocked
from dlp.providers.formats import openai
from dlp.providers.formats.generic import GENERIC
from dlp.types import Verdict
from dlp.wire.json_leaves import Kind, parse_leaves
from tests.engine.conversations import (
    CONVERSATIONS,
    DATA,
    ECHO,
    KEY,
    MARKER,
    PLANTED,
    PROSE,
    PROSE_CONVERSATIONS,
    SHAPES,
    TEXTS,
    VALUES,
    Shape,
    Turn,
    engine,
    examine,
    nested,
)

FORMATS = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
FEW = settings(max_examples=20)  # for each format, over whole conversations
TOKEN = re.compile(rb"\[PII:[A-Z_]+:[0-9a-f]{8,32}\]")
PLANTED_BYTES = re.compile(rb"V\d{6}")


def strings(value: Any) -> Iterator[str]:
    """All texts in a JSON value: keys and strings, and those of JSON inside strings, however deep."""
    if isinstance(value, str):
        yield value
        if value.strip()[:1] in ("{", "["):
            with contextlib.suppress(ValueError):
                yield from strings(json.loads(value, strict=False))
    elif isinstance(value, list):
        for element in value:
            yield from strings(element)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from strings(key)
            yield from strings(member)


def normal(value: Any) -> Any:
    """A JSON value with JSON inside strings parsed, so that spellings of escapes don't matter."""
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        try:
            return ["json", normal(json.loads(value, strict=False))]
        except ValueError:
            return value
    if isinstance(value, list):
        return [normal(element) for element in value]
    if isinstance(value, dict):
        return [[normal(key), normal(member)] for key, member in value.items()]
    return value


def leaked(body: bytes) -> list[str]:
    """What of planted values can be read in a body, in any decoding."""
    return [text for text in (body.decode("utf-8"), *strings(json.loads(body))) if re.search(r"V\d{6}", text)]


def loads(body: bytes | str) -> Any:
    """Members as they stand, duplicates included."""
    return json.loads(body, strict=False)


# -- I1: nothing leaks -------------------------------------------------------------------------------------------------


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS, grown_first=st.booleans())
def test_no_value_leaves(shape: Shape, turns: Sequence[Turn], text: str, grown_first: object) -> None:
    """Whatever it stands in: text, tool arguments, keys, JSON in strings, instructions, tool descriptions."""
    body = shape.body(turns, text, grown_first=grown_first, ascii_only=True)
    examined = examine(body, shape.format)
    assert not leaked(examined.body)
    assert bool(PLANTED_BYTES.search(body)) <= (examined.verdict is Verdict.REWRITE)


@given(value=VALUES, depth=st.integers(0, 8), data=DATA)
def test_no_value_leaves_out_of_json_in_strings(value: str, depth: int, data: Any) -> None:
    """Also with quotes, backslashes and line breaks in the value, at every depth that is opened."""
    content = nested([value, {"k": f'say "{value}"', value: data}], depth) if depth else value
    body = json.dumps({"messages": [{"role": "user", "content": content}]}).encode()
    examined = examine(body, openai.CHAT)
    assert not leaked(examined.body)
    assert value in examined.values.values()  # found as a whole, not cut at an escape


@given(value=VALUES)
def test_escapes_hide_nothing(value: str) -> None:
    r"""Every character of a value spelled as `\u....`, in strings and in keys."""
    spelled = "".join(f"\\u{unit:04X}" for unit in memoryview(value.encode("utf-16-le")).cast("H"))
    body = f'{{"messages":[{{"role":"user","content":"{spelled}"}}],"metadata":{{"{spelled}":1}}}}'.encode()
    examined = examine(body, openai.CHAT)
    assert not leaked(examined.body)
    assert set(examined.values.values()) == {value}


@given(value=VALUES, unknown=TEXTS)
def test_fields_that_no_format_names_are_examined(value: str, unknown: str) -> None:
    """The default is to look: unknown members, unknown parts, odd keys, at the top and inside."""
    message = {"role": "user", "content": [{"type": "novel", "payload": {"deep": [value], value: 1}}], "extra": value}
    body = json.dumps({"messages": [message], unknown: {value: value}, "vendor": [[value]]}).encode()
    for wire_format in (openai.CHAT, openai.RESPONSES, GENERIC):
        assert not leaked(examine(body, wire_format).body)


@pytest.mark.parametrize(
    "member",
    ["model", "role", "type", "id", "status", "user", "signature", "encrypted_content", "tool_choice", "finish_reason"],
)
@given(value=VALUES)
def test_structure_counts_only_while_it_looks_like_structure(member: str, value: str) -> None:
    """A text in the place of an identifier is a text."""
    body = json.dumps({member: f"for {value} "}).encode()
    for wire_format in (openai.CHAT, openai.RESPONSES, GENERIC):
        assert not leaked(examine(body, wire_format).body)


def test_a_link_is_refused_and_what_is_none_is_masked() -> None:
    """An address that the provider fetches can't hold a token; a text that merely stands under `url` can."""
    for text, refused in (
        ("V000001Q and more", False),
        ("see http://x/V000001Q", False),
        ("http://x/?q=V000001Q", True),
    ):
        body = json.dumps({"url": text}).encode()
        if refused:
            with pytest.raises(RequestBlocked, match="EMAIL_ADDRESS in url"):
                examine(body, GENERIC)
        else:
            assert not leaked(examine(body, GENERIC).body)


@given(value=VALUES)
def test_duplicate_members_are_all_masked(value: str) -> None:
    literal = json.dumps(value)
    body = f'{{"messages":[{{"role":"user","content":{literal},"content":"x","content":{literal}}}]}}'.encode()
    assert not PLANTED_BYTES.search(examine(body, openai.CHAT).body)


@given(value=VALUES, head=st.sampled_from(["", "\ufeff", " \r\n"]))
def test_text_in_base64_is_read(value: str, head: str) -> None:
    encoded = base64.b64encode(f"dear {value}".encode()).decode()
    part = {"inlineData": {"mimeType": "text/plain", "data": encoded}}
    body = (head + json.dumps({"contents": [{"parts": [part]}]})).encode()
    new = examine(body, SHAPES["gemini"].format).body
    text = base64.b64decode(json.loads(new.decode("utf-8-sig"))["contents"][0]["parts"][0]["inlineData"]["data"])
    assert TOKEN.search(text)
    assert not PLANTED_BYTES.search(text)


# -- I3: lossless ------------------------------------------------------------------------------------------------------


@FORMATS
@FEW
@given(turns=PROSE_CONVERSATIONS, text=PROSE)
def test_what_is_echoed_is_what_was_sent(shape: Shape, turns: Sequence[Turn], text: str) -> None:
    """An answer that repeats the masked body, restored, says what the body said."""
    body = shape.body(turns, text, ascii_only=True)
    examined = examine(body, shape.format)
    stats = Stats()
    restored = restore_body(examined.body, ECHO, examined.values, stats)
    assert normal(loads(restored)) == normal(loads(body))
    assert (stats.restored > 0) == bool(examined.values)
    assert stats.faults == 0


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS)
def test_untouched_parts_are_the_same_bytes(shape: Shape, turns: Sequence[Turn], text: str) -> None:
    """Order, spacing, escapes, every literal without a finding."""
    body = shape.body(turns, text, ascii_only=True).replace(b", ", b" ,\t\r\n ", 3)
    examined = examine(body, shape.format)
    old, new = body.decode(), examined.body.decode()
    before, after = parse_leaves(old), parse_leaves(new)
    assert len(before) == len(after)
    ends = (0, 0)
    for one, other in zip(before, after, strict=True):
        assert old[ends[0] : one.start] == new[ends[1] : other.start]
        literal = old[one.start : one.end]
        if b"[PII:" not in new[other.start : other.end].encode() or (
            "[PII:" in literal and not re.search(r"V0|name|uill", literal)
        ):
            assert literal == new[other.start : other.end]
        ends = (one.end, other.end)
    assert old[ends[0] :] == new[ends[1] :]


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS)
def test_without_findings_not_a_byte_changes(shape: Shape, turns: Sequence[Turn], text: str) -> None:
    body = shape.body(turns, text, ascii_only=True)
    body = re.sub(rb"V\d", b"W", body.replace(b"name is", b"name"))
    examined = examine(body, shape.format)
    assert examined.verdict is Verdict.PASS
    assert examined.body == body
    assert not examined.values


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\r\n", b"[]", b"null", b'""', b"{}", b"\xef\xbb\xbf{}", b"0", b"[[[]]]", b'{"a":NaN}']
)
def test_small_bodies_pass_as_they_are(body: bytes) -> None:
    for shape in SHAPES.values():
        assert examine(body, shape.format).body == body


# -- I4: deterministic and prefix-stable -------------------------------------------------------------------------------


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS)
def test_a_growing_conversation_keeps_its_beginning(shape: Shape, turns: Sequence[Turn], text: str) -> None:
    """Item by item: masking the first n gives the first n of masking n + 1, byte for byte, and so for what stands before."""
    items = shape.items_of(turns)
    beside = json.dumps(shape.beside(text))[1:-1]
    bodies = []
    for count in range(1, len(items) + 1):
        grown = ",".join(json.dumps(item) for item in items[:count])
        bodies.append(f'{{{beside},{MARKER},"{shape.member}":[{grown}]}}'.encode())
    masked = [examine(body, shape.format).body for body in bodies]
    for shorter, longer in itertools.pairwise(masked):
        assert longer.startswith(shorter.removesuffix(b"]}"))


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS)
def test_instructions_behind_the_conversation_do_not_change_with_it(
    shape: Shape, turns: Sequence[Turn], text: str
) -> None:
    """`system` and `tools` come first for a provider wherever they stand in the body; so they do for carry-over."""
    items = shape.items_of(turns)
    beside = json.dumps(shape.beside(text))[1:-1]
    heads, tails = [], []
    for count in range(1, len(items) + 1):
        grown = ",".join(json.dumps(item) for item in items[:count])
        new = examine(f'{{"{shape.member}":[{grown}],{MARKER},{beside}}}'.encode(), shape.format).body
        head, _, tail = new.partition(b"]," + MARKER.encode())
        heads.append(head)
        tails.append(tail)
    assert len(set(tails)) == 1
    for shorter, longer in itertools.pairwise(heads):
        assert longer.startswith(shorter)


def test_names_are_carried_forwards_only() -> None:
    """A bare surname is masked after the full name, not before it, and in instructions only if they introduce it."""
    messages = [
        {"role": "user", "content": text} for text in ("Quill?", "my name is Vera Quill", "Quill and vera quill")
    ]
    body = json.dumps(
        {"messages": messages, "tools": [{"type": "function", "function": {"description": "Quill"}}]}
    ).encode()
    new = json.loads(examine(body, openai.CHAT).body)
    assert new["messages"][0]["content"] == "Quill?"
    assert "uill" not in new["messages"][1]["content"] + new["messages"][2]["content"]
    assert new["tools"][0]["function"]["description"] == "Quill"


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS)
def test_every_process_masks_alike(shape: Shape, turns: Sequence[Turn], text: str) -> None:
    """Two engines with one key, one scope; another key or scope gives other tokens and nothing else."""
    body = shape.body(turns, text, ascii_only=True)
    request = Request(method="POST", path="/", body=body, content_type="application/json")
    first, second = (engine().examine(request, shape.format, "s") for _ in range(2))
    assert first.body == second.body
    assert first.values == second.values
    for other in (engine().examine(request, shape.format, "t"), engine(KEY[::-1]).examine(request, shape.format, "s")):
        assert not first.values.keys() & other.values.keys()
        assert re.sub(rb":[0-9a-f]{8,32}\]", b"", first.body) == re.sub(rb":[0-9a-f]{8,32}\]", b"", other.body)


# -- I5: no cross-talk -------------------------------------------------------------------------------------------------


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS)
def test_masking_twice_is_masking_once(shape: Shape, turns: Sequence[Turn], text: str) -> None:
    """Our tokens in a request are neither findings nor restored: a client that echoes them gets them back as they are."""
    once = examine(shape.body(turns, text, ascii_only=True), shape.format).body
    twice = examine(once, shape.format)
    assert twice.body == once
    assert not twice.values
    assert restore_body(once, ECHO, twice.values, Stats()) == once


@FORMATS
@FEW
@given(turns=CONVERSATIONS, text=TEXTS)
def test_tokens_of_another_scope_stay(shape: Shape, turns: Sequence[Turn], text: str) -> None:
    """Same values, other caller: the answer to one does not open the tokens of the other."""
    body = shape.body(turns, text, ascii_only=True)
    mine, theirs = (examine(body, shape.format, scope=scope) for scope in ("mine", "theirs"))
    assert restore_body(theirs.body, ECHO, mine.values, Stats()) == theirs.body


@given(value=VALUES, spelling=st.sampled_from(["{}", "[{}]", "\\[{}\\]", "%5B{}%5D"]))
def test_a_token_typed_by_somebody_is_not_opened(value: str, spelling: str) -> None:
    """Known by its digest from elsewhere, planted in a document: it stays text."""
    typed = spelling.format("PII:EMAIL:0badcafe")
    body = json.dumps({"messages": [{"role": "user", "content": f"{typed} {value}"}]}).encode()
    examined = examine(body, openai.CHAT)
    answer = json.dumps({"choices": [{"message": {"content": f"{typed} and {typed}"}}]}).encode()
    assert restore_body(answer, openai.CHAT, examined.values, Stats()) == answer
    assert set(examined.values.values()) == {value}


def test_repr_shows_nothing_of_what_was_examined() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "V000001-secretQ"}]}).encode()
    request = Request(method="POST", path="/v1?x=V000001-secretQ", body=body, content_type="application/json")
    examined = engine().examine(request, openai.CHAT, "s")
    assert "secret" not in repr(request) + repr(examined) + "".join(examined.places)
    assert PLANTED.search(next(iter(examined.values.values())))
    assert all(leaf.kind is not Kind.NUMBER or leaf.value for leaf in parse_leaves(body.decode()))
