"""Gemini's GenerativeService over gRPC: the JSON API's requests and answers in messages.

The numbers are those of `google.ai.generativelanguage.v1beta`, as google-ai-generativelanguage 0.12 has them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from dlp.fakes.families.base import BadRequest
from dlp.fakes.protobuf import Field, Schema
from dlp.fakes.recording import Received
from dlp.fakes.replies import Reply, recut
from dlp.fakes.script import Script

CALL = re.compile(r"/google\.ai\.generativelanguage\.v1\w*\.GenerativeService/(?P<verb>\w+)")
_PREFIX = struct.Struct(">BI")
_STATUSES = {400: 3, 401: 16, 403: 7, 404: 5, 429: 8, 503: 14}
_INTERNAL = 13

SCHEMA = Schema(
    {
        "GenerateContentRequest": {
            1: Field("model", "string"),
            2: Field("contents", "Content", many=True),
            4: Field("generationConfig", "GenerationConfig"),
            5: Field("tools", "Tool", many=True),
            8: Field("systemInstruction", "Content"),
        },
        "CountTokensRequest": {1: Field("model", "string"), 2: Field("contents", "Content", many=True)},
        "CountTokensResponse": {1: Field("totalTokens", "int")},
        "GenerateContentResponse": {
            1: Field("candidates", "Candidate", many=True),
            3: Field("usageMetadata", "UsageMetadata"),
            4: Field("modelVersion", "string"),
            5: Field("responseId", "string"),
        },
        "Candidate": {
            1: Field("content", "Content"),
            2: Field("finishReason", "FinishReason"),
            3: Field("index", "int"),
        },
        "Content": {1: Field("parts", "Part", many=True), 2: Field("role", "string")},
        "Part": {
            2: Field("text", "string"),
            4: Field("functionCall", "FunctionCall"),
            5: Field("functionResponse", "FunctionResponse"),
            11: Field("thought", "bool"),
            13: Field("thoughtSignature", "bytes"),
        },
        "FunctionCall": {1: Field("name", "string"), 2: Field("args", "object")},
        "FunctionResponse": {1: Field("name", "string"), 2: Field("response", "object")},
        "Tool": {1: Field("functionDeclarations", "FunctionDeclaration", many=True)},
        "FunctionDeclaration": {
            1: Field("name", "string"),
            2: Field("description", "string"),
            3: Field("parameters", "Schema"),
        },
        "Schema": {
            1: Field("type", "Type"),
            3: Field("description", "string"),
            5: Field("enum", "string", many=True),
            6: Field("items", "Schema"),
            7: Field("properties", "Schema", mapped=True),
            8: Field("required", "string", many=True),
        },
        "GenerationConfig": {1: Field("candidateCount", "int")},
        "UsageMetadata": {
            1: Field("promptTokenCount", "int"),
            2: Field("candidatesTokenCount", "int"),
            3: Field("totalTokenCount", "int"),
        },
    },
    {
        "FinishReason": ("FINISH_REASON_UNSPECIFIED", "STOP"),
        "Type": ("TYPE_UNSPECIFIED", "string", "number", "integer", "boolean", "array", "object"),
    },
)


def read_message(received: Received, message: str) -> dict[str, Any]:
    """The one message of a request.

    Raises:
        BadRequest: There is none, or it can't be read.
    """
    body = received.raw_body
    if len(body) < _PREFIX.size or _PREFIX.unpack_from(body) != (0, len(body) - _PREFIX.size):
        raise BadRequest("the request must be one message without compression")
    try:
        return SCHEMA.decode(body[_PREFIX.size :], message)
    except (ValueError, IndexError) as error:
        raise BadRequest(f"the message can't be read: {type(error).__name__}") from error


def messages_reply(script: Script, values: Iterable[dict[str, Any]], message: str) -> Reply:
    """An answer of messages, cut as the script says."""
    frames = []
    for value in values:
        payload = SCHEMA.encode(value, message)
        frames.append(_PREFIX.pack(0, len(payload)) + payload)
    return Reply(
        status=200,
        headers=(("content-type", "application/grpc"), *script.headers),
        parts=recut(frames, script),
        streamed=True,
        delay=script.delay,
        trailers=(("grpc-status", "0"),),
    )


def status_reply(status: int, message: str) -> Reply:
    """A refusal: no messages, and a status among the headers."""
    code = _STATUSES.get(status, _INTERNAL)
    fields = (("content-type", "application/grpc"), ("grpc-status", str(code)), ("grpc-message", quote(message)))
    return Reply(status=200, headers=fields, parts=())
