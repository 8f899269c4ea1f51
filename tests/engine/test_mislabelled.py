"""Answers that aren't what they are called: restored all the same, as far as they go."""

from __future__ import annotations

import json

import pytest

from dlp.engine.answer import restore_broken, stream_restorer
from dlp.engine.leaves import Stats
from dlp.providers.formats.openai import CHAT
from tests.engine.conversations import minted
from tests.engine.test_answer import documents, sse

EMAIL, NOTE = "anna@example.org", 'a "quoted" \\ note'
VALUES, (MAIL, REMARK) = minted(EMAIL, NOTE)
SSE, LINES = "text/event-stream", "application/x-ndjson"


def chunk(content: str) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": content}}]}


def restored(kind: str, said: bytes, size: int) -> bytes:
    restorer = stream_restorer(kind, CHAT, VALUES, Stats())
    pieces = [piece for at in range(0, len(said), size) for piece in restorer.feed(said[at : at + size])]
    return b"".join([*pieces, *restorer.flush()])


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (SSE, json.dumps(chunk(f"Dear {MAIL}")).encode()),
        (SSE, b"\n" + json.dumps(chunk(f"Dear {MAIL}"), indent=1).encode()),
        (SSE, b'data: {"a": "\xff' + MAIL.encode() + b'"}\n\n'),
        (SSE, b"data: Dear " + MAIL.encode() + b"\n\n"),
        (SSE, b": Dear " + MAIL.encode() + b"\n\n"),
        (LINES, b": ping\n\n" + sse([chunk(f"Dear {MAIL}")])),
        (LINES, b"Dear " + MAIL.encode() + b"\n"),
    ],
    ids=["one document", "one in lines", "no UTF-8", "events of text", "a comment", "events called lines", "no JSON"],
)
def test_an_answer_is_restored_whatever_it_is_called(kind: str, said: bytes, size: int) -> None:
    assert restored(kind, said, size) == said.replace(MAIL.encode(), EMAIL.encode())


def test_a_token_may_be_cut_between_events_that_are_called_lines() -> None:
    out = restored(LINES, sse([chunk(f"Dear {MAIL[:6]}"), chunk(f"{MAIL[6:]}.")]), 10_000)
    assert "".join(event["choices"][0]["delta"]["content"] for event in documents(out)) == f"Dear {EMAIL}."


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "%b"}\n{"a": "%b"}\n' % (REMARK.encode(), REMARK.encode()),
        b'{"a": "\xff %b"}' % REMARK.encode(),
        b'{"a": "%b", "b": "cut' % REMARK.encode(),
        b'{"a": "%b"} and more' % REMARK.encode(),
    ],
    ids=["two documents", "no UTF-8", "cut short", "more behind it"],
)
def test_what_is_called_json_and_isnt_is_restored_as_far_as_it_goes(body: bytes) -> None:
    """Values are escaped for the strings that they stand in."""
    stats = Stats()
    out = restore_broken(body, CHAT, VALUES, stats)
    assert out == body.replace(REMARK.encode(), json.dumps(NOTE)[1:-1].encode())
    assert (stats.restored, stats.faults) == (body.count(REMARK.encode()), 0)
