"""Every stream grammar: a token cut anywhere between events is restored, and what is held leaves before the event that ends its text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest

from dlp.engine.events import EventRestorer
from dlp.engine.leaves import Stats
from dlp.providers.format import WireFormat
from dlp.providers.formats import (
    anthropic,
    bedrock,
    chatgpt_web,
    claude_web,
    cohere,
    gemini,
    generic,
    huggingface,
    mistral,
    ollama,
    openai,
)

TOKEN = "[PII:NAME:0123abcd]"
VALUE = 'Ann "A"\nLee'
VALUES = {"0123abcd": VALUE}

type Named = tuple[str, dict[str, Any]]


def restored(wire_format: WireFormat, events: Iterable[Named]) -> list[Named]:
    """A stream as the client gets it: `(event name, event)` each."""
    stats = Stats()
    restorer: EventRestorer[str] = EventRestorer(wire_format, VALUES, stats)
    out: list[Named] = []
    for name, event in events:
        copies, new = restorer.event(json.dumps(event).encode(), name, name)
        out += [(carrier, json.loads(copy)) for copy, carrier in copies]
        out.append((name, event if new is None else json.loads(new)))
    return out + [(carrier, json.loads(copy)) for copy, carrier in restorer.finish()]


class Channel(NamedTuple):
    """One text of one kind of stream."""

    wire_format: WireFormat
    before: list[Named]
    delta: Callable[[str], Named]
    """The event that carries one piece."""
    end: list[Named]
    """The events that end the text."""
    read: Callable[[dict[str, Any]], str | None]
    """What a client appends for one event."""
    partial_json: bool = False


def root(kind: str, **members: Any) -> Named:
    return kind, {"type": kind, **members}


def plain(**members: Any) -> Named:
    return "", members


def choice(delta: dict[str, Any], index: int = 0, reason: str | None = None) -> Named:
    return plain(id="c", choices=[{"index": index, "delta": delta, "finish_reason": reason}])


def dig(*path: Any) -> Callable[[dict[str, Any]], str | None]:
    def read(event: Any) -> str | None:
        for step in path:
            if isinstance(step, tuple):  # (member, value): only events with it
                if not isinstance(event, dict) or event.get(step[0]) != step[1]:
                    return None
                continue
            try:
                event = event[step]
            except (KeyError, IndexError, TypeError):
                return None
        return event if isinstance(event, str) else None

    return read


def chat(member: str, *, partial_json: bool = False) -> Channel:
    return Channel(
        openai.CHAT,
        [],
        lambda text: choice({member: text}),
        [choice({}, reason="stop")],
        dig("choices", 0, "delta", member),
        partial_json,
    )


def gem(
    part: Callable[[str], dict[str, Any]], read: Callable[[dict[str, Any]], str | None], end: list[Named] | None = None
) -> Channel:
    def event(*parts: dict[str, Any], **more: Any) -> Named:
        return plain(candidates=[{"content": {"role": "model", "parts": list(parts)}, **more}])

    return Channel(
        gemini.GENERATE, [], lambda text: event(part(text)), end or [event({"text": ""}, finishReason="STOP")], read
    )


def responses(family: str, full: str, *, partial_json: bool = False, **where: Any) -> Channel:
    place = {"output_index": 0, "item_id": "i", **where}
    return Channel(
        openai.RESPONSES,
        [root("response.created", response={"id": "r"})],
        lambda text: root(f"response.{family}.delta", delta=text, **place),
        [root(f"response.{family}.done", **{full: "as it was"}, **place)],
        dig(("type", f"response.{family}.delta"), "delta"),
        partial_json,
    )


CHANNELS: dict[str, Channel] = {
    "chat content": chat("content"),
    "chat refusal": chat("refusal"),
    "chat reasoning_content": chat("reasoning_content"),
    "chat reasoning_text": chat("reasoning_text"),
    "chat thinking": chat("thinking"),
    "chat reasoning": chat("reasoning"),
    "chat reasoning, then content": chat("reasoning")._replace(end=[choice({"content": "Hi"})]),
    "chat tool call": Channel(
        openai.CHAT,
        [choice({"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": ""}}]})],
        lambda text: choice({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}),
        [choice({}, reason="tool_calls")],
        dig("choices", 0, "delta", "tool_calls", 0, "function", "arguments"),
        True,
    ),
    "chat custom tool": Channel(
        openai.CHAT,
        [],
        lambda text: choice({"tool_calls": [{"index": 0, "custom": {"input": text}}]}),
        [choice({}, reason="tool_calls")],
        dig("choices", 0, "delta", "tool_calls", 0, "custom", "input"),
    ),
    "chat function_call": Channel(
        openai.CHAT,
        [],
        lambda text: choice({"function_call": {"arguments": text}}),
        [choice({}, reason="function_call")],
        dig("choices", 0, "delta", "function_call", "arguments"),
        True,
    ),
    "chat audio transcript": Channel(
        openai.CHAT,
        [],
        lambda text: choice({"audio": {"transcript": text}}),
        [choice({}, reason="stop")],
        dig("choices", 0, "delta", "audio", "transcript"),
    ),
    "mistral chunks": Channel(
        openai.CHAT,
        [],
        lambda text: choice({"content": [{"type": "text", "text": text}]}),
        [choice({}, reason="stop")],
        dig("choices", 0, "delta", "content", 0, "text"),
    ),
    "mistral thinking": Channel(
        openai.CHAT,
        [],
        lambda text: choice({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]}),
        [choice({"content": "Hi"})],
        dig("choices", 0, "delta", "content", 0, "thinking", 0, "text"),
    ),
    "completions": Channel(
        openai.COMPLETIONS,
        [],
        lambda text: plain(choices=[{"index": 0, "text": text, "finish_reason": None}]),
        [plain(choices=[{"index": 0, "text": "", "finish_reason": "stop"}])],
        dig("choices", 0, "text"),
    ),
    "responses text": responses("output_text", "text", content_index=0),
    "responses refusal": responses("refusal", "refusal", content_index=0),
    "responses summary": responses("reasoning_summary_text", "text", summary_index=0),
    "responses reasoning": responses("reasoning_text", "text", content_index=0),
    "responses arguments": responses("function_call_arguments", "arguments", partial_json=True),
    "responses mcp arguments": responses("mcp_call_arguments", "arguments", partial_json=True),
    "responses custom tool": responses("custom_tool_call_input", "input"),
    "responses code": responses("code_interpreter_call_code", "code"),
    "realtime text": responses("output_text", "text", content_index=0)._replace(wire_format=openai.REALTIME),
    "realtime transcript": responses("output_audio_transcript", "transcript", content_index=0)._replace(
        wire_format=openai.REALTIME
    ),
    "realtime input": Channel(
        openai.REALTIME,
        [],
        lambda text: root(
            "conversation.item.input_audio_transcription.delta", item_id="i", content_index=0, delta=text
        ),
        [
            root(
                "conversation.item.input_audio_transcription.completed",
                item_id="i",
                content_index=0,
                transcript="as it was",
            )
        ],
        dig(("type", "conversation.item.input_audio_transcription.delta"), "delta"),
    ),
    "assistants": Channel(
        openai.ASSISTANTS,
        [],
        lambda text: (
            "thread.message.delta",
            {
                "id": "m",
                "object": "thread.message.delta",
                "delta": {"content": [{"index": 0, "type": "text", "text": {"value": text}}]},
            },
        ),
        [("thread.message.completed", {"id": "m", "object": "thread.message", "status": "completed"})],
        dig("delta", "content", 0, "text", "value"),
    ),
    "assistants arguments": Channel(
        openai.ASSISTANTS,
        [],
        lambda text: (
            "thread.run.step.delta",
            {
                "id": "s",
                "object": "thread.run.step.delta",
                "delta": {"step_details": {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}},
            },
        ),
        [("thread.run.step.completed", {"id": "s", "object": "thread.run.step", "status": "completed"})],
        dig("delta", "step_details", "tool_calls", 0, "function", "arguments"),
        True,
    ),
    "transcription": Channel(
        openai.AUDIO,
        [],
        lambda text: root("transcript.text.delta", delta=text),
        [root("transcript.text.done", text="as it was")],
        dig(("type", "transcript.text.delta"), "delta"),
    ),
    "anthropic text": Channel(
        anthropic.MESSAGES,
        [
            root("message_start", message={"content": []}),
            root("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        ],
        lambda text: root("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
        [root("content_block_stop", index=0)],
        dig("delta", "text"),
    ),
    "anthropic input": Channel(
        anthropic.MESSAGES,
        [root("content_block_start", index=1, content_block={"type": "tool_use", "id": "t", "name": "f", "input": {}})],
        lambda text: root("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": text}),
        [root("content_block_stop", index=1)],
        dig("delta", "partial_json"),
        True,
    ),
    "anthropic complete": Channel(
        anthropic.COMPLETE,
        [],
        lambda text: root("completion", completion=text, stop_reason=None),
        [root("completion", completion="", stop_reason="stop_sequence")],
        dig("completion"),
    ),
    "claude web": Channel(
        claude_web.COMPLETION,
        [],
        lambda text: root("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
        [root("content_block_stop", index=0)],
        dig("delta", "text"),
    ),
    "gemini text": gem(
        lambda text: {"text": text}, dig("candidates", 0, "content", "parts", 0, ("thought", None), "text")
    ),
    "gemini thought, then text": gem(
        lambda text: {"text": text, "thought": True},
        dig("candidates", 0, "content", "parts", 0, ("thought", True), "text"),
        [plain(candidates=[{"content": {"parts": [{"text": "Hi"}]}}])],
    ),
    "gemini text, then call": gem(
        lambda text: {"text": text},
        dig("candidates", 0, "content", "parts", 0, "text"),
        [plain(candidates=[{"content": {"parts": [{"functionCall": {"name": "f", "args": {}}}]}}])],
    ),
    "gemini text, then signature": gem(
        lambda text: {"text": text},
        dig("candidates", 0, "content", "parts", 0, ("thoughtSignature", None), "text"),
        [plain(candidates=[{"content": {"parts": [{"text": "", "thoughtSignature": "C"}]}}])],
    ),
    "gemini arguments": gem(
        lambda text: {
            "functionCall": {"partialArgs": [{"jsonPath": "$.to", "stringValue": text, "willContinue": True}]}
        },
        dig("candidates", 0, "content", "parts", 0, "functionCall", "partialArgs", 0, "stringValue"),
    ),
    "code assist": Channel(
        gemini.GENERATE,
        [],
        lambda text: plain(response={"candidates": [{"content": {"parts": [{"text": text}]}}]}),
        [plain(response={"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]})],
        dig("response", "candidates", 0, "content", "parts", 0, "text"),
    ),
    "interactions text": Channel(
        gemini.INTERACTIONS,
        [],
        lambda text: plain(event_type="step.delta", index=0, delta={"type": "text", "text": text}),
        [plain(event_type="step.stop", index=0)],
        dig("delta", "text"),
    ),
    "interactions arguments": Channel(
        gemini.INTERACTIONS,
        [],
        lambda text: plain(event_type="step.delta", index=0, delta={"type": "arguments_delta", "arguments": text}),
        [plain(event_type="step.stop", index=0)],
        dig("delta", "arguments"),
        True,
    ),
    "live text": Channel(
        gemini.LIVE,
        [],
        lambda text: plain(serverContent={"modelTurn": {"parts": [{"text": text}]}}),
        [plain(serverContent={"turnComplete": True})],
        dig("serverContent", "modelTurn", "parts", 0, "text"),
    ),
    "live transcription": Channel(
        gemini.LIVE,
        [],
        lambda text: plain(serverContent={"outputTranscription": {"text": text}}),
        [plain(serverContent={"generationComplete": True})],
        dig("serverContent", "outputTranscription", "text"),
    ),
    "converse text": Channel(
        bedrock.CONVERSE,
        [("messageStart", {"role": "assistant"})],
        lambda text: ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}, "p": "abc"}),
        [("contentBlockStop", {"contentBlockIndex": 0})],
        dig("delta", "text"),
    ),
    "converse input": Channel(
        bedrock.CONVERSE,
        [],
        lambda text: ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": text}}}),
        [("contentBlockStop", {"contentBlockIndex": 1})],
        dig("delta", "toolUse", "input"),
        True,
    ),
    "invoke anthropic": Channel(
        bedrock.INVOKE,
        [],
        lambda text: root("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
        [root("content_block_stop", index=0)],
        dig("delta", "text"),
    ),
    "invoke nova": Channel(
        bedrock.INVOKE,
        [],
        lambda text: plain(contentBlockDelta={"contentBlockIndex": 0, "delta": {"text": text}}),
        [plain(contentBlockStop={"contentBlockIndex": 0})],
        dig("contentBlockDelta", "delta", "text"),
    ),
    "invoke titan": Channel(
        bedrock.INVOKE,
        [],
        lambda text: plain(outputText=text, index=0, completionReason=None),
        [plain(outputText="", index=0, completionReason="FINISH")],
        dig("outputText"),
    ),
    "invoke llama": Channel(
        bedrock.INVOKE,
        [],
        lambda text: plain(generation=text, stop_reason=None),
        [plain(generation="", stop_reason="stop")],
        dig("generation"),
    ),
    "invoke mistral": Channel(
        bedrock.INVOKE,
        [],
        lambda text: plain(outputs=[{"text": text, "stop_reason": None}]),
        [plain(outputs=[{"text": "", "stop_reason": "stop"}])],
        dig("outputs", 0, "text"),
    ),
    "invoke chat": Channel(
        bedrock.INVOKE,
        [],
        lambda text: choice({"content": text}),
        [choice({}, reason="stop")],
        dig("choices", 0, "delta", "content"),
    ),
    "retrieve and generate": Channel(
        bedrock.KNOWLEDGE,
        [],
        lambda text: ("output", {"text": text}),
        [("citation", {"retrievedReferences": []})],
        dig("text"),
    ),
    "cohere text": Channel(
        cohere.CHAT_V2,
        [root("content-start", index=0, delta={"message": {"content": {"type": "text", "text": ""}}})],
        lambda text: root("content-delta", index=0, delta={"message": {"content": {"text": text}}}),
        [root("content-end", index=0)],
        dig("delta", "message", "content", "text"),
    ),
    "cohere thinking": Channel(
        cohere.CHAT_V2,
        [],
        lambda text: root("content-delta", index=0, delta={"message": {"content": {"thinking": text}}}),
        [root("content-end", index=0)],
        dig("delta", "message", "content", "thinking"),
    ),
    "cohere plan": Channel(
        cohere.CHAT_V2,
        [],
        lambda text: root("tool-plan-delta", delta={"message": {"tool_plan": text}}),
        [
            root(
                "tool-call-start",
                index=0,
                delta={"message": {"tool_calls": {"id": "c", "function": {"name": "f", "arguments": ""}}}},
            )
        ],
        dig("delta", "message", "tool_plan"),
    ),
    "cohere arguments": Channel(
        cohere.CHAT_V2,
        [
            root(
                "tool-call-start",
                index=0,
                delta={"message": {"tool_calls": {"id": "c", "function": {"name": "f", "arguments": ""}}}},
            )
        ],
        lambda text: root(
            "tool-call-delta", index=0, delta={"message": {"tool_calls": {"function": {"arguments": text}}}}
        ),
        [root("tool-call-end", index=0)],
        dig("delta", "message", "tool_calls", "function", "arguments"),
        True,
    ),
    "cohere v1": Channel(
        cohere.CHAT_V1,
        [plain(event_type="stream-start")],
        lambda text: plain(event_type="text-generation", text=text),
        [plain(event_type="stream-end", response={"text": "as it was"})],
        dig(("event_type", "text-generation"), "text"),
    ),
    "ollama chat": Channel(
        ollama.CHAT,
        [],
        lambda text: plain(message={"role": "assistant", "content": text}, done=False),
        [plain(message={"role": "assistant", "content": ""}, done=True, done_reason="stop")],
        dig("message", "content"),
    ),
    "ollama thinking": Channel(
        ollama.CHAT,
        [],
        lambda text: plain(message={"role": "assistant", "content": "", "thinking": text}, done=False),
        [plain(message={"role": "assistant", "content": "Hi"}, done=False)],
        dig("message", "thinking"),
    ),
    "ollama generate": Channel(
        ollama.CHAT, [], lambda text: plain(response=text, done=False), [plain(response="", done=True)], dig("response")
    ),
    "mistral message": Channel(
        mistral.CONVERSATIONS,
        [root("conversation.response.started")],
        lambda text: root("message.output.delta", output_index=0, content_index=0, content=text),
        [root("conversation.response.done", usage={})],
        dig("content"),
    ),
    "mistral message, then call": Channel(
        mistral.CONVERSATIONS,
        [],
        lambda text: root("message.output.delta", output_index=0, content_index=0, content=text),
        [root("function.call.delta", output_index=1, tool_call_id="c", name="f", arguments="{}")],
        dig("content"),
    ),
    "mistral arguments": Channel(
        mistral.CONVERSATIONS,
        [],
        lambda text: root("function.call.delta", output_index=0, tool_call_id="c", name="f", arguments=text),
        [root("conversation.response.done", usage={})],
        dig("arguments"),
        True,
    ),
    "hf": Channel(
        huggingface.INFER,
        [],
        lambda text: plain(token={"id": 1, "text": text}, generated_text=None),
        [plain(token={"id": 2, "text": ""}, generated_text="as it was")],
        dig("token", "text"),
    ),
    "chatgpt": Channel(
        chatgpt_web.CONVERSATION,
        [
            plain(p="", o="add", v={"message": {"content": {"parts": [""]}}}, c=0),
            plain(p="/message/content/parts/0", o="append", v=""),
        ],
        lambda text: plain(v=text),
        [plain(p="/message/status", o="replace", v="finished")],
        dig(("o", None), ("p", None), "v"),
    ),
    "unknown, like chat": chat("content")._replace(wire_format=generic.GENERIC),
    "unknown, like tool calls": Channel(
        generic.GENERIC,
        [],
        lambda text: choice({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}),
        [choice({}, reason="tool_calls")],
        dig("choices", 0, "delta", "tool_calls", 0, "function", "arguments"),
        True,
    ),
    "unknown, like messages": Channel(
        generic.GENERIC,
        [],
        lambda text: root("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
        [root("content_block_stop", index=0)],
        dig("delta", "text"),
    ),
    "unknown, with a root of text": Channel(
        generic.GENERIC, [], lambda text: plain(text=text, done=False), [plain(text="", done=True)], dig("text")
    ),
}


CASES = [pytest.param(channel, id=name) for name, channel in CHANNELS.items()]


def spoken(channel: Channel, events: list[Named]) -> str:
    return "".join(channel.read(event) or "" for _, event in events)


def pieces_of(text: str, cuts: tuple[int, ...]) -> list[str]:
    bounds = [0, *cuts, len(text)]
    return [text[start:end] for start, end in itertools.pairwise(bounds)]


@pytest.mark.parametrize("channel", CASES)
def test_a_token_cut_anywhere_is_restored(channel: Channel) -> None:
    text = json.dumps({"to": f"to {TOKEN}!"}) if channel.partial_json else f"Dear {TOKEN}, hello"
    start = text.index("[")
    for cut in range(start - 2, start + len(TOKEN) + 3):
        for second in (cut, min(cut + 3, len(text))):
            events = [
                *channel.before,
                *(channel.delta(piece) for piece in pieces_of(text, (cut, second))),
                *channel.end,
            ]
            heard = spoken(channel, restored(channel.wire_format, events))
            if channel.partial_json:
                assert json.loads(heard.removesuffix("{}")) == {"to": f"to {VALUE}!"}
            else:
                assert heard.removesuffix("Hi") == text.replace(TOKEN, VALUE)


@pytest.mark.parametrize("channel", CASES)
def test_what_is_held_leaves_before_the_end_of_its_text(channel: Channel) -> None:
    text = '{"to": "[PII:NAME:01' if channel.partial_json else "Dear [PII:NAME:01"
    events = [*channel.before, channel.delta(text[:-4]), channel.delta(text[-4:]), *channel.end]
    out = restored(channel.wire_format, events)
    ended = out.index(
        next(event for event in reversed(out) if event[1] == channel.end[0][1] or event[0] == channel.end[0][0])
    )
    heard = spoken(channel, out)
    assert text in heard
    before = spoken(channel, out[: ended + 1])
    assert text in before, "not after the event that ends the text"


@pytest.mark.parametrize("channel", CASES)
def test_an_answer_without_tokens_stays_as_it_is(channel: Channel) -> None:
    events = [*channel.before, channel.delta("Dear "), channel.delta("Bob"), *channel.end]
    assert restored(channel.wire_format, events) == events


@pytest.mark.parametrize("channel", CASES)
def test_the_number_of_events_stays_when_nothing_is_left_over(channel: Channel) -> None:
    events = [*channel.before, *(channel.delta(piece) for piece in pieces_of(f"Dear {TOKEN}.", (8, 12))), *channel.end]
    assert [name for name, _ in restored(channel.wire_format, events)] == [name for name, _ in events]


def test_choices_do_not_disturb_each_other() -> None:
    events = [choice({"content": piece}, index) for piece in pieces_of(f"Dear {TOKEN}", (7, 15)) for index in (0, 1, 2)]
    out = restored(openai.CHAT, [*events, *(choice({}, index, "stop") for index in (0, 1, 2))])
    for index in (0, 1, 2):
        texts = (
            event["choices"][0]["delta"].get("content", "") for _, event in out if event["choices"][0]["index"] == index
        )
        assert "".join(texts) == f"Dear {VALUE}"


@pytest.mark.parametrize("name", ["index", "id", None])
def test_parallel_tool_calls_do_not_disturb_each_other(name: str | None) -> None:
    """By index, by id where a provider sends no index, by position where it sends neither."""

    def calls(piece: str) -> Named:
        named = [{name: place if name == "index" else f"call_{place}"} if name else {} for place in (0, 1)]
        return choice({"tool_calls": [{**which, "function": {"arguments": piece}} for which in named]})

    text = json.dumps({"to": TOKEN})
    out = restored(
        openai.CHAT, [*(calls(piece) for piece in pieces_of(text, (9, 20))), choice({}, reason="tool_calls")]
    )
    for place in (0, 1):
        heard = "".join(
            event["choices"][0]["delta"]["tool_calls"][place]["function"]["arguments"]
            for _, event in out
            if event["choices"][0]["delta"]
        )
        assert json.loads(heard) == {"to": VALUE}


def test_the_families_of_one_item_do_not_disturb_each_other() -> None:
    """A summary and a text may have the same indices, and another item's end ends neither."""
    place = {"output_index": 0, "item_id": "i"}
    events: list[Named] = []
    for piece in pieces_of(f"Dear {TOKEN}", (7, 15)):
        events.append(root("response.reasoning_summary_text.delta", summary_index=0, delta=piece, **place))
        events.append(root("response.reasoning_text.delta", content_index=0, delta=piece, **place))
        events.append(root("response.output_item.done", output_index=7, item={}))
        events.append(root("response.web_search_call.completed", output_index=7, item_id="w"))
    out = restored(openai.RESPONSES, [*events, root("response.output_item.done", output_index=0, item={})])
    for family in ("summary", "text"):
        kind = "response.reasoning_summary_text.delta" if family == "summary" else "response.reasoning_text.delta"
        assert "".join(event["delta"] for name, event in out if name == kind) == f"Dear {VALUE}"


