"""Put the real values back into an answer: a whole JSON body, or a stream as it arrives.

A stream is taken apart in three layers: bytes to events (`dlp.wire`), events to channels (a provider's `StreamGrammar`), a channel's
text to released text (`dlp.masking.restoring`). An event that can't hold part of a token goes on as the bytes that came in.
What a channel holds back leaves before the event that ends the channel, in a copy of its last event.

A fault here must not lose the answer: the event concerned goes on as it came, its tokens visible, and is counted. Where the policy has
answers scanned (`dlp.engine.scan`) it is the other way round: what can't be examined ends the answer (`AnswerStopped`).
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from dlp.engine.echo import IDENTIFYING
from dlp.engine.framing import Framing, framing_by_bytes, framing_by_type
from dlp.engine.scan import AnswerScan, ScannedRestorer, Scanner
from dlp.engine.text import apply_edits
from dlp.errors import AnswerStopped, DetectorError, WireError, origin
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


_IDENTIFIER = re.compile(r"[\w.:/-]{0,128}\Z", re.ASCII)


class Stats:
    """Counts of one answer, for audit."""

    __slots__ = ("faults", "restored")

    def __init__(self) -> None:
        self.restored = 0
        self.faults = 0


MAX_CHANNELS = 4096
"""Texts of one stream that are kept apart: far more than any answer has, and what a connection of hours needs is the latest."""


class BytesRestorer(Protocol):
    """One streamed answer.

    `feed` and `flush` never raise for what a server sends, but for `AnswerStopped`, which comes with an `AnswerScan` alone: then
    nothing further of the answer may go on.
    """

    def feed(self, data: bytes) -> list[bytes]: ...

    def flush(self) -> list[bytes]: ...


def restore_body(
    body: bytes, wire_format: WireFormat, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None = None
) -> bytes:
    """A complete JSON body with its tokens replaced; the same object when there are none.

    Raises:
        WireError: It isn't JSON. The caller passes it on as it is, unless it is to be scanned.
        AnswerStopped: It must not go on.
    """
    if scan is None and not (values and re.search(rb"pii", body, re.IGNORECASE)):
        return body
    document = decode_document(body)
    changes = []
    for leaf in parse_leaves(document, numbers=False):
        if scan is not None and (blanked := _blanked(document, leaf)):
            changes.append(blanked)
            continue
        terms = _terms(leaf, wire_format, values)
        if terms is None:
            continue
        if edits := _edits(leaf, terms, stats, scan):
            changes.append((leaf.start, leaf.end, edit_literal(document, leaf, edits)))
    return splice(document, changes).encode("utf-8") if changes else body


def _terms(leaf: Leaf, wire_format: WireFormat, values: Mapping[str, str]) -> Mapping[str, str] | None:
    """What may be put back into a leaf; None if it has to stay as it is."""
    if wire_format.response.treatment(leaf) is Treatment.KEEP:
        return None
    return {} if isinstance(values, Originals) and not values.arguments and is_tool_argument(leaf) else values


def _edits(leaf: Leaf, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None) -> list[tuple[int, int, str]]:
    """What is replaced in a leaf that holds a whole text."""
    restored = Restorer(values).edits(leaf.value) if values else []
    foreign = scan.edits(leaf.value, str(leaf.key)) if scan is not None and _is_scanned(leaf) else []
    stats.restored += len(restored)
    if not foreign:
        return restored
    taken = [(edit.start, edit.end, edit.replacement) for edit in foreign]
    return sorted([*taken, *(each for each in restored if not any(_overlap(each, other) for other in taken))])


def _is_scanned(leaf: Leaf) -> bool:
    """Whether a leaf may hold words of the model's, and not only what the provider's own protocol puts there."""
    if is_tool_argument(leaf):
        return True
    return leaf.kind is Kind.STRING and not (leaf.key in IDENTIFYING and _IDENTIFIER.match(leaf.value))


_SPELT_OUT = frozenset({"logprobs", "logprobs_result", "logprobsResult", "top_logprobs"})
_CODES = re.compile(r"[ \t\r\n]*:[ \t\r\n]*(\[[\d,\s]*\])")


def _blanked(document: str, leaf: Leaf) -> tuple[int, int, str] | None:
    """The edit for a leaf that repeats the model's text in pieces too small to be scanned, beside their probabilities; None for others."""
    frame = leaf.parent
    while frame is not None and frame.key not in _SPELT_OUT:
        frame = frame.parent
    if frame is None:
        return None
    if leaf.kind is Kind.STRING:
        return leaf.start, leaf.end, '""'
    codes = _CODES.match(document, leaf.end) if leaf.kind is Kind.KEY and leaf.value == "bytes" else None
    return (codes.start(1), codes.end(1), "null") if codes else None


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


