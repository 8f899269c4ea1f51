"""Content codings: compressed bodies to plain ones, within bounds, and back.

Rules for editing this file:

- Whoever decodes a body must send on what was decoded (plain, or encoded again with `encode`), never the original
  bytes: gzip headers, skippable zstd frames and the like hold bytes that nobody has seen, and two decoders may
  disagree on odd input.
- A decoder that stops early hides what follows. So every member or frame is read; bytes after the last are an error.
- No call may produce more than it is allowed to. Every stage gives small pieces, counted before the next is asked for;
  stages are generators, so nothing piles up between stacked codings.

Sources: RFC 9110 8.4.1 (names, order), RFC 1952 (gzip members), RFC 7932 (brotli), RFC 8878 (zstd frames), RFC 9659
(their window).
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # ships no annotations
import zstandard

from dlp.errors import TooLarge, WireError

MAX_DECODED_BYTES = 64 * 2**20
"""Bytes that one body may decode to."""
MAX_RATIO = 200
"""Decoded bytes per encoded byte. JSON and prose stay below 20; DEFLATE alone could reach 1032."""
RATIO_FREE_BYTES = 2**20
"""Decoded bytes below which the ratio doesn't matter: a small, very regular body is harmless."""
MAX_CODINGS = 3
"""Codings stacked on one body; more has no honest use."""

_SLICE = 16 * 2**10  # bytes given to a stage at once: zlib copies what it did not consume
_STEP = 64 * 2**10  # bytes asked of a stage at once
_ZSTD_WINDOW = 8 * 2**20  # RFC 9659 3: the most that the content coding may require
_ZSTD_BLOCK = 128 * 2**10  # RFC 8878 3.1.1.2.4: a block decodes to no more
_ZSTD_BLOCK_MIN = 4  # bytes of the smallest block that decodes to that much: 3 of header, 1 to repeat
_ZSTD_WORKING_SET = 4 * 2**20  # bytes that one call may decode to; half of it costs a third of the speed


class _Stage(Protocol):
    """One coding. `feed` yields pieces of bounded size; `complete` says whether the input may end here."""

    complete: bool

    def feed(self, data: bytes) -> Iterator[bytes]: ...


