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


class GrpcDecoder:
    """Splits a stream. `feed` returns the messages that are complete; `flush` checks that none was cut short.

    Args:
        flags: which flags the protocol knows, `GRPC_FLAGS`, `CONNECT_FLAGS` or `GRPC_WEB_FLAGS`.
        max_message_bytes: bytes of one message, and so of what is ever held back.

    Raises:
        WireError: a flag that the protocol doesn't know, an end inside a message.
        TooLarge: a message above its limit, known from the first five bytes.
            Both come after the messages before the bad one were returned. What was not returned is still there for
            `drain`; nothing after a bad message can be read.
    """

    __slots__ = ("_error", "_flags", "_held", "_limit", "_wanted")

    def __init__(self, flags: int = GRPC_FLAGS, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._flags = flags
        self._limit = max_message_bytes
        self._held = bytearray()
        self._wanted = _PREFIX.size  # bytes without which nothing new can be said
        self._error: WireError | None = None

    def feed(self, chunk: bytes) -> list[GrpcMessage]:
        held = self._held
        held += chunk
        if self._error:
            raise self._error
        if len(held) < self._wanted:
            return []
        messages: list[GrpcMessage] = []
        buffer = bytes(held)
        position = 0
        try:
            while message := self._next(buffer, position):
                messages.append(message)
                position += _PREFIX.size + len(message.payload)
        except WireError as error:
            self._error = error
            if not messages:
                raise
        del held[:position]
        return messages

    def flush(self) -> list[GrpcMessage]:
        """The end of the stream. Nothing can be left to give out, so the list is empty.

        Raises:
            WireError: the stream ends inside a message.
        """
        if self._error:
            raise self._error
        if self._held:
            self._error = WireError("gRPC: the stream ends inside a message")
            raise self._error
        return []

    def drain(self) -> bytes:
        """Takes the bytes that no message has been made of: what is left to forward after an error."""
        rest = bytes(self._held)
        self._held.clear()
        return rest

    def _next(self, buffer: bytes, position: int) -> GrpcMessage | None:
        """The message at `position`, None when it isn't complete."""
        start = position + _PREFIX.size
        if len(buffer) < start:
            self._wanted = _PREFIX.size
            return None
        flags, size = _PREFIX.unpack_from(buffer, position)
        if flags & ~self._flags:
            raise WireError("gRPC: a message has unknown flags")
        if size > self._limit:
            raise TooLarge("gRPC message", self._limit, size)
        if len(buffer) < start + size:
            self._wanted = _PREFIX.size + size
            return None
        return GrpcMessage(flags, buffer[start : start + size])


def frame(payload: bytes, flags: int = 0) -> bytes:
    """A message's bytes, prefix and payload."""
    return _PREFIX.pack(flags, len(payload)) + payload
