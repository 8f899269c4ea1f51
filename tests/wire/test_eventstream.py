"""AWS event stream: checksums checked and rebuilt, headers as they came, corrupt frames refused."""

from __future__ import annotations

import contextlib
import itertools
import struct
import tracemalloc
import uuid
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]  # ships no annotations
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import TooLarge, WireError
from dlp.wire.eventstream import (
    MAX_HEADERS_BYTES,
    MAX_PAYLOAD_BYTES,
    EventStreamDecoder,
    EventStreamHeader,
    EventStreamMessage,
    HeaderType,
    HeaderValue,
    encode_message,
)

CHUNK: list[tuple[str, HeaderType, HeaderValue]] = [
    (":event-type", HeaderType.STRING, "chunk"),
    (":content-type", HeaderType.STRING, "application/json"),
    (":message-type", HeaderType.STRING, "event"),
]
ALL_TYPES: list[tuple[str, HeaderType, HeaderValue]] = [
    ("true", HeaderType.TRUE, True),
    ("false", HeaderType.FALSE, False),
    ("byte", HeaderType.BYTE, -7),
    ("short", HeaderType.SHORT, 300),
    ("integer", HeaderType.INTEGER, -(2**31)),
    ("long", HeaderType.LONG, 2**40),
    ("bytes", HeaderType.BYTES, b"\x00\xff"),
    ("string", HeaderType.STRING, "grüße"),
    ("timestamp", HeaderType.TIMESTAMP, 1_700_000_000_000),
    ("uuid", HeaderType.UUID, uuid.UUID(int=5)),
]


def decode(pieces: list[bytes]) -> list[EventStreamMessage]:
    decoder = EventStreamDecoder()
    return [message for piece in pieces for message in decoder.feed(piece)] + decoder.flush()


def framed(headers: bytes, payload: bytes = b"{}") -> bytes:
    """A frame with valid checksums around any header bytes."""
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return body + struct.pack(">I", crc32(body))


def test_every_cut() -> None:
    """Whole, byte by byte, and cut in two or three at each possible place."""
    stream = (
        encode_message(CHUNK[:1], b'{"bytes":"eA=="}') + encode_message([], b"") + encode_message(ALL_TYPES[:3], b"x")
    )
    whole = decode([stream])
    assert [message.payload for message in whole] == [b'{"bytes":"eA=="}', b"", b"x"]
    assert b"".join(message.raw for message in whole) == stream
    cuts = [[stream[i : i + 1] for i in range(len(stream))]]
    cuts += [
        [stream[:i], stream[i:j], b"", stream[j:]] for i, j in itertools.combinations(range(0, len(stream) + 1, 2), 2)
    ]
    for pieces in cuts:
        assert decode(pieces) == whole


def test_all_header_types() -> None:
    [message] = decode([encode_message(ALL_TYPES, b"")])
    assert message.headers == tuple(itertools.starmap(EventStreamHeader, ALL_TYPES))
    assert message.header("string") == "grüße"
    assert message.header("false") is False
    assert message.header("absent") is None


def test_a_message_is_released_with_its_last_byte() -> None:
    message = encode_message(CHUNK, b"{}")
    decoder = EventStreamDecoder()
    assert decoder.feed(message[:-1]) == []
    assert [found.raw for found in decoder.feed(message[-1:] + message[:5])] == [message]


@given(payload=st.binary(), new=st.binary())
def test_another_payload(payload: bytes, new: bytes) -> None:
    """The headers stay, both checksums hold, and the old payload gives the old bytes."""
    [message] = decode([encode_message(ALL_TYPES, payload)])
    [changed] = decode([message.with_payload(new)])
    assert (changed.headers, changed.payload) == (message.headers, new)
    assert changed.with_payload(payload) == message.raw


@given(payload=st.binary())
def test_the_vendors_parser_agrees(payload: bytes) -> None:
    [message] = decode([encode_message(CHUNK, b"old")])
    buffer = EventStreamBuffer()
    buffer.add_data(message.with_payload(payload))
    [event] = list(buffer)
    assert event.payload == payload
    assert event.headers == {name: value for name, _, value in CHUNK}


@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_every_changed_byte_is_noticed(place: int, flip: int) -> None:
    stream = bytearray(encode_message(CHUNK, b'{"a":1}'))
    stream[place % len(stream)] ^= flip
    with pytest.raises(WireError):
        decode([bytes(stream)])


