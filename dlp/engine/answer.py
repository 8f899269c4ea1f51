"""Put the real values back into an answer: a whole JSON body, or a stream as it arrives.

A stream is taken apart in three layers: bytes to events (`dlp.wire`), events to channels (a provider's `StreamGrammar`), a channel's
text to released text (`dlp.masking.restoring`). An event that can't hold part of a token goes on as the bytes that came in.
What a channel holds back leaves before the event that ends the channel, in a copy of its last event.

A fault here must not lose the answer: the event concerned goes on as it came, its tokens visible, and is counted.
"""

from __future__ import annotations

import base64
import codecs
import contextlib
import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from dlp.errors import DetectorError, WireError
from dlp.masking.restoring import Originals, Restorer
from dlp.providers.calls import is_tool_argument
from dlp.providers.format import Channel, Event, Payload, StreamGrammar, WireFormat, is_closed
from dlp.providers.rules import Treatment
from dlp.wire.eventstream import EventStreamDecoder, EventStreamMessage
from dlp.wire.json_array import ArrayDecoder, ArrayPiece
from dlp.wire.json_leaves import (
    Kind,
    Leaf,
    decode_document,
    edit_literal,
    escape,
    parse_leaves,
    splice,
)
from dlp.wire.ndjson import Line, LineDecoder
from dlp.wire.sse import SseDecoder, SseEvent

# What an event (lower case) must contain to hold part of a token in any spelling, besides the letters of the prefix: a string that ends in
# what may be the beginning of one. A quote follows, since a text ends where its JSON string does.
_MAY_BEGIN_TOKEN = re.compile(
    rb'pi?[ \t]{0,2}"|(?:[\[%&\\]|\xe3\x80\x90|\xef\xbc\xbb)[#\w;\\]{0,8}[ \t]{0,2}"|\[(?:\\u00a0|\xc2\xa0)'
)


def _may_hold(data: bytes) -> bool:
    lowered = data.lower()
    return b"pii" in lowered or _MAY_BEGIN_TOKEN.search(lowered) is not None


class Stats:
    """Counts of one answer, for audit."""

    __slots__ = ("faults", "restored")

    def __init__(self) -> None:
        self.restored = 0
        self.faults = 0


MAX_CHANNELS = 4096
"""Texts of one stream that are kept apart: far more than any answer has, and what a connection of hours needs is the latest."""


class BytesRestorer(Protocol):
    """One streamed answer. `feed` and `flush` never raise for what a server sends."""

    def feed(self, data: bytes) -> list[bytes]: ...

    def flush(self) -> list[bytes]: ...


def restore_body(body: bytes, wire_format: WireFormat, values: Mapping[str, str], stats: Stats) -> bytes:
    """A complete JSON body with its tokens replaced; the same object when there are none.

    Raises:
        WireError: It isn't JSON. The caller passes it on as it is.
    """
    if not values or not re.search(rb"pii", body, re.IGNORECASE):
        return body
    document = decode_document(body)
    changes = []
    for leaf in parse_leaves(document, numbers=False):
        if _stays(leaf, wire_format, values):
            continue
        if edits := Restorer(values).edits(leaf.value):
            stats.restored += len(edits)
            changes.append((leaf.start, leaf.end, edit_literal(document, leaf, edits)))
    return splice(document, changes).encode("utf-8") if changes else body


def _stays(leaf: Leaf, wire_format: WireFormat, values: Mapping[str, str]) -> bool:
    """Whether nothing is put back into a leaf."""
    if wire_format.response.treatment(leaf) is Treatment.KEEP:
        return True
    return isinstance(values, Originals) and not values.arguments and is_tool_argument(leaf)


# What an event that completes the beginning of a URL contains, as `dlp.masking.links` knows them; `www.` may be cut.
_MAY_BEGIN_LINK = re.compile(rb'[/\\;]|www\.|"w{0,2}\.', re.IGNORECASE)
_KEPT_EVENTS = 128
"""Events left out that are looked at after all when one follows that matters: the beginning of a URL is no longer than that."""


