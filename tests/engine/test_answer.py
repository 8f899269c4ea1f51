"""Answers: whatever a stream is cut into, the client reads the real values, in order, and loses nothing."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from dlp.engine.answer import BytesRestorer, restore_body, stream_restorer
from dlp.engine.leaves import Stats
from dlp.masking.restoring import Restorer
from dlp.providers.format import WireFormat
from dlp.providers.formats import anthropic, gemini, openai, replicate
from dlp.providers.formats.generic import GENERIC
from dlp.proxy.streams import StreamedAnswer
from dlp.wire.content_encoding import Decoder
from tests.engine.conversations import minted

EMAIL, NOTE = "anna@example.org", 'a "quoted"\nnote \\ 😀'
PLAIN, (MAIL,) = minted(EMAIL)
AWKWARD, (MAIL, REMARK) = minted(EMAIL, NOTE)
SSE = "text/event-stream"

type Texts = dict[Hashable, str]
type Events = list[Any]


def sse(events: Iterable[Any], *, done: object = False, eol: str = "\n", named: object = False) -> bytes:
    """A stream of events; strings stand for themselves."""
    lines = []
    for event in events:
        name = f"event: {event['type']}{eol}" if named else ""
        lines.append(
            f"{name}data: {event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)}{eol}{eol}"
        )
    return ("".join(lines) + (f"data: [DONE]{eol}{eol}" if done else "")).encode()


def documents(stream: bytes) -> Events:
    """The events of a stream of server-sent events, as a line-based client reads them."""
    found = [line[5:].strip() for line in stream.decode().replace("\r\n", "\n").split("\n") if line.startswith("data:")]
    return [json.loads(data) if data != "[DONE]" else data for data in found]


def restorer_for(wire_format: WireFormat, values: dict[str, str], kind: str = SSE) -> tuple[BytesRestorer, Stats]:
    stats = Stats()
    return stream_restorer(kind, wire_format, values, stats), stats


def through(
    pieces: Iterable[bytes], wire_format: WireFormat, values: dict[str, str] = AWKWARD, kind: str = SSE
) -> bytes:
    restorer, stats = restorer_for(wire_format, values, kind)
    out = [part for piece in pieces for part in restorer.feed(piece)] + restorer.flush()
    assert stats.faults == 0
    return b"".join(out)


def halves(text: str) -> Iterator[list[str]]:
    """A text as deltas: whole, in two at each place, character by character."""
    yield [text]
    yield list(text)
    yield from ([text[:i], text[i:]] for i in range(1, len(text)))


# -- the formats: how a stream of texts is written, and how a client reads it ---------------------------------------------


def chunk(index: int, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish}],
    }


def chat(texts: Sequence[Sequence[str]]) -> Events:
    """Choices, interleaved delta by delta."""
    events: Events = [chunk(index, {"role": "assistant", "content": ""}) for index in range(len(texts))]
    for position in range(max(map(len, texts))):
        events += [
            chunk(index, {"content": deltas[position]}) for index, deltas in enumerate(texts) if position < len(deltas)
        ]
    return events + [chunk(index, {}, "stop") for index in range(len(texts))]


def read_chat(events: Events) -> Texts:
    texts: Texts = defaultdict(str)
    for event in events:
        if event == "[DONE]":
            continue
        for choice in event["choices"]:
            texts[choice["index"]] += choice["delta"].get("content") or ""
    return texts


def tool_calls(texts: Sequence[Sequence[str]]) -> Events:
    """Parallel tool calls, their arguments interleaved."""
    head = [
        {"index": index, "id": f"call_{index}", "type": "function", "function": {"name": f"f{index}", "arguments": ""}}
        for index in range(len(texts))
    ]
    events: Events = [chunk(0, {"role": "assistant", "content": None, "tool_calls": head})]
    for position in range(max(map(len, texts))):
        for index, deltas in enumerate(texts):
            if position < len(deltas):
                events.append(chunk(0, {"tool_calls": [{"index": index, "function": {"arguments": deltas[position]}}]}))
    return [*events, chunk(0, {}, "tool_calls")]


def read_tool_calls(events: Events) -> Texts:
    texts: Texts = defaultdict(str)
    for event in events:
        for call in event["choices"][0]["delta"].get("tool_calls") or ():
            texts[call["index"]] += call["function"]["arguments"]
    return texts


def completions(texts: Sequence[Sequence[str]]) -> Events:
    events: Events = []
    for index, deltas in enumerate(texts):
        events += [
            {"object": "text_completion", "choices": [{"index": index, "text": delta, "finish_reason": None}]}
            for delta in deltas
        ]
        events.append({"object": "text_completion", "choices": [{"index": index, "text": "", "finish_reason": "stop"}]})
    return events


def read_completions(events: Events) -> Texts:
    texts: Texts = defaultdict(str)
    for event in events:
        texts[event["choices"][0]["index"]] += event["choices"][0]["text"]
    return texts


def responses(texts: Sequence[Sequence[str]], kind: str = "output_text") -> Events:
    events: Events = [{"type": "response.created", "response": {"id": "r1", "output": []}}]
    whole = {index: "".join(deltas) for index, deltas in enumerate(texts)}
    for position in range(max(map(len, texts))):
        for index, deltas in enumerate(texts):
            if position < len(deltas):
                place = {"item_id": f"i{index}", "output_index": index, "content_index": 0}
                events.append({"type": f"response.{kind}.delta", **place, "delta": deltas[position]})
    member = "arguments" if "arguments" in kind else "text"
    for index, text in whole.items():
        place = {"item_id": f"i{index}", "output_index": index, "content_index": 0}
        events.append({"type": f"response.{kind}.done", **place, member: text})
    output = [{"type": "message", "content": [{"type": "output_text", "text": text}]} for text in whole.values()]
    return [*events, {"type": "response.completed", "response": {"id": "r1", "output": output}}]


def read_responses(events: Events) -> Texts:
    texts: Texts = defaultdict(str)
    copies: Texts = {}
    for event in events:
        if event["type"].endswith(".delta"):
            assert event["output_index"] not in copies, "a delta behind the end of its item"
            texts[event["output_index"]] += event["delta"]
        elif event["type"].endswith(".done"):
            copies[event["output_index"]] = event.get("text", event.get("arguments"))
    assert copies == texts
    assert [item["content"][0]["text"] for item in events[-1]["response"]["output"]] == list(copies.values())
    return texts


def messages(texts: Sequence[Sequence[str]], kind: str = "text") -> Events:
    """Anthropic's blocks, one after the other."""
    events: Events = [{"type": "message_start", "message": {"id": "m1", "content": []}}]
    for index, deltas in enumerate(texts):
        block = (
            {"type": "text", "text": ""}
            if kind == "text"
            else {"type": "tool_use", "id": "t", "name": "f", "input": {}}
        )
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        for delta in deltas:
            shape = (
                {"type": "text_delta", "text": delta}
                if kind == "text"
                else {"type": "input_json_delta", "partial_json": delta}
            )
            events.append({"type": "content_block_delta", "index": index, "delta": shape})
        events.append({"type": "content_block_stop", "index": index})
    return [*events, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]


