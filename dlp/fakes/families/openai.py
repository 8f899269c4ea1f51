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

from dlp.fakes.answers import DIMENSIONS, PROMPT_TOKENS, compose, embedding, weave
from dlp.fakes.families.base import (
    CREATED,
    BadRequest,
    Endpoint,
    Family,
    Ids,
    Store,
    UnknownEndpoint,
    read_object,
)
from dlp.fakes.families.openai_chat import (
    asked_in_chat,
    chat_call,
    chat_choice,
    chat_events,
    chat_usage,
    choices_wanted,
    wants_usage,
)
from dlp.fakes.families.openai_jobs import Jobs
from dlp.fakes.families.openai_responses import Responses
from dlp.fakes.families.openai_threads import Threads
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, body_reply, json_reply, sse, stream_reply
from dlp.fakes.script import Asked, Script

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
        self._files: Store[tuple[dict[str, Any], bytes]] = Store()
        threads = Threads(self)
        self._endpoints = tuple(
            (endpoint.method, re.compile(self.base + endpoint.pattern), endpoint.handler)
            for endpoint in (
                Endpoint("POST", "/chat/completions", self._chat),
                Endpoint("POST", "/completions", self._completions),
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
                *threads.endpoints,
                *Responses(self, threads).endpoints,
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
        asked = asked_in_chat(body)
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
        calls = [chat_call(call, self.ids.new("call_"), custom=call.name in custom) for call in answer.calls]
        if asked.stream:
            return self.as_stream(script, chat_events(frame, body, answer, calls, script, legacy=legacy))
        choices = [
            chat_choice(index, text, answer, calls, body, legacy=legacy) for index, text in enumerate(answer.texts)
        ]
        return self.as_json(
            script, {**frame, "object": "chat.completion", "choices": choices, "usage": chat_usage(len(choices))}
        )

    # Legacy completions

    def _completions(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        prompt = body.get("prompt", "")
        prompts = prompt if isinstance(prompt, list) and all(isinstance(item, str) for item in prompt) else [prompt]
        answers = [
            compose(Asked(said=_prompt_text(item), choices=choices_wanted(body.get("n"))), script) for item in prompts
        ]
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
            return self.as_json(script, {**frame, "choices": choices, "usage": chat_usage(len(choices))})
        channels = [
            [*[choice(index, piece, None) for piece in script.pieces(text)], choice(index, "", "stop")]
            for index, text in enumerate(texts)
        ]
        events = [Event({**frame, "choices": [one]}) for one in weave(channels, alternate=script.interleave)]
        if wants_usage(body):
            events.append(Event({**frame, "choices": [], "usage": chat_usage(len(texts))}))
        return self.as_stream(script, [*events, Event("[DONE]")])

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


def _prompt_text(prompt: Any) -> str:
    return prompt if isinstance(prompt, str) else "token ids"


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "openai"}


def _listing(items: list[Any]) -> dict[str, Any]:
    first, last = (items[0].get("id"), items[-1].get("id")) if items else (None, None)
    return {"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": False}
