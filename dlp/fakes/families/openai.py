"""OpenAI's API: chat completions, Responses, completions, embeddings, moderations, files and models.

Shapes follow openai-python 2.54 (its pydantic models accept every answer); event order follows the streaming
reference of the Responses API. Azure's deployment paths are served as well, since only their prefix differs.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any, ClassVar, override

from dlp.fakes.answers import COMPLETION_TOKENS, DIMENSIONS, PROMPT_TOKENS, Answer, compose, embedding, weave
from dlp.fakes.families.base import (
    CREATED,
    BadRequest,
    Endpoint,
    Family,
    Ids,
    Store,
    UnknownEndpoint,
    join_texts,
    read_object,
)
from dlp.fakes.families.openai_jobs import Jobs
from dlp.fakes.families.openai_threads import Threads
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, body_reply, json_reply, sse, stream_reply
from dlp.fakes.script import Asked, Script, Tool, ToolCall

MODELS = ("gpt-4o-mini", "gpt-5-mini", "text-embedding-3-small", "omni-moderation-latest")
MAX_DIMENSIONS = 4096

MODERATION_CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip


class OpenAI(Family):
    name: ClassVar[str] = "openai"
    hosts: ClassVar[tuple[str, ...]] = (
        "api.openai.com",
        "us.api.openai.com",
        "eu.api.openai.com",
        "*.openai.azure.com",
    )
    base: ClassVar[str] = r"/(?:openai/deployments/[^/]+|(?:[a-z]+/)*v1)"
    """Regular expression for what stands before an endpoint's path."""

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self._responses: Store[tuple[dict[str, Any], list[Any]]] = Store()
        self._files: Store[tuple[dict[str, Any], bytes]] = Store()
        self._threads = Threads(self)
        self._endpoints = tuple(
            (endpoint.method, re.compile(self.base + endpoint.pattern), endpoint.handler)
            for endpoint in (
                Endpoint("POST", "/chat/completions", self._chat),
                Endpoint("POST", "/completions", self._completions),
                Endpoint("POST", "/responses", self._create_response),
                Endpoint("POST", "/responses/input_tokens", self._input_tokens),
                Endpoint("GET", "/responses/([^/]+)", self._get_response),
                Endpoint("DELETE", "/responses/([^/]+)", self._delete_response),
                Endpoint("GET", "/responses/([^/]+)/input_items", self._input_items),
                Endpoint("POST", "/embeddings", self._embeddings),
                Endpoint("POST", "/moderations", self._moderations),
                Endpoint("POST", "/files", self._upload),
                Endpoint("GET", "/files", self._list_files),
                Endpoint("GET", "/files/([^/]+)", self._get_file),
                Endpoint("GET", "/files/([^/]+)/content", self._file_content),
                Endpoint("DELETE", "/files/([^/]+)", self._delete_file),
                Endpoint("GET", "/models", self._list_models),
                Endpoint("GET", "/models/([^/]+)", self._get_model),
                *Jobs(self).endpoints,
                *self._threads.endpoints,
                *self.further_endpoints(),
            )
        )

    def further_endpoints(self) -> tuple[Endpoint, ...]:
        """What a service of its own has besides."""
        return ()

    @override
    def claims(self, received: Received) -> bool:
        return self._find(received) is not None

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        found = self._find(received)
        if found is None:
            raise UnknownEndpoint
        handler, arguments = found
        return handler(received, script, *arguments)

    @override
    def error_body(self, status: int, message: str) -> Any:
        kinds = {401: "authentication_error", 429: "rate_limit_exceeded"}
        kind = "server_error" if status >= 500 else kinds.get(status, "invalid_request_error")
        return {"error": {"message": message, "type": kind, "param": None, "code": None}}

    def _find(self, received: Received) -> tuple[Callable[..., Reply], tuple[str, ...]] | None:
        for method, pattern, handler in self._endpoints:
            if method == received.method and (match := pattern.fullmatch(received.path)):
                return handler, match.groups()
        return None

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("x-request-id", self.ids.new("req_", 32)),
            ("openai-version", "2020-10-01"),
            ("openai-processing-ms", "12"),
        )

    def as_json(self, script: Script, value: Any) -> Reply:
        """A whole answer."""
        return json_reply(script, value, headers=self._headers())

    def as_list(self, script: Script, items: list[Any]) -> Reply:
        """A page of objects, the only one."""
        return self.as_json(script, _listing(items))

    def as_stream(self, script: Script, events: list[Event]) -> Reply:
        """An answer of events."""
        failure = Event(
            {"error": {"message": "The server had an error", "type": "server_error", "param": None, "code": None}}
        )
        return stream_reply(
            script,
            events,
            framing=sse("\n"),
            content_type="text/event-stream; charset=utf-8",
            failure=failure,
            headers=self._headers(),
        )

    # Chat completions

    def _extras(self, asked: Asked) -> dict[str, Any]:
        """Fields that a service of its own adds to every chat completion and to every chunk of one."""
        return {}

    def _chat(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        asked = _chat_asked(body)
        answer = compose(asked, script)
        frame = {
            "id": self.ids.new("chatcmpl-"),
            "created": CREATED,
            "model": str(body.get("model", MODELS[0])),
            "service_tier": "default",
            "system_fingerprint": "fp_fake",
            **self._extras(asked),
        }
        legacy = "functions" in body and "tools" not in body
        custom = {tool.name for tool in asked.tools if tool.free_text}
        calls = [_chat_call(call, self.ids.new("call_"), custom=call.name in custom) for call in answer.calls]
        if asked.stream:
            return self.as_stream(script, _chat_events(frame, body, answer, calls, script, legacy=legacy))
        choices = [
            _chat_choice(index, text, answer, calls, body, legacy=legacy) for index, text in enumerate(answer.texts)
        ]
        return self.as_json(
            script, {**frame, "object": "chat.completion", "choices": choices, "usage": _chat_usage(len(choices))}
        )

    # Legacy completions

    def _completions(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        prompt = body.get("prompt", "")
        prompts = prompt if isinstance(prompt, list) and all(isinstance(item, str) for item in prompt) else [prompt]
        answers = [compose(Asked(said=_prompt_text(item), choices=_count(body.get("n"))), script) for item in prompts]
        texts = [text or "" for answer in answers for text in answer.texts]
        frame = {
            "id": self.ids.new("cmpl-"),
            "object": "text_completion",
            "created": CREATED,
            "model": str(body.get("model", MODELS[0])),
            "system_fingerprint": "fp_fake",
        }

        def choice(index: int, text: str, reason: str | None) -> dict[str, Any]:
            return {"index": index, "text": text, "logprobs": None, "finish_reason": reason}

        if not body.get("stream"):
            choices = [choice(index, text, "stop") for index, text in enumerate(texts)]
            return self.as_json(script, {**frame, "choices": choices, "usage": _chat_usage(len(choices))})
        channels = [
            [*[choice(index, piece, None) for piece in script.pieces(text)], choice(index, "", "stop")]
            for index, text in enumerate(texts)
        ]
        events = [Event({**frame, "choices": [one]}) for one in weave(channels, alternate=script.interleave)]
        if _wants_usage(body):
            events.append(Event({**frame, "choices": [], "usage": _chat_usage(len(texts))}))
        return self.as_stream(script, [*events, Event("[DONE]")])

    # Responses

    def _create_response(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        asked = _responses_asked(body)
        answer = compose(asked, script)
        identifier = self.ids.new("resp_", 48)
        custom = {tool.name for tool in asked.tools if tool.free_text}
        items = self._output_items(answer, custom)
        finished = _response_object(identifier, body, status="completed", output=items)
        if body.get("store", True):
            self._responses.put(identifier, (finished, _input_list(body.get("input"))))
        conversation = body.get("conversation")
        if conversation is not None:
            name = conversation["id"] if isinstance(conversation, dict) else str(conversation)
            self._threads.continue_conversation(name, [*_input_list(body.get("input")), *items])
        if not asked.stream:
            return self.as_json(script, finished)
        started = _response_object(identifier, body, status="in_progress", output=[])
        return self.as_stream(script, _response_events(started, finished, items, script))

    def _output_items(self, answer: Answer, custom: set[str]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        if answer.reasoning is not None:
            summary = [{"type": "summary_text", "text": answer.reasoning}]
            items.append({"id": self.ids.new("rs_", 48), "type": "reasoning", "summary": summary})
        if answer.texts[0] is not None:
            part = {"type": "output_text", "text": answer.texts[0], "annotations": [], "logprobs": []}
            message = {"id": self.ids.new("msg_", 48), "type": "message", "status": "completed", "role": "assistant"}
            items.append({**message, "content": [part]})
        for call in answer.calls:
            kind, prefix, field = (
                ("custom_tool_call", "ctc_", "input") if call.name in custom else ("function_call", "fc_", "arguments")
            )
            head = {"id": self.ids.new(prefix, 48), "type": kind, "status": "completed"}
            items.append({**head, "call_id": self.ids.new("call_"), "name": call.name, field: call.arguments})
        return items

    def _input_tokens(self, received: Received, script: Script) -> Reply:
        read_object(received)
        return self.as_json(script, {"object": "response.input_tokens", "input_tokens": PROMPT_TOKENS})

    def _stored(self, identifier: str) -> tuple[dict[str, Any], list[Any]]:
        stored = self._responses.get(identifier)
        if stored is None:
            raise UnknownEndpoint
        return stored

    def _get_response(self, received: Received, script: Script, identifier: str) -> Reply:
        return self.as_json(script, self._stored(identifier)[0])

    def _delete_response(self, received: Received, script: Script, identifier: str) -> Reply:
        self._stored(identifier)
        self._responses.remove(identifier)
        return self.as_json(script, {"id": identifier, "object": "response", "deleted": True})

    def _input_items(self, received: Received, script: Script, identifier: str) -> Reply:
        return self.as_json(script, _listing(self._stored(identifier)[1]))

    # Embeddings and moderations

    def _embeddings(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        given = body.get("input", "")
        inputs = given if isinstance(given, list) and given and not isinstance(given[0], int) else [given]
        dimensions = body.get("dimensions", DIMENSIONS)
        if not isinstance(dimensions, int) or not 0 < dimensions <= MAX_DIMENSIONS:
            raise BadRequest("dimensions is out of range")
        data = []
        for index in range(len(inputs)):
            vector = embedding(index, dimensions)
            packed: Any = vector
            if body.get("encoding_format") == "base64":
                packed = base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
            data.append({"object": "embedding", "index": index, "embedding": packed})
        usage = {"prompt_tokens": PROMPT_TOKENS, "total_tokens": PROMPT_TOKENS}
        return self.as_json(
            script, {"object": "list", "data": data, "model": body.get("model", MODELS[2]), "usage": usage}
        )

    def _moderations(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        given = body.get("input", "")
        count = len(given) if isinstance(given, list) and given and isinstance(given[0], str) else 1
        result = {
            "flagged": False,
            "categories": dict.fromkeys(MODERATION_CATEGORIES, False),
            "category_scores": dict.fromkeys(MODERATION_CATEGORIES, 0.0001),
            "category_applied_input_types": {name: ["text"] for name in MODERATION_CATEGORIES},
        }
        frame = {"id": self.ids.new("modr-"), "model": body.get("model", MODELS[3])}
        return self.as_json(script, {**frame, "results": [result] * count})

    # Files

    def _upload(self, received: Received, script: Script) -> Reply:
        fields = form_fields(received)
        if "file" not in fields:
            raise BadRequest("the form has no file")
        name, content = fields["file"]
        purpose = fields["purpose"][1].decode() if "purpose" in fields else "user_data"
        return self.as_json(script, self.store_file(name or "upload", content, purpose))

    def store_file(self, name: str, content: bytes, purpose: str) -> dict[str, Any]:
        """Keep a file; gives back its description."""
        description: dict[str, Any] = {
            "id": self.ids.new("file-"),
            "object": "file",
            "bytes": len(content),
            "created_at": CREATED,
            "expires_at": None,
            "filename": name,
            "purpose": purpose,
            "status": "processed",
            "status_details": None,
        }
        self._files.put(description["id"], (description, content))
        return description

    def stored_file(self, identifier: str) -> tuple[dict[str, Any], bytes]:
        """Description and content of a file. Raises `UnknownEndpoint` if there is none."""
        stored = self._files.get(identifier)
        if stored is None:
            raise UnknownEndpoint
        return stored

    def _list_files(self, received: Received, script: Script) -> Reply:
        return self.as_json(script, _listing([description for description, _ in self._files.values()]))

    def _get_file(self, received: Received, script: Script, identifier: str) -> Reply:
        return self.as_json(script, self.stored_file(identifier)[0])

    def _file_content(self, received: Received, script: Script, identifier: str) -> Reply:
        content = self.stored_file(identifier)[1]
        return body_reply(script, content, content_type="application/octet-stream", headers=self._headers())

    def _delete_file(self, received: Received, script: Script, identifier: str) -> Reply:
        self.stored_file(identifier)
        self._files.remove(identifier)
        return self.as_json(script, {"id": identifier, "object": "file", "deleted": True})

    # Models

    def _list_models(self, received: Received, script: Script) -> Reply:
        return self.as_json(script, {"object": "list", "data": [_model(name) for name in MODELS]})

    def _get_model(self, received: Received, script: Script, name: str) -> Reply:
        return self.as_json(script, _model(name))


def form_fields(received: Received) -> dict[str, tuple[str | None, bytes]]:
    """The fields of a multipart form: name -> (file name or None, content).

    Raises:
        BadRequest: the body is no multipart form.
    """
    head = f"content-type: {received.header('content-type', '')}\r\n\r\n".encode()
    message = message_from_bytes(head + received.body, policy=policy.HTTP)
    if not message.is_multipart():
        raise BadRequest("the body must be multipart/form-data")
    fields: dict[str, tuple[str | None, bytes]] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        fields[str(name)] = (part.get_filename(), content if isinstance(content, bytes) else b"")
    return fields


def _chat_asked(body: dict[str, Any]) -> Asked:
    messages = [message for message in body.get("messages") or [] if isinstance(message, dict)]
    if not messages:
        raise BadRequest("messages must not be empty")
    spoken = [message for message in messages if message.get("role") in ("user", "tool", "function")]
    last = spoken[-1] if spoken else {}
    system = [message for message in messages if message.get("role") in ("system", "developer")]
    return Asked(
        said=join_texts(last.get("content")),
        after_tool=last.get("role") in ("tool", "function"),
        system="\n".join(join_texts(message.get("content")) for message in system),
        tools=() if body.get("tool_choice") == "none" else _tools(body),
        choices=_count(body.get("n")),
        stream=bool(body.get("stream")),
    )


def _tools(body: dict[str, Any]) -> tuple[Tool, ...]:
    """Tools of both APIs: chat nests name and schema under the type, Responses doesn't."""
    found = []
    for entry in [*(body.get("tools") or []), *(body.get("functions") or [])]:
        kind = entry.get("type", "function")
        inner = entry.get(kind, entry) if kind in ("function", "custom") else {}
        if "name" in inner:
            found.append(Tool(name=inner["name"], schema=inner.get("parameters") or {}, free_text=kind == "custom"))
    return tuple(found)


def _chat_call(call: ToolCall, identifier: str, *, custom: bool) -> dict[str, Any]:
    if custom:
        return {"id": identifier, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    return {"id": identifier, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _finish_reason(calls: list[dict[str, Any]], *, legacy: bool) -> str:
    if not calls:
        return "stop"
    return "function_call" if legacy else "tool_calls"


def _chat_choice(
    index: int, text: str | None, answer: Answer, calls: list[dict[str, Any]], body: dict[str, Any], *, legacy: bool
) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    if answer.reasoning is not None:
        message["reasoning_content"] = answer.reasoning
    if calls and legacy:
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    logprobs = _logprobs([text]) if body.get("logprobs") and text is not None else None
    return {
        "index": index,
        "message": message,
        "logprobs": logprobs,
        "finish_reason": _finish_reason(calls, legacy=legacy),
    }


def _chat_events(
    frame: dict[str, Any],
    body: dict[str, Any],
    answer: Answer,
    calls: list[dict[str, Any]],
    script: Script,
    *,
    legacy: bool,
) -> list[Event]:
    usage: dict[str, Any] = {"usage": None} if _wants_usage(body) else {}
    frame = {**frame, "object": "chat.completion.chunk"}

    def choice(index: int, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        logprobs = _logprobs([delta["content"]]) if body.get("logprobs") and delta.get("content") else None
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}

    channels = []
    for index, text in enumerate(answer.texts):
        opening: dict[str, Any] = {"role": "assistant", "content": "" if text is not None else None, "refusal": None}
        deltas: list[dict[str, Any]] = [opening]
        if answer.reasoning is not None:
            deltas += [{"reasoning_content": piece} for piece in script.pieces(answer.reasoning)]
        if text is not None:
            deltas += [{"content": piece} for piece in script.pieces(text)]
        deltas += _call_deltas(calls, script, legacy=legacy)
        finish = choice(index, {}, _finish_reason(calls, legacy=legacy))
        channels.append([*[choice(index, delta) for delta in deltas], finish])
    events = [
        Event({**frame, "choices": [one], **usage, "obfuscation": _padding(number)})
        for number, one in enumerate(weave(channels, alternate=script.interleave))
    ]
    if _wants_usage(body):
        events.append(Event({**frame, "choices": [], "usage": _chat_usage(len(answer.texts)), "obfuscation": ""}))
    return [*events, Event("[DONE]")]


def _call_deltas(calls: list[dict[str, Any]], script: Script, *, legacy: bool) -> list[dict[str, Any]]:
    channels = []
    for index, call in enumerate(calls):
        kind = call["type"]
        field = "input" if kind == "custom" else "arguments"
        pieces = script.pieces(call[kind][field])
        if legacy:
            opening = {"function_call": {"name": call[kind]["name"], "arguments": ""}}
            return [opening, *[{"function_call": {"arguments": piece}} for piece in pieces]]
        head = {"index": index, "id": call["id"], "type": kind, kind: {"name": call[kind]["name"], field: ""}}
        channels.append([head, *[{"index": index, kind: {field: piece}} for piece in pieces]])
    return [{"tool_calls": [delta]} for delta in weave(channels, alternate=script.interleave)]


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
        tools=() if body.get("tool_choice") == "none" else _tools(body),
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
        "model": str(body.get("model", MODELS[1])),
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
        {"type": "response.output_text.delta", **where, "delta": piece, "logprobs": [], "obfuscation": _padding(number)}
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
        {"type": f"{kind}.delta", **where, "delta": piece, "obfuscation": _padding(number)}
        for number, piece in enumerate(script.pieces(item[field]))
    ]
    named = {"name": item["name"]} if field == "arguments" else {}
    return [*deltas, {"type": f"{kind}.done", **where, field: item[field], **named}]


def _prompt_text(prompt: Any) -> str:
    return prompt if isinstance(prompt, str) else "token ids"


def _count(given: Any) -> int:
    return given if isinstance(given, int) and 0 < given <= 128 else 1


def _wants_usage(body: dict[str, Any]) -> bool:
    options = body.get("stream_options")
    return isinstance(options, dict) and bool(options.get("include_usage"))


def _logprobs(pieces: list[str]) -> dict[str, Any]:
    entries = [
        {"token": piece, "logprob": -0.25, "bytes": list(piece.encode("utf-8", "surrogatepass")), "top_logprobs": []}
        for piece in pieces
    ]
    return {"content": entries, "refusal": None}


def _padding(number: int) -> str:
    """The random filler that the real API adds to deltas against traffic analysis; here it repeats."""
    return "0123456789abcdef"[: 1 + number % 16]


def _chat_usage(choices: int) -> dict[str, Any]:
    completion = COMPLETION_TOKENS * choices
    return {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": completion,
        "total_tokens": PROMPT_TOKENS + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _response_usage() -> dict[str, Any]:
    return {
        "input_tokens": PROMPT_TOKENS,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": COMPLETION_TOKENS,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
    }


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "openai"}


def _listing(items: list[Any]) -> dict[str, Any]:
    first, last = (items[0].get("id"), items[-1].get("id")) if items else (None, None)
    return {"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": False}
