"""Google's Gemini API, also under Vertex AI's paths and over gRPC; and Claude, as Vertex has it.

Shapes follow google-genai 3.4. Answers are pretty-printed and SSE lines end in CRLF, as Google's servers write them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any, ClassVar, override
from urllib.parse import parse_qs

from dlp.fakes.answers import COMPLETION_TOKENS, DIMENSIONS, PROMPT_TOKENS, Answer, compose, embedding, weave
from dlp.fakes.families import gemini_grpc
from dlp.fakes.families.anthropic import Anthropic
from dlp.fakes.families.base import BadRequest, Family, Ids, UnknownEndpoint, read_object
from dlp.fakes.families.gemini_stored import Stored
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Framing, Reply, json_array, json_reply, sse, stream_reply
from dlp.fakes.script import Asked, Script, Tool

MODELS = ("gemini-2.5-flash", "gemini-embedding-001")

_CALL = re.compile(
    r"/(?:v1|v1beta|v1alpha|v1beta1)/(?:.+/)?(?:models|tunedModels|endpoints)/(?P<model>[^/:]+):(?P<verb>\w+)"
)
_MODEL = re.compile(r"/(?:v1|v1beta|v1alpha)/models(?:/(?P<model>[^/:]+))?")


class Gemini(Family):
    name: ClassVar[str] = "gemini"
    hosts: ClassVar[tuple[str, ...]] = (
        "generativelanguage.googleapis.com",
        "aiplatform.googleapis.com",
        "us-central1-aiplatform.googleapis.com",
    )

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self._anthropic = Anthropic(ids)
        self._stored = Stored(ids, self._content)

    @override
    def claims(self, received: Received) -> bool:
        return _CALL.fullmatch(received.path) is not None or bool(received.header("x-goog-api-key", ""))

    @override
    def reply(self, received: Received, script: Script) -> Reply:
        call = gemini_grpc.CALL.fullmatch(received.path)
        if call is None:
            return super().reply(received, script)
        if script.status != 200:
            return gemini_grpc.status_reply(script.status, "scripted failure")
        try:
            return self._call(received, call["verb"], script)
        except UnknownEndpoint:
            return gemini_grpc.status_reply(404, "unknown method")
        except BadRequest as error:
            return gemini_grpc.status_reply(400, str(error))

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        if received.method == "GET" and (match := _MODEL.fullmatch(received.path)):
            return _json(
                script, _model(match["model"]) if match["model"] else {"models": [_model(name) for name in MODELS]}
            )
        if (kept := self._stored.answer(received, script)) is not None:
            return kept
        match = _CALL.fullmatch(received.path)
        if match is None or received.method != "POST":
            raise UnknownEndpoint
        if match["verb"] == "batchGenerateContent":
            return self._stored.batch(received, match["model"], script)
        if match["verb"] in ("rawPredict", "streamRawPredict"):
            count = "/count_tokens" if match["model"] == "count-tokens" else ""
            return self._anthropic.answer(replace(received, target=f"/v1/messages{count}"), script)
        body = read_object(received)
        match match["verb"]:
            case "generateContent":
                return self._generate(received, body, match["model"], script, stream=False)
            case "streamGenerateContent":
                return self._generate(received, body, match["model"], script, stream=True)
            case "countTokens":
                details = [{"modality": "TEXT", "tokenCount": PROMPT_TOKENS}]
                return _json(script, {"totalTokens": PROMPT_TOKENS, "promptTokensDetails": details})
            case "embedContent":
                return _json(script, {"embedding": {"values": embedding(0, _dimensions(body))}})
            case "batchEmbedContents":
                requests = _requests(body)
                vectors = [{"values": embedding(n, _dimensions(entry))} for n, entry in enumerate(requests)]
                return _json(script, {"embeddings": vectors})
        raise UnknownEndpoint

    @override
    def error_body(self, status: int, message: str) -> Any:
        names = {
            400: "INVALID_ARGUMENT",
            401: "UNAUTHENTICATED",
            403: "PERMISSION_DENIED",
            404: "NOT_FOUND",
            429: "RESOURCE_EXHAUSTED",
            503: "UNAVAILABLE",
        }
        return {"error": {"code": status, "message": message, "status": names.get(status, "INTERNAL")}}

    def _call(self, received: Received, verb: str, script: Script) -> Reply:
        """A remote procedure call, answered as the JSON API would."""
        if verb == "CountTokens":
            gemini_grpc.read_message(received, "CountTokensRequest")
            return gemini_grpc.messages_reply(script, [{"totalTokens": PROMPT_TOKENS}], "CountTokensResponse")
        if verb not in ("GenerateContent", "StreamGenerateContent"):
            raise UnknownEndpoint
        body = gemini_grpc.read_message(received, "GenerateContentRequest")
        model = str(body.get("model", "")).removeprefix("models/")
        stream = verb == "StreamGenerateContent"
        answer, frame = self._composed(body, model, script, stream=stream)
        values = [event.data for event in _events(frame, answer, script)] if stream else [_whole(frame, answer)]
        return gemini_grpc.messages_reply(script, values, "GenerateContentResponse")

    def _content(self, body: dict[str, Any], model: str, script: Script) -> dict[str, Any]:
        """The whole answer to a request for content."""
        answer, frame = self._composed(body, model, script, stream=False)
        return _whole(frame, answer)

    def _composed(
        self, body: dict[str, Any], model: str, script: Script, *, stream: bool
    ) -> tuple[Answer, dict[str, Any]]:
        answer = compose(_asked(body, stream=stream), script)
        return answer, {"modelVersion": model, "responseId": self.ids.new("", 22)}

    def _generate(self, received: Received, body: dict[str, Any], model: str, script: Script, *, stream: bool) -> Reply:
        if not stream:
            return _json(script, self._content(body, model, script))
        answer, frame = self._composed(body, model, script, stream=True)
        as_events = parse_qs(received.query).get("alt") == ["sse"]
        framing: Framing = sse("\r\n") if as_events else json_array
        return stream_reply(
            script,
            _events(frame, answer, script),
            framing=framing,
            content_type="text/event-stream" if as_events else "application/json; charset=UTF-8",
            failure=Event(self.error_body(503, "The model is overloaded.")),
        )


def _json(script: Script, value: Any) -> Reply:
    return json_reply(script, value, indent=2)


def _either(body: dict[str, Any], camel: str, snake: str) -> Any:
    """A field under either of its names: proto3 JSON accepts both spellings."""
    return body.get(camel, body.get(snake))


def _asked(body: dict[str, Any], *, stream: bool) -> Asked:
    contents = body.get("contents")
    if isinstance(contents, dict):
        contents = [contents]
    if not isinstance(contents, list) or not contents:
        raise BadRequest("GenerateContentRequest.contents: contents is not specified")
    last: dict[str, Any] = next((entry for entry in reversed(contents) if entry.get("role", "user") != "model"), {})
    parts = [part for part in last.get("parts") or [] if isinstance(part, dict)]
    results = [result for part in parts if (result := _either(part, "functionResponse", "function_response"))]
    said = "\n".join(_leaves(result.get("response")) for result in results) if results else _parts_text(parts)
    config = _either(body, "generationConfig", "generation_config") or {}
    thinking = _either(config, "thinkingConfig", "thinking_config") or {}
    count = _either(config, "candidateCount", "candidate_count")
    return Asked(
        said=said,
        after_tool=bool(results),
        system=_parts_text((_either(body, "systemInstruction", "system_instruction") or {}).get("parts")),
        tools=_tools(body),
        choices=count if isinstance(count, int) and 0 < count <= 8 else 1,
        stream=stream,
        reasoning=bool(_either(thinking, "includeThoughts", "include_thoughts")),
    )


def _parts_text(parts: Any) -> str:
    texts = [part.get("text") for part in parts or [] if isinstance(part, dict) and not part.get("thought")]
    return "\n".join(text for text in texts if isinstance(text, str))


def _leaves(value: Any) -> str:
    """All strings of a function's result, which is an object of the caller's own shape."""
    if isinstance(value, str):
        return value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "\n".join(text for text in map(_leaves, inner) if text)


def _tools(body: dict[str, Any]) -> tuple[Tool, ...]:
    config = _either(body, "toolConfig", "tool_config") or {}
    calling = _either(config, "functionCallingConfig", "function_calling_config") or {}
    if calling.get("mode") == "NONE":
        return ()
    return tuple(
        Tool(
            name=entry["name"],
            schema=entry.get("parameters") or _either(entry, "parametersJsonSchema", "parameters_json_schema") or {},
        )
        for tool in body.get("tools") or []
        for entry in _either(tool, "functionDeclarations", "function_declarations") or []
    )


def _call_part(name: str, arguments: Any) -> dict[str, Any]:
    signature = base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()
    return {"functionCall": {"name": name, "args": arguments}, "thoughtSignature": signature}


def _call_parts(answer: Answer) -> list[dict[str, Any]]:
    try:
        return [_call_part(call.name, call.parsed()) for call in answer.calls]
    except ValueError:
        raise BadRequest("the scripted tool arguments are no JSON") from None


def _whole_parts(text: str | None, answer: Answer) -> list[dict[str, Any]]:
    thought = [] if answer.reasoning is None else [{"text": answer.reasoning, "thought": True}]
    spoken = [] if text is None else [{"text": text}]
    return [*thought, *spoken, *_call_parts(answer)]


def _candidate(index: int, parts: list[dict[str, Any]], reason: str | None = None) -> dict[str, Any]:
    ending = {} if reason is None else {"finishReason": reason}
    return {"content": {"parts": parts, "role": "model"}, **ending, "index": index}


def _whole(frame: dict[str, Any], answer: Answer) -> dict[str, Any]:
    candidates = [_candidate(index, _whole_parts(text, answer), "STOP") for index, text in enumerate(answer.texts)]
    return {"candidates": candidates, "usageMetadata": _usage(len(candidates)), **frame}


def _events(frame: dict[str, Any], answer: Answer, script: Script) -> list[Event]:
    channels = []
    for index, text in enumerate(answer.texts):
        parts: list[dict[str, Any]] = []
        if answer.reasoning is not None:
            parts += [{"text": piece, "thought": True} for piece in script.pieces(answer.reasoning)]
        if text is not None:
            parts += [{"text": piece} for piece in script.pieces(text)]
        parts += _call_parts(answer)
        final = [None] * (len(parts) - 1) + ["STOP"]
        channels.append([_candidate(index, [part], reason) for part, reason in zip(parts, final, strict=True)])
    return [
        Event({"candidates": [candidate], "usageMetadata": _usage(len(channels)), **frame})
        for candidate in weave(channels, alternate=script.interleave)
    ]


def _requests(body: dict[str, Any]) -> list[dict[str, Any]]:
    requests = body.get("requests")
    if not isinstance(requests, list) or not all(isinstance(entry, dict) for entry in requests):
        raise BadRequest("BatchEmbedContentsRequest.requests: at least one request is required")
    return requests


def _dimensions(body: dict[str, Any]) -> int:
    given = _either(body, "outputDimensionality", "output_dimensionality")
    return given if isinstance(given, int) and 0 < given <= 4096 else DIMENSIONS


def _usage(candidates: int) -> dict[str, Any]:
    completion = COMPLETION_TOKENS * candidates
    return {
        "promptTokenCount": PROMPT_TOKENS,
        "candidatesTokenCount": completion,
        "totalTokenCount": PROMPT_TOKENS + completion,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": PROMPT_TOKENS}],
    }


def _model(name: str) -> dict[str, Any]:
    methods = ["generateContent", "countTokens", "embedContent"]
    return {
        "name": f"models/{name}",
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": methods,
    }