class EventRestorer[P]:
    """The events of one stream, as JSON documents."""

    def __init__(self, wire_format: WireFormat, values: Mapping[str, str], stats: Stats) -> None:
        self._format = wire_format
        self._grammar = (wire_format.stream or StreamGrammar([])).fresh()
        self._values = values
        self._stats = stats
        self._channels: dict[Channel, Restorer] = {}
        # Channels that hold text back, each with its last event: a document and the deltas in it.
        self._held: dict[Channel, tuple[str, list[tuple[int, int, Channel]], P]] = {}
        self._skips = False
        self._skipped: deque[tuple[bytes, P, str]] = deque(maxlen=_KEPT_EVENTS)
        self.refresh()

    def refresh(self) -> None:
        """Take note that there are further values, for a stream that answers several requests."""
        # JSON inside a channel is followed from its first character, if a value would have to be escaped in it.
        self._skips = not self._grammar.stateful and all(escape(value) == value for value in self._values.values())

    @property
    def holding(self) -> bool:
        return bool(self._held)

    def event(
        self, data: bytes, carrier: P, name: str = "", *, final: bool = False
    ) -> tuple[list[tuple[str, P]], str | None]:
        """Take one event.

        Args:
            name: What the framing calls the event.
            carrier: What the caller needs to send a copy of this event later; handed back with the copy.
            final: Nothing follows, so that nothing may be held back.

        Returns:
            Events to send before this one, each as `(document, carrier)`, and this event's new document, None if it stays as it is.

        Raises:
            WireError: The event isn't JSON. What is held back stays so.
        """
        if self._skips and not _may_hold(data) and not self.holding and not self._concerns_link(data):
            if self._follows_links:
                self._skipped.append((data, carrier, name))
            return [], None
        while self._skipped:
            with contextlib.suppress(WireError):  # it went by as it came
                self._take(*self._skipped.popleft())
        return self._take(data, carrier, name, final=final)

    @property
    def _follows_links(self) -> bool:
        return isinstance(self._values, Originals) and self._values.links is not None

    def _concerns_link(self, data: bytes) -> bool:
        """Whether an event may begin, continue or end a URL in which values are not put back."""
        if not self._follows_links:
            return False
        return _MAY_BEGIN_LINK.search(data) is not None or any(each.in_link for each in self._channels.values())

    def _take(
        self, data: bytes, carrier: P, name: str, *, final: bool = False
    ) -> tuple[list[tuple[str, P]], str | None]:
        document = decode_document(data)
        leaves = parse_leaves(document, numbers=False)
        before = {channel: self._channels[channel].held for channel in self._held}
        try:
            return self._restored(document, Event(leaves, name), carrier, final=final)
        except Exception:  # the event goes on as it came, behind the text that was held back before it
            self._stats.faults += 1
            copies = [self._copy(channel, text) for channel, text in before.items()]
            self._channels.clear()
            self._held.clear()
            return copies, None

    def _restored(
        self, document: str, event: Event, carrier: P, *, final: bool
    ) -> tuple[list[tuple[str, P]], str | None]:
        closed = [()] if final else list(self._grammar.closes(event))
        changes: list[tuple[int, int, str]] = []
        in_event: dict[Channel, int] = {}
        deltas: list[tuple[int, int, Channel]] = []
        for leaf in event.leaves:
            if _stays(leaf, self._format, self._values):
                continue
            channel = self._grammar.channel(event, leaf)
            if channel is None:
                edits = Restorer(self._values).edits(leaf.value)
                if edits:
                    self._stats.restored += len(edits)
                    changes.append((leaf.start, leaf.end, edit_literal(document, leaf, edits)))
                continue
            restorer = self._channels.get(channel)
            if restorer is None:
                self._make_room()
                restorer = self._channels[channel] = Restorer(self._values)
            before = restorer.restored
            text = restorer.feed(leaf.value)
            self._stats.restored += restorer.restored - before
            in_event[channel] = len(changes)
            deltas.append((leaf.start, leaf.end, channel))
            changes.append(
                (leaf.start, leaf.end, f'"{escape(text)}"' if text != leaf.value else document[leaf.start : leaf.end])
            )
        copies = []
        for channel in [channel for channel in (self._held | in_event) if is_closed(channel, closed)]:
            restorer = self._channels[channel]
            if not restorer.holding:
                continue
            rest = self._flushed(restorer)
            at = in_event.get(channel)
            if at is not None:  # the event that ends the channel also carries its last text
                start, end, literal = changes[at]
                changes[at] = (start, end, literal[:-1] + escape(rest) + '"')
            else:
                copies.append(self._copy(channel, rest))
        for channel in list(self._held | in_event):
            if not self._channels[channel].holding:
                self._held.pop(channel, None)
            elif channel in in_event:
                self._held[channel] = (document, deltas, carrier)
        new = splice(document, changes)
        return copies, None if new == document else new

    def finish(self) -> list[tuple[str, P]]:
        """Copies that carry what is still held back, at the end of the stream."""
        copies = [self._copy(channel, self._flushed(self._channels[channel])) for channel in self._held]
        self._held.clear()
        return copies

    def _make_room(self) -> None:
        """Forget the oldest channel that holds nothing back, should there be too many."""
        if len(self._channels) >= MAX_CHANNELS:
            oldest = next((channel for channel, restorer in self._channels.items() if not restorer.holding), None)
            if oldest is None:
                raise WireError("too many texts at once")
            del self._channels[oldest]

    def _flushed(self, restorer: Restorer) -> str:
        before = restorer.restored
        rest = restorer.flush()
        self._stats.restored += restorer.restored - before
        return rest

    def _copy(self, channel: Channel, text: str) -> tuple[str, P]:
        """The channel's last event once more: `text` is its delta, other deltas are empty, and what clients add up is null."""
        document, deltas, carrier = self._held[channel]
        mine = next(start for start, _, of in deltas if of == channel)
        changes = [(start, end, f'"{escape(text)}"' if start == mine else '""') for start, end, _ in deltas]
        changes += [
            (leaf.start, leaf.end, "null")
            for leaf in parse_leaves(document, numbers=False)
            if leaf.kind is Kind.STRING and self._grammar.comes_once(leaf)
        ]
        return splice(document, sorted(changes)), carrier