@given(data=st.binary())
def test_arbitrary_bytes(data: bytes) -> None:
    """Garbage is refused as such; only an empty stream is fine."""
    if data:
        with pytest.raises(WireError):
            decode([data])
    for pieces in ([framed(data)], [framed(data)[i : i + 1] for i in range(16 + len(data) + 2)]):
        with contextlib.suppress(WireError):
            decode(pieces)


@pytest.mark.parametrize(
    "headers",
    [
        b"\x05ab",
        b"\x01a",
        b"\x01a\x0a",
        b"\x00\x00",
        b"\x01a\x07\x00\x05abc",
        b"\x01a\x07\x00",
        b"\x01a\x04\x00\x00",
        b"\x01a\x09" + bytes(15),
        b"\x01\xff\x00",
        b"\x01a\x07\x00\x01\xff",
        b"\x01a\x00\x01a\x01",
    ],
)
def test_malformed_headers(headers: bytes) -> None:
    with pytest.raises(WireError):
        decode([framed(headers)])


@pytest.mark.parametrize("cut", [1, 11, 12, 20, -1])
def test_an_end_inside_a_message(cut: int) -> None:
    decoder = EventStreamDecoder()
    assert decoder.feed(encode_message(CHUNK, b"{}")[:cut]) == []
    with pytest.raises(WireError, match="ends inside"):
        decoder.flush()
    assert decoder.drain() == encode_message(CHUNK, b"{}")[:cut]


@pytest.mark.parametrize("step", [1, 10, 10_000])
def test_what_came_before_a_bad_message_comes_out(step: int) -> None:
    """And what came after it is there to be forwarded as it is."""
    good = encode_message(CHUNK, b"{}")
    stream = good + b"\x00" * 40 + good
    decoder = EventStreamDecoder()
    out: list[EventStreamMessage] = []
    fed = 0
    for start in range(0, len(stream), step):
        fed = min(start + step, len(stream))
        try:
            out += decoder.feed(stream[start:fed])
        except WireError:
            break
    with pytest.raises(WireError, match="prelude"):
        decoder.flush()
    assert [message.raw for message in out] == [good]
    assert good + decoder.drain() == stream[:fed]


def test_absurd_lengths_are_refused_before_the_bytes_come() -> None:
    for total, headers, error in (
        (2**32 - 1, 0, TooLarge),
        (MAX_PAYLOAD_BYTES + 17, 0, TooLarge),
        (2**20, MAX_HEADERS_BYTES + 1, TooLarge),
        (15, 0, WireError),
        (20, 10, WireError),
    ):
        lengths = struct.pack(">II", total, headers)
        with pytest.raises(error):
            EventStreamDecoder().feed(lengths + struct.pack(">I", crc32(lengths)))


def test_small_chunks_of_a_large_message_are_cheap() -> None:
    message = encode_message(CHUNK, bytes(4 * 2**20))
    decoder = EventStreamDecoder()
    tracemalloc.start()
    try:
        found = [m for start in range(0, len(message), 1000) for m in decoder.feed(message[start : start + 1000])]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == 1
    assert peak < 5 * len(message)


@pytest.mark.parametrize(
    "header",
    [
        ("", HeaderType.TRUE, True),
        ("a" * 256, HeaderType.TRUE, True),
        ("a", HeaderType.BYTE, 128),
        ("a", HeaderType.STRING, b"x"),
        ("a", HeaderType.BYTES, "x"),
        ("a", HeaderType.STRING, "x" * 65_536),
        ("a", HeaderType.UUID, 1),
        ("a", HeaderType.LONG, "1"),
    ],
)
def test_headers_that_cannot_be_written(header: tuple[str, HeaderType, HeaderValue]) -> None:
    with pytest.raises(ValueError, match="header"):
        encode_message([header], b"")


def test_payloads_and_headers_above_the_limit_cannot_be_written() -> None:
    with pytest.raises(TooLarge):
        encode_message([], bytes(MAX_PAYLOAD_BYTES + 1))
    with pytest.raises(TooLarge):
        encode_message([(str(i), HeaderType.BYTES, bytes(60_000)) for i in range(3)], b"")


def test_nothing_sensitive_in_the_repr() -> None:
    [message] = decode([encode_message([("a", HeaderType.STRING, "secret")], b"secret")])
    assert "secret" not in repr(message)
    assert "secret" not in repr(message.headers)
