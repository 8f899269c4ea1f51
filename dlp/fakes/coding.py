"""Content codings as a provider's own server would apply and undo them: whole bodies in, parts of streams out.

Written apart from the proxy's codec on purpose: what proves a codec right must not be that codec.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli  # type: ignore[import-untyped]  # the package ships no types
import zstandard

MAX_DECODED_BYTES = 256 * 2**20
"""A fake is fed by tests, some of them hostile; this keeps a decompression bomb from taking the machine."""


def decode(body: bytes, codings: str) -> bytes:
    """Undo a `Content-Encoding` header's codings, last one first.

    Raises:
        ValueError: for a coding no provider knows, and for bytes that don't follow it.
    """
    for name in reversed([part.strip().lower() for part in codings.split(",") if part.strip()]):
        try:
            body = _DECODERS[name](body)
        except KeyError:
            raise ValueError(f"unknown content coding {name!r}") from None
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise ValueError(f"body is not {name}") from error
        if len(body) > MAX_DECODED_BYTES:
            raise ValueError("decoded body is too large")
    return body


def encode_parts(parts: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Compress a body part by part, each flushed so that a client can read it at once, as providers stream.

    Raises:
        ValueError: for a coding this module can't write.
    """
    if coding == "identity":
        yield from parts
        return
    if coding not in _ENCODERS:
        raise ValueError(f"unknown content coding {coding!r}")
    write, finish = _ENCODERS[coding]()
    for part in parts:
        yield write(part)
    yield finish()


def _inflate_members(body: bytes) -> bytes:
    """Decode gzip and zlib; a gzip body may consist of several members (RFC 1952, 2.2)."""
    decoded = bytearray()
    while body:
        member = zlib.decompressobj(47)  # 47: detect a gzip or zlib header
        decoded += member.decompress(body, MAX_DECODED_BYTES)
        if not member.eof:
            raise ValueError("compressed body ends early")
        body = member.unused_data
    return bytes(decoded)


def _deflate(body: bytes) -> bytes:
    """`deflate` is the zlib format (RFC 9110, 8.4.1.2), but raw deflate is seen in practice."""
    try:
        return _inflate_members(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


def _unzstd(body: bytes) -> bytes:
    return bytes(
        zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj(read_across_frames=True).decompress(body)
    )


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": lambda body: body,
    "gzip": _inflate_members,
    "x-gzip": _inflate_members,
    "deflate": _deflate,
    "br": brotli.decompress,
    "zstd": _unzstd,
}

type _Encoder = tuple[Callable[[bytes], bytes], Callable[[], bytes]]


def _zlib_encoder(wbits: int) -> _Encoder:
    compressor = zlib.compressobj(wbits=wbits)
    return lambda part: compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH), compressor.flush


def _brotli_encoder() -> _Encoder:
    compressor = brotli.Compressor()
    return lambda part: bytes(compressor.process(part) + compressor.flush()), lambda: bytes(compressor.finish())


def _zstd_encoder() -> _Encoder:
    compressor = zstandard.ZstdCompressor().compressobj()
    return (
        lambda part: compressor.compress(part) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK),
        lambda: compressor.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH),
    )


_ENCODERS: dict[str, Callable[[], _Encoder]] = {
    "gzip": lambda: _zlib_encoder(31),
    "deflate": lambda: _zlib_encoder(15),
    "br": _brotli_encoder,
    "zstd": _zstd_encoder,
}
