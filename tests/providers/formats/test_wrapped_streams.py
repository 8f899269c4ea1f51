"""Streams whose events aren't plain JSON: AWS event-stream frames, text in base64, and Replicate's bare text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from dlp.engine.answer import stream_restorer
from dlp.engine.leaves import Stats
from dlp.providers.format import WireFormat
from dlp.providers.formats import bedrock, replicate
from dlp.wire.eventstream import HeaderType, encode_message
from dlp.wire.sse import SseDecoder

TOKEN = "[PII:NAME:0123abcd]"
VALUE = 'Änn "A"\nLee'
TEXT = f"Grüße an {TOKEN}, wie geht es? ✓"
EXPECTED = TEXT.replace(TOKEN, VALUE)


def through(wire_format: WireFormat, content_type: str, chunks: Iterable[bytes]) -> bytes:
    restorer = stream_restorer(content_type, wire_format, {"0123abcd": VALUE}, Stats())
    out = [part for chunk in chunks for part in restorer.feed(chunk)]
    return b"".join(out + restorer.flush())


def frame(event: str, payload: Any) -> bytes:
    headers = (
        (":event-type", HeaderType.STRING, event),
        (":content-type", HeaderType.STRING, "application/json"),
        (":message-type", HeaderType.STRING, "event"),
    )
    return encode_message(headers, json.dumps(payload).encode())


def read_frames(raw: bytes) -> list[tuple[str, Any]]:
    """As botocore reads them, checksums checked."""
    buffer = EventStreamBuffer()
    buffer.add_data(raw)
    return [(message.headers[":event-type"], json.loads(message.payload)) for message in buffer]


def wrapped(event: dict[str, Any]) -> dict[str, Any]:
    return {"bytes": base64.b64encode(json.dumps(event).encode()).decode(), "p": "padding"}


def cuts() -> list[int]:
    start = TEXT.index("[")
    return list(range(start - 1, start + len(TOKEN) + 2))


AWS = "application/vnd.amazon.eventstream"


@pytest.mark.parametrize("cut", cuts())
def test_converse(cut: int) -> None:
    raw = b"".join(
        frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}, "p": "abc"})
        for piece in (TEXT[:cut], TEXT[cut:])
    ) + frame("contentBlockStop", {"contentBlockIndex": 0})
    events = read_frames(through(bedrock.CONVERSE, AWS, [raw]))
    assert "".join(event["delta"]["text"] for name, event in events if name == "contentBlockDelta") == EXPECTED
    assert [name for name, _ in events][-1] == "contentBlockStop"


@pytest.mark.parametrize("cut", cuts())
def test_invoke(cut: int) -> None:
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
        for piece in (TEXT[:cut], TEXT[cut:])
    ]
    raw = b"".join(frame("chunk", wrapped(event)) for event in [*deltas, {"type": "content_block_stop", "index": 0}])
    events = [
        json.loads(base64.b64decode(event["bytes"])) for _, event in read_frames(through(bedrock.INVOKE, AWS, [raw]))
    ]
    assert "".join(event["delta"]["text"] for event in events if "delta" in event) == EXPECTED


@pytest.mark.parametrize("cut", [*cuts(), 3, 5, len(TEXT.encode()) - 1, len(TEXT.encode()) - 2])
def test_agents_text_is_cut_inside_characters_too(cut: int) -> None:
    data = TEXT.encode()
    raw = b"".join(
        frame("chunk", {"bytes": base64.b64encode(piece).decode(), "attribution": {"citations": []}})
        for piece in (data[:cut], data[cut:])
    )
    raw += frame("trace", {"trace": {"note": TOKEN}})
    events = read_frames(through(bedrock.AGENT, AWS, [raw]))
    assert b"".join(base64.b64decode(event["bytes"]) for name, event in events if name == "chunk").decode() == EXPECTED
    assert next(event for name, event in events if name == "trace")["trace"]["note"] == VALUE


@pytest.mark.parametrize("size", [1, 7, 64])
def test_frames_may_arrive_in_any_chunks(size: int) -> None:
    raw = b"".join(
        frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": character}}) for character in TEXT
    )
    whole = through(bedrock.CONVERSE, AWS, [raw])
    assert through(bedrock.CONVERSE, AWS, [raw[at : at + size] for at in range(0, len(raw), size)]) == whole
    assert "".join(event["delta"]["text"] for _, event in read_frames(whole)) == EXPECTED


def test_frames_that_hold_no_token_are_forwarded_byte_for_byte() -> None:
    raw = (
        frame("messageStart", {"role": "assistant"})
        + frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hi"}})
        + frame("messageStop", {})
    )
    assert through(bedrock.CONVERSE, AWS, [raw]) == raw
    assert through(bedrock.INVOKE, AWS, [frame("chunk", wrapped({"type": "ping"}))]) == frame(
        "chunk", wrapped({"type": "ping"})
    )


def test_a_broken_wrapping_is_forwarded_as_it_came() -> None:
    raw = frame("chunk", {"bytes": "!!!"}) + frame("chunk", {}) + frame("chunk", {"bytes": 5})
    assert through(bedrock.INVOKE, AWS, [raw]) == raw
    assert through(bedrock.AGENT, AWS, [raw]) == raw


def output(piece: str) -> bytes:
    return b"event: output\nid: 1\n" + b"".join(b"data: " + line.encode() + b"\n" for line in piece.split("\n")) + b"\n"


@pytest.mark.parametrize("cut", cuts())
def test_replicates_bare_text(cut: int) -> None:
    raw = output(TEXT[:cut]) + b"event: logs\ndata: [PII:NAME\n\n" + output(TEXT[cut:]) + b"event: done\ndata: {}\n\n"
    decoder = SseDecoder()
    events = decoder.feed(through(replicate.PREDICTIONS, "text/event-stream", [raw])) + decoder.flush()
    assert b"".join(event.data or b"" for event in events if event.event == b"output").decode() == EXPECTED
    assert b"".join(event.data or b"" for event in events if event.event == b"logs") == b"[PII:NAME"
    assert events[-1].data == b"{}"


def test_bare_text_may_look_like_json() -> None:
    raw = output('{"to": ') + output('"[PII:NA') + output('ME:0123abcd]"}') + b"event: done\ndata: {}\n\n"
    decoder = SseDecoder()
    events = decoder.feed(through(replicate.PREDICTIONS, "text/event-stream", [raw])) + decoder.flush()
    assert json.loads(b"".join(event.data or b"" for event in events if event.event == b"output")) == {"to": VALUE}
