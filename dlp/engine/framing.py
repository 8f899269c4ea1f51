"""How a streamed answer is cut into events: server-sent events, lines, one long array, AWS event-stream messages.

A `Framing` joins a decoder of `dlp.wire` with what is needed to change a piece, or to send one more of its kind.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dlp.errors import WireError
from dlp.providers.format import Payload, WireFormat
from dlp.wire.eventstream import EventStreamDecoder, EventStreamMessage
from dlp.wire.json_array import ArrayDecoder, ArrayPiece
from dlp.wire.json_leaves import Kind, Leaf, decode_document, parse_leaves, splice
from dlp.wire.ndjson import CONTENT_TYPES, Line, LineDecoder
from dlp.wire.sse import SseDecoder, SseEvent


@dataclass(frozen=True, slots=True)
class Shell[P]:
    """What stood around the document of a piece. Bytes that have the same around one line of JSON, where a piece begins, are a piece like it."""

    head: bytes
    tail: bytes
    name: str
    """What the framing calls the event."""
    piece: Callable[[bytes], P]
    """The piece that has a document in this shell."""


class Framing[P]:
    """How a stream's bytes are cut into pieces, and which of them are events.

    `decoder` follows the contract of `dlp.wire`: `feed`, `flush`, and `drain` for what is left after an error.
    """

    decoder: Decoder[P]
    separator: bytes | None = None
    """In an array, what has to stand between what went by and one more element."""

    def shell(self, piece: P) -> Shell[P] | None:
        """What another piece may be known by before it is cut out, where the next byte begins one; None if it can't be told so."""
        return None

    def raw(self, piece: P) -> bytes:
        """The bytes of a piece as they came."""
        raise NotImplementedError

    def document(self, piece: P) -> bytes | None:
        """The JSON document of a piece, None if it holds none."""
        raise NotImplementedError

    def went_by(self, piece: P) -> None:
        """Take note that a piece has been sent on."""

    def name(self, piece: P) -> str:
        """What the framing calls an event; "" where it has no names."""
        return ""

    def ends(self, piece: P) -> bool:
        """Whether a piece without a document ends the stream, so that what is held back must leave before it."""
        return False

    def changed(self, piece: P, document: bytes) -> bytes:
        """A piece with another document."""
        raise NotImplementedError

    def copy(self, piece: P, document: bytes, *, last: bool) -> bytes:
        """An event to be sent in addition, before a further event or (`last`) at the end of the stream."""
        return self.changed(piece, document)


class Decoder[P](Protocol):
    def feed(self, chunk: bytes) -> list[P]: ...

    def flush(self) -> list[P]: ...

    def drain(self) -> bytes: ...


class SseFraming(Framing[SseEvent]):
    """Server-sent events with JSON data."""

    def __init__(self, wire_format: WireFormat) -> None:
        self.decoder = self._cutter = SseDecoder()
        self._done = wire_format.done
        self._bare = wire_format.raw_events

    def shell(self, piece: SseEvent) -> Shell[SseEvent] | None:
        raw, data, event = piece
        if not self._cutter.idle or not data or data[:1] != b"{" or b"\n" in data or self.name(piece) in self._bare:
            return None
        at = raw.rfind(data)
        head, tail = raw[:at], raw[at + len(data) :]
        if tail not in (b"\n\n", b"\r\n\r\n") or not head.endswith(b"data: "):
            return None
        return Shell(head, tail, self.name(piece), lambda document: SseEvent(head + document + tail, document, event))

    def raw(self, piece: SseEvent) -> bytes:
        return piece.raw

    def document(self, piece: SseEvent) -> bytes | None:
        data = piece.data
        if not data:
            return None
        if self._bare and self.name(piece) in self._bare:
            return json.dumps({"text": data.decode("utf-8", "surrogateescape")}).encode("ascii")
        if data[:1] == b"{":  # no mark of an end begins like this
            return data
        return data if data.lstrip()[:1] in (b"{", b"[") and not self.ends(piece) else None

    def name(self, piece: SseEvent) -> str:
        return piece.event.decode("utf-8", "replace") if piece.event else ""

    def ends(self, piece: SseEvent) -> bool:
        return piece.data is not None and piece.data in (b"[DONE]", self._done)  # many servers end as OpenAI does

    def copy(self, piece: SseEvent, document: bytes, *, last: bool) -> bytes:
        copy = self.changed(piece, document)
        # The decoder lets an event go on the CR of its last CRLF; the LF came behind it, and won't for the copy.
        return copy + b"\n" if copy.endswith(b"\n\r") else copy

    def changed(self, piece: SseEvent, document: bytes) -> bytes:
        if self.name(piece) in self._bare:
            document = json.loads(document)["text"].encode("utf-8", "surrogateescape")
        return piece.with_data(document)


class LineFraming(Framing[Line]):
    """One JSON document a line."""

    def __init__(self) -> None:
        self.decoder = self._cutter = LineDecoder()

    def shell(self, piece: Line) -> Shell[Line] | None:
        eol = piece.eol
        return Shell(b"", eol, "", lambda document: Line(document, eol)) if self._cutter.idle and eol else None

    def raw(self, piece: Line) -> bytes:
        return piece.raw

    def document(self, piece: Line) -> bytes | None:
        return piece.content if piece.content.strip() else None

    def changed(self, piece: Line, document: bytes) -> bytes:
        return document + piece.eol

    def copy(self, piece: Line, document: bytes, *, last: bool) -> bytes:
        return document + (piece.eol or b"\n")