class Decoder:
    """Decodes one body or stream. `feed` returns all that the bytes so far decode to; `flush` checks the end.

    Args:
        encoding: the `Content-Encoding` header, several codings in the order in which they were applied; None or empty
            for none.
        limit: bytes that may come out in all, None for a stream without end.
        max_ratio: bytes that may come out per byte put in, once `RATIO_FREE_BYTES` have.
        allow_truncated: accept an end in the middle, as a response cut short must be.

    Raises:
        WireError: unknown or too many codings; bytes that break the format; a truncated end; bytes after the end.
        TooLarge: more than `limit`, or a larger ratio than `max_ratio` (the error's limit then is what that allows).
            What was decoded before the fault is returned first; the error then comes with the next call, so a body
            is only whole once `flush` has returned.
    """

    def __init__(
        self,
        encoding: str | None,
        *,
        limit: int | None = MAX_DECODED_BYTES,
        max_ratio: int = MAX_RATIO,
        allow_truncated: bool = False,
    ) -> None:
        self._stages: list[_Stage] = [_STAGES[name]() for name in reversed(parse_codings(encoding))]
        self._limit = limit
        self._max_ratio = max_ratio
        self._allow_truncated = allow_truncated
        self._taken = 0
        self._given = [0] * len(self._stages)
        self._plain = 0
        self._error: WireError | None = None

    @property
    def identity(self) -> bool:
        """True when there is nothing to decode."""
        return not self._stages

    def feed(self, data: bytes) -> bytes:
        if self._error:
            raise self._error
        self._taken += len(data)
        if not self._stages:
            self._plain += len(data)
            if self._limit is not None and self._plain > self._limit:
                raise TooLarge("body", self._limit, self._plain)
            return data
        out = io.BytesIO()
        pieces: Iterable[bytes] = (data[start : start + _SLICE] for start in range(0, len(data), _SLICE))
        for index, stage in enumerate(self._stages):
            pieces = self._pass(index, stage, pieces)
        try:
            for piece in pieces:
                out.write(piece)
        except WireError as error:
            self._error = error
            if not out.tell():
                raise
        return out.getvalue()

    def flush(self) -> bytes:
        """Checks that nothing is missing. Nothing is ever held back, so the result is always empty."""
        if self._error:
            raise self._error
        if self._taken and not self._allow_truncated and not all(stage.complete for stage in self._stages):
            raise WireError("the encoded body is truncated")
        return b""

    def _pass(self, index: int, stage: _Stage, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """One stage's output, counted: a bomb in the middle of a stack must not run on either."""
        for piece in pieces:
            for decoded in stage.feed(piece):
                self._given[index] += len(decoded)
                self._check(self._given[index])
                yield decoded

    def _check(self, given: int) -> None:
        if self._limit is not None and given > self._limit:
            raise TooLarge("decoded body", self._limit)
        if given > RATIO_FREE_BYTES and given > self._taken * self._max_ratio:
            raise TooLarge("decoded body (ratio)", self._taken * self._max_ratio)


def decode(body: bytes, encoding: str | None, *, limit: int = MAX_DECODED_BYTES, max_ratio: int = MAX_RATIO) -> bytes:
    """A whole body decoded; see `Decoder` for arguments and errors. An empty body is empty in every coding."""
    decoder = Decoder(encoding, limit=limit, max_ratio=max_ratio)
    decoded = decoder.feed(body)
    decoder.flush()
    return decoded


def encode(body: bytes, encoding: str | None) -> bytes:
    """The body in the codings of a `Content-Encoding` header; the same bytes each time.

    Raises:
        WireError: unknown or too many codings.
    """
    for name in parse_codings(encoding):
        body = _ENCODERS[name](body)
    return body


def parse_codings(encoding: str | None) -> list[str]:
    """The codings of a `Content-Encoding` header in the order applied, without `identity`, aliases resolved.

    Raises:
        WireError: a coding that this module doesn't know, or more than `MAX_CODINGS`.
    """
    names = [name.strip(" \t").lower() for name in (encoding or "").split(",")]
    names = [_ALIASES.get(name, name) for name in names if name not in ("", "identity")]
    if len(names) > MAX_CODINGS:
        raise WireError(f"{len(names)} content codings stacked, at most {MAX_CODINGS} are read")
    if not all(name in _STAGES for name in names):
        raise WireError(f"unknown content coding; expected {', '.join(sorted(_STAGES))} or identity")
    return names


class _Gzip:
    """Any number of members (RFC 1952 2.2); whatever follows a member must be another one."""

    def __init__(self) -> None:
        self.complete = False
        self._member = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self.complete:
                self._member = zlib.decompressobj(wbits=31)
                self.complete = False
            yield from _inflate(self._member, data, "gzip")
            data = self._member.unused_data
            self.complete = self._member.eof


class _Deflate:
    """The zlib format as RFC 9110 8.4.1.2 says, or the bare DEFLATE stream that some senders mean by the name."""

    def __init__(self) -> None:
        self.complete = False
        self._head = b""
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return
            data = self._head
            wrapped = data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and int.from_bytes(data[:2]) % 31 == 0
            self._stream = zlib.decompressobj(wbits=15 if wrapped else -15)
        if self.complete and data:
            raise WireError("bytes after the end of the deflate stream")
        yield from _inflate(self._stream, data, "deflate")
        if self._stream.unused_data:
            raise WireError("bytes after the end of the deflate stream")
        self.complete = self._stream.eof


def _inflate(stream: zlib._Decompress, data: bytes, name: str) -> Iterator[bytes]:
    """All that `data` inflates to, at most `_STEP` bytes at a time."""
    while True:
        try:
            piece = stream.decompress(data, _STEP)
        except zlib.error:
            raise WireError(f"broken {name} data") from None
        if piece:
            yield piece
        data = stream.unconsumed_tail
        # A full piece may leave decoded bytes inside the stream even when all input is consumed.
        if stream.eof or (not data and len(piece) < _STEP):
            return


class _Brotli:
    def __init__(self) -> None:
        self.complete = False
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self._stream.process(data, output_buffer_limit=_STEP)
            except brotli.error:
                raise WireError("broken brotli data, or bytes after its end") from None
            if not piece:
                break
            yield piece
            data = b""  # the stream has taken it all; what its output buffer had no room for comes with the next call
        self.complete = self._stream.is_finished()


class _Zstd:
    """Any number of frames, skippable ones among them (RFC 8878 3.1); whatever follows a frame must be another one.

    The library has no output limit per call. A block decodes to 128 KiB at most and takes at least 4 bytes, so the
    input is cut small enough that even the worst slice stays within `_ZSTD_WORKING_SET`.
    """

    def __init__(self) -> None:
        self.complete = False
        self._library = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = self._library.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        size = _ZSTD_WORKING_SET // _ZSTD_BLOCK * _ZSTD_BLOCK_MIN
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            while piece:
                if self.complete:
                    self._frame = self._library.decompressobj()
                    self.complete = False
                try:
                    decoded = self._frame.decompress(piece)
                except zstandard.ZstdError:
                    raise WireError("broken zstd data, a window above 8 MiB, or bytes after its end") from None
                if decoded:
                    yield decoded
                piece = self._frame.unused_data
                self.complete = self._frame.eof


def _gzip(body: bytes) -> bytes:
    stream = zlib.compressobj(level=6, wbits=31)  # writes no time, so equal bodies stay equal
    return stream.compress(body) + stream.flush()


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


def _brotli(body: bytes) -> bytes:
    compressed: bytes = brotli.compress(body, quality=4)  # 11, the default, takes a hundred times longer
    return compressed


_ALIASES = {"x-gzip": "gzip"}
_STAGES: dict[str, Callable[[], _Stage]] = {"gzip": _Gzip, "deflate": _Deflate, "br": _Brotli, "zstd": _Zstd}
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {"gzip": _gzip, "deflate": zlib.compress, "br": _brotli, "zstd": _zstd}
