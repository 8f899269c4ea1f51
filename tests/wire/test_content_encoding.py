"""Content codings: every member and frame is read, every end is checked, no bomb gets far."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]  # ships no annotations
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import TooLarge, WireError
from dlp.wire.content_encoding import MAX_DECODED_BYTES, Decoder, decode, encode, parse_codings

CODINGS = ["gzip", "deflate", "br", "zstd"]
TEXT = json.dumps([{"role": "user", "content": f"message {i}, grüße"} for i in range(300)]).encode()
MIB = 2**20


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def decode_in(pieces: Iterator[bytes] | list[bytes], encoding: str, **options: bool) -> bytes:
    decoder = Decoder(encoding, **options)
    return b"".join(decoder.feed(piece) for piece in pieces) + decoder.flush()


def zstd_bomb(blocks: int) -> bytes:
    """A frame of blocks that each say "one byte, 128 Ki times": 4 bytes decode to 128 KiB."""
    frame = b"\x28\xb5\x2f\xfd" + bytes([0, 7 << 3])
    for block in range(blocks):
        frame += struct.pack("<I", 128 * 1024 << 3 | 1 << 1 | (block == blocks - 1))[:3] + b"a"
    return frame


@pytest.mark.parametrize("coding", CODINGS)
@given(data=st.binary(max_size=2000) | st.just(TEXT))
def test_round_trip(coding: str, data: bytes) -> None:
    assert decode(encode(data, coding), coding) == data


@pytest.mark.parametrize("coding", CODINGS)
def test_every_cut(coding: str) -> None:
    """Whole, at every cut and byte by byte."""
    encoded = encode(TEXT[:3000], coding)
    assert decode_in([encoded[i : i + 1] for i in range(len(encoded))], coding) == TEXT[:3000]
    for cut in range(len(encoded)):
        assert decode_in([encoded[:cut], encoded[cut:]], coding) == TEXT[:3000]


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("kind", ["even", "random"])
def test_large_bodies(coding: str, kind: str) -> None:
    """Output far above what a decoder gives per call, from little input and from much."""
    data = bytes(5 * MIB + 1) if kind == "even" else random.Random(1).randbytes(2 * MIB) + TEXT * 50
    encoded = encode(data, coding)
    assert decode(encoded, coding, max_ratio=10**6) == data
    decoder = Decoder(coding, max_ratio=10**6)
    assert b"".join(decoder.feed(encoded[i : i + 10_000]) for i in range(0, len(encoded), 10_000)) == data
    decoder.flush()


@pytest.mark.parametrize("coding", CODINGS)
def test_equal_bodies_encode_alike(coding: str) -> None:
    assert encode(TEXT, coding) == encode(TEXT, coding) != TEXT


@pytest.mark.parametrize("coding", CODINGS)
def test_every_truncation_is_refused_or_allowed(coding: str) -> None:
    """A body cut anywhere is an error for a request; for a response what came is given out."""
    encoded = encode(TEXT[:500], coding)
    for cut in range(1, len(encoded)):
        with pytest.raises(WireError):
            decode(encoded[:cut], coding)
        assert TEXT.startswith(decode_in([encoded[:cut]], coding, allow_truncated=True))


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("garbage", [b"\x00", b"\x00" * 8, b"x", b'{"hidden": 1}', b"\r\n"])
def test_bytes_after_the_end_are_refused(coding: str, garbage: bytes) -> None:
    """Whether they arrive with the end or after it."""
    encoded = encode(TEXT, coding)
    with pytest.raises(WireError):
        decode(encoded + garbage, coding)
    with pytest.raises(WireError):
        decode_in([encoded, garbage], coding)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_every_member_is_read(coding: str) -> None:
    """What a decoder that stops at the first member would not see is seen."""
    encoded = encode(b"first ", coding) + encode(b"", coding) + encode(b"second", coding)
    assert decode(encoded, coding) == b"first second"
    assert decode_in([encoded[i : i + 1] for i in range(len(encoded))], coding) == b"first second"
    for cut in range(1, len(encoded)):
        assert decode_in([encoded[:cut], encoded[cut:]], coding) == b"first second"


@pytest.mark.parametrize("coding", CODINGS)
def test_what_came_before_a_fault_comes_out(coding: str) -> None:
    """A response that breaks off in garbage is read as far as it goes; the error follows, and stays."""
    data = random.Random(2).randbytes(300_000)
    decoder = Decoder(coding)
    out = decoder.feed(encode(data, coding) + b"garbage")
    assert len(out) > 100_000
    assert data.startswith(out)
    with pytest.raises(WireError):
        decoder.feed(b"x")
    with pytest.raises(WireError):
        decoder.flush()


def test_skippable_zstd_frames() -> None:
    """They decode to nothing, between, before and after others."""
    skip = b"\x50\x2a\x4d\x18" + struct.pack("<I", 6) + b"hidden"
    frame = encode(b"seen", "zstd")
    assert decode(skip + frame + skip + frame + skip, "zstd") == b"seenseen"
    with pytest.raises(WireError):
        decode(frame + skip[:-1], "zstd")


def test_gzip_header_fields() -> None:
    """A name and a comment in the header are not part of the body."""
    member = gzip.compress(b"body", mtime=0)
    named = member[:3] + bytes([0x18]) + member[4:10] + b"name\x00comment\x00" + member[10:]
    assert decode(named, "x-gzip") == b"body"


def test_deflate_with_and_without_wrapping() -> None:
    for data in (b"", b"x", TEXT):
        assert decode(zlib.compress(data), "deflate") == data
        assert decode(raw_deflate(data), "deflate") == data
        assert decode_in([raw_deflate(data)[i : i + 1] for i in range(len(raw_deflate(data)))], "deflate") == data


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity , identity"])
def test_identity(encoding: str | None) -> None:
    decoder = Decoder(encoding)
    assert decoder.identity
    assert decoder.feed(b"abc") + decoder.flush() == b"abc"


@pytest.mark.parametrize("encoding", ["gzip, br", "br,gzip", "deflate,identity, zstd", "gzip, br, zstd", "GZIP,X-GZip"])
def test_stacked(encoding: str) -> None:
    """The last named was applied last, so it goes first."""
    encoded = TEXT
    for coding in parse_codings(encoding):
        encoded = encode(encoded, coding)
    assert encode(TEXT, encoding) == encoded
    assert decode(encoded, encoding) == TEXT
    assert decode_in([encoded[i : i + 7] for i in range(0, len(encoded), 7)], encoding) == TEXT
    with pytest.raises(WireError):
        decode(encoded[:-1], encoding)


@pytest.mark.parametrize("encoding", ["hex", "base64", "gzip;q=1", "compress", "aws-chunked", "utf8", "dcb", "gzip br"])
def test_unknown_codings(encoding: str) -> None:
    with pytest.raises(WireError, match="unknown content coding"):
        Decoder(encoding)
    with pytest.raises(WireError, match="unknown content coding"):
        encode(b"", encoding)


def test_too_many_codings() -> None:
    with pytest.raises(WireError, match="4 content codings"):
        decode(b"", "gzip, gzip, gzip, gzip")


@pytest.mark.parametrize("coding", CODINGS)
def test_an_empty_body_is_empty(coding: str) -> None:
    assert decode(b"", coding) == b""


@pytest.mark.parametrize("coding", CODINGS)
@given(data=st.binary(min_size=1, max_size=200))
def test_arbitrary_bytes(coding: str, data: bytes) -> None:
    """Garbage is refused, with no other error; by chance it may mean something."""
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        with contextlib.suppress(WireError):
            decode_in(pieces, coding)


@pytest.mark.parametrize("coding", CODINGS)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
def test_one_changed_byte(coding: str, place: int, value: int) -> None:
    """A corrupt body raises WireError or nothing."""
    encoded = bytearray(encode(TEXT, coding))
    encoded[place % len(encoded)] = value
    with contextlib.suppress(WireError):
        decode(bytes(encoded), coding)


def test_a_wrong_checksum_is_refused() -> None:
    for coding, place in (("gzip", -5), ("deflate", -1)):
        encoded = bytearray(encode(TEXT, coding))
        encoded[place] ^= 1
        with pytest.raises(WireError):
            decode(bytes(encoded), coding)


def test_a_zstd_window_above_the_limit_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(WireError):
        decode(stream.compress(b"x" * 100) + stream.flush(), "zstd")


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(bytes(64 * MIB), 9),
    "deflate": lambda: zlib.compress(bytes(64 * MIB), 9),
    "br": lambda: encode(bytes(64 * MIB), "br"),
    "zstd": lambda: zstd_bomb(512),
    "zstd, gzip": lambda: gzip.compress(zstd_bomb(20_000)),
    "gzip, gzip": lambda: gzip.compress(gzip.compress(bytes(64 * MIB), 9), 9),
    "zstd, gzip, br": lambda: encode(gzip.compress(zstd_bomb(50_000)), "br"),
}


@pytest.mark.parametrize("encoding", BOMBS)
@pytest.mark.parametrize("guard", ["limit", "ratio"])
def test_bombs_are_bounded_in_memory(encoding: str, guard: str) -> None:
    """Bombs of 64 MiB to 6 GiB stop at a limit of 16 MiB, or at their ratio, with memory to match."""
    bomb = BOMBS[encoding]()
    limit, ratio = (16 * MIB, 10**9) if guard == "limit" else (MAX_DECODED_BYTES, 20)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decode(bomb, encoding, limit=limit, max_ratio=ratio)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    allowed = limit if guard == "limit" else max(MIB, len(bomb) * ratio)
    assert peak < 1.2 * allowed + 10 * MIB


@pytest.mark.parametrize("coding", CODINGS)
def test_the_limit_is_exact(coding: str) -> None:
    encoded = encode(TEXT, coding)
    assert decode(encoded, coding, limit=len(TEXT)) == TEXT
    with pytest.raises(TooLarge):
        decode(encoded, coding, limit=len(TEXT) - 1)


def test_the_limit_holds_without_coding() -> None:
    assert decode(b"abc", None, limit=3) == b"abc"
    with pytest.raises(TooLarge):
        decode(b"abcd", None, limit=3)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_flushed_stream_is_given_out_at_once(coding: str) -> None:
    """What the sender flushed is readable before the body ends."""
    decoder = Decoder(coding, limit=None)
    if coding == "br":
        brotli_stream = brotli.Compressor()
        sent = brotli_stream.process(b"data: a\n\n") + brotli_stream.flush()
    elif coding == "zstd":
        zstd_stream = zstandard.ZstdCompressor().compressobj()
        sent = zstd_stream.compress(b"data: a\n\n") + zstd_stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    else:
        zlib_stream = zlib.compressobj(wbits=31 if coding == "gzip" else 15)
        sent = zlib_stream.compress(b"data: a\n\n") + zlib_stream.flush(zlib.Z_SYNC_FLUSH)
    assert decoder.feed(sent) == b"data: a\n\n"