def read_messages(events: Events) -> Texts:
    texts: Texts = defaultdict(str)
    stopped = set()
    for event in events:
        if event["type"] == "content_block_delta":
            assert event["index"] not in stopped
            texts[event["index"]] += event["delta"].get("text", event["delta"].get("partial_json"))
        elif event["type"] == "content_block_stop":
            stopped.add(event["index"])
    return texts


def contents(texts: Sequence[Sequence[str]]) -> Events:
    """Gemini: candidates interleaved; the last event of each carries text and the finish reason at once."""
    events: Events = []
    for position in range(max(map(len, texts))):
        for index, deltas in enumerate(texts):
            if position < len(deltas):
                candidate: dict[str, Any] = {
                    "index": index,
                    "content": {"role": "model", "parts": [{"text": deltas[position]}]},
                }
                if position == len(deltas) - 1:
                    candidate["finishReason"] = "STOP"
                events.append({"candidates": [candidate], "usageMetadata": {"totalTokenCount": 3}})
    return events


def read_contents(events: Events) -> Texts:
    texts: Texts = defaultdict(str)
    finished = set()
    for event in events:
        for candidate in event["candidates"]:
            assert candidate["index"] not in finished
            texts[candidate["index"]] += "".join(part["text"] for part in candidate["content"]["parts"])
            if "finishReason" in candidate:
                finished.add(candidate["index"])
    return texts


