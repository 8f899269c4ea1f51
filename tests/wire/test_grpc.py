"""Length-prefixed messages: any chunking, bounds known from the prefix, nothing lost."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import TooLarge, WireError
from dlp.wire.content_encoding import decode as decode_content
from dlp.wire.grpc import (
    COMPRESSED,
    CONNECT_FLAGS,
    END_STREAM,
    GRPC_WEB_FLAGS,
    TRAILERS,
    GrpcDecoder,
    GrpcMessage,
    frame,
)


def decode(pieces: list[bytes], flags: int = COMPRESSED) -> list[GrpcMessage]:
    decoder = GrpcDecoder(flags)
    return [message for piece in pieces for message in decoder.feed(piece)] + decoder.flush()


def test_every_cut() -> None:
    """Whole, byte by byte, and cut in two or three at each possible place."""
    stream = frame(b"hello") + frame(b"") + frame(b"zz", COMPRESSED)
    expected = [GrpcMessage(0, b"hello"), GrpcMessage(0, b""), GrpcMessage(1, b"zz")]
    assert b"".join(message.raw for message in expected) == stream
    cuts = [[stream], [stream[i : i + 1] for i in range(len(stream))]]
    cuts += [[stream[:i], stream[i:j], b"", stream[j:]] for i, j in itertools.combinations(range(len(stream) + 1), 2)]
    for pieces in cuts:
        assert decode(pieces) == expected


@given(payloads=st.lists(st.binary()), step=st.integers(1, 20))
def test_chunking_changes_nothing(payloads: list[bytes], step: int) -> None:
    stream = b"".join(map(frame, payloads))
    found = decode([stream[i : i + step] for i in range(0, len(stream), step)])
    assert [message.payload for message in found] == payloads


def test_a_compressed_message() -> None:
    [message] = decode([frame(gzip.compress(b"hello"), COMPRESSED)])
    assert message.compressed
    assert decode_content(message.payload, "gzip") == b"hello"


def test_flags_of_the_dialects() -> None:
    end, trailers = frame(b"{}", END_STREAM), frame(b"grpc-status: 0\r\n", TRAILERS)
    assert decode([end], CONNECT_FLAGS) == [GrpcMessage(END_STREAM, b"{}")]
    assert decode([trailers], GRPC_WEB_FLAGS) == [GrpcMessage(TRAILERS, b"grpc-status: 0\r\n")]
    for stream, flags in (
        (end, COMPRESSED),
        (end, GRPC_WEB_FLAGS),
        (trailers, CONNECT_FLAGS),
        (b"\x04" + bytes(4), CONNECT_FLAGS),
    ):
        with pytest.raises(WireError, match="unknown flags"):
            decode([stream], flags)


@pytest.mark.parametrize("cut", [1, 4, 5, 7])
def test_an_end_inside_a_message(cut: int) -> None:
    decoder = GrpcDecoder()
    assert decoder.feed(frame(b"hello")[:cut]) == []
    with pytest.raises(WireError, match="ends inside"):
        decoder.flush()
    assert decoder.drain() == frame(b"hello")[:cut]


@pytest.mark.parametrize("step", [1, 4, 1000])
def test_the_limit(step: int) -> None:
    """Known from the prefix; the messages before come out first, and no byte is lost."""
    stream = frame(b"ok") + struct.pack(">BI", 0, 65) + b"x" * 8
    decoder = GrpcDecoder(max_message_bytes=64)
    out: list[GrpcMessage] = []
    fed = 0
    for start in range(0, len(stream), step):
        fed = min(start + step, len(stream))
        try:
            out += decoder.feed(stream[start:fed])
        except TooLarge:
            break
    with pytest.raises(TooLarge):
        decoder.flush()
    assert out == [GrpcMessage(0, b"ok")]
    assert frame(b"ok") + decoder.drain() == stream[:fed]
    assert GrpcDecoder(max_message_bytes=64).feed(frame(bytes(64))) == [GrpcMessage(0, bytes(64))]


@given(st.binary())
def test_arbitrary_bytes(stream: bytes) -> None:
    for flags in (COMPRESSED, 0xFF):
        with contextlib.suppress(WireError):
            assert b"".join(message.raw for message in decode([stream], flags)) == stream


def test_nothing_sensitive_in_the_repr() -> None:
    assert "secret" not in repr(GrpcMessage(0, b"secret"))
