"""Put the real values back into an answer: a whole JSON body, or a stream as it arrives.

A stream is taken apart in three layers: bytes to events (`dlp.wire`), events to channels (a provider's `StreamGrammar`), a channel's
text to released text (`dlp.masking.restoring`). An event that can't hold part of a token goes on as the bytes that came in.
What a channel holds back leaves before the event that ends the channel, in a copy of its last event.

A fault here must not lose the answer: the event concerned goes on as it came, its tokens visible, and is counted.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from dlp.engine.framing import Framing, framing_by_bytes, framing_by_type
from dlp.errors import DetectorError, WireError
from dlp.masking.restoring import Originals, Restorer
from dlp.providers.calls import is_tool_argument
from dlp.providers.format import Channel, Event, StreamGrammar, WireFormat, is_closed
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import (
    Kind,
    Leaf,
    decode_document,
    edit_literal,
    escape,
    parse_leaves,
    splice,
)

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

    @property
    def values(self) -> Mapping[str, str]:
        """What has been learnt so far; it grows."""
        return self._values

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
    framing = framing_by_bytes(head, wire_format)
    return TextRestorer(values, stats) if framing is None else StreamRestorer(framing, wire_format, values, stats)


def stream_restorer(
    content_type: str, wire_format: WireFormat, values: Mapping[str, str], stats: Stats
) -> BytesRestorer:
    """The restorer for a streamed answer, by its content type where that says enough, else by its first bytes."""
    framing = framing_by_type(content_type, wire_format)
    if framing is None:
        return SniffingRestorer(wire_format, values, stats)
    return StreamRestorer(framing, wire_format, values, stats)