class Framing[P]:
    """How a stream's bytes are cut into pieces, and which of them are events.

    `decoder` follows the contract of `dlp.wire`: `feed`, `flush`, and `drain` for what is left after an error.
    """

    decoder: Decoder[P]

    def raw(self, piece: P) -> bytes:
        """The bytes of a piece as they came."""
        raise NotImplementedError

    def document(self, piece: P) -> bytes | None:
        """The JSON document of a piece, None if it holds none."""
        raise NotImplementedError

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
        self.decoder = SseDecoder()
        self._done = wire_format.done
        self._bare = wire_format.raw_events

    def raw(self, piece: SseEvent) -> bytes:
        return piece.raw

    def document(self, piece: SseEvent) -> bytes | None:
        if piece.data and self.name(piece) in self._bare:
            return json.dumps({"text": piece.data.decode("utf-8", "surrogateescape")}).encode("ascii")
        return piece.data if piece.data and piece.data.lstrip()[:1] in (b"{", b"[") and not self.ends(piece) else None

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
        self.decoder = LineDecoder()

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

    def raw(self, piece: ArrayPiece) -> bytes:
        return piece.raw

    def document(self, piece: ArrayPiece) -> bytes | None:
        return piece.raw if piece.is_element else None

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


class StreamRestorer[P]:
    """One streamed answer: bytes in, bytes out. Never raises for what a server sends."""

    def __init__(self, framing: Framing[P], wire_format: WireFormat, values: Mapping[str, str], stats: Stats) -> None:
        self._framing = framing
        self._events: EventRestorer[P] = EventRestorer(wire_format, values, stats)
        self._stats = stats
        self._broken = False

    def feed(self, data: bytes) -> list[bytes]:
        if self._broken:
            return [data]
        try:
            pieces = self._framing.decoder.feed(data)
        except WireError:
            return self._give_up()
        return [part for piece in pieces for part in self._piece(piece)]

    def flush(self) -> list[bytes]:
        if self._broken:
            return []
        try:
            pieces = self._framing.decoder.flush()
        except WireError:
            return self._give_up()
        out = [part for piece in pieces[:-1] for part in self._piece(piece)]
        for piece in pieces[-1:]:
            out += self._piece(piece, final=True)
        return out + self._rest()

    def _piece(self, piece: P, *, final: bool = False) -> list[bytes]:
        """What goes on for a piece.

        Args:
            final: It is the last one and perhaps unfinished: what is held back can't stand behind it.
        """
        framing = self._framing
        try:
            document = framing.document(piece)
            if document is None:
                held = self._rest(last=framing.ends(piece)) if final or framing.ends(piece) else []
                return [*held, framing.raw(piece)]
            copies, new = self._events.event(document, piece, framing.name(piece), final=final)
            out = [framing.copy(carrier, copy.encode("utf-8"), last=False) for copy, carrier in copies]
            out.append(framing.raw(piece) if new is None else framing.changed(piece, new.encode("utf-8")))
            return out
        except Exception:  # whatever it is, the client gets the event as it came
            self._stats.faults += 1
            return [*(self._rest(last=False) if final else []), framing.raw(piece)]

    def _rest(self, *, last: bool = True) -> list[bytes]:
        """What is held back, at the end of the stream or (not `last`) before its last piece."""
        try:
            return [
                self._framing.copy(carrier, copy.encode("utf-8"), last=last) for copy, carrier in self._events.finish()
            ]
        except Exception:
            self._stats.faults += 1
            return []

    def _give_up(self) -> list[bytes]:
        """The framing is broken: what follows goes on as it comes."""
        self._stats.faults += 1
        self._broken = True
        return [*self._rest(), self._framing.decoder.drain()]


