"""AWS event stream (`application/vnd.amazon.eventstream`): bytes in any chunking to messages, and back.

A message, integers big endian: total length u32, headers length u32, CRC-32 of these eight bytes, headers, payload,
CRC-32 of all before it. A header: name length u8, name, type u8, value. Source: the Smithy specification, "Amazon Event
Stream". Both checksums are checked on the way in and rebuilt when a payload changes; the headers' bytes always stay.

The concatenation of every `EventStreamMessage.raw` is the input.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple, override
from zlib import crc32

from dlp.errors import TooLarge, WireError
from dlp.wire.frames import FrameDecoder

MAX_HEADERS_BYTES = 128 * 2**10
"""Bytes of a message's headers; the specification's limit."""
MAX_PAYLOAD_BYTES = 24 * 2**20
"""Bytes of a message's payload; the specification's limit."""

_PRELUDE = struct.Struct(">III")  # total length, headers length, checksum of the two
_FRAME_BYTES = _PRELUDE.size + 4  # what a message has besides headers and payload
_INTEGER = struct.Struct(">I")
_LENGTH = struct.Struct(">H")

type HeaderValue = bool | int | bytes | str | uuid.UUID


class HeaderType(IntEnum):
    """The type byte of a header."""

    TRUE = 0
    FALSE = 1
    BYTE = 2
    SHORT = 3
    INTEGER = 4
    LONG = 5
    BYTES = 6
    STRING = 7
    TIMESTAMP = 8
    """Milliseconds since 1970, as an int here: a header that nobody changes has no use for more."""
    UUID = 9


_NUMBERS = {
    HeaderType.BYTE: struct.Struct(">b"),
    HeaderType.SHORT: struct.Struct(">h"),
    HeaderType.INTEGER: struct.Struct(">i"),
    HeaderType.LONG: struct.Struct(">q"),
    HeaderType.TIMESTAMP: struct.Struct(">q"),
}


class EventStreamHeader(NamedTuple):
    """One header; `value` is a bool, int, bytes, str or UUID as `type` says."""

    name: str
    type: HeaderType
    value: HeaderValue

    @override
    def __repr__(self) -> str:
        return f"EventStreamHeader({self.type.name})"


class EventStreamMessage(NamedTuple):
    """One message."""

    raw: bytes
    """The exact bytes, checksums included."""
    headers: tuple[EventStreamHeader, ...]
    payload: bytes

    @override
    def __repr__(self) -> str:
        return f"EventStreamMessage({len(self.headers)} headers, {len(self.payload)} bytes of payload)"

    def header(self, name: str) -> HeaderValue | None:
        """A header's value, such as that of `:event-type`; None when the message has none of that name."""
        return next((header.value for header in self.headers if header.name == name), None)

    def with_payload(self, new: bytes) -> bytes:
        """The message's bytes with another payload, lengths and checksums rebuilt, headers as they were.

        Raises:
            TooLarge: a payload above the format's limit.
        """
        end = len(self.raw) - 4 - len(self.payload)
        return _frame(self.raw[_PRELUDE.size : end], new)


