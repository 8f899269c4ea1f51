"""Length-prefixed messages as gRPC, gRPC-Web and Connect streams frame them: bytes in any chunking to messages, and back.

A message: flags u8, length u32 big endian, that many bytes. The lowest flag says that the message is compressed with
the coding of `grpc-encoding` (`connect-content-encoding`), for which there is `dlp.wire.content_encoding`. Sources: "gRPC
over HTTP2", "gRPC-Web" (a frame of trailers), "Connect protocol" (a last message of JSON).

The concatenation of every `GrpcMessage.raw` is the input.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, override

from dlp.errors import TooLarge, WireError
from dlp.wire.frames import FrameDecoder

MAX_MESSAGE_BYTES = 16 * 2**20
"""Bytes of one message as it is framed; four times what gRPC servers accept unless told otherwise."""

COMPRESSED = 0x01
END_STREAM = 0x02
"""Connect only: the message is the JSON object that ends the stream."""
TRAILERS = 0x80
"""gRPC-Web only: the message holds trailers, spelt like HTTP/1 headers."""

GRPC_FLAGS = COMPRESSED
CONNECT_FLAGS = COMPRESSED | END_STREAM
GRPC_WEB_FLAGS = COMPRESSED | TRAILERS

_PREFIX = struct.Struct(">BI")


class GrpcMessage(NamedTuple):
    """One message; `flags` are those of its prefix."""

    flags: int
    payload: bytes

    @property
    def compressed(self) -> bool:
        return bool(self.flags & COMPRESSED)

    @property
    def raw(self) -> bytes:
        return frame(self.payload, self.flags)

    @override
    def __repr__(self) -> str:
        return f"GrpcMessage(flags={self.flags:#04x}, {len(self.payload)} bytes)"


class GrpcDecoder(FrameDecoder[GrpcMessage]):
    """Splits a stream; see `FrameDecoder`.

    Args:
        flags: which flags the protocol knows, `GRPC_FLAGS`, `CONNECT_FLAGS` or `GRPC_WEB_FLAGS`.
        max_message_bytes: bytes of one message, and so of what is ever held back.

    Raises:
        WireError: a flag that the protocol doesn't know, an end inside a message.
        TooLarge: a message above its limit, known from the first five bytes.
    """

    __slots__ = ("_flags", "_limit")

    name = "gRPC"

    def __init__(self, flags: int = GRPC_FLAGS, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        super().__init__()
        self._flags = flags
        self._limit = max_message_bytes

    @override
    def _read(self, buffer: bytes, position: int) -> tuple[GrpcMessage, int] | int:
        start = position + _PREFIX.size
        if len(buffer) < start:
            return _PREFIX.size
        flags: int
        size: int
        flags, size = _PREFIX.unpack_from(buffer, position)
        if flags & ~self._flags:
            raise WireError("gRPC: a message has unknown flags")
        if size > self._limit:
            raise TooLarge("gRPC message", self._limit, size)
        if len(buffer) < start + size:
            return _PREFIX.size + size
        return GrpcMessage(flags, buffer[start : start + size]), start + size


def frame(payload: bytes, flags: int = 0) -> bytes:
    """A message's bytes, prefix and payload."""
    return _PREFIX.pack(flags, len(payload)) + payload