# What an event that completes the beginning of a URL contains, as `dlp.masking.links` knows them; `www.` may be cut.
_MAY_BEGIN_LINK = re.compile(rb'[/\\;]|www\.|"w{0,2}\.', re.IGNORECASE)
_KEPT_EVENTS = 128
"""Events left out that are looked at after all when one follows that matters: the beginning of a URL is no longer than that."""


class EventRestorer[P]:
    """The events of one stream, as JSON documents."""

    def __init__(
        self, wire_format: WireFormat, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None = None
    ) -> None:
        self._format = wire_format
        self._scan = scan
        self._grammar = (wire_format.stream or StreamGrammar([])).fresh()
        self._values = values
        self._stats = stats
        self._channels: dict[Channel, Restorer | ScannedRestorer] = {}
        # Channels that hold text back, each with its last event: a document and the deltas in it.
        self._held: dict[Channel, tuple[str, list[tuple[int, int, Channel]], P]] = {}
        self._skips = False
        self._skipped: deque[tuple[bytes, P, str]] = deque(maxlen=_KEPT_EVENTS)
        self.refresh()

    def refresh(self, scan: AnswerScan | None = None) -> None:
        """Take note that there are further values, for a stream that answers several requests."""
        self._scan = scan if self._scan is None else self._scan
        # JSON inside a channel is followed from its first character, if a value would have to be escaped in it.
        self._skips = (
            self._scan is None
            and not self._grammar.stateful
            and all(escape(value) == value for value in self._values.values())
        )

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
            AnswerStopped: Neither this event nor another may go on.
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
        except AnswerStopped:
            raise
        except Exception as error:  # the event goes on as it came, behind the text that was held back before it
            self._stats.faults += 1
            if self._scan is not None:
                raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
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
            if self._scan is not None and (blanked := _blanked(document, leaf)):
                changes.append(blanked)
                continue
            terms = _terms(leaf, self._format, self._values)
            if terms is None:
                continue
            channel = self._grammar.channel(event, leaf)
            if channel is None:
                if edits := _edits(leaf, terms, self._stats, self._scan):
                    changes.append((leaf.start, leaf.end, edit_literal(document, leaf, edits)))
                continue
            restorer = self._channels.get(channel)
            if restorer is None:
                self._make_room()
                restorer = self._channels[channel] = _restorer(terms, self._scan)
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

    def _flushed(self, restorer: Restorer | ScannedRestorer) -> str:
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


def _restorer(values: Mapping[str, str], scan: AnswerScan | None) -> Restorer | ScannedRestorer:
    """What a new channel goes through."""
    return Restorer(values) if scan is None else ScannedRestorer(Scanner(scan), Restorer(values))


class StreamRestorer[P]:
    """One streamed answer: bytes in, bytes out (`BytesRestorer`)."""

    def __init__(
        self,
        framing: Framing[P],
        wire_format: WireFormat,
        values: Mapping[str, str],
        stats: Stats,
        scan: AnswerScan | None = None,
    ) -> None:
        self._framing = framing
        self._scan = scan
        self._events: EventRestorer[P] = EventRestorer(wire_format, values, stats, scan)
        self._stats = stats
        self._broken = False

    def feed(self, data: bytes) -> list[bytes]:
        if self._broken:
            return [data]
        try:
            pieces = self._framing.decoder.feed(data)
        except WireError:
            return self._give_up()
        return self._pieces(pieces)

    def flush(self) -> list[bytes]:
        if self._broken:
            return []
        try:
            pieces = self._framing.decoder.flush()
        except WireError:
            return self._give_up()
        return self._pieces(pieces, final=True)

    def _pieces(self, pieces: list[P], *, final: bool = False) -> list[bytes]:
        out: list[bytes] = []
        try:
            for at, piece in enumerate(pieces, 1):
                out += self._piece(piece, final=final and at == len(pieces))
                self._framing.went_by(piece)
            return out + self._rest() if final else out
        except AnswerStopped as stop:
            stop.before = out
            stop.separator = self._framing.separator
            raise

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
                return [*held, self._without_document(piece)]
            copies, new = self._events.event(document, piece, framing.name(piece), final=final)
            out = [framing.copy(carrier, copy.encode("utf-8"), last=False) for copy, carrier in copies]
            out.append(framing.raw(piece) if new is None else framing.changed(piece, new.encode("utf-8")))
            return out
        except AnswerStopped:
            raise
        except Exception as error:  # whatever it is, the client gets the event as it came
            self._stats.faults += 1
            if self._scan is not None:
                raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
            return [*(self._rest(last=False) if final else []), framing.raw(piece)]

    def _without_document(self, piece: P) -> bytes:
        """What goes on for a piece that holds no JSON: a comment, the mark of the end, the comma between two elements."""
        raw = self._framing.raw(piece)
        if self._scan is None:
            return raw
        text = raw.decode("utf-8", "surrogateescape")
        return apply_edits(text, self._scan.edits(text)).encode("utf-8", "surrogateescape")

    def _rest(self, *, last: bool = True) -> list[bytes]:
        """What is held back, at the end of the stream or (not `last`) before its last piece."""
        try:
            return [
                self._framing.copy(carrier, copy.encode("utf-8"), last=last) for copy, carrier in self._events.finish()
            ]
        except AnswerStopped:
            raise
        except Exception as error:
            self._stats.faults += 1
            if self._scan is not None:
                raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
            return []

    def _give_up(self) -> list[bytes]:
        """The framing is broken: what follows goes on as it comes."""
        self._stats.faults += 1
        if self._scan is not None:
            raise AnswerStopped("its framing is broken", status=502)
        self._broken = True
        return [*self._rest(), self._framing.decoder.drain()]


