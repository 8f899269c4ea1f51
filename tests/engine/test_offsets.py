"""Citations cite in the restored text what they cited in the model's, in whole answers, in streams and in history."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dlp.engine.answer import restore_body, stream_restorer
from dlp.engine.case import Request
from dlp.engine.events import MAX_UNCOUNTED
from dlp.engine.leaves import Stats
from dlp.engine.request import Engine
from dlp.engine.scan import AnswerScan, OwnWords
from dlp.masking.restoring import Originals
from dlp.policy.model import Policy, ResponseSettings, Scan
from dlp.providers.format import WireFormat
from dlp.providers.formats.anthropic import MESSAGES
from dlp.providers.formats.bedrock import AGENT, CONVERSE, KNOWLEDGE
from dlp.providers.formats.cohere import CHAT_V1, CHAT_V2
from dlp.providers.formats.gemini import GENERATE, INTERACTIONS
from dlp.providers.formats.openai import ASSISTANTS, CHAT, RESPONSES
from tests.engine.conversations import KEY, PlantedDetector, minted

VALUES, (MAIL, NAME) = minted("anna.nordwind@example.org", "Zoë")
SAID = f"Süß: write to {MAIL} or call {NAME}, says the page."
READ = "Süß: write to anna.nordwind@example.org or call Zoë, says the page."
CITED = [
    ("Süß", "Süß"),
    ("write", "write"),
    (f"{MAIL} or", "anna.nordwind@example.org or"),
    (NAME, "Zoë"),
    ("the page", "the page"),
]
"""Pieces of the model's text, and of the restored one."""

type Spans = list[tuple[int, int]]


def spans(text: str, pieces: list[str], *, utf8: bool = False) -> Spans:
    found = [(text.index(piece), text.index(piece) + len(piece)) for piece in pieces]
    return [(len(text[:a].encode()), len(text[:b].encode())) for a, b in found] if utf8 else found


def chat(text: str, cited: Spans) -> Any:
    citations = [
        {"type": "url_citation", "url_citation": {"end_index": b, "start_index": a, "url": "u"}} for a, b in cited
    ]
    return {"choices": [{"index": 0, "message": {"annotations": citations, "role": "assistant", "content": text}}]}


def responses(text: str, cited: Spans) -> Any:
    citations = [{"type": "url_citation", "start_index": a, "end_index": b, "url": "u"} for a, b in cited]
    return {
        "output": [{"type": "message", "content": [{"type": "output_text", "annotations": citations, "text": text}]}]
    }


def thread(text: str, cited: Spans) -> Any:
    citations = [{"type": "file_citation", "start_index": a, "end_index": b} for a, b in cited]
    return {
        "object": "thread.message",
        "content": [{"type": "text", "text": {"value": text, "annotations": citations}}],
    }


def gemini(text: str, cited: Spans) -> Any:
    supports = [{"segment": {"startIndex": a, "endIndex": b}} for a, b in cited]
    sources = [{"startIndex": a, "endIndex": b, "uri": "u"} for a, b in cited]
    candidate = {
        "content": {"parts": [{"text": text}]},
        "groundingMetadata": {"groundingSupports": supports},
        "citationMetadata": {"citationSources": sources},
    }
    return {"candidates": [candidate]}


def interaction(text: str, cited: Spans) -> Any:
    citations = [{"start_index": a, "end_index": b} for a, b in cited]
    return {"outputs": [{"content": [{"type": "text", "text": text, "annotations": citations}]}]}


def cohere(text: str, cited: Spans) -> Any:
    citations = [{"start": a, "end": b, "content_index": 1, "type": "TEXT_CONTENT"} for a, b in cited]
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": text}]
    return {"message": {"content": content, "citations": citations}}


def cohere_plan(text: str, cited: Spans) -> Any:
    return {"message": {"tool_plan": text, "citations": [{"start": a, "end": b, "type": "PLAN"} for a, b in cited]}}


def cohere_v1(text: str, cited: Spans) -> Any:
    return {"text": text, "citations": [{"start": a, "end": b} for a, b in cited]}


def knowledge(text: str, cited: Spans) -> Any:
    part = [{"generatedResponsePart": {"textResponsePart": {"span": {"start": a, "end": b}}}} for a, b in cited]
    return {"output": {"text": text}, "citations": part}


