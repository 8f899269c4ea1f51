"""Newline-delimited JSON (and JSON Lines files): bytes in any chunking to lines, terminators kept.

A line ends with LF; a CR before it belongs to the terminator. Nothing else ends a line: JSON allows U+2028 in strings
and takes a lone CR for white space. The concatenation of every `Line.raw` is the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, override

from dlp.errors import TooLarge

CONTENT_TYPES = frozenset(
    f"{kind}/{name}"
    for kind in ("application", "text")
    for name in ("jsonl", "x-jsonl", "ndjson", "x-ndjson", "jsonlines", "x-jsonlines", "json-lines", "x-json-lines")
)
"""None of them is registered, all of them are used."""

MAX_LINE_BYTES = 16 * 2**20
"""Bytes of one line. A line of a batch file is one request body, so this is a body's limit."""


class Line(NamedTuple):
    """One line; `eol` is LF, CRLF or, for the last line of a file, nothing."""

    content: bytes
    eol: bytes

    @property
    def raw(self) -> bytes:
        return self.content + self.eol

    @override
    def __repr__(self) -> str:
        return f"Line({len(self.content)} bytes)"


def iter_lines(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Where the lines of a whole file lie, without their terminators, in bytes of `data`.

    Args:
        start: Where the file begins in `data`.
        end: Where it ends; None for the end of `data`.

    Raises:
        TooLarge: A line has more than `MAX_LINE_BYTES`.
    """
    stop = len(data) if end is None else end
    while start < stop:
        at = data.find(b"\n", start, stop)
        following = stop if at < 0 else at + 1
        if following - start > MAX_LINE_BYTES:
            raise TooLarge("line", MAX_LINE_BYTES, following - start)
        at = stop if at < 0 else at
        yield start, at - 1 if following > at and data[at - 1 : at] == b"\r" and at > start else at
        start = following


class LineDecoder:
    """Splits a stream into lines. `feed` returns those that are complete, `flush` an unterminated last one.

    Args:
        max_line_bytes: bytes of one line with its terminator, and so of what is ever held back.

    Raises:
        TooLarge: from `feed`, for a line above the limit, after the lines before it were returned. What was not
            returned is still there for `drain`.
    """

    __slots__ = ("_error", "_held", "_limit")

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._limit = max_line_bytes
        self._held = bytearray()
        self._error: TooLarge | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is held back: the next byte begins a line."""
        return not (self._held or self._error)

    def feed(self, chunk: bytes) -> list[Line]:
        held = self._held
        if held or self._error:
            held += chunk
            if self._error:
                raise self._error
            if b"\n" not in chunk:
                if len(held) > self._limit:
                    raise self._fail(len(held))
                return []
            chunk = bytes(held)
            held.clear()
        parts = chunk.split(b"\n")
        rest = parts.pop()
        lines: list[Line] = []
        for index, part in enumerate(parts):
            if len(part) >= self._limit:
                rest = b"\n".join([*parts[index:], rest])
                self._fail(len(part) + 1)
                break
            lines.append(Line(part[:-1], b"\r\n") if part[-1:] == b"\r" else Line(part, b"\n"))
        held += rest
        if self._error is None and len(rest) > self._limit:
            self._fail(len(rest))
        if self._error and not lines:
            raise self._error
        return lines

    def flush(self) -> list[Line]:
        """The end of the stream: an unterminated last line, if there is one."""
        if self._error:
            raise self._error
        rest = self.drain()
        return [Line(rest, b"")] if rest else []

    def drain(self) -> bytes:
        """Takes the bytes that no line has been made of: what is left to forward after an error."""
        rest = bytes(self._held)
        self._held.clear()
        return rest

    def _fail(self, size: int) -> TooLarge:
        self._error = TooLarge("line", self._limit, size)
        return self._error