def _arguments(events: Events) -> Texts:
    texts: Texts = defaultdict(str)
    for event in events:
        if event["type"].endswith(".delta"):
            texts[event["output_index"]] += event["delta"]
        elif event["type"].endswith(".done"):
            assert event["arguments"] == texts[event["output_index"]]
    return texts


type Writer = Callable[[Sequence[Sequence[str]]], Events]
FORMATS: dict[str, tuple[WireFormat, Writer, Callable[[Events], Texts]]] = {
    "chat": (openai.CHAT, chat, read_chat),
    "chat tool calls": (openai.CHAT, tool_calls, read_tool_calls),
    "completions": (openai.COMPLETIONS, completions, read_completions),
    "responses": (openai.RESPONSES, responses, read_responses),
    "anthropic": (anthropic.MESSAGES, messages, read_messages),
    "gemini": (gemini.GENERATE, contents, read_contents),
}
JSON_FORMATS: dict[str, tuple[WireFormat, Writer, Callable[[Events], Texts]]] = {
    "chat tool calls": (openai.CHAT, tool_calls, read_tool_calls),
    "responses arguments": (
        openai.RESPONSES, lambda texts: responses(texts, "function_call_arguments")[:-1], _arguments,
    ),
    "anthropic": (anthropic.MESSAGES, lambda texts: messages(texts, "json"), read_messages),
}  # fmt: skip


@pytest.mark.parametrize(("wire_format", "write", "read"), FORMATS.values(), ids=FORMATS)
def test_a_token_cut_between_deltas_is_restored(
    wire_format: WireFormat, write: Writer, read: Callable[[Events], Texts]
) -> None:
    """At every place, in two channels at once that are cut at different ones; copies of the whole text agree with the deltas."""
    first, second = f"Dear {MAIL}, hi", f"é😀 {REMARK} and {MAIL}"
    for one in halves(first):
        for other in ([second], list(second), [second[:9], second[9:20], second[20:]]):
            events = documents(through([sse(write([one, other]))], wire_format))
            assert read(events) == {0: f"Dear {EMAIL}, hi", 1: f"é😀 {NOTE} and {EMAIL}"}


