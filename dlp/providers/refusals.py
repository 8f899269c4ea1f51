"""What a refused client gets: an error of the provider's own shape, so that its SDK raises the exception it has for that.

Two forms. `refuse` is a whole answer, given before anything went upstream, also to a client that asked for a stream: every
SDK looks at the status first. `stream_error` is what ends a stream that has already begun.

Statuses: 400 blocked by policy, 413 too large, 415 unreadable, 421 misdirected (host names disagree), 429 too many
requests, 502 and 503 our own fault. A message never holds a value from a body; it is the caller's to word.

Retrying: SDKs retry 408, 409, 429 and 5xx by themselves. Stainless-generated ones (OpenAI, Anthropic, Groq, Together) obey
`x-should-retry: false`, which is sent unless waiting can help, that is, with 429 and whenever a `retry_after` is given.

Sources: the providers' error references, and the exception classes of openai-python 2.54.0, anthropic-python 2.11.0,
google-genai 3.4.0, botocore 1.44.5, mistralai 3.7.0, cohere 7.3.1, huggingface_hub 1.33.0, replicate 1.0.7, ollama 0.6.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dlp.wire.eventstream import HeaderType, encode_message

type Headers = tuple[tuple[str, str], ...]

_JSON = "application/json"
_NOT_FOR_A_HEADER = re.compile(r"[^\x21-\x7e]")
_MAX_REQUEST_ID = 128


@dataclass(frozen=True, slots=True)
class Refusal:
    """A complete HTTP answer, but for the length header."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class _Error:
    status: int
    message: str
    code: str
    """Machine-readable reason, such as `dlp_blocked`; shapes that have no place for it leave it out."""
    request_id: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How one provider words an error.

    Args:
        body: The JSON object of an error answer.
        request_id_header: Where the provider's SDK looks for the request's id.
        headers: Other headers that the SDK reads.
    """

    body: Callable[[_Error], dict[str, Any]]
    request_id_header: str = "x-request-id"
    headers: Callable[[_Error], Headers] | None = None
    content_type: str = _JSON


def _by_status(table: Mapping[int, str], error: _Error) -> str:
    """The provider's word for a status, exact or else for its class (400 or 500)."""
    return table.get(error.status) or table[500 if error.status >= 500 else 400]


