"""Ollama's own API: chat, generate and embed. Answers are streamed, one JSON object a line, unless the request says otherwise.

Shapes follow the types of ollama 0.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, override

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS, compose, embedding
from dlp.fakes.families.base import BadRequest, Family, UnknownEndpoint, read_object
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, dump, json_reply, stream_reply
from dlp.fakes.script import Asked, Script, Tool

CREATED_AT = "2026-01-01T00:00:00.000000Z"

_COUNTS = {
    "total_duration": 5_000_000,
    "load_duration": 1_000_000,
    "prompt_eval_count": PROMPT_TOKENS,
    "prompt_eval_duration": 1_000_000,
    "eval_count": COMPLETION_TOKENS,
    "eval_duration": 1_000_000,
}


class Ollama(Family):
    name: ClassVar[str] = "ollama"
    hosts: ClassVar[tuple[str, ...]] = ("ollama.com",)

    @override
    def claims(self, received: Received) -> bool:
        return received.path in ("/api/chat", "/api/generate", "/api/embed")

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        match received.method, received.path:
            case "POST", "/api/chat":
                return self._chat(read_object(received), script)
            case "POST", "/api/generate":
                return self._generate(read_object(received), script)
            case "POST", "/api/embed":
                body = read_object(received)
                given = body.get("input", "")
                count = len(given) if isinstance(given, list) else 1
                vectors = [embedding(index, 8) for index in range(count)]
                return json_reply(script, {"model": body.get("model"), "embeddings": vectors, **_COUNTS})
        raise UnknownEndpoint

    @override
    def error_body(self, status: int, message: str) -> Any:
        return {"error": message}

    def _chat(self, body: dict[str, Any], script: Script) -> Reply:
        asked = _asked(body)
        answer = compose(asked, script)
        frame = {"model": body.get("model", "m"), "created_at": CREATED_AT}
        calls = [{"function": {"name": call.name, "arguments": call.parsed()}} for call in answer.calls]
        text = answer.texts[0] or ""
        thinking = {"thinking": answer.reasoning} if answer.reasoning is not None else {}
        message: dict[str, Any] = {"role": "assistant", "content": text, **thinking}
        if calls:
            message["tool_calls"] = calls
        end = {"done": True, "done_reason": "stop", **_COUNTS}
        if not asked.stream:
            return json_reply(script, {**frame, "message": message, **end})
        pieces: list[dict[str, Any]] = []
        if answer.reasoning is not None:
            pieces += [{"content": "", "thinking": piece} for piece in script.pieces(answer.reasoning)]
        if text:
            pieces += [{"content": piece} for piece in script.pieces(text)]
        pieces += [{"content": "", "tool_calls": [call]} for call in calls]
        events = [Event({**frame, "message": {"role": "assistant", **piece}, "done": False}) for piece in pieces]
        events.append(Event({**frame, "message": {"role": "assistant", "content": ""}, **end}))
        return self._stream(script, events)

    def _generate(self, body: dict[str, Any], script: Script) -> Reply:
        asked = Asked(said=str(body.get("prompt", "")), stream=bool(body.get("stream", True)))
        text = compose(asked, script).texts[0] or ""
        frame = {"model": body.get("model", "m"), "created_at": CREATED_AT}
        end = {"done": True, "done_reason": "stop", "context": [1, 2, 3], **_COUNTS}
        if not asked.stream:
            return json_reply(script, {**frame, "response": text, **end})
        events = [Event({**frame, "response": piece, "done": False}) for piece in script.pieces(text)]
        return self._stream(script, [*events, Event({**frame, "response": "", **end})])

    def _stream(self, script: Script, events: Sequence[Event]) -> Reply:
        failure = Event({"error": "an error was encountered while running the model"})
        return stream_reply(script, events, framing=lines, content_type="application/x-ndjson", failure=failure)


def lines(events: Sequence[Event], script: Script) -> list[bytes]:
    """One JSON document a line."""
    return [(dump(event.data, escaped=script.escaped) + "\n").encode("utf-8", "surrogatepass") for event in events]


def _asked(body: dict[str, Any]) -> Asked:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages are required")
    last: dict[str, Any] = next(
        (message for message in reversed(messages) if message.get("role") in ("user", "tool")), {}
    )
    return Asked(
        said=str(last.get("content", "")),
        after_tool=last.get("role") == "tool",
        tools=tuple(
            Tool(name=entry["function"]["name"], schema=entry["function"].get("parameters", {}))
            for entry in body.get("tools") or []
        ),
        stream=bool(body.get("stream", True)),
        reasoning=bool(body.get("think")),
    )