@pytest.mark.parametrize(("wire_format", "write", "read"), FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("eol", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_the_bytes_may_be_cut_anywhere(
    wire_format: WireFormat, write: Writer, read: Callable[[Events], Texts], eol: str
) -> None:
    """In characters, escapes, lines and line ends: the same bytes come out."""
    stream = sse(write([["é😀 [PI", 'I:EMAIL:"', f" {MAIL[:9]}", f"{MAIL[9:]}", "\n"], [f"\\ {REMARK}"]]), eol=eol)
    whole = through([stream], wire_format)
    assert EMAIL in str(read(documents(whole)))
    assert through([stream[i : i + 1] for i in range(len(stream))], wire_format) == whole
    for i in range(0, len(stream), 3):
        assert through([stream[:i], stream[i:]], wire_format) == whole


@pytest.mark.parametrize(("wire_format", "write", "read"), JSON_FORMATS.values(), ids=JSON_FORMATS)
def test_values_in_partial_json_are_escaped_for_where_they_stand(
    wire_format: WireFormat, write: Writer, read: Callable[[Events], Texts]
) -> None:
    """Quotes, line breaks and backslashes of a value don't end the string; JSON in the JSON is escaped twice."""
    inner = json.dumps({"deep": REMARK})
    arguments = json.dumps({"to": MAIL, "note": REMARK, "list": [1, f"x {REMARK}"], "inner": inner, MAIL: None})
    expected = {"to": EMAIL, "note": NOTE, "list": [1, f"x {NOTE}"], "inner": json.dumps({"deep": NOTE}), EMAIL: None}
    for deltas in halves(arguments):
        texts = read(documents(through([sse(write([deltas, ["{}"]]))], wire_format)))
        parsed = json.loads(texts[0])
        assert json.loads(parsed.pop("inner")) == json.loads(expected["inner"])  # type: ignore[arg-type]
        assert parsed == {name: value for name, value in expected.items() if name != "inner"}
        assert texts[1] == "{}"


def test_a_gemini_array_is_restored_as_it_arrives() -> None:
    """Without `alt=sse` the stream is one JSON array, however it is cut."""
    for deltas in halves(f"Dear {MAIL}!"):
        stream = json.dumps(contents([deltas]), indent=1).encode()
        for pieces in ([stream], [stream[i : i + 5] for i in range(0, len(stream), 5)]):
            events = json.loads(through(pieces, gemini.GENERATE, kind="application/json"))
            assert read_contents(events) == {0: f"Dear {EMAIL}!"}


def test_text_that_is_held_at_the_end_of_an_array_stays_inside_it() -> None:
    events = contents([["a [PII:EM", "x"]])
    del events[1:], events[0]["candidates"][0]["content"]["parts"][1:]
    stream = json.dumps(events).encode()
    assert read_contents(json.loads(through([stream], gemini.GENERATE, kind=""))) == {0: "a [PII:EM"}


def test_lines_of_json_are_restored() -> None:
    lines = b"".join(
        json.dumps({"response": piece, "done": False}).encode() + b"\r\n" for piece in ("to [PII:EM", MAIL[8:], "!")
    )
    lines += b'{"response": "", "done": true}\n'
    for kind in ("application/x-ndjson", "application/jsonl", ""):
        out = through([lines[:40], lines[40:]], GENERIC, kind=kind)
        assert "".join(json.loads(line)["response"] for line in out.splitlines()) == f"to {EMAIL}!"
        assert out.count(b"\r\n") == 3


# -- what a client relies on ---------------------------------------------------------------------------------------------


def test_thinking_and_signatures_are_untouched() -> None:
    events = [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "thinking", "thinking": "", "signature": ""},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": f"about {MAIL}"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2ln"}},
    ]
    assert through([sse(events, named=True)], anthropic.MESSAGES) == sse(events, named=True)


@pytest.mark.parametrize(
    ("wire_format", "write"), [(openai.CHAT, chat), (anthropic.MESSAGES, messages), (gemini.GENERATE, contents)]
)
def test_an_event_without_a_possible_token_leaves_at_once_as_it_came(wire_format: WireFormat, write: Writer) -> None:
    """In the same call, the very bytes; also when another token has been restored before."""
    stream = sse(write([["Dear ", "you: ", f"{MAIL}", " 100 % (really)", " déjà vu 😀", ' {"a": 1}'], ["other"]]))
    events = [part + b"\n\n" for part in stream.split(b"\n\n")[:-1]]
    for values in (PLAIN, AWKWARD):
        restorer, _ = restorer_for(wire_format, values)
        for event in events:
            out = restorer.feed(event)
            assert len(out) == 1
            assert out == [event] or EMAIL.encode() in out[0]
        assert restorer.flush() == []


