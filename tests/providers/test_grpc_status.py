"""A refusal in the words of each protocol of remote procedures."""

from __future__ import annotations

import json

import pytest

from dlp.providers.grpc_status import MAX_MESSAGE, connect_error, grpc_status, last_message
from dlp.wire.grpc import CONNECT_FLAGS, END_STREAM, GRPC_FLAGS, GRPC_WEB_FLAGS, TRAILERS, read_frames

CODES = [
    (400, "3", "invalid_argument"),
    (413, "3", "invalid_argument"),
    (415, "3", "invalid_argument"),
    (421, "9", "failed_precondition"),
    (426, "12", "unimplemented"),
    (429, "8", "resource_exhausted"),
    (500, "13", "internal"),
    (502, "14", "unavailable"),
    (503, "14", "unavailable"),
]


@pytest.mark.parametrize(("status", "number", "name"), CODES)
def test_every_status_has_a_code(status: int, number: str, name: str) -> None:
    assert grpc_status(status, "why 50% ü\n") == (("grpc-status", number), ("grpc-message", "why 50%25 %C3%BC%0A"))
    assert connect_error(status, "why") == {"code": name, "message": "why"}
    assert len(connect_error(status, "x" * 9999)["message"]) == MAX_MESSAGE


def test_the_last_message_of_a_body() -> None:
    [connect] = read_frames(last_message(CONNECT_FLAGS, 400, "why"), CONNECT_FLAGS)
    assert connect.flags == END_STREAM
    assert json.loads(connect.payload) == {"error": {"code": "invalid_argument", "message": "why"}}
    [web] = read_frames(last_message(GRPC_WEB_FLAGS, 503, "why\r\nnot"), GRPC_WEB_FLAGS)
    assert (web.flags, web.payload) == (TRAILERS, b"grpc-status: 14\r\ngrpc-message: why%0D%0Anot\r\n")
    assert last_message(GRPC_FLAGS, 400, "why") == b""
