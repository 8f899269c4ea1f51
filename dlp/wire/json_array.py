r"""A JSON array that arrives piece by piece: each element as soon as its last byte is there.

Gemini streams without `alt=sse` are one array, `[{...}` `,\r\n{...}` `]`. The concatenation of every `ArrayPiece.raw`
is the input: brackets, commas, white space and whatever follows the array come as pieces of their own. A document that
is no array, such as the object of an error body, comes as one element.

The scanner knows strings, escapes and the depth, nothing more: an element may be broken JSON, which whoever parses it
will notice. A broken array (no commas, a stray bracket) is taken apart all the same and no byte is lost.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple, override

from dlp.errors import TooLarge

MAX_ELEMENT_BYTES = 16 * 2**20
"""Bytes of one element; the largest real ones carry a base64 image, a few MiB."""

# Every alternative starts with another character and every repeat is possessive: linear, no backtracking.
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_TO_BRACKETS = re.compile(
    rb"""
    [^"\[\]{}]*+ (?: "[^"\\]*+ (?:\\. [^"\\]*+)*+ " [^"\[\]{}]*+ )*+  # whole strings and what is no bracket
    ([\[{]*+) ([\]}]*+)
    """,
    re.DOTALL | re.VERBOSE,
)
_SCALAR = re.compile(rb'[^\s,"\[\]{}]*+')
_BEFORE = re.compile(rb"[\s\xef\xbb\xbf]*+")  # the bytes of a byte order mark, which a chunk may cut
_BETWEEN = re.compile(rb"[\s,}]*+")


class _Phase(Enum):
    BEFORE = auto()
    """Nothing but white space so far."""
    BETWEEN = auto()
    """In the array, not in an element."""
    ELEMENT = auto()
    """In an element of the array."""
    DOCUMENT = auto()
    """In a document that is no array."""
    AFTER = auto()
    """Behind the document."""


class ArrayPiece(NamedTuple):
    """A stretch of the document: one complete element, or what stands around elements."""

    raw: bytes
    is_element: bool

    @override
    def __repr__(self) -> str:
        return f"ArrayPiece({len(self.raw)} bytes, is_element={self.is_element})"


class ArrayDecoder:
    """Splits one JSON document into pieces. `feed` and `flush` return what is complete, maybe nothing.

    Args:
        max_element_bytes: bytes of one element, and so of what is ever held back.

    Raises:
        TooLarge: from `feed`, for an element above the limit, after the pieces before it were returned. What was not
            returned is still there for `drain`.
    """

    __slots__ = ("_depth", "_error", "_held", "_in_string", "_limit", "_phase", "_position")

    def __init__(self, max_element_bytes: int = MAX_ELEMENT_BYTES) -> None:
        self._limit = max_element_bytes
        self._phase = _Phase.BEFORE
        self._held = bytearray()  # an element that has begun, else empty
        self._position = 0  # how far it has been read
        self._depth = 0  # brackets open inside it
        self._in_string = False
        self._error: TooLarge | None = None

    def feed(self, chunk: bytes) -> list[ArrayPiece]:
        held = self._held
        pieces: list[ArrayPiece] = []
        position = 0
        if held or self._error:
            held += chunk
            if self._error:
                raise self._error
            end = self._read_element(held, self._position)
            if end is None:
                if len(held) > self._limit:
                    raise self._fail(len(held))
                return pieces
            chunk = bytes(held)
            held.clear()
            position = self._close_element(chunk, 0, end, pieces)
        while position < len(chunk) and self._error is None:
            if self._phase in (_Phase.ELEMENT, _Phase.DOCUMENT):
                end = self._open_element(chunk, position)
                if end is None:
                    break
                position = self._close_element(chunk, position, end, pieces)
            else:
                position = self._pass_over(chunk, position, pieces)
        if position < len(chunk):
            held += chunk[position:]
            self._position -= position
            if self._error is None and len(held) > self._limit:
                self._fail(len(held))
            if self._error and not pieces:
                raise self._error
        return pieces

    def flush(self) -> list[ArrayPiece]:
        """The end of the stream: an element cut short, or a number at the very end, if there is one."""
        if self._error:
            raise self._error
        rest = self.drain()
        return [ArrayPiece(rest, is_element=True)] if rest else []

    def drain(self) -> bytes:
        """Takes the bytes that no piece has been made of: what is left to forward after an error."""
        rest = bytes(self._held)
        self._held.clear()
        return rest

    def _pass_over(self, chunk: bytes, position: int, pieces: list[ArrayPiece]) -> int:
        """Releases what stands at `position` outside an element and moves to the phase that follows; gives its end."""
        end = len(chunk)
        if self._phase is not _Phase.AFTER:
            before = self._phase is _Phase.BEFORE
            skipped = (_BEFORE if before else _BETWEEN).match(chunk, position)
            end = skipped.end() if skipped else position
            following = chunk[end : end + 1]
            if following == (b"[" if before else b"]"):
                end += 1
                self._phase = _Phase.BETWEEN if before else _Phase.AFTER
            elif following:
                self._phase = _Phase.ELEMENT if not before else _Phase.AFTER if following in b",]}" else _Phase.DOCUMENT
        if end > position:
            pieces.append(ArrayPiece(chunk[position:end], is_element=False))
        return end

    def _open_element(self, chunk: bytes, position: int) -> int | None:
        first = chunk[position : position + 1]
        self._in_string = first == b'"'
        self._depth = 1 if first in b"{[" else 0
        return self._read_element(chunk, position + 1)

    def _read_element(self, buffer: bytes | bytearray, position: int) -> int | None:
        """Reads on; the element's end, or None when it goes on (then `self._position` tells how far it was read)."""
        size = len(buffer)
        if not self._in_string and not self._depth:
            end = _end_of(_SCALAR, buffer, position)
            self._position = end
            return end if end < size else None
        if self._in_string:
            position = _end_of(_STRING_REST, buffer, position)
            if buffer[position : position + 1] != b'"':  # the end, maybe with a backslash before it
                self._position = position
                return None
            position += 1
            self._in_string = False
        while self._depth and (brackets := _TO_BRACKETS.match(buffer, position)):
            opening, closing = brackets.span(1), brackets.span(2)
            self._depth += opening[1] - opening[0]
            closed = closing[1] - closing[0]
            if closed >= self._depth:
                return closing[0] + self._depth
            self._depth -= closed
            position = closing[1]
            if opening[0] == position:  # no bracket: the buffer ends here, or inside the string that begins here
                self._in_string = position < size
                self._position = _end_of(_STRING_REST, buffer, position + 1) if self._in_string else position
                return None
        return position

    def _close_element(self, chunk: bytes, start: int, end: int, pieces: list[ArrayPiece]) -> int:
        """Releases an element and gives its end, or gives its start when it is too large."""
        if end - start > self._limit:
            self._fail(end - start)
            return start
        pieces.append(ArrayPiece(chunk[start:end], is_element=True))
        self._phase = _Phase.BETWEEN if self._phase is _Phase.ELEMENT else _Phase.AFTER
        return end

    def _fail(self, size: int) -> TooLarge:
        self._error = TooLarge("element of a JSON array", self._limit, size)
        return self._error


def _end_of(pattern: re.Pattern[bytes], buffer: bytes | bytearray, position: int) -> int:
    """Where a pattern that may match nothing, and so always matches, ends."""
    match = pattern.match(buffer, position)
    return match.end() if match else position
