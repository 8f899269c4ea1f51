"""Anthropic's API: messages, batches of them, count_tokens and models.

Shapes follow anthropic-python 2.11; the order of stream events is that of its streaming helper's state machine.
Reasoning is signed, and a signature that doesn't fit its text is refused, as the real service does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, override

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS, Answer, compose
from dlp.fakes.families.base import BadRequest, Family, Ids, Store, UnknownEndpoint, join_texts, read_object
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, body_reply, dump, json_reply, sse, stream_reply
from dlp.fakes.script import Asked, Script, Tool

_BATCH = re.compile(r"/v1/messages/batches/(?P<name>[^/]+?)(?P<results>/results)?")
MODELS = ("claude-sonnet-4-5", "claude-haiku-4-5")
CREATED_AT = "2026-01-01T00:00:00Z"


class Anthropic(Family):
    name: ClassVar[str] = "anthropic"
    hosts: ClassVar[tuple[str, ...]] = ("api.anthropic.com",)

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self._batches: Store[tuple[dict[str, Any], bytes]] = Store()

    @override
    def claims(self, received: Received) -> bool:
        return received.path.startswith("/v1/messages") or bool(received.header("anthropic-version", ""))

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        match received.method, received.path:
            case "POST", "/v1/messages":
                return self._messages(received, script)
            case "POST", "/v1/messages/count_tokens":
                _asked(read_object(received))
                return self._json(script, {"input_tokens": PROMPT_TOKENS})
            case "POST", "/v1/messages/batches":
                return self._create_batch(received, script)
            case "GET", path if (match := _BATCH.fullmatch(path)) is not None:
                return self._get_batch(match["name"], script, results=match["results"] is not None)
            case "GET", "/v1/models":
                data = [_model(name) for name in MODELS]
                return self._json(
                    script, {"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}
                )
            case "GET", path if path.startswith("/v1/models/"):
                return self._json(script, _model(path.removeprefix("/v1/models/")))
        raise UnknownEndpoint

    @override
    def error_body(self, status: int, message: str) -> Any:
        kinds = {
            401: "authentication_error",
            403: "permission_error",
            404: "not_found_error",
            413: "request_too_large",
            429: "rate_limit_error",
            529: "overloaded_error",
        }
        kind = kinds.get(status, "api_error" if status >= 500 else "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": self.ids.new("req_")}

    def _create_batch(self, received: Received, script: Script) -> Reply:
        """Answered when it is made, request by request; who asks for it finds it ended."""
        requests = read_object(received).get("requests")
        if not isinstance(requests, list) or not requests:
            raise BadRequest("requests: at least one request is required")
        lines = []
        for request in requests:
            one = replace(received, target="/v1/messages", raw_body=dump(request["params"]).encode())
            message = json.loads(b"".join(self._messages(one, Script(text=script.text)).parts))
            result = {"type": "succeeded", "message": message}
            lines.append(dump({"custom_id": request["custom_id"], "result": result}) + "\n")
        name = self.ids.new("msgbatch_")
        counts = {"processing": 0, "succeeded": len(lines), "errored": 0, "canceled": 0, "expired": 0}
        batch = {
            "id": name,
            "type": "message_batch",
            "processing_status": "ended",
            "request_counts": counts,
            "created_at": CREATED_AT,
            "ended_at": CREATED_AT,
            "expires_at": CREATED_AT,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"https://{received.host}/v1/messages/batches/{name}/results",
        }
        self._batches.put(name, (batch, "".join(lines).encode()))
        running = {"processing_status": "in_progress", "ended_at": None, "results_url": None}
        return self._json(script, {**batch, **running})

    def _get_batch(self, name: str, script: Script, *, results: bool) -> Reply:
        stored = self._batches.get(name)
        if stored is None:
            raise UnknownEndpoint
        if results:
            return body_reply(script, stored[1], content_type="application/x-jsonl", headers=self._headers())
        return self._json(script, stored[0])

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("request-id", self.ids.new("req_")),
            ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
        )

    def _json(self, script: Script, value: Any) -> Reply:
        return json_reply(script, value, headers=self._headers())

    def _messages(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        asked = _asked(body)
        answer = compose(asked, script)
        blocks = self._blocks(answer, script)
        message = {
            "id": self.ids.new("msg_"),
            "type": "message",
            "role": "assistant",
            "model": str(body.get("model", MODELS[0])),
            "content": [block.whole for block in blocks],
            "stop_reason": "tool_use" if answer.calls else "end_turn",
            "stop_sequence": None,
            "usage": _usage(COMPLETION_TOKENS),
        }
        if not asked.stream:
            return self._json(script, message)
        return stream_reply(
            script,
            _events(message, blocks, ping=script.ping),
            framing=sse("\n"),
            content_type="text/event-stream; charset=utf-8",
            failure=Event(
                {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, name="error"
            ),
            headers=self._headers(),
        )

    def _blocks(self, answer: Answer, script: Script) -> list[Block]:
        blocks = []
        if answer.reasoning is not None:
            blocks.append(_thinking_block(answer.reasoning, script))
        if (text := answer.texts[0]) is not None:
            deltas = [{"type": "text_delta", "text": piece} for piece in script.pieces(text)]
            blocks.append(Block({"type": "text", "text": text}, {"type": "text", "text": ""}, deltas))
        for call in answer.calls:
            head = {"type": "tool_use", "id": self.ids.new("toolu_"), "name": call.name}
            try:
                whole = {**head, "input": call.parsed()}
            except ValueError:
                raise BadRequest("the scripted tool arguments are no JSON") from None
            pieces = ["", *script.pieces(call.arguments)]
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
            blocks.append(Block(whole, {**head, "input": {}}, deltas))
        return blocks


@dataclass(frozen=True, slots=True)
class Block:
    """One content block in both of its forms."""

    whole: dict[str, Any]
    """As a plain answer carries it."""
    blank: dict[str, Any]
    """As `content_block_start` carries it."""
    deltas: list[dict[str, Any]]


def sign(text: str) -> str:
    """A signature over a reasoning text: change one character and it no longer fits."""
    return base64.b64encode(hashlib.sha256(f"signed {text}".encode("utf-8", "surrogatepass")).digest()).decode()


def _thinking_block(text: str, script: Script) -> Block:
    blank = {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in script.pieces(text)]
    signed = {"type": "signature_delta", "signature": sign(text)}
    return Block({"type": "thinking", "thinking": text, "signature": sign(text)}, blank, [*deltas, signed])


def _events(message: dict[str, Any], blocks: list[Block], *, ping: bool) -> list[Event]:
    opening = {**message, "content": [], "stop_reason": None, "usage": _usage(1)}
    bodies: list[dict[str, Any]] = [{"type": "message_start", "message": opening}]
    for index, block in enumerate(blocks):
        bodies.append({"type": "content_block_start", "index": index, "content_block": block.blank})
        if ping and index == 0:
            bodies.append({"type": "ping"})
        bodies += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in block.deltas]
        bodies.append({"type": "content_block_stop", "index": index})
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    bodies.append({"type": "message_delta", "delta": stop, "usage": {"output_tokens": COMPLETION_TOKENS}})
    bodies.append({"type": "message_stop"})
    return [Event(body, name=body["type"]) for body in bodies]


def _asked(body: dict[str, Any]) -> Asked:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages: at least one message is required")
    for message in messages:
        _check_signatures(message.get("content"))
    last: dict[str, Any] = next((message for message in reversed(messages) if message.get("role") == "user"), {})
    content = last.get("content")
    results = [
        join_texts(block.get("content"))
        for block in (content if isinstance(content, list) else [])
        if isinstance(block, dict) and block.get("type") == "tool_result"
    ]
    thinking = body.get("thinking")
    choice = body.get("tool_choice")
    forbidden = isinstance(choice, dict) and choice.get("type") == "none"
    return Asked(
        said="\n".join(results) if results else join_texts(content),
        after_tool=bool(results),
        system=join_texts(body.get("system")),
        tools=() if forbidden else _tools(body),
        stream=bool(body.get("stream")),
        reasoning=isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive"),
    )


def _check_signatures(content: Any) -> None:
    for index, block in enumerate(content if isinstance(content, list) else []):
        if isinstance(block, dict) and block.get("type") == "thinking":
            text = block.get("thinking")
            if not isinstance(text, str) or block.get("signature") != sign(text):
                raise BadRequest(f"messages: content.{index}: Invalid `signature` in `thinking` block")


def _tools(body: dict[str, Any]) -> tuple[Tool, ...]:
    """Tools that the caller runs: those with a schema; server tools have a `type` and none."""
    return tuple(
        Tool(name=entry["name"], schema=entry["input_schema"])
        for entry in body.get("tools") or []
        if isinstance(entry, dict) and isinstance(entry.get("input_schema"), dict)
    )


def _usage(output_tokens: int) -> dict[str, Any]:
    return {
        "input_tokens": PROMPT_TOKENS,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def _model(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": CREATED_AT}
