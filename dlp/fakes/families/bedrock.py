"""AWS Bedrock's runtime: Converse, and InvokeModel with the bodies of each vendor's models, whole and streamed.

Shapes follow the service model in botocore 1.44, frames the Smithy specification ("Amazon Event Stream"). Requests carry a
bearer key or a Signature Version 4; a signature that doesn't fit the request as it arrived is refused, as AWS does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, override
from urllib.parse import parse_qsl, quote, urlsplit
from zlib import crc32

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS, Answer, compose
from dlp.fakes.families.anthropic import Anthropic
from dlp.fakes.families.base import BadRequest, Family, Ids, UnknownEndpoint, read_object
from dlp.fakes.families.bedrock_models import model_of, said_to
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, dump, json_reply, stream_reply
from dlp.fakes.script import Asked, Script, Tool

ACCESS_KEY_ID = "AKIAFAKEPROVIDER0001"
SECRET_ACCESS_KEY = "fake/provider/secret/access/key/of/nobody"  # noqa: S105 - made up
"""The one pair of credentials whose signatures are accepted."""

STREAM_TYPE = "application/vnd.amazon.eventstream"

_CALL = re.compile(r"/model/(?P<model>.+)/(?P<verb>converse|converse-stream|invoke|invoke-with-response-stream)")
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/(?P<scope>\d{8}/[\w-]+/[\w-]+/aws4_request), ?"
    r"SignedHeaders=(?P<signed>[\w;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


class Forbidden(BadRequest):
    """The credentials don't fit."""


class Bedrock(Family):
    name: ClassVar[str] = "bedrock"
    hosts: ClassVar[tuple[str, ...]] = ("bedrock-runtime.us-east-1.amazonaws.com",)

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self._anthropic = Anthropic(ids)

    @override
    def claims(self, received: Received) -> bool:
        return _CALL.fullmatch(received.path) is not None

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        match = _CALL.fullmatch(received.path)
        if match is None or received.method != "POST":
            raise UnknownEndpoint
        try:
            check_credentials(received)
        except Forbidden as error:
            return json_reply(Script(status=403), self.error_body(403, str(error)))
        match match["verb"]:
            case "converse":
                return self._converse(read_object(received), script, stream=False)
            case "converse-stream":
                return self._converse(read_object(received), script, stream=True)
            case verb:
                return self._invoke(received, match["model"], script, stream=verb != "invoke")

    @override
    def error_body(self, status: int, message: str) -> Any:
        kinds = {
            403: "InvalidSignatureException",
            404: "ResourceNotFoundException",
            429: "ThrottlingException",
            503: "ServiceUnavailableException",
        }
        kind = kinds.get(status, "InternalServerException" if status >= 500 else "ValidationException")
        return {"__type": kind, "message": message}

    def _stream(self, script: Script, events: Sequence[Event]) -> Reply:
        failure = Event({"message": "The model is overloaded."}, name="!serviceUnavailableException")
        return stream_reply(script, events, framing=frames, content_type=STREAM_TYPE, failure=failure)

    def _converse(self, body: dict[str, Any], script: Script, *, stream: bool) -> Reply:
        answer = compose(_asked(body, stream=stream), script)
        calls = [
            ({"toolUseId": self.ids.new("tooluse_", 22), "name": call.name}, call.parsed(), call.arguments)
            for call in answer.calls
        ]
        reason = "tool_use" if calls else "end_turn"
        tail = {"usage": _USAGE, "metrics": {"latencyMs": 12}}
        if stream:
            return self._stream(
                script, _converse_events(answer, [(head, raw) for head, _, raw in calls], reason, script)
            )
        content: list[dict[str, Any]] = [{"text": text} for text in answer.texts[:1] if text is not None]
        content += [{"toolUse": {**head, "input": parsed}} for head, parsed, _ in calls]
        message = {"role": "assistant", "content": content}
        return json_reply(script, {"output": {"message": message}, "stopReason": reason, **tail})

    def _invoke(self, received: Received, model: str, script: Script, *, stream: bool) -> Reply:
        """The vendor's own answer to the body; streamed, its events in base64 in frames."""
        if other := model_of(model):
            given = read_object(received)
            text = compose(Asked(said=said_to(other, given), stream=stream), script).texts[0] or ""
            if not stream:
                return json_reply(script, other.whole(text))
            return self._stream(script, [_chunk(dump(piece)) for piece in other.pieces(script.pieces(text))])
        body = {**read_object(received), "model": model, "stream": stream}
        inner = replace(received, target="/v1/messages", raw_body=json.dumps(body).encode(), headers=())
        if not stream:
            return self._anthropic.answer(inner, script)
        plain = replace(script, encoding="identity", wire_size=None, wire_cuts=None, line_end=None, ping=False)
        whole = replace(
            plain, error_after=None, close_after=None, hold_after=None, content_type=None, content_length=False
        )
        answer = b"".join(self._anthropic.answer(inner, whole).parts).decode("utf-8", "surrogatepass")
        events = [_chunk(line.removeprefix("data: ")) for line in answer.splitlines() if line.startswith("data: ")]
        return self._stream(script, events)