def test_what_is_held_leaves_before_the_channel_ends_in_an_event_of_the_same_shape() -> None:
    """A token that never gets finished is text; order of events and channels is kept."""
    events = [
        chunk(0, {"content": "a [PII:EM"}),
        chunk(1, {"content": "b [PII"}),
        chunk(0, {}, "length"),
        chunk(1, {"content": "x"}),
    ]
    out = documents(through([sse(events, done=True)], openai.CHAT))
    assert out == [
        chunk(0, {"content": "a "}),
        chunk(1, {"content": "b "}),
        chunk(0, {"content": "[PII:EM"}),
        chunk(0, {}, "length"),
        chunk(1, {"content": "[PIIx"}),
        "[DONE]",
    ]


@pytest.mark.parametrize("ending", ["[DONE]", ""])
@pytest.mark.parametrize("wire_format", [openai.CHAT, GENERIC], ids=["chat", "generic"])
def test_done_comes_once_and_last(ending: str, wire_format: WireFormat) -> None:
    """Nothing may stand behind it: clients stop reading there."""
    stream = sse([chunk(0, {"content": "a [PII:EM"})], done=bool(ending))
    out = documents(through([stream], wire_format))
    assert read_chat(out) == {0: "a [PII:EM"}
    assert out.count("[DONE]") == (1 if ending else 0)
    assert not ending or out[-1] == "[DONE]"


def test_a_copy_repeats_nothing_that_a_client_would_add_up() -> None:
    """A call's id and name, a role: SDKs concatenate what comes twice."""
    call = {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "send", "arguments": '{"to": "[PII:EM'},
    }
    events = [chunk(0, {"role": "assistant", "tool_calls": [call]}), chunk(0, {}, "length")]
    out = documents(through([sse(events)], openai.CHAT))
    deltas = [event["choices"][0]["delta"] for event in out]
    assert [delta.get("role") for delta in deltas] == ["assistant", None, None]
    calls = [delta["tool_calls"][0] for delta in deltas[:2]]
    assert [call["id"] for call in calls] == ["call_1", None]
    assert [call["function"]["name"] for call in calls] == ["send", None]
    assert "".join(call["function"]["arguments"] for call in calls) == '{"to": "[PII:EM'


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    """As some compatible servers send them, each whole."""
    calls = [
        {"id": name, "type": "function", "function": {"name": "f", "arguments": json.dumps({"to": MAIL})}}
        for name in "ab"
    ]
    out = documents(
        through(
            [sse([chunk(0, {"tool_calls": [call]}) for call in calls] + [chunk(0, {"tool_calls": calls})])], openai.CHAT
        )
    )
    found = [call["function"]["arguments"] for event in out for call in event["choices"][0]["delta"]["tool_calls"]]
    assert found == [json.dumps({"to": EMAIL})] * 4


def test_usage_ids_and_logprobs_stay() -> None:
    event = chunk(0, {"content": MAIL})
    event["choices"][0]["logprobs"] = {"content": [{"token": MAIL, "logprob": -0.5}]}
    event["usage"] = {"note": MAIL}
    (out,) = documents(through([sse([event])], openai.CHAT))
    assert out["choices"][0]["delta"]["content"] == EMAIL
    assert out["choices"][0]["logprobs"] == event["choices"][0]["logprobs"]
    assert out["usage"] == event["usage"]


@pytest.mark.parametrize("kind", ["", "text/plain", "application/octet-stream", "TEXT/EVENT-STREAM; charset=utf-8"])
@pytest.mark.parametrize("head", [b"", b": keep-alive\n\n", b"\xef\xbb\xbf", b"event: message\n", b"\n"])
def test_events_are_recognised_without_a_content_type(kind: str, head: bytes) -> None:
    stream = head + sse(chat([[MAIL[:9], MAIL[9:]]]), done=True)
    for pieces in ([stream], [stream[i : i + 1] for i in range(len(stream))]):
        out = through(pieces, openai.CHAT, kind=kind)
        assert read_chat(documents(out.removeprefix(b"\xef\xbb\xbf"))) == {0: EMAIL}
        assert out.startswith(head)