def test_full_copies_agree_with_deltas() -> None:
    place = {"output_index": 0, "item_id": "i", "content_index": 0}
    message = {"type": "message", "content": [{"type": "output_text", "text": TOKEN}]}
    events = [
        root("response.output_text.delta", delta=TOKEN[:5], **place),
        root("response.output_text.delta", delta=TOKEN[5:], **place),
        root("response.output_text.done", text=TOKEN, **place),
        root("response.content_part.done", part={"type": "output_text", "text": TOKEN}, **place),
        root("response.output_item.done", output_index=0, item=message),
        root("response.completed", response={"output": [message], "instructions": TOKEN}),
    ]
    out = restored(openai.RESPONSES, events)
    assert "0123abcd" not in json.dumps(out)
    assert out[-1][1]["response"]["output"][0]["content"][0]["text"] == VALUE
    assert out[-1][1]["response"]["instructions"] == VALUE


@pytest.mark.parametrize(
    ("wire_format", "event"),
    [
        (anthropic.MESSAGES, root("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": TOKEN})),
        (
            anthropic.MESSAGES,
            root("content_block_delta", index=0, delta={"type": "signature_delta", "signature": TOKEN}),
        ),
        (
            anthropic.MESSAGES,
            root("content_block_delta", index=0, delta={"type": "compaction_delta", "content": TOKEN}),
        ),
        (
            bedrock.CONVERSE,
            ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": TOKEN}}}),
        ),
        (
            gemini.GENERATE,
            plain(candidates=[{"content": {"parts": [{"thought": True, "text": TOKEN, "thoughtSignature": "C"}]}}]),
        ),
        (openai.CHAT, choice({"reasoning_details": [{"type": "reasoning.text", "text": TOKEN, "signature": "C"}]})),
    ],
)
def test_signed_text_is_never_restored(wire_format: WireFormat, event: Named) -> None:
    assert restored(wire_format, [event]) == [event]


def test_patches_that_go_elsewhere_take_no_text_along() -> None:
    """ChatGPT's stream: what is held belongs to the path it came for."""
    events = [
        plain(p="/message/content/parts/0", o="append", v="Dear [PII:NA"),
        plain(p="/message/metadata/note", o="append", v="x"),
        plain(v="y"),
        plain(
            p="",
            o="patch",
            v=[
                {"p": "/message/content/parts/0", "o": "append", "v": TOKEN},
                {"p": "/message/status", "o": "replace", "v": TOKEN},
            ],
        ),
    ]
    out = [event for _, event in restored(chatgpt_web.CONVERSATION, events)]
    text, path = {"": ""}, ""
    for event in out:
        for patch in event["v"] if isinstance(event["v"], list) else [event]:
            path = patch.get("p", path)
            text[path] = text.get(path, "") + patch["v"]
    assert text["/message/content/parts/0"] == f"Dear [PII:NA{VALUE}"
    assert text["/message/metadata/note"] == "xy"
    assert text["/message/status"] == VALUE
