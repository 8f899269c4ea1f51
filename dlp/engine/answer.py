"""Put the real values back into an answer: a whole JSON body, or a stream as it arrives.

A stream is taken apart in three layers: bytes to events (`dlp.wire`), events to channels (a provider's `StreamGrammar`), a channel's
text to released text (`dlp.masking.restoring`). An event that can't hold part of a token goes on as the bytes that came in.
What a channel holds back leaves before the event that ends the channel, in a copy of its last event.

A fault here must not lose the answer: the event concerned goes on as it came, its tokens visible, and is counted. Where the policy has
answers scanned (`dlp.engine.scan`) it is the other way round: what can't be examined ends the answer (`AnswerStopped`).
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from dlp.engine.events import EventRestorer, new_restorer
from dlp.engine.framing import Framing, Shell, belies, framing_by_bytes, framing_by_type
from dlp.engine.leaves import Stats, blanked_by, edits_of, terms_for
from dlp.engine.offsets import Replaced, moved_offsets
from dlp.engine.scan import AnswerScan
from dlp.engine.text import apply_edits
from dlp.errors import AnswerStopped, DetectorError, WireError, origin
from dlp.masking.restoring import Originals, holds_stand_ins
from dlp.providers.format import WireFormat
from dlp.tokens import PREFIX
from dlp.wire.json_leaves import decode_document, edit_literal, parse_leaves, splice
from dlp.wire.stretches import STRETCH


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
    if wire_format.pieces is not None:
        whole = replace(wire_format, stream=wire_format.pieces)
        _, new = EventRestorer[None](whole, values, stats, scan).event(body, None, final=True)
        return body if new is None else new
    offsets = wire_format.offsets
    documents = values.documents if isinstance(values, Originals) else ()
    moves = bool(documents) and offsets is not None and offsets.mentioned.search(body)
    holds = moves or holds_stand_ins(values) or _mentions_tokens(body)
    if scan is None and not (values and holds):
        return body
    document = decode_document(body)
    leaves = parse_leaves(document, numbers=False)
    replaced = Replaced(offsets.unit) if offsets is not None else None
    changes = []
    for leaf in leaves:
        if scan is not None and (blanked := blanked_by(document, leaf)):
            changes.append(blanked)
            continue
        terms = terms_for(leaf, wire_format, values)
        if terms is None:
            continue
        if edits := edits_of(leaf, terms, stats, scan):
            changes.append((leaf.start, leaf.end, edit_literal(document, leaf, edits)))
            if replaced is not None:
                replaced.add(leaf, edits)
    if offsets is not None and replaced is not None:
        changes += moved_offsets(document, leaves, offsets, lambda rule, key: replaced.shifts(rule, key, documents))
        changes.sort()
    return splice(document, changes).encode("utf-8") if changes else body


def restore_broken(body: bytes, wire_format: WireFormat, values: Mapping[str, str], stats: Stats) -> bytes:
    """A complete answer that is called JSON and isn't one document: several of them, one a line, or else restored as a text.

    Never raises. Signed fields are as good as any other in a text that no client can parse.
    """
    tried = Stats()
    lines = stream_restorer("", wire_format, values, tried)
    restored = b"".join([*lines.feed(body), *lines.flush()])
    if tried.faults:
        tried = Stats()
        text = TextRestorer(values, tried)
        restored = b"".join([*text.feed(body), *text.flush()])
    stats.restored += tried.restored
    return restored


def _mentions_tokens(body: bytes) -> bool:
    stretches = range(0, len(body), STRETCH)
    return any(PREFIX.lower().encode() in body[low : low + STRETCH + len(PREFIX)].lower() for low in stretches)


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
        self._values = values
        self._events: EventRestorer[P] = EventRestorer(wire_format, values, stats, scan)
        self._stats = stats
        self._broken = False
        self._shell: Shell[P] | None = None
        """What the next piece may be known by; None if the decoder holds part of it."""

    def feed(self, data: bytes) -> list[bytes]:
        if self._broken:
            return [data]
        if self._shell is not None and (out := self._another(data, self._shell)) is not None:
            return out
        self._shell = None
        try:
            pieces = self._framing.decoder.feed(data)
        except WireError:
            return self._give_up()
        out = self._pieces(pieces)
        if pieces and self._events.knows:
            self._shell = self._framing.shell(pieces[-1])
        return out

    def flush(self) -> list[bytes]:
        if self._broken:
            return []
        try:
            pieces = self._framing.decoder.flush()
        except WireError:
            return self._give_up()
        return self._pieces(pieces, final=True)

    def _another(self, data: bytes, shell: Shell[P]) -> list[bytes] | None:
        """What goes on for bytes that are one piece like the latest, as they nearly always are; None for others, which have to be taken apart."""
        head, tail = shell.head, shell.tail
        if not (data.startswith(head) and data.endswith(tail)):
            return None
        document = data[len(head) : -len(tail)]
        taken = self._events.another(document, shell.name, shell.piece)
        if taken is None:
            return None
        copies, new = taken
        if copies:
            return self._sent(shell.piece(document), copies, new)
        return [data if new is None else head + new + tail]

    def _sent(self, piece: P, copies: Sequence[tuple[str, P]], new: bytes | None) -> list[bytes]:
        framing = self._framing
        out = [framing.copy(carrier, copy.encode("utf-8"), last=False) for copy, carrier in copies]
        out.append(framing.raw(piece) if new is None else framing.changed(piece, new))
        return out

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
            return self._sent(piece, copies, new)
        except AnswerStopped:
            raise
        except Exception as error:  # whatever it is, the client gets the event as it came
            self._stats.faults += 1
            if self._scan is not None:
                raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
            return [*(self._rest(last=False) if final else []), self._as_text(framing.raw(piece))]

    def _without_document(self, piece: P) -> bytes:
        """What goes on for a piece that holds no JSON: a comment, the mark of the end, the comma between two elements, a line that is broken."""
        raw = self._framing.raw(piece)
        if self._scan is None:
            return self._as_text(raw)
        text = raw.decode("utf-8", "surrogateescape")
        return apply_edits(text, self._scan.edits(text)).encode("utf-8", "surrogateescape")

    def _as_text(self, raw: bytes) -> bytes:
        """A piece with what is whole in it put back."""
        if not _mentions_tokens(raw):
            return raw
        restorer = TextRestorer(self._values, Stats())
        return b"".join([*restorer.feed(raw), *restorer.flush()])

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


class Learnt:
    """What the messages of one client have told so far, for an answer that begins before the last of them. `repr` shows no value."""

    def __init__(self) -> None:
        self.values = Originals()
        """What may be restored; it grows."""
        self.scan: AnswerScan | None = None
        """What is looked for; None until a message has said so."""

    def __repr__(self) -> str:
        return f"<Learnt {len(self.values)} values>"

    def learn(self, values: Mapping[str, str], scan: AnswerScan | None = None) -> None:
        """Values of a further message, as `Examined.values` has them, and its `Examined.scan`.

        Raises:
            DetectorError: A digest stands for two values, or there are too many; nothing was learnt.
        """
        if any(self.values.get(digest, value) != value for digest, value in values.items()):
            raise DetectorError("two values of this connection have one token")
        if len(self.values) + len(values) > MAX_VALUES:
            raise DetectorError("this connection holds too many values")
        if scan is not None:
            if self.scan is None:
                self.scan = scan
            else:
                self.scan.join(scan)
        if values:
            self.values.learn(values)


class MessageRestorer:
    """The messages that a server sends over a WebSocket, each of them one event. `repr` shows no value."""

    def __init__(self, wire_format: WireFormat, stats: Stats) -> None:
        self._learnt = Learnt()
        self._values = self._learnt.values
        self._events: EventRestorer[None] = EventRestorer(wire_format, self._values, stats)
        self._stats = stats

    def __repr__(self) -> str:
        return f"<MessageRestorer with {len(self._values)} values>"

    @property
    def values(self) -> Mapping[str, str]:
        """What has been learnt so far; it grows."""
        return self._values

    @property
    def _scan(self) -> AnswerScan | None:
        return self._learnt.scan

    def learn(self, values: Mapping[str, str], scan: AnswerScan | None = None) -> None:
        """As `Learnt.learn`."""
        self._learnt.learn(values, scan)
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
        return [*(copy.encode("utf-8") for copy, _ in copies), message if new is None else new]

    def flush(self) -> list[bytes]:
        """Messages that carry what is still held back, at the end of the connection."""
        return [copy.encode("utf-8") for copy, _ in self._events.finish()]


MAX_VALUES = 100_000
"""Values of one connection that are remembered; a client that sends more has to open another."""


class TextRestorer:
    """An answer of plain text, one channel from end to end."""

    def __init__(self, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None = None) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._restorer = new_restorer(values, scan)
        self._stats = stats

    def feed(self, data: bytes) -> list[bytes]:
        return self._out(self._restorer.feed(self._decode(data)))

    def flush(self) -> list[bytes]:
        return self._out(self._restorer.feed(self._decode(b"", True)) + self._restorer.flush())

    def _out(self, text: str) -> list[bytes]:
        self._stats.restored = self._restorer.restored
        return [text.encode("utf-8", "surrogateescape")] if text else []


class SniffingRestorer:
    """An answer of unknown kind: the first bytes tell. Servers stream events under any content type, or none.

    Args:
        declared: How it is cut by its content type, unless the first byte belies that.
    """

    def __init__(
        self,
        wire_format: WireFormat,
        values: Mapping[str, str],
        stats: Stats,
        scan: AnswerScan | None = None,
        *,
        declared: Framing[Any] | None = None,
    ) -> None:
        self._known = (wire_format, values, stats, scan)
        self._declared = declared
        self._head = b""
        self._chosen: BytesRestorer | None = None

    def feed(self, data: bytes) -> list[bytes]:
        if self._chosen is not None:
            return self._chosen.feed(data)
        self._head += data
        start = self._head.lstrip()
        if self._declared is not None and start and not belies(start, self._declared):
            return self._decide(self._declared)
        if len(start) < _SNIFFED:
            return []
        return self._decide()

    def flush(self) -> list[bytes]:
        return self._decide() + (self._chosen.flush() if self._chosen is not None else [])

    def _decide(self, framing: Framing[Any] | None = None) -> list[bytes]:
        if self._chosen is not None:
            return []
        framing = framing or framing_by_bytes(self._head, self._known[0]) or self._declared
        self._chosen = TextRestorer(*self._known[1:]) if framing is None else StreamRestorer(framing, *self._known)
        head, self._head = self._head, b""
        return self._chosen.feed(head)


_SNIFFED = 9
"""Bytes needed to tell the kinds apart: a byte-order mark and `event:`."""


def stream_restorer(
    content_type: str,
    wire_format: WireFormat,
    values: Mapping[str, str],
    stats: Stats,
    scan: AnswerScan | None = None,
) -> BytesRestorer:
    """The restorer for a streamed answer, by its content type where that says enough, else by its first bytes."""
    return SniffingRestorer(wire_format, values, stats, scan, declared=framing_by_type(content_type, wire_format))
