"""Server-sent events: bytes in any chunking to events, and back.

What it guarantees: the concatenation of every `SseEvent.raw` is the input, so an event that nobody changes is
forwarded byte for byte; an event is released in the call that brought its last byte. Grammar: WHATWG HTML, 9.2.6
"Interpreting an event stream": lines end with LF, CR or CRLF, a blank line ends an event, a leading byte order mark is
ignored.

Two consequences for whoever edits this file:

- A CR at the end of a chunk may be half of a CRLF. The event is released on the CR and the late LF, which then stands
  where an event would begin, leaves as a piece without data: a client that reads the bytes sees the very CRLF that was
  sent.
- Pieces without data (blank lines, comments, a byte order mark, `id:` alone) say nothing about where a chunk was cut;
  only the events that carry data, and the bytes, are independent of the chunking.

Unlike the standard, `flush` hands out an unterminated last event, because line-based clients read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, override

from dlp.errors import TooLarge

MAX_EVENT_BYTES = 16 * 2**20
"""Bytes of one event. The largest real ones carry a whole response or a base64 image, a few MiB."""

_BOM = b"\xef\xbb\xbf"
_COLON = 0x3A
# `\r\n?+` is possessive: a CRLF must never be read as two line ends.
_EOL = re.compile(rb"\r\n?+|\n")
_BLANK_LINES = re.compile(rb"[\r\n]++")
_BOUNDARY = re.compile(rb"(?:\r\n?+|\n)(?:\r\n?+|\n)")
_BOUNDARY_MAX = 4
_COMMENT_LINES = re.compile(rb"(?::[^\r\n]*+(?:\r\n?+|\n))++")
_LINE = re.compile(rb"([^\r\n]*+)(\r\n?+|\n|\Z)")


class SseEvent(NamedTuple):
    """One event, or one piece of the stream that is no event (then `data` is None)."""

    raw: bytes
    """The exact bytes, terminating blank line included."""
    data: bytes | None
    """Values of the `data` lines joined by LF; None when the event has no such line."""
    event: bytes | None
    """Value of the last `event` line; None when there is none."""

    @override
    def __repr__(self) -> str:
        held = "no data" if self.data is None else f"{len(self.data)} bytes of data"
        return f"SseEvent({len(self.raw)} bytes, {held})"

    def with_data(self, new: bytes) -> bytes:
        """The event's bytes with other data; every other line, the order and the line ends stay.

        The new data stands where the first `data` line stood: one line, or one line per line of `new`.

        Raises:
            ValueError: the event has no data to replace.
        """
        raw, data = self.raw, self.data
        if data is None:
            raise ValueError("an event without data has nothing to replace")
        if b"\n" not in data and b"\n" not in new and b"\r" not in new:
            # Data without LF came from exactly one line; when that line is the last one, no search is needed.
            end = b"\r\n\r\n" if raw[-1:] == b"\n" and raw[-2:-1] == b"\r" else b"\n\n"
            tail = b"data: " + data + end
            start = len(raw) - len(tail)
            if raw.endswith(tail) and (start == 0 or raw[start - 1] in b"\r\n"):
                return raw[:start] + b"data: " + new + end
        return b"".join(_lines_with_data(raw, new))


class SseDecoder:
    """Splits an event stream. `feed` and `flush` return what is complete, maybe nothing.

    Args:
        max_event_bytes: size of one event, and so of what is ever held back.

    Raises:
        TooLarge: from `feed`, for an event above the limit, after the events before it were returned. What was not
            returned is still there for `drain`.
    """

    __slots__ = ("_at_start", "_error", "_held", "_limit")

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._held = bytearray()
        self._at_start = True
        self._error: TooLarge | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is held back: the next byte begins an event."""
        return not (self._held or self._at_start or self._error)

    def feed(self, chunk: bytes) -> list[SseEvent]:
        held = self._held
        if self.idle:
            event = _only_event(chunk)
            if event is not None and len(chunk) <= self._limit:
                return [event]
        if held or self._error:
            searched = max(0, len(held) - _BOUNDARY_MAX + 1)
            held += chunk
            if self._error:
                raise self._error
            if not self._may_release(chunk, searched):
                if len(held) > self._limit:
                    raise self._fail(len(held))
                return []
            chunk = bytes(held)
            held.clear()
        events: list[SseEvent] = []
        position = 0
        if self._at_start and chunk:
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                held += chunk
                return events
            self._at_start = False
            if chunk.startswith(_BOM):
                events.append(SseEvent(_BOM, None, None))
                position = len(_BOM)
        if b"\r" not in chunk:
            rest = self._split_uniform(chunk, position, b"\n", events)
        elif chunk.count(b"\r\n") == chunk.count(b"\r") == chunk.count(b"\n"):
            rest = self._split_uniform(chunk, position, b"\r\n", events)
        else:
            rest = self._split(chunk, position, events)
        if rest:
            held += rest
            if self._error is None and len(rest) > self._limit:
                self._fail(len(rest))
            if self._error and not events:
                raise self._error
        return events

    def flush(self) -> list[SseEvent]:
        """The end of the stream: an unterminated last event, if there is one."""
        if self._error:
            raise self._error
        rest = self.drain()
        return [_event(rest)] if rest else []

    def drain(self) -> bytes:
        """Takes the bytes that no event has been made of: what is left to forward after an error."""
        rest = bytes(self._held)
        self._held.clear()
        return rest

    def _may_release(self, chunk: bytes, searched: int) -> bool:
        """Whether joining the held bytes and the latest chunk can bring out anything; keeps slow drips linear."""
        held = self._held
        if self._at_start or held.find(b"\n\n", searched) >= 0:
            return True
        if held.find(b"\r", searched) >= 0 and _BOUNDARY.search(held, searched):
            return True
        return held[0] == _COLON and _EOL.search(chunk) is not None

    def _fail(self, size: int) -> TooLarge:
        self._error = TooLarge("server-sent event", self._limit, size)
        return self._error

    def _split_uniform(self, chunk: bytes, position: int, eol: bytes, events: list[SseEvent]) -> bytes:
        """The common case, `eol` is the chunk's only line end: appends the events, returns the rest."""
        end = eol + eol
        limit = self._limit - len(end)
        parts = (chunk[position:] if position else chunk).split(end)
        rest = parts.pop()
        for index, part in enumerate(parts):
            if len(part) > limit:
                self._fail(len(part) + len(end))
                return end.join([*parts[index:], rest])
            if part[:6] == b"data: " and eol not in part:
                events.append(SseEvent(part + end, part[6:], None))
            elif part.startswith(eol):
                events += (SseEvent(eol, None, None), _event(part[len(eol) :] + end))
            else:
                events.append(_event(part + end, eol))
        return _release_idle(rest, events) if rest else rest

    def _split(self, chunk: bytes, position: int, events: list[SseEvent]) -> bytes:
        """Any mixture of line ends: appends the events, returns the rest."""
        size = len(chunk)
        while position < size:
            if blank := _BLANK_LINES.match(chunk, position):
                events.append(SseEvent(blank[0], None, None))
                position = blank.end()
                continue
            boundary = _BOUNDARY.search(chunk, position)
            if boundary is None:
                break
            if boundary.end() - position > self._limit:
                self._fail(boundary.end() - position)
                return chunk[position:]
            events.append(_event(chunk[position : boundary.end()]))
            position = boundary.end()
        return _release_idle(chunk[position:], events)


