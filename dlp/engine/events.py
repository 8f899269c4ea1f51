"""Put values back into the events of a stream, whatever carries them: text by text, each of which the client assembles from many events."""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from dlp.engine.leaves import Stats, blanked_by, edits_of, terms_for
from dlp.engine.moulds import MAX_MOULDS, Mould, mould_of
from dlp.engine.offsets import MEASURES, Moves, Replaced, moved_offsets
from dlp.engine.scan import AnswerScan, ScannedRestorer, Scanner
from dlp.errors import AnswerStopped, WireError, origin
from dlp.masking.restoring import Originals, Restorer, holds_stand_ins
from dlp.masking.shifts import Shifts
from dlp.providers.format import Channel, Event, OffsetRule, StreamGrammar, Unit, WireFormat, is_closed
from dlp.wire.json_leaves import Kind, Leaf, decode_document, edit_literal, escape, parse_leaves, splice

# What an event (lower case) must contain to hold part of a token in any spelling, besides the letters of the prefix: a string that ends in
# what may be the beginning of one. A quote follows, since a text ends where its JSON string does.
# All begins with one set of characters, and what follows looks back at which it was: `re` skips quickly to a set, but tries alternatives
# at each character, which would take three times as long.
_MAY_BEGIN_TOKEN = re.compile(
    rb'[p\[%&\\\xe3\xef](?:(?<=p)i?[ \t]{0,2}"|(?:(?<=[\[%&\\])|(?<=\xe3)\x80\x90|(?<=\xef)\xbc\xbb)'
    rb'(?:[#\w;\\]{0,8}[ \t]{0,2}|(?:\xc2\xad|\xe2\x80[\x8b-\x8d]|\xe2\x81\xa0|\xef\xbb\xbf){1,2})"'
    rb"|(?<=\[)(?:\\u00a0|\xc2\xa0))"
)


def _may_hold(data: bytes) -> bool:
    lowered = data.lower()
    return b"pii" in lowered or _MAY_BEGIN_TOKEN.search(lowered) is not None


MAX_CHANNELS = 4096
"""Texts of one stream that are kept apart: far more than any answer has, and what a connection of hours needs is the latest."""


# What an event that completes the beginning of a URL contains, as `dlp.masking.links` knows them; `www.` may be cut.
_LINK_MARKS = (b"/", b"\\", b";", b"www.", b'".', b'"w.', b'"ww.')
_KEPT_EVENTS = 128
"""Events left out that are looked at after all when one follows that matters: the beginning of a URL is no longer than that."""


_FIRST_TAKEN = 8
"""Events of a stream that are taken apart to get to know its kinds, where all of its text must be followed."""


MAX_UNCOUNTED = 4096
"""Events without tokens whose text is counted when an offset comes. In a stream with more of them, offsets stay as they are."""
MAX_UNCOUNTED_BYTES = 2**20


type _Like = tuple[Mould, tuple[int, int, str]]
"""What an event is like, where its text stands (in bytes, quotes included), and what that says."""
type Outcome[P] = tuple[Sequence[tuple[str, P]], bytes | None]
"""Events to send before one, each as `(document, carrier)`, and that event's new document, None if it stays as it is."""
_AS_IT_CAME: tuple[tuple[()], None] = ((), None)


class _Last[P](NamedTuple):
    """The last event of a channel that holds text back. Mostly nobody asks for it: the token is finished by another."""

    document: str | bytes
    deltas: list[tuple[int, int, Channel]]
    """Where the texts in it stand, in code points or bytes."""
    carrier: Callable[[bytes], P]

    def read(self) -> tuple[str, list[tuple[int, int, Channel]], P]:
        document, deltas = self.document, self.deltas
        if isinstance(document, str):
            return document, deltas, self.carrier(document.encode("utf-8"))
        places = [(len(document[:start].decode()), len(document[:end].decode()), of) for start, end, of in deltas]
        return document.decode(), places, self.carrier(document)