class EventStreamDecoder(FrameDecoder[EventStreamMessage]):
    """Splits a stream; see `FrameDecoder`.

    Args:
        max_payload_bytes: bytes of one payload, and with the headers what is ever held back.

    Raises:
        WireError: a checksum that doesn't match, lengths or headers that break the format, an end inside a message.
        TooLarge: a payload or headers above their limit, known from the first twelve bytes.
    """

    __slots__ = ("_limit",)

    name = "event stream"

    def __init__(self, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> None:
        super().__init__()
        self._limit = max_payload_bytes

    @override
    def _read(self, buffer: bytes, position: int) -> tuple[EventStreamMessage, int] | int:
        if len(buffer) - position < _PRELUDE.size:
            return _PRELUDE.size
        total: int
        headers_size: int
        total, headers_size, checksum = _PRELUDE.unpack_from(buffer, position)
        if crc32(buffer[position : position + 8]) != checksum:
            raise WireError("event stream: the checksum of a prelude doesn't match")
        payload_size = total - headers_size - _FRAME_BYTES
        if payload_size < 0:
            raise WireError("event stream: a message is shorter than its headers")
        if headers_size > MAX_HEADERS_BYTES:
            raise TooLarge("event stream headers", MAX_HEADERS_BYTES, headers_size)
        if payload_size > self._limit:
            raise TooLarge("event stream payload", self._limit, payload_size)
        if len(buffer) - position < total:
            return total
        raw = buffer[position : position + total]
        if crc32(raw[:-4]) != _INTEGER.unpack_from(raw, total - 4)[0]:
            raise WireError("event stream: the checksum of a message doesn't match")
        end = _PRELUDE.size + headers_size
        headers = tuple(_read_headers(raw[_PRELUDE.size : end]))
        if len({header.name for header in headers}) != len(headers):
            raise WireError("event stream: a message has a header twice")
        return EventStreamMessage(raw, headers, raw[end:-4]), position + total


def encode_message(headers: Iterable[tuple[str, HeaderType, HeaderValue]], payload: bytes) -> bytes:
    """A new message's bytes, for instance an exception to end a stream with.

    Args:
        headers: names of 1 to 255 bytes in UTF-8, types and values; the value of `TRUE` and `FALSE` is not looked at.
        payload: its bytes.

    Raises:
        TooLarge: headers or payload above the format's limits.
        ValueError: a name or value that doesn't fit its type.
    """
    return _frame(b"".join(_write_header(*header) for header in headers), payload)


def _frame(headers: bytes, payload: bytes) -> bytes:
    if len(headers) > MAX_HEADERS_BYTES:
        raise TooLarge("event stream headers", MAX_HEADERS_BYTES, len(headers))
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise TooLarge("event stream payload", MAX_PAYLOAD_BYTES, len(payload))
    lengths = struct.pack(">II", _FRAME_BYTES + len(headers) + len(payload), len(headers))
    body = lengths + _INTEGER.pack(crc32(lengths)) + headers + payload
    return body + _INTEGER.pack(crc32(body))


def _read_headers(data: bytes) -> Iterator[EventStreamHeader]:
    position = 0
    try:
        while position < len(data):
            name_end = position + 1 + data[position]
            name = data[position + 1 : name_end].decode()
            kind = HeaderType(data[name_end])
            value, position = _read_value(data, name_end + 1, kind)
            if not name or position > len(data):
                raise WireError("event stream: a header has no name or no end")
            yield EventStreamHeader(name, kind, value)
    except (IndexError, ValueError, struct.error):  # cut short, an unknown type, or text that is no UTF-8
        raise WireError("event stream: a header is malformed") from None


def _read_value(data: bytes, position: int, kind: HeaderType) -> tuple[HeaderValue, int]:
    """A header's value and where it ends, which for a value cut short lies behind the data."""
    if kind in (HeaderType.TRUE, HeaderType.FALSE):
        return kind is HeaderType.TRUE, position
    if kind in _NUMBERS:
        number: int = _NUMBERS[kind].unpack_from(data, position)[0]
        return number, position + _NUMBERS[kind].size
    if kind is HeaderType.UUID:
        return uuid.UUID(bytes=data[position : position + 16]), position + 16
    start = position + _LENGTH.size
    end = start + _LENGTH.unpack_from(data, position)[0]
    return data[start:end].decode() if kind is HeaderType.STRING else data[start:end], end


def _write_header(name: str, kind: HeaderType, value: HeaderValue) -> bytes:
    encoded = name.encode()
    if not 1 <= len(encoded) <= 0xFF:
        raise ValueError("a header's name has 1 to 255 bytes")
    return bytes([len(encoded)]) + encoded + bytes([kind]) + _write_value(kind, value)


def _write_value(kind: HeaderType, value: HeaderValue) -> bytes:
    match kind, value:
        case HeaderType.TRUE | HeaderType.FALSE, _:
            return b""
        case HeaderType.UUID, uuid.UUID():
            return value.bytes
        case HeaderType.STRING, str():
            content = value.encode()
        case HeaderType.BYTES, bytes():
            content = value
        case _, int() if kind in _NUMBERS:
            try:
                return _NUMBERS[kind].pack(value)
            except struct.error:
                raise ValueError(f"a value is out of the range of a header of type {kind.name}") from None
        case _:
            raise ValueError(f"a value doesn't fit a header of type {kind.name}")
    if len(content) > 0xFFFF:
        raise ValueError("a header's value has at most 65535 bytes")
    return _LENGTH.pack(len(content)) + content
