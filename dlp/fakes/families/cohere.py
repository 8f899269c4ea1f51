"""Cohere's API: chat in both of its versions, embed and rerank. Version 2 streams events, version 1 one JSON object a line.

Shapes follow the types of cohere 7.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, override

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS, compose, embedding
from dlp.fakes.families.base import BadRequest, Family, UnknownEndpoint, join_texts, read_object
from dlp.fakes.families.ollama import lines
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, json_reply, sse, stream_reply
from dlp.fakes.script import Asked, Script, Tool

_COUNTED = {"input_tokens": PROMPT_TOKENS, "output_tokens": COMPLETION_TOKENS}
_USAGE = {"billed_units": _COUNTED, "tokens": _COUNTED}
_META = {"api_version": {"version": "1"}, "billed_units": _COUNTED, "tokens": _COUNTED}


class Cohere(Family):
    name: ClassVar[str] = "cohere"
    hosts: ClassVar[tuple[str, ...]] = ("api.cohere.com",)

    @override
    def claims(self, received: Received) -> bool:
        return received.path in ("/v2/chat", "/v1/chat", "/v2/embed", "/v2/rerank")

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        match received.method, received.path:
            case "POST", "/v2/chat":
                return self._chat(read_object(received), script)
            case "POST", "/v1/chat":
                return self._old_chat(read_object(received), script)
            case "POST", "/v2/embed":
                texts = read_object(received).get("texts") or []
                vectors = [embedding(index, 8) for index in range(len(texts))]
                answer = {"id": self.ids.new(""), "embeddings": {"float": vectors}, "texts": texts, "meta": _META}
                return json_reply(script, {**answer, "response_type": "embeddings_by_type"})
            case "POST", "/v2/rerank":
                count = len(read_object(received).get("documents") or [])
                results = [{"index": index, "relevance_score": round(1 / (index + 1), 3)} for index in range(count)]
                return json_reply(script, {"id": self.ids.new(""), "results": results, "meta": _META})
        raise UnknownEndpoint

    @override
    def error_body(self, status: int, message: str) -> Any:
        return {"id": self.ids.new(""), "message": message}

    def _chat(self, body: dict[str, Any], script: Script) -> Reply:
        asked = _asked(body)
        answer = compose(asked, script)
        text = answer.texts[0]
        calls: list[dict[str, Any]] = [
            {
                "id": self.ids.new(f"{call.name}_", 12),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in answer.calls
        ]
        plan = f"I will call {calls[0]['function']['name']} for: {asked.said}" if calls else None
        reason = "TOOL_CALL" if calls else "COMPLETE"
        identifier = self.ids.new("")
        if not asked.stream:
            message: dict[str, Any] = {"role": "assistant"}
            if text is not None:
                message["content"] = [{"type": "text", "text": text}]
            if calls:
                message |= {"tool_plan": plan, "tool_calls": calls}
            return json_reply(script, {"id": identifier, "finish_reason": reason, "message": message, "usage": _USAGE})
        start = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        bodies: list[dict[str, Any]] = [{"id": identifier, "type": "message-start", "delta": {"message": start}}]
        if text is not None:
            opening = {"message": {"content": {"type": "text", "text": ""}}}
            bodies.append({"type": "content-start", "index": 0, "delta": opening})
            bodies += [
                {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": piece}}}}
                for piece in script.pieces(text)
            ]
            bodies.append({"type": "content-end", "index": 0})
        if plan is not None:
            bodies += [
                {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": piece}}} for piece in script.pieces(plan)
            ]
        for index, call in enumerate(calls):
            bare = {**call, "function": {**call["function"], "arguments": ""}}
            bodies.append({"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": bare}}})
            bodies += [
                {
                    "type": "tool-call-delta",
                    "index": index,
                    "delta": {"message": {"tool_calls": {"function": {"arguments": piece}}}},
                }
                for piece in script.pieces(call["function"]["arguments"])
            ]
            bodies.append({"type": "tool-call-end", "index": index})
        bodies.append({"type": "message-end", "delta": {"finish_reason": reason, "usage": _USAGE}})
        return stream_reply(
            script,
            [Event(body, name=body["type"]) for body in bodies],
            framing=sse("\n"),
            content_type="text/event-stream",
            failure=Event(
                {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "overloaded"}}, name="message-end"
            ),
        )

    def _old_chat(self, body: dict[str, Any], script: Script) -> Reply:
        said = body.get("message")
        if not isinstance(said, str):
            raise BadRequest("message is required")
        answer = compose(_old_asked(body, said), script)
        text = answer.texts[0] or ""
        calls = {"tool_calls": [{"name": call.name, "parameters": call.parsed()} for call in answer.calls]}
        identifier = self.ids.new("")
        whole = {
            "response_id": self.ids.new(""),
            "text": text,
            "generation_id": identifier,
            "chat_history": [{"role": "USER", "message": said}, {"role": "CHATBOT", "message": text}],
            "finish_reason": "COMPLETE",
            "meta": _META,
            **(calls if answer.calls else {}),
        }
        if not body.get("stream"):
            return json_reply(script, whole)
        bodies: list[dict[str, Any]] = [{"event_type": "stream-start", "generation_id": identifier}]
        if answer.calls:
            bodies.append({"event_type": "tool-calls-generation", **calls})
        else:
            bodies += [{"event_type": "text-generation", "text": piece} for piece in script.pieces(text)]
        bodies.append({"event_type": "stream-end", "finish_reason": "COMPLETE", "response": whole})
        failure = {
            "event_type": "stream-end",
            "finish_reason": "ERROR",
            "error": "overloaded",
            "response": {"text": ""},
        }
        return stream_reply(
            script,
            _counted(bodies),
            framing=lines,
            content_type="application/stream+json",
            failure=Event({"is_finished": True, **failure}),
        )


def _counted(bodies: Sequence[dict[str, Any]]) -> list[Event]:
    return [Event({"is_finished": body["event_type"] == "stream-end", **body}) for body in bodies]


def _old_asked(body: dict[str, Any], said: str) -> Asked:
    """Version 1 has the new message outside the history, results of tools beside it, and parameters without a schema."""
    results = [output for result in body.get("tool_results") or [] for output in result.get("outputs") or []]
    tools = []
    for entry in body.get("tools") or []:
        parameters = {name: {"type": "string"} for name in entry.get("parameter_definitions") or {}}
        tools.append(Tool(name=entry["name"], schema={"type": "object", "properties": parameters}))
    return Asked(
        said="\n".join(str(value) for output in results for value in output.values()) if results else said,
        after_tool=bool(results),
        tools=tuple(tools),
        stream=bool(body.get("stream")),
    )


def _asked(body: dict[str, Any]) -> Asked:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages is required")
    last: dict[str, Any] = next(
        (message for message in reversed(messages) if message.get("role") in ("user", "tool")), {}
    )
    content = last.get("content")
    return Asked(
        said=content if isinstance(content, str) else join_texts(content),
        after_tool=last.get("role") == "tool",
        tools=tuple(
            Tool(name=entry["function"]["name"], schema=entry["function"].get("parameters", {}))
            for entry in body.get("tools") or []
        ),
        stream=bool(body.get("stream")),
    )