def _only_event(chunk: bytes) -> SseEvent | None:
    """What nearly all chunks are: one event as providers write it, a line of data, perhaps behind its name. None for other chunks."""
    size, first = len(chunk), chunk.find(b"\n")
    if chunk.endswith(b"\r\n\r\n"):
        whole = chunk.startswith(b"data: ") and first == size - 3 and chunk.find(b"\r") == first - 1
        return SseEvent(chunk, chunk[6:-4], None) if whole else None
    if b"\r" in chunk or not chunk.endswith(b"\n\n"):
        return None
    if chunk.startswith(b"data: "):
        return SseEvent(chunk, chunk[6:-2], None) if first == size - 2 else None
    if (
        chunk.startswith(b"event: ")
        and chunk.startswith(b"data: ", first + 1)
        and chunk.find(b"\n", first + 1) == size - 2
    ):
        return SseEvent(chunk, chunk[first + 7 : -2], chunk[7:first])
    return None


def _release_idle(rest: bytes, events: list[SseEvent]) -> bytes:
    """Passes on what no event can depend on: blank lines and finished comments where an event would begin.

    Keep-alives are often a lone comment line; they must not wait for the next event.
    """
    if rest[:1] in (b"\n", b"\r") and (blank := _BLANK_LINES.match(rest)):
        events.append(SseEvent(blank[0], None, None))
        rest = rest[blank.end() :]
    if rest[:1] == b":" and (comments := _COMMENT_LINES.match(rest)):
        events.append(SseEvent(comments[0], None, None))
        rest = rest[comments.end() :]
    return rest


def _event(raw: bytes, eol: bytes | None = None) -> SseEvent:
    """Reads an event's fields: no colon means an empty value; one space after the colon is no part of it.

    Args:
        raw: the event with its blank line.
        eol: the only line end in it, None when there may be several kinds.
    """
    if raw[:7] == b"event: " and eol:
        name, _, line = raw.partition(eol)
        if line[:6] == b"data: " and line.find(eol) == len(line) - 2 * len(eol):
            return SseEvent(raw, line[6 : -2 * len(eol)], name[7:])
    data: bytes | None = None
    event: bytes | None = None
    for line in _EOL.split(raw) if b"\r" in raw else raw.split(b"\n"):
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"data":
            data = value if data is None else data + b"\n" + value
        elif name == b"event":
            event = value
    return SseEvent(raw, data, event)


def _lines_with_data(raw: bytes, new: bytes) -> Iterable[bytes]:
    """The lines of `raw`, the data lines among them replaced."""
    written = False
    for line, eol in _LINE.findall(raw):
        if line != b"data" and not line.startswith(b"data:"):
            yield line + eol
        elif not written:
            written = True
            prefix = b"data:" if line[5:6] not in (b" ", b"") and new[:1] != b" " else b"data: "
            lines = _data_lines(new, prefix, eol or b"\n")
            # The unterminated last line of a cut stream stays unterminated.
            yield from lines if eol else [b"".join(lines).removesuffix(b"\n")]


def _data_lines(data: bytes, prefix: bytes, eol: bytes) -> list[bytes]:
    return [prefix + line + eol for line in _EOL.split(data)]