_OPENAI_TYPES = {400: "invalid_request_error", 429: "requests", 500: "server_error"}
_ANTHROPIC_TYPES = {400: "invalid_request_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error"}
_GOOGLE_STATUSES = {
    400: "INVALID_ARGUMENT",
    421: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_AWS_TYPES = {
    400: "ValidationException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
_TITLES = {
    400: "Bad Request",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def _openai(error: _Error) -> dict[str, Any]:
    kind = _by_status(_OPENAI_TYPES, error)
    return {"error": {"message": error.message, "type": kind, "param": None, "code": error.code}}


def _anthropic(error: _Error) -> dict[str, Any]:
    # Clients take an `error_code` that they don't know for the bare `type`.
    detail = {
        "type": _by_status(_ANTHROPIC_TYPES, error),
        "message": error.message,
        "details": {"error_code": error.code},
    }
    return {"type": "error", "error": detail, "request_id": error.request_id}


def _gemini(error: _Error) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc."
    details: list[dict[str, Any]] = [
        {"@type": f"{kind}ErrorInfo", "reason": error.code.upper(), "domain": "llm-egress-dlp"}
    ]
    if error.retry_after is not None:
        details.append({"@type": f"{kind}RetryInfo", "retryDelay": f"{error.retry_after}s"})
    status = _by_status(_GOOGLE_STATUSES, error)
    return {"error": {"code": error.status, "message": error.message, "status": status, "details": details}}


def _bedrock(error: _Error) -> dict[str, Any]:
    return {"message": error.message}


def _bedrock_headers(error: _Error) -> Headers:
    return (("x-amzn-errortype", _by_status(_AWS_TYPES, error)),)


def _mistral(error: _Error) -> dict[str, Any]:
    kind = _by_status(_OPENAI_TYPES, error)
    return {"object": "error", "message": error.message, "type": kind, "param": None, "code": error.code}


def _cohere(error: _Error) -> dict[str, Any]:
    return {"message": error.message, "id": error.request_id}


def _huggingface(error: _Error) -> dict[str, Any]:
    # A text, not an object: huggingface_hub prints whatever stands here.
    return {"error": error.message, "error_type": error.code}


def _replicate(error: _Error) -> dict[str, Any]:
    """A problem document (RFC 9457)."""
    return {
        "type": "about:blank",
        "title": _by_status(_TITLES, error),
        "status": error.status,
        "detail": error.message,
        "instance": error.request_id,
    }


def _ollama(error: _Error) -> dict[str, Any]:
    return {"error": error.message}


SHAPES: Mapping[str, Shape] = {
    "openai": Shape(_openai),
    "anthropic": Shape(_anthropic, request_id_header="request-id"),
    "gemini": Shape(_gemini),
    "bedrock": Shape(_bedrock, request_id_header="x-amzn-requestid", headers=_bedrock_headers),
    "mistral": Shape(_mistral),
    "cohere": Shape(_cohere),
    "huggingface": Shape(_huggingface),
    "replicate": Shape(_replicate, content_type="application/problem+json"),
    "ollama": Shape(_ollama),
}


def shape_for(errors: str, format_id: str) -> str:
    """The error shape for one endpoint of a provider.

    A host that also speaks somebody else's wire format is used with that somebody's SDK there. The exceptions are hosts
    whose own SDK speaks the foreign format as well, as Mistral's and Hugging Face's do with chat completions.

    Args:
        errors: `Provider.errors`.
        format_id: `WireFormat.id`.
    """
    family = format_id.partition(".")[0]
    if family == "ant":
        return "anthropic"
    if family == "oai" and errors not in ("mistral", "huggingface"):
        return "openai"
    return errors if errors in SHAPES else "openai"


def refuse(
    shape: str, *, status: int, message: str, code: str = "dlp_blocked", request_id: str, retry_after: int | None = None
) -> Refusal:
    """The answer to a request that is not sent on.

    Args:
        shape: A key of `SHAPES`; any other gives OpenAI's, which most services have copied.
        retry_after: Seconds until trying again makes sense; None when it never does.
    """
    request_id = _NOT_FOR_A_HEADER.sub("", request_id)[:_MAX_REQUEST_ID]
    error = _Error(status, message, code, request_id, retry_after)
    worded = SHAPES.get(shape, SHAPES["openai"])
    headers: Headers = (
        ("content-type", worded.content_type),
        ("cache-control", "no-store"),
        (worded.request_id_header, request_id),
        *(worded.headers(error) if worded.headers else ()),
    )
    if retry_after is not None:
        headers += (("retry-after", str(retry_after)), ("retry-after-ms", str(retry_after * 1000)))
    elif status != 429:
        headers += (("x-should-retry", "false"),)
    return Refusal(status, headers, _dump(worded.body(error)))


def stream_shape(errors: str, format_id: str) -> str:
    """The shape of an error inside a stream: the wire format's own where it has one, else as `shape_for`."""
    return format_id if format_id in _STREAM_EVENTS else shape_for(errors, format_id)


def stream_error(shape: str, message: str, *, code: str = "dlp_error", request_id: str = "") -> bytes:
    """The event that tells a client that the stream it is reading has failed, framed as the provider's streams are.

    Nothing may follow it. For a JSON array that is streamed piecewise the caller has `error_object`, since
    only it knows whether a comma is due.

    Args:
        shape: A key of `SHAPES` or the id of a wire format; a format with an event of its own has precedence.
    """
    error = _Error(500, message, code, request_id)
    if event := _STREAM_EVENTS.get(shape):
        return event(error)
    prefix, _, _ = shape.partition(".")
    return _STREAM_EVENTS[_FAMILIES.get(prefix, "openai")](error)


def error_object(
    shape: str, message: str, *, status: int = 500, code: str = "dlp_error", request_id: str = ""
) -> bytes:
    """The JSON of an error, unframed: the last element of a streamed array, or a WebSocket message.

    Args:
        status: What an HTTP answer would have; it decides on the error's type.
    """
    error = _Error(status, message, code, request_id)
    if shape.endswith("realtime") or shape == "oai.responses":
        return _dump(_responses_error(error))
    prefix, _, _ = shape.partition(".")
    return _dump(SHAPES[shape if shape in SHAPES else _FAMILIES.get(prefix, "openai")].body(error))


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _sse(value: dict[str, Any], event: str = "") -> bytes:
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + _dump(value) + b"\n\n"


def _responses_error(error: _Error) -> dict[str, Any]:
    """Both of OpenAI's spellings: the flat one of the Responses API, and the object for which the Python SDK raises."""
    return {"type": "error", "code": error.code, "message": error.message, "param": None, **_openai(error)}


def _responses_end(error: _Error) -> bytes:
    """Two events: clients that read the response's state wait for the first, SDKs raise for the second."""
    failed = {
        "id": error.request_id,
        "object": "response",
        "status": "failed",
        "error": {"code": error.code, "message": error.message},
        "output": [],
    }
    first = _sse({"type": "response.failed", "response": failed}, "response.failed")
    return first + _sse(_responses_error(error), "error")


def _cohere_end(error: _Error) -> dict[str, Any]:
    return {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": error.message}}


def _cohere_v1_end(error: _Error) -> dict[str, Any]:
    response = {"generation_id": error.request_id, "text": ""}
    return {
        "event_type": "stream-end",
        "is_finished": True,
        "finish_reason": "ERROR",
        "error": error.message,
        "response": response,
    }


def _exception_frame(error: _Error) -> bytes:
    headers = (
        (":exception-type", HeaderType.STRING, "internalServerException"),
        (":content-type", HeaderType.STRING, _JSON),
        (":message-type", HeaderType.STRING, "exception"),
    )
    return encode_message(headers, _dump(_bedrock(error)))


_STREAM_EVENTS: Mapping[str, Callable[[_Error], bytes]] = {
    "openai": lambda error: _sse(_openai(error)),
    "anthropic": lambda error: _sse(_anthropic(error), "error"),
    "gemini": lambda error: _sse(_gemini(error)),
    "bedrock": _exception_frame,
    "mistral": lambda error: _sse(_mistral(error)),
    "cohere": lambda error: _sse(_cohere_end(error), "message-end"),
    "huggingface": lambda error: _sse(_huggingface(error)),
    "replicate": lambda error: _sse({"detail": error.message}, "error"),
    "ollama": lambda error: _dump(_ollama(error)) + b"\n",
    "oai.responses": _responses_end,
    "oai.assistants": lambda error: _sse(_openai(error), "error"),
    "coh.chat1": lambda error: _dump(_cohere_v1_end(error)) + b"\n",
    "mis.conversations": lambda error: _sse(
        {"type": "conversation.response.error", "message": error.message, "code": error.status},
        "conversation.response.error",
    ),
    "gem.interactions": lambda error: _sse(
        {"event_type": "error", "error": {"code": error.code, "message": error.message}}, "error"
    ),
}
"""By shape, and by wire format where one API of a provider has its own event."""

_FAMILIES = {
    "oai": "openai",
    "ant": "anthropic",
    "claude": "anthropic",
    "gem": "gemini",
    "bed": "bedrock",
    "mis": "mistral",
    "coh": "cohere",
    "hf": "huggingface",
    "rep": "replicate",
    "oll": "ollama",
}
"""First part of a wire format's id -> shape."""