WHOLE: dict[str, tuple[WireFormat, Callable[[str, Spans], Any], bool]] = {
    "chat": (CHAT, chat, False),
    "responses": (RESPONSES, responses, False),
    "assistants": (ASSISTANTS, thread, False),
    "gemini, in bytes": (GENERATE, gemini, True),
    "interactions, in bytes": (INTERACTIONS, interaction, True),
    "cohere": (CHAT_V2, cohere, False),
    "cohere's plan": (CHAT_V2, cohere_plan, False),
    "cohere v1": (CHAT_V1, cohere_v1, False),
    "bedrock knowledge": (KNOWLEDGE, knowledge, False),
}


@pytest.mark.parametrize("name", WHOLE)
def test_citations_of_a_whole_answer_cite_the_restored_text(name: str) -> None:
    wire_format, document, utf8 = WHOLE[name]
    body = json.dumps(document(SAID, spans(SAID, [said for said, _ in CITED], utf8=utf8))).encode()
    expected = document(READ, spans(READ, [read for _, read in CITED], utf8=utf8))
    assert json.loads(restore_body(body, wire_format, VALUES, Stats())) == expected


@pytest.mark.parametrize("name", WHOLE)
def test_without_tokens_nothing_moves(name: str) -> None:
    wire_format, document, utf8 = WHOLE[name]
    body = json.dumps(document(READ, spans(READ, [read for _, read in CITED], utf8=utf8))).encode()
    assert restore_body(body, wire_format, VALUES, Stats()) is body


# -- streams: the text in pieces, then the citations ----------------------------------------------------------------------


def chunk(delta: Any) -> Any:
    return {"choices": [{"index": 0, "delta": delta}]}


def chat_stream(pieces: list[str], cited: Spans) -> list[Any]:
    citations = [{"type": "url_citation", "url_citation": {"start_index": a, "end_index": b}} for a, b in cited]
    return [*(chunk({"content": piece}) for piece in pieces), chunk({"annotations": citations})]


def responses_stream(pieces: list[str], cited: Spans) -> list[Any]:
    of = {"item_id": "i", "output_index": 0, "content_index": 0}
    added = [
        {"type": "response.output_text.annotation.added", **of, "annotation": {"start_index": a, "end_index": b}}
        for a, b in cited
    ]
    deltas = [{"type": "response.output_text.delta", **of, "delta": piece} for piece in pieces]
    return [*deltas, *added, {"type": "response.completed", "response": responses("".join(pieces), cited)}]


def thread_stream(pieces: list[str], cited: Spans) -> list[Any]:
    def delta(text: Any) -> Any:
        return {"id": "m", "object": "thread.message.delta", "delta": {"content": [{"index": 0, "text": text}]}}

    citations = [{"start_index": a, "end_index": b} for a, b in cited]
    return [*(delta({"value": piece}) for piece in pieces), delta({"annotations": citations})]


def gemini_stream(pieces: list[str], cited: Spans) -> list[Any]:
    supports = [{"segment": {"startIndex": a, "endIndex": b}} for a, b in cited]
    texts = [{"candidates": [{"content": {"parts": [{"text": piece}]}}]} for piece in pieces]
    last = {"candidates": [{"groundingMetadata": {"groundingSupports": supports}, "finishReason": "STOP"}]}
    return [*texts, last]


def cohere_stream(pieces: list[str], cited: Spans) -> list[Any]:
    texts = [
        {"type": "content-delta", "index": 1, "delta": {"message": {"content": {"text": piece}}}} for piece in pieces
    ]
    citations = [
        {
            "type": "citation-start",
            "index": index,
            "delta": {"message": {"citations": {"start": a, "end": b, "content_index": 1, "type": "TEXT_CONTENT"}}},
        }
        for index, (a, b) in enumerate(cited)
    ]
    return [*texts, {"type": "content-end", "index": 1}, *citations]


def cohere_v1_stream(pieces: list[str], cited: Spans) -> list[Any]:
    citations = [{"start": a, "end": b} for a, b in cited]
    return [
        *({"event_type": "text-generation", "text": piece} for piece in pieces),
        {"event_type": "citation-generation", "citations": citations},
        {"event_type": "stream-end", "response": {"text": "".join(pieces), "citations": citations}},
    ]