class ArrayFraming(Framing[ArrayPiece]):
    """The elements of one JSON array."""

    def __init__(self) -> None:
        self.decoder = ArrayDecoder()
        self.separator = b"["

    def raw(self, piece: ArrayPiece) -> bytes:
        return piece.raw

    def document(self, piece: ArrayPiece) -> bytes | None:
        return piece.raw if piece.is_element else None

    def went_by(self, piece: ArrayPiece) -> None:
        if piece.is_element:
            self.separator = b","
        elif b"[" in piece.raw or b"," in piece.raw:
            self.separator = b""

    def ends(self, piece: ArrayPiece) -> bool:
        return not piece.is_element and b"]" in piece.raw

    def changed(self, piece: ArrayPiece, document: bytes) -> bytes:
        return document

    def copy(self, piece: ArrayPiece, document: bytes, *, last: bool) -> bytes:
        return b"," + document if last else document + b","


class EventStreamFraming(Framing[EventStreamMessage]):
    """AWS event-stream messages with JSON payloads, or with payloads that wrap text or JSON in base64."""

    def __init__(self, wire_format: WireFormat) -> None:
        self.decoder = EventStreamDecoder()
        self._payload = wire_format.payload

    def raw(self, piece: EventStreamMessage) -> bytes:
        return piece.raw

    def name(self, piece: EventStreamMessage) -> str:
        return str(piece.header(":event-type") or piece.header(":exception-type") or "")

    def document(self, piece: EventStreamMessage) -> bytes | None:
        wrapped = self._wrapped(piece)
        if wrapped is None:
            return piece.payload if piece.payload[:1] == b"{" else None
        inner = base64.b64decode(wrapped.value)
        if self._payload is Payload.BASE64_JSON:
            return inner
        literal = json.dumps(inner.decode("utf-8", "surrogateescape"))  # a piece may begin inside a character
        return splice(piece.payload.decode("utf-8"), [(wrapped.start, wrapped.end, literal)]).encode("utf-8")

    def changed(self, piece: EventStreamMessage, document: bytes) -> bytes:
        wrapped = self._wrapped(piece)
        if wrapped is None:
            return piece.with_payload(document)
        if self._payload is Payload.BASE64_JSON:
            literal = base64.b64encode(document).decode("ascii")
            return piece.with_payload(
                splice(piece.payload.decode("utf-8"), [(wrapped.start, wrapped.end, f'"{literal}"')]).encode("utf-8")
            )
        text = document.decode("utf-8")
        leaf = _root_string(text, _WRAPPED)
        if leaf is None:
            raise WireError("event lost its text")
        literal = base64.b64encode(leaf.value.encode("utf-8", "surrogateescape")).decode("ascii")
        return piece.with_payload(splice(text, [(leaf.start, leaf.end, f'"{literal}"')]).encode("utf-8"))

    def _wrapped(self, piece: EventStreamMessage) -> Leaf | None:
        """The base64 in a message's payload, if the format has any and this message does."""
        if self._payload is Payload.JSON or self.name(piece) != "chunk":
            return None
        return _root_string(decode_document(piece.payload), _WRAPPED)


_WRAPPED = "bytes"


def _root_string(document: str, member: str) -> Leaf | None:
    for leaf in parse_leaves(document, numbers=False):
        if leaf.key == member and leaf.kind is Kind.STRING and leaf.parent is not None and leaf.parent.parent is None:
            return leaf
    return None


_SSE_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:data|event|id|retry)?:")
_SSE_NAME = re.compile(rb"(?:\xef\xbb\xbf)?(?:[deir:]|\Z)")
"""How the line of an event begins, and no line of JSON."""
_BROKEN_OBJECT = re.compile(rb"\{[ \t]*\r?\n")
"""One object over several lines, which no stream of lines has: a server that doesn't stream, or fails."""
_LINES = CONTENT_TYPES | {"application/stream+json"}


def framing_by_type(content_type: str, wire_format: WireFormat) -> Framing[Any] | None:
    """How a streamed answer of this content type is cut; None if the type doesn't say."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return SseFraming(wire_format)
    if kind == "application/vnd.amazon.eventstream":
        return EventStreamFraming(wire_format)
    return LineFraming() if kind in _LINES else None


def framing_by_bytes(head: bytes, wire_format: WireFormat) -> Framing[Any] | None:
    """How a streamed answer that begins like this is cut; None for plain text. Servers stream under any content type, or none."""
    start = head.lstrip()
    if _SSE_START.match(start):
        return SseFraming(wire_format)
    if start[:1] == b"[" or _BROKEN_OBJECT.match(start):
        return ArrayFraming()
    return LineFraming() if start[:1] == b"{" else None


def belies(start: bytes, framing: Framing[Any]) -> bool:
    """Whether an answer that begins like this can't be cut as its content type says: JSON that is called events, or the other way round."""
    if isinstance(framing, SseFraming):
        return start[:1] in (b"{", b"[")
    return isinstance(framing, LineFraming) and _SSE_NAME.match(start) is not None