def test_data_may_have_spaces_before_it_and_several_lines() -> None:
    event = json.dumps(chunk(0, {"content": MAIL}), indent=1).replace("\n", "\ndata:  ")
    out = through([f"data:   {event}\n\n".encode()], openai.CHAT)
    assert EMAIL.encode() in out
    assert MAIL.encode() not in out


def test_a_compressed_stream_is_restored() -> None:
    stream = sse(chat([[MAIL[:9], MAIL[9:]]]), done=True)
    packed = gzip.compress(stream)
    restorer, stats = restorer_for(openai.CHAT, AWKWARD)
    finished = []
    decoder = Decoder("gzip", limit=None, allow_truncated=True)
    restore = StreamedAnswer(restorer, stats, finished.append, decoder=decoder)
    out = [part for i in range(len(packed)) for part in restore(packed[i : i + 1])]
    out += restore(b"")
    assert all(out)
    assert read_chat(documents(b"".join(out))) == {0: EMAIL}
    assert finished == [stats]


def test_plain_text_is_restored_across_cuts_inside_characters() -> None:
    text = f"é😀 {MAIL} \xff".encode("utf-8", "surrogateescape") + b"\xff\xfe broken \xc3"
    for pieces in ([text], [text[i : i + 1] for i in range(len(text))]):
        assert through(pieces, GENERIC, kind="text/plain") == text.replace(MAIL.encode(), EMAIL.encode())


# -- errors and broken streams -------------------------------------------------------------------------------------------


def test_error_events_are_restored_and_release_what_is_held() -> None:
    events = [chunk(0, {"content": "a [PII:EM"}), {"error": {"message": f"bad {MAIL}"}}]
    out = documents(through([sse(events)], openai.CHAT))
    assert out == [
        chunk(0, {"content": "a "}),
        chunk(0, {"content": "[PII:EM"}),
        {"error": {"message": f"bad {EMAIL}"}},
    ]


def test_error_bodies_are_restored() -> None:
    body = json.dumps({"error": {"message": f"cannot send to {MAIL}", "code": 7}}, indent=2).encode()
    for wire_format in (openai.CHAT, anthropic.MESSAGES, gemini.GENERATE):
        assert restore_body(body, wire_format, AWKWARD, Stats()) == body.replace(MAIL.encode(), EMAIL.encode())


def test_a_document_where_a_stream_was_expected_is_restored() -> None:
    """A server that ignores `stream`, or fails: the body is one object over several lines."""
    body = json.dumps({"error": {"message": f"cannot send to {MAIL}"}}, indent=2).encode()
    for eol in (b"\n", b"\r\n"):
        stream = body.replace(b"\n", eol)
        for pieces in ([stream], [stream[i : i + 1] for i in range(len(stream))]):
            out = through(pieces, openai.CHAT, kind="application/json")
            assert out == stream.replace(MAIL.encode(), EMAIL.encode())


@pytest.mark.parametrize(
    "broken", [b'data: {"choices": [\n\n', b"data: {PII}\n\n", b"data: plain PII\n\n", b"data: {\xff PII}\n\n"]
)
def test_events_that_can_not_be_read_pass_through(broken: bytes) -> None:
    """In their place, and without harm to the tokens around them."""
    good = [sse([event]) for event in chat([[MAIL[:9], MAIL[9:]]])]
    restorer, stats = restorer_for(openai.CHAT, AWKWARD)
    out = b"".join(part for piece in [good[0], good[1], broken, *good[2:]] for part in restorer.feed(piece))
    out += b"".join(restorer.flush())
    assert out.count(broken) == 1
    assert read_chat(documents(out.replace(broken, b""))) == {0: EMAIL}
    assert stats.faults == (0 if b"plain" in broken else 1)