STREAMS: dict[str, tuple[WireFormat, Callable[[list[str], Spans], list[Any]], bool]] = {
    "chat": (CHAT, chat_stream, False),
    "responses": (RESPONSES, responses_stream, False),
    "assistants": (ASSISTANTS, thread_stream, False),
    "gemini, in bytes": (GENERATE, gemini_stream, True),
    "cohere": (CHAT_V2, cohere_stream, False),
    "cohere v1": (CHAT_V1, cohere_v1_stream, False),
}


def streamed(
    wire_format: WireFormat,
    events: list[Any],
    scan: AnswerScan | None = None,
    links: frozenset[str] | None = frozenset(),
) -> list[Any]:
    stats = Stats()
    restorer = stream_restorer("application/x-ndjson", wire_format, Originals(VALUES, links=links), stats, scan)
    lines = [json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in events]
    out = b"".join([part for line in lines for part in restorer.feed(line)] + restorer.flush())
    assert stats.faults == 0
    return [json.loads(line) for line in out.splitlines()]


def numbers(document: Any) -> list[int]:
    """Every number of a document that is an offset, in order."""
    if isinstance(document, list):
        return [number for each in document for number in numbers(each)]
    if not isinstance(document, dict):
        return []
    found = []
    for name, value in document.items():
        if isinstance(value, int) and name.lower().startswith(("start", "end")):
            found.append(value)
        found += numbers(value)
    return found


@pytest.mark.parametrize("size", [1, 7, 1000], ids=["characters", "pieces", "whole"])
@pytest.mark.parametrize("name", STREAMS)
def test_citations_of_a_stream_cite_the_restored_text(name: str, size: int) -> None:
    wire_format, events, utf8 = STREAMS[name]
    pieces = [SAID[at : at + size] for at in range(0, len(SAID), size)]
    out = streamed(wire_format, events(pieces, spans(SAID, [said for said, _ in CITED], utf8=utf8)))
    expected = events([READ], spans(READ, [read for _, read in CITED], utf8=utf8))
    assert numbers(out) == numbers(expected)


@pytest.mark.parametrize("plain", [5, 300], ids=["a few", "many"])
@pytest.mark.parametrize("name", STREAMS)
def test_text_in_events_that_are_not_looked_at_counts(name: str, plain: int) -> None:
    """Events that can't hold a token are left out, and their text lies between the tokens all the same."""
    wire_format, events, utf8 = STREAMS[name]
    pieces = ["wörd "] * plain + [SAID] + ["more "] * plain + [f"and {NAME} again. "] + ["end "] * plain
    text, at_end = "".join(pieces), [NAME + " again", "end "]
    read = text.replace(MAIL, "anna.nordwind@example.org").replace(NAME, "Zoë")
    out = streamed(wire_format, events(pieces, spans(text, at_end, utf8=utf8)))
    expected = events([read], spans(read, ["Zoë again", "end "], utf8=utf8))
    assert numbers(out) == numbers(expected)


@pytest.mark.parametrize(("links", "expected"), [(None, [40, 44]), (frozenset[str](), [45, 49])], ids=["no", "links"])
def test_in_a_stream_without_end_offsets_stay_as_they_are(links: frozenset[str] | None, expected: list[int]) -> None:
    """Unless all of its text is followed anyway, for the sake of URLs."""
    pieces = [MAIL] + ["word "] * (MAX_UNCOUNTED + 200)
    out = streamed(CHAT, chat_stream(pieces, [(40, 44)]), links=links)
    assert numbers(out) == expected


def test_what_is_taken_out_of_an_answer_moves_offsets_too() -> None:
    policy = Policy(name="t", response=ResponseSettings(scan=Scan.REDACT))
    foreign = "V000003-eve@elsewhere.orgQ"
    text = f"First {foreign}, then {MAIL}. " + "Words follow. " * 100
    read = text.replace(foreign, "[US_SSN_REDACTED]").replace(MAIL, "anna.nordwind@example.org")
    for document, size in ((chat(text, spans(text, ["then", "Words"])), 0), (None, 1), (None, 50)):
        scan = AnswerScan(PlantedDetector(), policy, OwnWords())
        if document is not None:
            out = json.loads(restore_body(json.dumps(document).encode(), CHAT, VALUES, Stats(), scan))
            assert out == chat(read, spans(read, ["then", "Words"]))
        else:
            pieces = [text[at : at + size] for at in range(0, len(text), size)]
            events = streamed(CHAT, chat_stream(pieces, spans(text, ["then", "Words"])), scan)
            assert sorted(numbers(events)) == sorted(numbers(chat(read, spans(read, ["then", "Words"]))))