def _chunk(document: str) -> Event:
    """What one frame of an InvokeModel stream carries."""
    coded = base64.b64encode(document.encode("utf-8", "surrogatepass")).decode()
    return Event({"bytes": coded, "p": "abcdefgh"}, name="chunk")


_USAGE = {
    "inputTokens": PROMPT_TOKENS,
    "outputTokens": COMPLETION_TOKENS,
    "totalTokens": PROMPT_TOKENS + COMPLETION_TOKENS,
}


def _converse_events(
    answer: Answer, calls: list[tuple[dict[str, Any], str]], reason: str, script: Script
) -> list[Event]:
    events = [Event({"role": "assistant"}, name="messageStart")]
    index = 0
    for text in answer.texts[:1]:
        if text is not None:
            events += [_delta(index, {"text": piece}) for piece in script.pieces(text)]
            events.append(Event({"contentBlockIndex": index}, name="contentBlockStop"))
            index += 1
    for head, raw in calls:
        events.append(Event({"contentBlockIndex": index, "start": {"toolUse": head}}, name="contentBlockStart"))
        events += [_delta(index, {"toolUse": {"input": piece}}) for piece in script.pieces(raw)]
        events.append(Event({"contentBlockIndex": index}, name="contentBlockStop"))
        index += 1
    events.append(Event({"stopReason": reason}, name="messageStop"))
    events.append(Event({"usage": _USAGE, "metrics": {"latencyMs": 12}}, name="metadata"))
    return events


def _delta(index: int, delta: dict[str, Any]) -> Event:
    return Event({"contentBlockIndex": index, "delta": delta, "p": "abcd"}, name="contentBlockDelta")


def frames(events: Sequence[Event], script: Script) -> list[bytes]:
    """Events as messages of an AWS event stream; a name that begins with `!` makes an exception."""
    return [
        _frame(event.name or "", dump(event.data, escaped=script.escaped).encode("utf-8", "surrogatepass"))
        for event in events
    ]


def _frame(name: str, payload: bytes) -> bytes:
    failed = name.startswith("!")
    kind = "exception" if failed else "event"
    fields = ((f":{kind}-type", name.removeprefix("!")), (":content-type", "application/json"), (":message-type", kind))
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in fields
    )
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def _asked(body: dict[str, Any], *, stream: bool) -> Asked:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages: at least one message is required")
    last: dict[str, Any] = next((message for message in reversed(messages) if message.get("role") == "user"), {})
    blocks = [block for block in last.get("content") or [] if isinstance(block, dict)]
    results = [
        part.get("text") or dump(part.get("json"))
        for block in blocks
        if isinstance(block.get("toolResult"), dict)
        for part in block["toolResult"].get("content") or []
    ]
    return Asked(
        said="\n".join(results or [block["text"] for block in blocks if isinstance(block.get("text"), str)]),
        after_tool=bool(results),
        system="\n".join(block.get("text", "") for block in body.get("system") or []),
        tools=tuple(
            Tool(name=spec["name"], schema=spec.get("inputSchema", {}).get("json", {}))
            for entry in (body.get("toolConfig") or {}).get("tools") or []
            if isinstance(spec := entry.get("toolSpec"), dict)
        ),
        stream=stream,
    )


def check_credentials(received: Received) -> None:
    """A bearer key passes; a signature has to be that of our pair of credentials over this very request.

    Source: "Create a signed AWS API request" in the IAM user guide.

    Raises:
        Forbidden: neither, or a signature over something else.
    """
    given = received.header("authorization", "")
    if given.startswith("Bearer "):
        return
    match = _AUTHORIZATION.fullmatch(given)
    if match is None or match["key"] != ACCESS_KEY_ID:
        raise Forbidden("The security token included in the request is invalid.")
    url = urlsplit(received.target)
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(parse_qsl(url.query, keep_blank_values=True))
    )
    headers = "".join(f"{name}:{' '.join(received.header(name, '').split())}\n" for name in match["signed"].split(";"))
    digest = hashlib.sha256(received.raw_body).hexdigest()
    canonical = "\n".join((received.method, quote(url.path, safe="/-_.~"), query, headers, match["signed"], digest))
    scope = match["scope"]
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(("AWS4-HMAC-SHA256", received.header("x-amz-date", ""), scope, hashed))
    key = b"AWS4" + SECRET_ACCESS_KEY.encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(key.hex(), match["signature"]):
        raise Forbidden("The request signature we calculated does not match the signature you provided.")