def test_a_fault_in_one_event_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event goes on as it came, behind the text that was held before it; later tokens are restored again."""
    feed = Restorer.feed

    def failing(self: Restorer, text: str) -> str:
        released = feed(self, text)
        if "fail" in text:
            raise RuntimeError(EMAIL)
        return released

    monkeypatch.setattr(Restorer, "feed", failing)
    texts = ["one ", "[PII:EM", "AIL:fail [PII:", " two ", MAIL]
    restorer, stats = restorer_for(openai.CHAT, AWKWARD)
    out = documents(b"".join([*restorer.feed(sse(chat([texts]))), *restorer.flush()]))
    assert read_chat(out) == {0: "one [PII:EMAIL:fail [PII: two " + EMAIL}
    assert stats.faults == 1


@pytest.mark.parametrize("at", range(1, 60, 4))
def test_a_stream_that_is_cut_off_gives_all_that_had_arrived(at: int) -> None:
    """Held text, and then the unfinished event as it is."""
    first, second = sse([chunk(0, {"content": "a [PII:EM"})]), sse([chunk(0, {"content": "AIL"})])
    restorer, _ = restorer_for(openai.CHAT, AWKWARD)
    out = b"".join([*restorer.feed(first + second[:at]), *restorer.flush()])
    assert out.endswith(second[:at])
    assert read_chat(documents(out.removesuffix(second[:at]))) == {0: "a [PII:EM"}


def test_a_last_event_without_its_blank_line_keeps_its_text() -> None:
    stream = sse([chunk(0, {"content": "x "}), chunk(0, {"content": f"{MAIL} [PII:EM"})]).rstrip(b"\n")
    assert read_chat(documents(through([stream], openai.CHAT))) == {0: f"x {EMAIL} [PII:EM"}


def test_no_byte_is_lost_when_an_event_is_too_large() -> None:
    """From there on the stream goes on as it comes."""
    restorer, stats = restorer_for(openai.CHAT, AWKWARD)
    huge = b"data: " + b"x" * (17 * 2**20)
    out = b"".join(
        [
            *restorer.feed(sse([chunk(0, {"content": "a [PII:"})])),
            *restorer.feed(huge),
            *restorer.feed(b"y\n\n"),
            *restorer.flush(),
        ]
    )
    assert out.endswith(huge + b"y\n\n")
    assert read_chat(documents(out[: out.index(huge)])) == {0: "a [PII:"}
    assert stats.faults == 1


def test_many_channels_cost_no_more_than_they_hold() -> None:
    """A server that opens a channel with every event: what is kept is what is held back."""
    restorer, stats = restorer_for(openai.CHAT, AWKWARD)
    for index in range(3000):
        restorer.feed(sse([chunk(index, {"content": f"{MAIL} "})]))
    assert stats.restored == 3000
    assert not restorer._chosen._events._held  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [b"", b"{}", b"Pi", b'{"a": "PII"}', b'{"a": "[PII:EMAIL:deadbeef]"}'])
def test_bodies_without_our_tokens_stay_the_same_object(body: bytes) -> None:
    assert restore_body(body, openai.CHAT, AWKWARD, Stats()) is body


def test_a_whole_answer_in_pieces_is_one_text() -> None:
    """Replicate's models put out arrays of pieces; a token may be cut anywhere between them, and each text is apart."""
    for pieces in halves(f"a {REMARK} b {MAIL}"):
        answer = {"input": {"prompt": MAIL}, "output": pieces, "results": [{"output": [MAIL[:5]]}, {"output": [MAIL]}]}
        read = json.loads(restore_body(json.dumps(answer).encode(), replicate.PREDICTIONS, AWKWARD, Stats()))
        assert "".join(read["output"]) == f"a {NOTE} b {EMAIL}"
        assert len(read["output"]) == len(pieces)
        assert read["results"] == [{"output": [MAIL[:5]]}, {"output": [EMAIL]}]
        assert read["input"] == {"prompt": EMAIL}