# -- offsets that count in the request's documents --------------------------------------------------------------------------

OWN = "V000001-anna@nordwind.orgQ"
BRIEF = f"From {OWN} to all: the office moves. Ask {OWN} about boxes."


def examined(body: Any, wire_format: WireFormat) -> Any:
    policy = Policy(name="t")
    engine = Engine(policy, PlantedDetector(), KEY)
    asked = Request(method="POST", path="/v1/x", body=json.dumps(body).encode(), content_type="application/json")
    return engine.examine(asked, wire_format, "scope")


def claude_request(history: list[Any] | None = None) -> Any:
    text = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": BRIEF}}
    scan = {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}
    asked = [scan, text, {"type": "text", "text": "What moves?"}]
    return {"model": "m", "messages": [{"role": "user", "content": asked}, *(history or [])]}


def claude_citation(text: str, piece: str) -> Any:
    ((start, end),) = spans(text, [piece])
    return {"type": "char_location", "document_index": 1, "start_char_index": start, "end_char_index": end}


def test_citations_of_a_document_that_was_sent_count_in_the_callers_copy() -> None:
    known = examined(claude_request(), MESSAGES)
    masked = json.loads(known.body)["messages"][0]["content"][1]["source"]["data"]
    assert OWN not in masked
    for piece in ("the office moves.", "about boxes"):
        said, read = claude_citation(masked, piece), claude_citation(BRIEF, piece)
        whole = {"content": [{"type": "text", "text": "It does.", "citations": [said]}]}
        out = json.loads(restore_body(json.dumps(whole).encode(), MESSAGES, known.values, Stats()))
        assert out["content"][0]["citations"] == [read]
        event = {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": said}}
        restorer = stream_restorer("application/x-ndjson", MESSAGES, known.values, Stats())
        (line,) = restorer.feed(json.dumps(event).encode() + b"\n") + restorer.flush()
        assert json.loads(line)["delta"]["citation"] == read


def test_citations_that_come_back_as_history_are_the_models_again() -> None:
    first = json.loads(examined(claude_request(), MESSAGES).body)
    masked = first["messages"][0]["content"][1]["source"]["data"]
    for piece in ("the office moves.", "about boxes"):
        said = {"type": "text", "text": "Yes.", "citations": [claude_citation(BRIEF, piece)]}
        body = claude_request([{"role": "assistant", "content": [said]}, {"role": "user", "content": "Thanks"}])
        sent = json.loads(examined(body, MESSAGES).body)
        assert sent["messages"][1]["content"][0]["citations"] == [claude_citation(masked, piece)]


def test_an_answer_that_comes_back_with_its_citations_is_the_models_again() -> None:
    text = f"Ask {OWN} about boxes."
    item = responses(text, spans(text, ["about boxes"]))["output"][0] | {"role": "assistant"}
    sent = json.loads(examined({"input": [item]}, RESPONSES).body)["input"][0]["content"][0]
    assert OWN not in sent["text"]
    assert [(each["start_index"], each["end_index"]) for each in sent["annotations"]] == spans(
        sent["text"], ["about boxes"]
    )


def test_converse_documents() -> None:
    body = {"messages": [{"role": "user", "content": [{"document": {"name": "a", "source": {"text": BRIEF}}}]}]}
    known = examined(body, CONVERSE)
    masked = json.loads(known.body)["messages"][0]["content"][0]["document"]["source"]["text"]
    ((start, end),) = spans(masked, ["about boxes"])
    location = {"documentChar": {"documentIndex": 0, "start": start, "end": end}}
    answer = {"output": {"message": {"content": [{"citationsContent": {"citations": [{"location": location}]}}]}}}
    out = restore_body(json.dumps(answer).encode(), CONVERSE, known.values, Stats())
    assert numbers(json.loads(out)) == [*spans(BRIEF, ["about boxes"])[0]]


@pytest.mark.parametrize("wild", ["-1", "1e3", "99999999999999999999", '"7"', "null", "5000"])
def test_numbers_that_make_no_sense_do_no_harm(wild: str) -> None:
    body = json.dumps(chat(SAID, [(1, 2)])).replace('"start_index": 1', f'"start_index": {wild}')
    out = json.loads(restore_body(body.encode(), CHAT, VALUES, Stats()))
    assert out["choices"][0]["message"]["content"] == READ
    streamed(AGENT, [{"bytes": "x", "attribution": {"citations": wild}}])
