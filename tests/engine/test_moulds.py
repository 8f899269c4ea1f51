"""Events that are told by an earlier one are restored as those that are taken apart."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine import echo, events
from dlp.engine.answer import stream_restorer
from dlp.engine.echo import EchoMemory, EchoRecorder
from dlp.engine.leaves import Stats
from dlp.engine.moulds import Mould
from dlp.masking.restoring import Originals
from dlp.providers.format import WireFormat
from dlp.providers.formats import anthropic, gemini, openai
from dlp.wire.json_leaves import Kind, parse_leaves
from dlp.wire.sse import SseDecoder

VALUES = {"00000001": "vera.quill@example.org", "00000002": 'V "Q" \\ ü'}
Writer = Callable[[str, int], dict[str, Any]]


def chat(text: str, number: int) -> dict[str, Any]:
    delta: dict[str, Any] = {"content": text} if number % 7 else {"reasoning": text}
    return {
        "id": "c",
        "created": number // 3,
        "choices": [{"index": number % 2, "delta": delta, "finish_reason": None}],
    }


def responses(text: str, number: int) -> dict[str, Any]:
    kind = "response.output_text.delta" if number % 9 else "response.output_text.done"
    where = {"item_id": "m", "output_index": 0, "content_index": 0, "sequence_number": number}
    return {"type": kind, **where, "delta" if number % 9 else "text": text, "obfuscation": "x" * (number % 4)}


def content(text: str, number: int) -> dict[str, Any]:
    part = {"text": text} if number % 5 else {"text": text, "thought": True}
    candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
    return {"candidates": [candidate], "usageMetadata": {"totalTokenCount": number}, "modelVersion": "g"}


def blocks(text: str, number: int) -> dict[str, Any]:
    delta = {"type": "text_delta", "text": text} if number % 6 else {"type": "thinking_delta", "thinking": text}
    return {"type": "content_block_delta", "index": number % 2, "delta": delta}


FORMATS: dict[str, tuple[WireFormat, Writer]] = {
    "chat": (openai.CHAT, chat),
    "responses": (openai.RESPONSES, responses),
    "gemini": (gemini.GENERATE, content),
    "anthropic": (anthropic.MESSAGES, blocks),
}
PIECES = st.sampled_from(
    ["[PII:", "[PII:EMAIL:00000001]", "EMAIL:0000", "0001]", "00000002]", "[", "p", "\n", "", " a", "https://e.org/?q=", "/", '"', "ü"]
)  # fmt: skip


def restored(
    form: WireFormat, chunks: list[bytes], kind: str, links: frozenset[str] | None, *, ascii_only: bool
) -> list[bytes]:
    """What goes on for each chunk, and at the end."""
    chosen = {key: value for key, value in VALUES.items() if not ascii_only or value.isascii()}
    restorer = stream_restorer(kind, form, Originals(chosen, links=links), Stats())
    return [b"".join(restorer.feed(chunk)) for chunk in chunks] + [b"".join(restorer.flush())]


def cut(pieces: list[bytes], sizes: list[int]) -> list[bytes]:
    """The pieces in chunks of these sizes, each of which comes again and again; as they are if there are none."""
    whole = b"".join(pieces)
    if not sizes:
        return pieces
    ends = [0, *accumulate(itertools.islice(itertools.cycle(sizes), len(whole)))]
    return [whole[start:end] for start, end in itertools.pairwise(ends) if start < len(whole)]


@pytest.mark.parametrize(("form", "write"), FORMATS.values(), ids=FORMATS)
@settings(max_examples=60)
@given(
    texts=st.lists(PIECES, min_size=10, max_size=40),
    links=st.sampled_from([None, frozenset[str]()]),
    shell=st.sampled_from([("", "\n"), ("data: ", "\n\n"), ("event: delta\ndata: ", "\n\n"), ("data: ", "\r\n\r\n")]),
    sizes=st.just([]) | st.lists(st.integers(20, 400), min_size=1, max_size=3),
    spaced=st.booleans(),
    ascii_only=st.booleans(),
)
def test_what_goes_out_is_the_same(
    form: WireFormat,
    write: Writer,
    texts: list[str],
    links: frozenset[str] | None,
    shell: tuple[str, str],
    sizes: list[int],
    *,
    spaced: bool,
    ascii_only: bool,
) -> None:
    separators = (", ", ": ") if spaced else (",", ":")
    documents = [
        json.dumps(write(text, number), separators=separators, ensure_ascii=spaced) for number, text in enumerate(texts)
    ]
    chunks = cut([f"{shell[0]}{document}{shell[1]}".encode() for document in documents], sizes)
    kind = "text/event-stream" if shell[0] else "application/x-ndjson"
    quick = restored(form, chunks, kind, links, ascii_only=ascii_only)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "MAX_MOULDS", 0)
        patch.setattr(events.EventRestorer, "_know", lambda *_: None)
        assert quick == restored(form, chunks, kind, links, ascii_only=ascii_only)


def remembered(form: WireFormat, documents: list[bytes]) -> dict[bytes, object]:
    """What the echo memory knows after an answer, by its names."""
    memory = EchoMemory(b"a key of sixteen bytes or more")
    recorder = EchoRecorder(memory, "scope", form, Originals(VALUES, links=frozenset()))
    for document in documents:
        recorder.event(document)
    recorder.finish()
    for padding in ("xx", "xxx"):  # of an event that wasn't taken apart nobody looks at it, and nobody sends it back
        memory.remember("scope", padding, {})
    return {name: stands for name, (_, stands) in memory._kept.items()}


@pytest.mark.parametrize(("form", "write"), FORMATS.values(), ids=FORMATS)
@settings(max_examples=60)
@given(texts=st.lists(PIECES | st.just("p"), min_size=10, max_size=40), ascii_only=st.booleans())
def test_what_is_remembered_is_the_same(form: WireFormat, write: Writer, texts: list[str], *, ascii_only: bool) -> None:
    documents = [json.dumps(write(text, number), ensure_ascii=ascii_only).encode() for number, text in enumerate(texts)]
    quick = remembered(form, documents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(echo, "mould_of", lambda *_: None)
        assert quick == remembered(form, documents)


@pytest.mark.parametrize(("form", "write"), FORMATS.values(), ids=FORMATS)
def test_nearly_all_events_are_remembered_without_being_taken_apart(form: WireFormat, write: Writer) -> None:
    taken_apart = 0

    def counted(text: str, **how: bool) -> object:
        nonlocal taken_apart
        taken_apart += 1
        return parse_leaves(text, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(echo, "parse_leaves", counted)
        remembered(form, [json.dumps(write(f" word{number}", number)).encode() for number in range(200)])
    assert 0 < taken_apart < 100


def test_nearly_all_pieces_are_not_even_cut_out() -> None:
    pieces = [f"data: {json.dumps(responses(f' word{number}', number + 1))}\n\n".encode() for number in range(8)]
    restorer = stream_restorer("text/event-stream", openai.RESPONSES, Originals(VALUES, links=frozenset()), Stats())
    assert restorer.feed(pieces[0]) == pieces[:1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SseDecoder, "feed", None)
        assert [restorer.feed(piece) for piece in pieces[1:]] == [[piece] for piece in pieces[1:]]


def test_what_ends_an_event_is_not_taken_for_a_whole_one() -> None:
    """The two lines are one event, whose data no client can parse; it goes on as one, restored as a text."""
    event = json.dumps(chat("[PII:EMAIL:00000001]", 1))
    chunks = [f"data: {json.dumps(chat('word', 1))}\n\n".encode(), b"data: {\n", f"data: {event}\n\n".encode()]
    assert restored(openai.CHAT, chunks, "text/event-stream", frozenset(), ascii_only=True) == [
        chunks[0],
        b"",
        b"".join(chunks[1:]).replace(b"[PII:EMAIL:00000001]", VALUES["00000001"].encode()),
        b"",
    ]


def mould_of(event: dict[str, Any], text: str) -> Mould:
    document = json.dumps(event)
    leaf = next(leaf for leaf in parse_leaves(document) if leaf.kind is Kind.STRING and leaf.value == text)
    return Mould(document, leaf, ("c",), "delta")


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (responses("later", 2), "later"),
        (responses('a "quote"\n', 2), 'a "quote"\n'),
        (responses("", 2), None),
        (responses("later", 9), None),
        ({**responses("later", 2), "item_id": "n"}, None),
        ({**responses("later", 2), "obfuscation": "[PII:"}, None),
        ({**responses("later", 2), "sequence_number": "2"}, None),
        ({**responses("later", 2), "more": 1}, None),
    ],
)
def test_only_a_text_a_running_number_and_padding_may_differ(event: dict[str, Any], says: str | None) -> None:
    mould = mould_of(responses("first", 1), "first")
    data = json.dumps(event).encode()
    found = mould.match(data, "delta")
    assert (found and found[2]) == says
    assert mould.match(data, "other") is None
    if found is not None:
        assert json.loads(data[found[0] : found[1]]) == says


@pytest.mark.parametrize("literal", [b'"\xff"', b'"\\x"', b'"open', b'"two" "three"', b'"one line\nand another"'])
def test_what_is_no_json_is_no_match(literal: bytes) -> None:
    event = {"text": "first"}
    data = json.dumps(event).encode().replace(b'"first"', literal)
    assert mould_of(event, "first").match(data, "delta") is None