class MessageRestorer:
    """The messages that a server sends over a WebSocket, each of them one event. Never raises for what a server sends.

    `repr` shows no value.
    """

    def __init__(self, wire_format: WireFormat, stats: Stats) -> None:
        self._values = Originals()
        self._events: EventRestorer[None] = EventRestorer(wire_format, self._values, stats)
        self._stats = stats

    def __repr__(self) -> str:
        return f"<MessageRestorer with {len(self._values)} values>"

    def learn(self, values: Mapping[str, str]) -> None:
        """Values of a further message of the client, as `Examined.values` has them.

        Raises:
            DetectorError: A digest stands for two values, or there are too many; nothing was learnt.
        """
        if not values:
            return
        if any(self._values.get(digest, value) != value for digest, value in values.items()):
            raise DetectorError("two values of this connection have one token")
        if len(self._values) + len(values) > MAX_VALUES:
            raise DetectorError("this connection holds too many values")
        self._values.learn(values)
        self._events.refresh()

    def feed(self, message: bytes) -> list[bytes]:
        """The messages to send instead, in order."""
        if not self._values:
            return [message]
        try:
            copies, new = self._events.event(message, None)
        except Exception:  # whatever it is, the client gets the message as it came
            self._stats.faults += 1
            return [message]
        return [*(copy.encode("utf-8") for copy, _ in copies), message if new is None else new.encode("utf-8")]

    def flush(self) -> list[bytes]:
        """Messages that carry what is still held back, at the end of the connection."""
        return [copy.encode("utf-8") for copy, _ in self._events.finish()]


MAX_VALUES = 100_000
"""Values of one connection that are remembered; a client that sends more has to open another."""


class TextRestorer:
    """An answer of plain text, one channel from end to end."""

    def __init__(self, values: Mapping[str, str], stats: Stats) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._restorer = Restorer(values)
        self._stats = stats

    def feed(self, data: bytes) -> list[bytes]:
        return self._out(self._restorer.feed(self._decode(data)))

    def flush(self) -> list[bytes]:
        return self._out(self._restorer.feed(self._decode(b"", True)) + self._restorer.flush())

    def _out(self, text: str) -> list[bytes]:
        self._stats.restored = self._restorer.restored
        return [text.encode("utf-8", "surrogateescape")] if text else []


_SSE_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:data|event|id|retry)?:")
_BROKEN_OBJECT = re.compile(rb"\{[ \t]*\r?\n")
"""One object over several lines, which no stream of lines has: a server that doesn't stream, or fails."""


class SniffingRestorer:
    """An answer of unknown kind: the first bytes tell. Servers stream events under any content type, or none."""

    def __init__(self, wire_format: WireFormat, values: Mapping[str, str], stats: Stats) -> None:
        self._known = (wire_format, values, stats)
        self._head = b""
        self._chosen: BytesRestorer | None = None

    def feed(self, data: bytes) -> list[bytes]:
        if self._chosen is not None:
            return self._chosen.feed(data)
        self._head += data
        if len(self._head.lstrip()) < _SNIFFED:
            return []
        return self._decide()

    def flush(self) -> list[bytes]:
        return self._decide() + (self._chosen.flush() if self._chosen is not None else [])

    def _decide(self) -> list[bytes]:
        if self._chosen is not None:
            return []
        self._chosen = _by_first_bytes(self._head, *self._known)
        head, self._head = self._head, b""
        return self._chosen.feed(head)


_SNIFFED = 9
"""Bytes needed to tell the kinds apart: a byte-order mark and `event:`."""


def _by_first_bytes(head: bytes, wire_format: WireFormat, values: Mapping[str, str], stats: Stats) -> BytesRestorer:
    start = head.lstrip()
    if _SSE_START.match(start):
        return StreamRestorer(SseFraming(wire_format), wire_format, values, stats)
    if start[:1] == b"[" or _BROKEN_OBJECT.match(start):
        return StreamRestorer(ArrayFraming(), wire_format, values, stats)
    if start[:1] == b"{":
        return StreamRestorer(LineFraming(), wire_format, values, stats)
    return TextRestorer(values, stats)


def stream_restorer(
    content_type: str, wire_format: WireFormat, values: Mapping[str, str], stats: Stats
) -> BytesRestorer:
    """The restorer for a streamed answer, by its content type where that says enough, else by its first bytes."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return StreamRestorer(SseFraming(wire_format), wire_format, values, stats)
    if kind == "application/vnd.amazon.eventstream":
        return StreamRestorer(EventStreamFraming(wire_format), wire_format, values, stats)
    if kind in ("application/x-ndjson", "application/jsonl", "application/stream+json"):
        return StreamRestorer(LineFraming(), wire_format, values, stats)
    return SniffingRestorer(wire_format, values, stats)