class EventRestorer[P]:
    """The events of one stream, as JSON documents."""

    def __init__(
        self, wire_format: WireFormat, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None = None
    ) -> None:
        self._format = wire_format
        self._scan = scan
        self._grammar = (wire_format.stream or StreamGrammar([])).fresh()
        self._values = values
        self._originals = values if isinstance(values, Originals) else None
        self._stats = stats
        self._channels: dict[Channel, Restorer | ScannedRestorer] = {}
        self._held: dict[Channel, _Last[P]] = {}
        """Channels that hold text back."""
        self._offsets = wire_format.offsets
        # Events left out for good, each with the number of those taken before it: their text counts in offsets.
        self._uncounted: list[tuple[int, bytes, str]] = []
        self._uncounted_bytes = 0
        self._taken = 0
        self._skips = False
        self._skipped: deque[tuple[bytes, P, str]] = deque(maxlen=_KEPT_EVENTS)
        self._moulds: list[Mould] = []
        self.refresh()

    def refresh(self, scan: AnswerScan | None = None) -> None:
        """Take note that there are further values, for a stream that answers several requests."""
        self._scan = scan if self._scan is None else self._scan
        self._moulds.clear()  # what else their events hold was judged by the values of then
        self._follows_links = self._originals is not None and self._originals.links is not None
        # JSON inside a channel is followed from its first character, if a value would have to be escaped in it.
        self._skips = (
            self._scan is None
            and not self._grammar.stateful
            and not holds_stand_ins(self._values)
            and all(escape(value) == value for value in self._values.values())
        )

    @property
    def holding(self) -> bool:
        return bool(self._held)

    def event(self, data: bytes, carrier: P, name: str = "", *, final: bool = False) -> Outcome[P]:
        """Take one event.

        Args:
            name: What the framing calls the event.
            carrier: What the caller needs to send a copy of this event later; handed back with the copy.
            final: Nothing follows, so that nothing may be held back.

        Raises:
            WireError: The event isn't JSON. What is held back stays so.
            AnswerStopped: Neither this event nor another may go on.
        """
        follows = self._follows_links
        like = self._like(data, name) if follows and not final else None
        if like is None:
            getting_to_know = follows and not self._moulds and self._taken < _FIRST_TAKEN
            if self._skips and not (getting_to_know or self._concerns(data)):
                self._leave_out(data, carrier, name)
                return _AS_IT_CAME
            like = None if final or follows else self._like(data, name)
        while self._skipped:
            with contextlib.suppress(WireError):  # it went by as it came
                skipped, of, called = self._skipped.popleft()
                if (known := self._like(skipped, called)) is not None:
                    self._go_on(skipped, lambda _, of=of: of, *known)  # type: ignore[misc]
                else:
                    self._take(skipped, of, called)
        if like is not None:
            return self._go_on(data, lambda _: carrier, *like)
        return self._take(data, carrier, name, final=final)

    def another(self, data: bytes, name: str, carrier: Callable[[bytes], P]) -> Outcome[P] | None:
        """Take an event if all but its text is known; None, and nothing is done, if `event` has to be asked.

        Args:
            data: What may be an event, or more than one.
            carrier: Makes one of it, should it be needed.
        """
        if self._skipped or not self._follows_links or (like := self._like(data, name)) is None:
            return None
        return self._go_on(data, carrier, *like)

    @property
    def knows(self) -> bool:
        """Whether `another` has anything to go by."""
        return bool(self._moulds)

    def _concerns(self, data: bytes) -> bool:
        """Whether an event has to be taken, whatever the others of its stream hold."""
        return _may_hold(data) or self.holding or self._concerns_link(data) or self._concerns_offset(data)

    def _like(self, data: bytes, name: str) -> _Like | None:
        """What an event says, if all the rest of it is known and it makes nothing leave that is held back."""
        for mould in self._moulds:
            found = mould.match(data, name)
            if found is not None:
                if self._held and mould.closes and any(is_closed(channel, mould.closes) for channel in self._held):
                    return None
                return mould, found
        return None

    def _concerns_link(self, data: bytes) -> bool:
        """Whether an event may begin, continue or end a URL in which values are not put back."""
        if not self._follows_links:
            return False
        lowered = data.lower()
        return any(mark in lowered for mark in _LINK_MARKS) or any(each.in_link for each in self._channels.values())

    def _concerns_offset(self, data: bytes) -> bool:
        """Whether an event may have an offset that is to be moved."""
        moves = self._stats.restored or (isinstance(self._values, Originals) and self._values.documents)
        return self._offsets is not None and bool(moves) and self._offsets.mentioned.search(data) is not None

    def _leave_out(self, data: bytes, carrier: P, name: str) -> None:
        if self._follows_links:
            oldest = self._skipped[0] if len(self._skipped) == _KEPT_EVENTS else None
            self._skipped.append((data, carrier, name))
        else:
            oldest = (data, carrier, name)
        if oldest is None or self._offsets is None:
            return
        self._uncounted.append((self._taken, oldest[0], oldest[2]))
        self._uncounted_bytes += len(oldest[0])
        if len(self._uncounted) > MAX_UNCOUNTED or self._uncounted_bytes > MAX_UNCOUNTED_BYTES:
            self._offsets = None
            self._uncounted.clear()

    def _count(self) -> None:
        """Have the texts of the events that were left out counted."""
        sizes: dict[Channel, list[tuple[int, int]]] = {}
        measure = MEASURES[self._format.offsets.unit] if self._format.offsets is not None else len
        for stamp, data, name in self._uncounted:
            with contextlib.suppress(WireError):
                event = Event(parse_leaves(decode_document(data), numbers=False), name)
                for leaf in event.leaves:
                    channel = self._grammar.channel(event, leaf)
                    terms = terms_for(leaf, self._format, self._values) if channel is not None else None
                    if channel is not None and terms is not None:
                        self._restorer(channel, terms)
                        sizes.setdefault(channel, []).append((stamp, measure(leaf.value)))
        self._uncounted.clear()
        self._uncounted_bytes = 0
        for channel, missed in sizes.items():
            shifts = self._channels[channel].shifts if channel in self._channels else None
            if isinstance(shifts, Shifts):
                shifts.missed(missed)

    def _restorer(self, channel: Channel, terms: Mapping[str, str]) -> Restorer | ScannedRestorer:
        """What a channel goes through; a new one for a new channel."""
        restorer = self._channels.get(channel)
        if restorer is None:
            self._make_room()
            unit = self._format.offsets.unit if self._format.offsets is not None else None
            restorer = self._channels[channel] = new_restorer(terms, self._scan, unit)
        return restorer

    def _moves(self, rule: OffsetRule, key: Leaf, replaced: Replaced) -> Moves | None:
        """What moved in the text that an offset counts in: one of this event or of the request, or a channel's."""
        documents = self._values.documents if isinstance(self._values, Originals) else ()
        found = replaced.shifts(rule, key, documents)
        if found is not None or not rule.channel:
            return found
        restorer = self._channels.get(rule.channel_name(key.parent))
        return restorer.shifts if restorer is not None else None

    def _take(self, data: bytes, carrier: P, name: str, *, final: bool = False) -> Outcome[P]:
        document = decode_document(data)
        leaves = parse_leaves(document, numbers=False)
        before = {channel: self._channels[channel].held for channel in self._held}
        try:
            return self._restored(document, Event(leaves, name), carrier, final=final)
        except AnswerStopped:
            raise
        except Exception as error:
            return self._given_up(before, error)

    def _given_up(self, before: Mapping[Channel, str], error: Exception) -> Outcome[P]:
        """The event goes on as it came, behind the text that was held back before it."""
        self._stats.faults += 1
        if self._scan is not None:
            raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
        copies = [self._copy(channel, text) for channel, text in before.items()]
        self._channels.clear()
        self._held.clear()
        return copies, None

    def _go_on(
        self, data: bytes, carrier: Callable[[bytes], P], mould: Mould, found: tuple[int, int, str]
    ) -> Outcome[P]:
        """Take an event that only goes on with a text."""
        held = {channel: self._channels[channel].held for channel in self._held} if self._held else {}
        channel = mould.channel
        start, end, text = found
        try:
            restorer = self._channels.get(channel) if mould.settled else None
            if restorer is None:
                mould.leaf.value = text
                terms = terms_for(mould.leaf, self._format, self._values)
                if terms is None:
                    return _AS_IT_CAME
                restorer = self._restorer(channel, terms)
            self._taken += 1
            if isinstance(restorer.shifts, Shifts):
                restorer.shifts.stamp = self._taken
            before = restorer.restored
            new = restorer.feed(text)
            holding = restorer.holding
            if new is text and not held and not holding:  # nothing stood in it
                return _AS_IT_CAME
            self._stats.restored += restorer.restored - before
            if holding:
                self._held[channel] = _Last(data, [(start, end, channel)], carrier)
            else:
                self._held.pop(channel, None)
            return _AS_IT_CAME if new == text else ((), b'%s"%s"%s' % (data[:start], escape(new).encode(), data[end:]))
        except Exception as error:
            return self._given_up(held, error)

    def _restored(self, document: str, event: Event, carrier: P, *, final: bool) -> Outcome[P]:
        closed = [()] if final else list(self._grammar.closes(event))
        changes: list[tuple[int, int, str]] = []
        replaced = Replaced(self._offsets.unit) if self._offsets is not None else None
        self._taken += 1
        in_event: dict[Channel, int] = {}
        deltas: list[tuple[int, int, Channel]] = []
        going_on: list[Leaf] = []
        for leaf in event.leaves:
            if self._scan is not None and (blanked := blanked_by(document, leaf)):
                changes.append(blanked)
                continue
            terms = terms_for(leaf, self._format, self._values)
            if terms is None:
                continue
            channel = self._grammar.channel(event, leaf)
            if channel is None:
                if edits := edits_of(leaf, terms, self._stats, self._scan):
                    changes.append((leaf.start, leaf.end, edit_literal(document, leaf, edits)))
                    if replaced is not None:
                        replaced.add(leaf, edits)
                continue
            restorer = self._restorer(channel, terms)
            if isinstance(restorer.shifts, Shifts):
                restorer.shifts.stamp = self._taken
            before = restorer.restored
            text = restorer.feed(leaf.value)
            self._stats.restored += restorer.restored - before
            in_event[channel] = len(changes)
            deltas.append((leaf.start, leaf.end, channel))
            going_on.append(leaf)
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
                self._held[channel] = _Last(document, deltas, lambda _: carrier)
        if self._offsets is not None and replaced is not None and any(map(self._offsets.find, event.leaves)):
            self._count()
            changes += moved_offsets(
                document, event.leaves, self._offsets, lambda rule, key: self._moves(rule, key, replaced)
            )
            changes.sort()
        elif len(changes) == len(going_on) == 1:
            self._know(document, going_on[0], deltas[0][2], event.name, closed)
        new = splice(document, changes)
        return copies, None if new == document else new.encode("utf-8")

    def _know(self, document: str, leaf: Leaf, channel: Channel, name: str, closed: Sequence[Channel]) -> None:
        """Know events again that differ in this text alone, unless something else has to be done for each."""
        if self._scan is not None:
            return
        mould = mould_of(document, leaf, channel, name, closed, self._format, self._grammar)
        if mould is not None:
            self._moulds = [mould, *self._moulds[: MAX_MOULDS - 1]]

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
        document, deltas, carrier = self._held[channel].read()
        mine = next(start for start, _, of in deltas if of == channel)
        changes = [(start, end, f'"{escape(text)}"' if start == mine else '""') for start, end, _ in deltas]
        changes += [
            (leaf.start, leaf.end, "null")
            for leaf in parse_leaves(document, numbers=False)
            if leaf.kind is Kind.STRING and self._grammar.comes_once(leaf)
        ]
        return splice(document, sorted(changes)), carrier


def new_restorer(
    values: Mapping[str, str], scan: AnswerScan | None, unit: Unit | None = None
) -> Restorer | ScannedRestorer:
    """What a new channel goes through.

    Args:
        unit: What offsets in its text count; None if there are none.
    """
    restorer = Restorer(values, Shifts(MEASURES[unit]) if unit is not None else None)
    if scan is None:
        return restorer
    return ScannedRestorer(Scanner(scan, shifts=Shifts(MEASURES[unit]) if unit is not None else None), restorer)
