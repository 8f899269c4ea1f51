"""OpenAI's Responses: made, kept, asked for again; and continued in conversations."""

from __future__ import annotations

from typing import Any

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS, Answer, compose, weave
from dlp.fakes.families.base import CREATED, Endpoint, Service, Store, UnknownEndpoint, join_texts, read_object
from dlp.fakes.families.openai_chat import padding, tools_of
from dlp.fakes.families.openai_threads import Threads
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply
from dlp.fakes.script import Asked, Script

DEFAULT_MODEL = "gpt-5-mini"


class Responses:
    """The endpoints of one family's server."""

    def __init__(self, family: Service, threads: Threads) -> None:
        self._family, self._threads = family, threads
        self._kept: Store[tuple[dict[str, Any], list[Any]]] = Store()
        self.endpoints = (
            Endpoint("POST", "/responses", self._create),
            Endpoint("POST", "/responses/input_tokens", self._input_tokens),
            Endpoint("GET", "/responses/([^/]+)", self._get),
            Endpoint("DELETE", "/responses/([^/]+)", self._delete),
            Endpoint("GET", "/responses/([^/]+)/input_items", self._input_items),
        )

    def _create(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        asked = _responses_asked(body)
        answer = compose(asked, script)
        identifier = self._family.ids.new("resp_", 48)
        custom = {tool.name for tool in asked.tools if tool.free_text}
        items = self._output_items(answer, custom)
        finished = _response_object(identifier, body, status="completed", output=items)
        if body.get("store", True):
            self._kept.put(identifier, (finished, _input_list(body.get("input"))))
        conversation = body.get("conversation")
        if conversation is not None:
            name = conversation["id"] if isinstance(conversation, dict) else str(conversation)
            self._threads.continue_conversation(name, [*_input_list(body.get("input")), *items])
        if not asked.stream:
            return self._family.as_json(script, finished)
        started = _response_object(identifier, body, status="in_progress", output=[])
        return self._family.as_stream(script, _response_events(started, finished, items, script))

    def _output_items(self, answer: Answer, custom: set[str]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        if answer.reasoning is not None:
            summary = [{"type": "summary_text", "text": answer.reasoning}]
            items.append({"id": self._family.ids.new("rs_", 48), "type": "reasoning", "summary": summary})
        if answer.texts[0] is not None:
            part = {"type": "output_text", "text": answer.texts[0], "annotations": [], "logprobs": []}
            message = {
                "id": self._family.ids.new("msg_", 48),
                "type": "message",
                "status": "completed",
                "role": "assistant",
            }
            items.append({**message, "content": [part]})
        for call in answer.calls:
            kind, prefix, field = (
                ("custom_tool_call", "ctc_", "input") if call.name in custom else ("function_call", "fc_", "arguments")
            )
            head = {"id": self._family.ids.new(prefix, 48), "type": kind, "status": "completed"}
            items.append({**head, "call_id": self._family.ids.new("call_"), "name": call.name, field: call.arguments})
        return items

    def _input_tokens(self, received: Received, script: Script) -> Reply:
        read_object(received)
        return self._family.as_json(script, {"object": "response.input_tokens", "input_tokens": PROMPT_TOKENS})

    def _stored(self, identifier: str) -> tuple[dict[str, Any], list[Any]]:
        stored = self._kept.get(identifier)
        if stored is None:
            raise UnknownEndpoint
        return stored

    def _get(self, received: Received, script: Script, identifier: str) -> Reply:
        return self._family.as_json(script, self._stored(identifier)[0])

    def _delete(self, received: Received, script: Script, identifier: str) -> Reply:
        self._stored(identifier)
        self._kept.remove(identifier)
        return self._family.as_json(script, {"id": identifier, "object": "response", "deleted": True})

    def _input_items(self, received: Received, script: Script, identifier: str) -> Reply:
        return self._family.as_list(script, self._stored(identifier)[1])


def _responses_asked(body: dict[str, Any]) -> Asked:
    items = _input_list(body.get("input"))
    said, after_tool = "", False
    for item in items:
        if item.get("type", "message") == "message" and item.get("role") == "user":
            said, after_tool = join_texts(item.get("content"), ("input_text", "text")), False
        elif item.get("type") in ("function_call_output", "custom_tool_call_output"):
            said, after_tool = join_texts(item.get("output"), ("input_text",)), True
    reasoning = body.get("reasoning")
    return Asked(
        said=said,
        after_tool=after_tool,
        system=body.get("instructions") or "",
        tools=() if body.get("tool_choice") == "none" else tools_of(body),
        stream=bool(body.get("stream")),
        reasoning=isinstance(reasoning, dict) and bool(reasoning.get("summary")),
    )


def _input_list(given: Any) -> list[dict[str, Any]]:
    if isinstance(given, str):
        content = [{"type": "input_text", "text": given}]
        return [{"id": "msg_input", "type": "message", "status": "completed", "role": "user", "content": content}]
    return [item for item in given or [] if isinstance(item, dict)]


def _response_object(identifier: str, body: dict[str, Any], *, status: str, output: list[Any]) -> dict[str, Any]:
    """A response with the echoes of the request that the real API gives back."""
    done = status == "completed"
    return {
        "id": identifier,
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "metadata": body.get("metadata") or {},
        "model": str(body.get("model", DEFAULT_MODEL)),
        "output": output,
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "prompt_cache_key": body.get("prompt_cache_key"),
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "safety_identifier": body.get("safety_identifier"),
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_logprobs": 0,
        "top_p": body.get("top_p", 1.0),
        "truncation": body.get("truncation", "disabled"),
        "usage": _response_usage() if done else None,
        "user": body.get("user"),
    }


def _response_events(
    started: dict[str, Any], finished: dict[str, Any], items: list[dict[str, Any]], script: Script
) -> list[Event]:
    channels = [_item_events(index, item, script) for index, item in enumerate(items)]
    calls_first = next((n for n, item in enumerate(items) if item["type"].endswith("_call")), len(items))
    bodies: list[dict[str, Any]] = [
        {"type": "response.created", "response": started},
        {"type": "response.in_progress", "response": started},
        *weave(channels[:calls_first], alternate=False),  # reasoning and text come one after the other
        *weave(channels[calls_first:], alternate=script.interleave),
        {"type": "response.completed", "response": finished},
    ]
    return [Event({**body, "sequence_number": number}, name=body["type"]) for number, body in enumerate(bodies)]


def _item_events(index: int, item: dict[str, Any], script: Script) -> list[dict[str, Any]]:
    match item["type"]:
        case "message":
            blank, inner = {**item, "status": "in_progress", "content": []}, _message_events(index, item, script)
        case "reasoning":
            blank, inner = {**item, "summary": []}, _reasoning_events(index, item, script)
        case "custom_tool_call":
            blank = {**item, "status": "in_progress", "input": ""}
            inner = _call_events(index, item, script, "custom_tool_call_input", "input")
        case _:
            blank = {**item, "status": "in_progress", "arguments": ""}
            inner = _call_events(index, item, script, "function_call_arguments", "arguments")
    added = {"type": "response.output_item.added", "output_index": index, "item": blank}
    return [added, *inner, {"type": "response.output_item.done", "output_index": index, "item": item}]


def _message_events(index: int, item: dict[str, Any], script: Script) -> list[dict[str, Any]]:
    part = item["content"][0]
    where = {"item_id": item["id"], "output_index": index, "content_index": 0}
    deltas = [
        {"type": "response.output_text.delta", **where, "delta": piece, "logprobs": [], "obfuscation": padding(number)}
        for number, piece in enumerate(script.pieces(part["text"]))
    ]
    return [
        {"type": "response.content_part.added", **where, "part": {**part, "text": ""}},
        *deltas,
        {"type": "response.output_text.done", **where, "text": part["text"], "logprobs": []},
        {"type": "response.content_part.done", **where, "part": part},
    ]


def _reasoning_events(index: int, item: dict[str, Any], script: Script) -> list[dict[str, Any]]:
    part = item["summary"][0]
    where = {"item_id": item["id"], "output_index": index, "summary_index": 0}
    kind = "response.reasoning_summary"
    return [
        {"type": f"{kind}_part.added", **where, "part": {**part, "text": ""}},
        *[{"type": f"{kind}_text.delta", **where, "delta": piece} for piece in script.pieces(part["text"])],
        {"type": f"{kind}_text.done", **where, "text": part["text"]},
        {"type": f"{kind}_part.done", **where, "part": part},
    ]


def _call_events(index: int, item: dict[str, Any], script: Script, family: str, field: str) -> list[dict[str, Any]]:
    where = {"item_id": item["id"], "output_index": index}
    kind = f"response.{family}"
    deltas = [
        {"type": f"{kind}.delta", **where, "delta": piece, "obfuscation": padding(number)}
        for number, piece in enumerate(script.pieces(item[field]))
    ]
    named = {"name": item["name"]} if field == "arguments" else {}
    return [*deltas, {"type": f"{kind}.done", **where, field: item[field], **named}]


def _response_usage() -> dict[str, Any]:
    return {
        "input_tokens": PROMPT_TOKENS,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": COMPLETION_TOKENS,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
    }
