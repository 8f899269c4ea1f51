"""Messages of remote procedure calls: as gRPC, gRPC-Web and Connect streams frame them, in any chunking, and back.

A message: flags u8, length u32 big endian, that many bytes. The lowest flag says that the message is compressed with
the coding of `grpc-encoding` (`connect-content-encoding`), for which there is `dlp.wire.content_encoding`. Sources: "gRPC
over HTTP2", "gRPC-Web" (a frame of trailers), "Connect protocol" (a last message of JSON).

The concatenation of every `GrpcMessage.raw` is the input.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, override

from dlp.errors import TooLarge, WireError
from dlp.wire.content_encoding import decode
from dlp.wire.frames import FrameDecoder

MAX_MESSAGE_BYTES = 16 * 2**20
"""Bytes of one message as it is framed; four times what gRPC servers accept unless told otherwise."""

MAX_BODY_MESSAGE_BYTES = 64 * 2**20
"""... of a whole body that is there already; its size has a limit of its own."""

COMPRESSED = 0x01
END_STREAM = 0x02
"""Connect only: the message is the JSON object that ends the stream."""
TRAILERS = 0x80
"""gRPC-Web only: the message holds trailers, spelt like HTTP/1 headers."""

GRPC_FLAGS = COMPRESSED
CONNECT_FLAGS = COMPRESSED | END_STREAM
GRPC_WEB_FLAGS = COMPRESSED | TRAILERS

_PREFIX = struct.Struct(">BI")


class RpcKind(NamedTuple):
    """How the bodies of one content type hold messages."""

    flags: int | None
    """Which flags their frames may have; None for a body that is one message without a frame."""
    json: bool
    """The messages are JSON, else protocol buffers."""


_FRAMINGS = {
    "application/grpc": GRPC_FLAGS,
    "application/grpc-web": GRPC_WEB_FLAGS,
    "application/connect": CONNECT_FLAGS,
}
_UNFRAMED = frozenset(
    {"application/proto", "application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf"}
)


def rpc_kind(content_type: str) -> RpcKind | None:
    """The kind of a body by its content type; None for one that holds no such messages.

    Raises:
        WireError: Messages in a spelling that nobody here can read: `application/grpc-web-text`, `application/grpc+thrift`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _UNFRAMED:
        return RpcKind(None, json=False)
    if not kind.startswith(tuple(_FRAMINGS)):
        return None
    framing, _, codec = kind.partition("+")
    if framing not in _FRAMINGS or codec not in ("", "proto", "json"):
        raise WireError("the messages of this content type can't be read")
    return RpcKind(_FRAMINGS[framing], json=codec == "json")


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


def plain_payload(message: GrpcMessage, coding: str, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    """What a message says, decompressed if it is compressed.

    Args:
        coding: The value of `grpc-encoding`.
        limit: Bytes that may come out.

    Raises:
        WireError: An unknown coding, or broken bytes.
        TooLarge: A payload above the limit, or packed suspiciously well.
    """
    if not message.compressed:
        return message.payload
    if coding.strip().lower() in ("", "identity"):
        raise WireError("gRPC: a message is compressed, and nothing says how")
    return decode(message.payload, coding, limit=limit)


def plain_frames(body: bytes, flags: int, coding: str, limit: int) -> bytes:
    """A whole body with every message decompressed, so that what was read is what is sent on.

    Args:
        limit: Bytes of all messages together.

    Raises:
        WireError: As `GrpcDecoder` and `plain_payload`.
    """
    out = bytearray()
    for message in read_frames(body, flags):
        out += frame(plain_payload(message, coding, limit - len(out)), message.flags & ~COMPRESSED)
        if len(out) > limit:
            raise TooLarge("gRPC messages", limit)
    return bytes(out)


def read_frames(body: bytes, flags: int) -> list[GrpcMessage]:
    """The messages of a whole body. Raises as `GrpcDecoder`."""
    decoder = GrpcDecoder(flags, MAX_BODY_MESSAGE_BYTES)
    return [*decoder.feed(body), *decoder.flush()]
