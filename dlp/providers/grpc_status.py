"""What a refused gRPC client gets: a status in headers, or in the trailers of an answer that has begun.

Source: "gRPC over HTTP2" (Trailers-Only, Percent-Encoded messages), "Status codes and their use in gRPC"; "gRPC-Web" (trailers in the
body), "Connect protocol" (errors, the last message of a stream).
"""

from __future__ import annotations

import json
from urllib.parse import quote

from dlp.wire.grpc import END_STREAM, TRAILERS, frame

CONTENT_TYPE = "application/grpc"
_STATUSES = {421: 9, 426: 12, 429: 8, 502: 14, 503: 14}
"""HTTP status -> FAILED_PRECONDITION, UNIMPLEMENTED, RESOURCE_EXHAUSTED, UNAVAILABLE."""
_INVALID_ARGUMENT = 3
_INTERNAL = 13
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
_CONNECT = {
    _INVALID_ARGUMENT: "invalid_argument", 8: "resource_exhausted", 9: "failed_precondition", 12: "unimplemented",
    _INTERNAL: "internal", 14: "unavailable",
}  # fmt: skip
MAX_MESSAGE = 2000
"""Characters of a message: header lists have limits of a few kilobytes."""


def grpc_status(status: int, message: str) -> tuple[tuple[str, str], ...]:
    """The fields that say what `status` and `message` of an HTTP answer would.

    Args:
        status: What is the request's fault (400, 413, 415) becomes INVALID_ARGUMENT, which no client tries again.
    """
    code = _code(status)
    return ("grpc-status", str(code)), ("grpc-message", encoded_message(message[:MAX_MESSAGE]))


def encoded_message(message: str) -> str:
    """A message as `grpc-message` has it."""
    return quote(message, safe=_PLAIN, errors="replace")


def connect_error(status: int, message: str) -> dict[str, str]:
    """The same in the words of the Connect protocol."""
    return {"code": _CONNECT[_code(status)], "message": message[:MAX_MESSAGE]}


def last_message(flags: int, status: int, message: str) -> bytes:
    """What says the same at the end of a body of messages: nothing in gRPC, which has trailers for it.

    Args:
        flags: Those of the protocol, as `dlp.wire.grpc.RpcKind` has them.
    """
    if flags & END_STREAM:
        return frame(json.dumps({"error": connect_error(status, message)}).encode(), END_STREAM)
    if flags & TRAILERS:
        return frame("".join(f"{name}: {value}\r\n" for name, value in grpc_status(status, message)).encode(), TRAILERS)
    return b""


def _code(status: int) -> int:
    return _STATUSES.get(status) or (_INVALID_ARGUMENT if status < 500 else _INTERNAL)
