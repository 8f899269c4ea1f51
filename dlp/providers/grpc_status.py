"""What a refused gRPC client gets: a status in headers, or in the trailers of an answer that has begun.

Source: "gRPC over HTTP2" (Trailers-Only, Percent-Encoded messages), "Status codes and their use in gRPC".
"""

from __future__ import annotations

from urllib.parse import quote

CONTENT_TYPE = "application/grpc"
_STATUSES = {421: 9, 426: 12, 429: 8, 502: 14, 503: 14}
"""HTTP status -> FAILED_PRECONDITION, UNIMPLEMENTED, RESOURCE_EXHAUSTED, UNAVAILABLE."""
_INVALID_ARGUMENT = 3
_INTERNAL = 13
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
MAX_MESSAGE = 2000
"""Characters of a message: header lists have limits of a few kilobytes."""


def grpc_status(status: int, message: str) -> tuple[tuple[str, str], ...]:
    """The fields that say what `status` and `message` of an HTTP answer would.

    Args:
        status: What is the request's fault (400, 413, 415) becomes INVALID_ARGUMENT, which no client tries again.
    """
    code = _STATUSES.get(status) or (_INVALID_ARGUMENT if status < 500 else _INTERNAL)
    return ("grpc-status", str(code)), ("grpc-message", quote(message[:MAX_MESSAGE], safe=_PLAIN))