class MessageRestorer:
    """The messages that a server sends over a WebSocket, each of them one event. `repr` shows no value."""

    def __init__(self, wire_format: WireFormat, stats: Stats) -> None:
        self._values = Originals()
        self._events: EventRestorer[None] = EventRestorer(wire_format, self._values, stats)
        self._stats = stats
        self._scan: AnswerScan | None = None

    def __repr__(self) -> str:
        return f"<MessageRestorer with {len(self._values)} values>"

    @property
    def values(self) -> Mapping[str, str]:
        """What has been learnt so far; it grows."""
        return self._values

    def learn(self, values: Mapping[str, str], scan: AnswerScan | None = None) -> None:
        """Values of a further message of the client, as `Examined.values` has them, and its `Examined.scan`.

        Raises:
            DetectorError: A digest stands for two values, or there are too many; nothing was learnt.
        """
        if scan is not None:
            if self._scan is None:
                self._scan = scan
            else:
                self._scan.join(scan)
        if not values:
            self._events.refresh(self._scan)
            return
        if any(self._values.get(digest, value) != value for digest, value in values.items()):
            raise DetectorError("two values of this connection have one token")
        if len(self._values) + len(values) > MAX_VALUES:
            raise DetectorError("this connection holds too many values")
        self._values.learn(values)
        self._events.refresh(self._scan)

    def feed(self, message: bytes) -> list[bytes]:
        """The messages to send instead, in order. Raises `AnswerStopped` as `BytesRestorer` does, and nothing else."""
        if not self._values and self._scan is None:
            return [message]
        try:
            copies, new = self._events.event(message, None)
        except AnswerStopped:
            raise
        except Exception as error:  # whatever it is, the client gets the message as it came
            self._stats.faults += 1
            if self._scan is not None:
                raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
            return [message]
        return [*(copy.encode("utf-8") for copy, _ in copies), message if new is None else new.encode("utf-8")]

    def flush(self) -> list[bytes]:
        """Messages that carry what is still held back, at the end of the connection."""
        return [copy.encode("utf-8") for copy, _ in self._events.finish()]


MAX_VALUES = 100_000
"""Values of one connection that are remembered; a client that sends more has to open another."""


class TextRestorer:
    """An answer of plain text, one channel from end to end."""

    def __init__(self, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None = None) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._restorer = _restorer(values, scan)
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

    def __init__(
        self, wire_format: WireFormat, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None = None
    ) -> None:
        self._known = (wire_format, values, stats, scan)
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


def _by_first_bytes(
    head: bytes, wire_format: WireFormat, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None
) -> BytesRestorer:
    framing = framing_by_bytes(head, wire_format)
    if framing is None:
        return TextRestorer(values, stats, scan)
    return StreamRestorer(framing, wire_format, values, stats, scan)


def stream_restorer(
    content_type: str,
    wire_format: WireFormat,
    values: Mapping[str, str],
    stats: Stats,
    scan: AnswerScan | None = None,
) -> BytesRestorer:
    """The restorer for a streamed answer, by its content type where that says enough, else by its first bytes."""
    framing = framing_by_type(content_type, wire_format)
    if framing is None:
        return SniffingRestorer(wire_format, values, stats, scan)
    return StreamRestorer(framing, wire_format, values, stats, scan)
