"""Put the real values back into the messages of a remote procedure call, one by one as they arrive.

Without a schema a channel is a place: the field numbers down to a string, and which one of its like in its message. A model's words
arrive there in pieces, so a message that ends in what may be the beginning of a token waits for the next one with a text in
the same place; then it leaves, with what turned out to be no token put back into it. What never continues leaves as it came.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote

from dlp.engine.answer import BytesRestorer, restore_body
from dlp.engine.leaves import Stats
from dlp.engine.rpc import leaf_text
from dlp.engine.scan import AnswerScan, ScannedRestorer, Scanner
from dlp.engine.text import apply_edits
from dlp.errors import AnswerStopped, WireError, origin
from dlp.masking.restoring import Originals, Restorer
from dlp.providers.formats.generic import GENERIC
from dlp.providers.grpc_status import encoded_message
from dlp.wire.grpc import COMPRESSED, END_STREAM, TRAILERS, GrpcDecoder, GrpcMessage, RpcKind, frame, plain_payload
from dlp.wire.json_leaves import splice
from dlp.wire.protobuf import Kind, Leaf, ProtobufMessage, parse_message

MAX_WAITING = 64
"""Messages that may wait for a text to continue; with one more, the first leaves with its text as it is."""
MAX_PLACES = 4096
"""Texts of one answer that are kept apart."""
MAX_UNFRAMED_BYTES = 16 * 2**20
"""Largest answer that is one message without a frame, and restored."""

_Place = tuple[tuple[int, ...], int]


def rpc_restorer(
    kind: RpcKind, coding: str, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None = None
) -> BytesRestorer:
    """The restorer for an answer of messages.

    Args:
        coding: The answer's `grpc-encoding`.
    """
    if isinstance(values, Originals) and not values.arguments:
        values = {}  # without a schema nothing tells the arguments of tool calls from other text
    if kind.flags is None:
        return _UnframedRestorer(kind, values, stats, scan)
    return FramedRestorer(kind, coding, values, stats, scan)


class _Waiting:
    """A message that came, and what it is to say."""

    def __init__(self, flags: int, message: ProtobufMessage | None, raw: bytes) -> None:
        self._flags = flags
        self._message = message
        self._raw = raw
        self.texts: dict[Leaf, str] = {}
        self.open = 0
        """Texts of it that may continue in a later message."""

    def render(self) -> bytes:
        """The message as it goes on, in its frame."""
        if self._message is None:
            return self._raw
        changes = [
            (leaf, text.encode("utf-8", "replace"))
            for leaf, text in self.texts.items()
            if text != leaf_text(self._message.data, leaf)
        ]
        if not changes:
            return self._raw
        return frame(self._message.splice(changes), self._flags & ~COMPRESSED)


class _Channel:
    """One place, and the message that waits for it to continue."""

    def __init__(self, restorer: Restorer | ScannedRestorer, edition: int) -> None:
        self.restorer = restorer
        self.edition = edition
        """Of the values that it was begun with."""
        self.last: tuple[_Waiting, Leaf] | None = None

    def give_back(self, text: str) -> None:
        """Put text that is no part of a token into the message that it came with, which needn't wait any longer."""
        if self.last is not None:
            message, leaf = self.last
            message.texts[leaf] += text
            message.open -= 1
            self.last = None


class _Messages:
    """The messages of one answer, payload by payload."""

    def __init__(self, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None) -> None:
        self._values, self._stats, self._scan = values, stats, scan
        self._channels: dict[_Place, _Channel] = {}
        self._waiting: list[_Waiting] = []

    def take(self, flags: int, payload: bytes, raw: bytes) -> list[bytes]:
        """Take a message; gives back the frames that can go on.

        Raises:
            WireError: It is none. Nothing was taken.
            AnswerStopped: It must not go on.
        """
        message = parse_message(payload)
        waiting = _Waiting(flags, message, raw)
        self._waiting.append(waiting)
        seen: Counter[tuple[int, ...]] = Counter()
        for leaf in message.leaves:
            text = leaf_text(payload, leaf)
            if text is None or (leaf.kind is Kind.AMBIGUOUS):
                continue  # of two readings the inner one: what it holds is reported as well
            self._continue(self._channel((leaf.path, seen[leaf.path])), waiting, leaf, text)
            seen[leaf.path] += 1
        return self._ready()

    def pass_by(self, raw: bytes) -> list[bytes]:
        """A message that goes on as it came, behind those before it."""
        return [*self.finish(), raw]

    def finish(self) -> list[bytes]:
        """All that waits, with nothing held back. Raises `AnswerStopped`."""
        for channel in self._channels.values():
            if channel.last is not None:
                channel.give_back(self._flushed(channel))
        return self._ready()

    def release(self) -> list[bytes]:
        """The same for an answer that goes on later, with other texts: what comes then is no continuation. Raises `AnswerStopped`."""
        ready = self.finish()
        self._channels.clear()
        return ready

    def _continue(self, channel: _Channel, waiting: _Waiting, leaf: Leaf, text: str) -> None:
        restorer = channel.restorer
        held, before = restorer.held, restorer.restored
        out = restorer.feed(text)
        self._stats.restored += restorer.restored - before
        if held and out.startswith(held):
            channel.give_back(held)
            out = out[len(held) :]
        channel.give_back("")
        waiting.texts[leaf] = out
        if restorer.holding:
            channel.last = (waiting, leaf)
            waiting.open += 1

    def _channel(self, place: _Place) -> _Channel:
        channel = self._channels.get(place)
        edition = self._values.edition if isinstance(self._values, Originals) else 0
        if channel is not None and channel.edition != edition and channel.last is None:
            channel = (
                None  # more has been learnt since, and a text seldom goes on behind the next thing that the client said
            )
        if channel is None:
            if len(self._channels) >= MAX_PLACES:
                oldest = next((name for name, each in self._channels.items() if each.last is None), None)
                if oldest is None:
                    raise WireError("too many texts at once")
                del self._channels[oldest]
            restorer = Restorer(self._values)
            scanned = restorer if self._scan is None else ScannedRestorer(Scanner(self._scan), restorer)
            channel = _Channel(scanned, edition)
            self._channels[place] = channel
        return channel

    def _flushed(self, channel: _Channel) -> str:
        before = channel.restorer.restored
        rest = channel.restorer.flush()
        self._stats.restored += channel.restorer.restored - before
        return rest

    def _ready(self) -> list[bytes]:
        """What needn't wait any longer, in order."""
        while len(self._waiting) > MAX_WAITING and self._waiting[0].open:
            first = self._waiting[0]
            for channel in self._channels.values():
                if channel.last is not None and channel.last[0] is first:
                    channel.give_back(self._flushed(channel))
        count = next((at for at, each in enumerate(self._waiting) if each.open), len(self._waiting))
        ready, self._waiting = self._waiting[:count], self._waiting[count:]
        return [message.render() for message in ready]


class FramedRestorer:
    """Messages in frames, compressed or not."""

    def __init__(
        self, kind: RpcKind, coding: str, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None
    ) -> None:
        self._decoder = GrpcDecoder(kind.flags or 0)
        self._kind, self._coding = kind, coding
        self._values, self._stats, self._scan = values, stats, scan
        self._messages = _Messages(values, stats, scan)
        self._broken = False

    def feed(self, data: bytes) -> list[bytes]:
        if self._broken:
            return [data]
        try:
            messages = self._decoder.feed(data)
        except WireError:
            return self._give_up()
        return self._take(messages)

    def flush(self) -> list[bytes]:
        if self._broken:
            return []
        try:
            self._decoder.flush()
        except WireError:
            return self._give_up()
        return self._messages.finish()

    def release(self) -> list[bytes]:
        """What is held back, although the answer goes on: its sender waits, and so may its reader. Raises `AnswerStopped`."""
        return [] if self._broken else self._messages.release()

    def _take(self, messages: list[GrpcMessage]) -> list[bytes]:
        out: list[bytes] = []
        try:
            for message in messages:
                out += self._one(message)
        except AnswerStopped as stop:
            stop.before = out
            raise
        return out

    def _one(self, message: GrpcMessage) -> list[bytes]:
        try:
            if message.flags & (TRAILERS | END_STREAM):
                return self._last(message)
            payload = plain_payload(message, self._coding)
            if self._kind.json:
                new = restore_body(payload, GENERIC, self._values, self._stats, self._scan) if payload else payload
                return [message.raw if new is payload else frame(new, message.flags & ~COMPRESSED)]
            return self._messages.take(message.flags, payload, message.raw)
        except WireError as error:
            self._stats.faults += 1
            if self._scan is not None:
                raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
            return self._messages.pass_by(message.raw)

    def _last(self, message: GrpcMessage) -> list[bytes]:
        """Trailers, or the JSON that ends a stream: an error's message may quote the request."""
        raw = message.raw
        if not message.compressed:
            text = message.payload.decode("utf-8", "surrogateescape")
            new = text if self._scan is None else apply_edits(text, self._scan.edits(text))
            if message.flags & TRAILERS:
                lines = new.split("\r\n")
                new = "\r\n".join(_trailer(line, self._values, self._stats) for line in lines)
            else:
                new = _restored(new, self._values, self._stats)
            if new != text:
                raw = frame(new.encode("utf-8", "surrogateescape"), message.flags)
        elif self._scan is not None:
            raise WireError("gRPC: compressed trailers")
        return self._messages.pass_by(raw)

    def _give_up(self) -> list[bytes]:
        """The framing is broken: what follows goes on as it comes."""
        self._stats.faults += 1
        if self._scan is not None:
            raise AnswerStopped("its framing is broken", status=502)
        self._broken = True
        return [*self._messages.finish(), self._decoder.drain()]


class _UnframedRestorer:
    """An answer that is one message: collected, then restored."""

    def __init__(self, kind: RpcKind, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None) -> None:
        self._stats, self._scan = stats, scan
        self._messages = _Messages(values, stats, scan)
        self._held = bytearray()
        self._broken = False

    def feed(self, data: bytes) -> list[bytes]:
        if self._broken:
            return [data]
        self._held += data
        if len(self._held) <= MAX_UNFRAMED_BYTES:
            return []
        return self._give_up()

    def flush(self) -> list[bytes]:
        if self._broken or not self._held:
            return []
        body = bytes(self._held)
        try:
            ready = [*self._messages.take(0, body, body), *self._messages.finish()]
        except WireError:
            return self._give_up()
        # A message without a frame is rendered as it is, a changed one in the frame that messages have elsewhere.
        return [part if part is body else part[_FRAME:] for part in ready]

    def _give_up(self) -> list[bytes]:
        self._stats.faults += 1
        if self._scan is not None:
            raise AnswerStopped("it could not be examined", status=502)
        self._broken = True
        return [bytes(self._held)]


_FRAME = len(frame(b""))


def _restored(text: str, values: Mapping[str, str], stats: Stats) -> str:
    """A complete text with its tokens replaced."""
    restorer = Restorer(values)
    new = restorer.feed(text) + restorer.flush()
    stats.restored += restorer.restored
    return new


# -- how a call has ended ----------------------------------------------------------------------------------------------


def _trailer(line: str, values: Mapping[str, str], stats: Stats) -> str:
    """A trailer in a body, `name: value`; no value that is put back ends it."""
    name, mark, value = line.partition(":")
    if (restored := STATUS_FIELDS.get(name.strip().lower())) is not None:
        return f"{name}{mark} {restored(value.strip(), values, stats)}"
    tried = Stats()
    new = _restored(line, values, tried)
    if "\r" in new or "\n" in new:
        return line
    stats.restored += tried.restored
    return new


def restore_message(field: str, values: Mapping[str, str], stats: Stats) -> str:
    """A `grpc-message`, percent-encoded as it has to be: nothing that is put back ends the field."""
    message = unquote(field)
    edits = Restorer(values).edits(message)
    stats.restored += len(edits)
    return encoded_message(splice(message, edits)) if edits else field


def restore_details(field: str, values: Mapping[str, str], stats: Stats) -> str:
    """A `grpc-status-details-bin`, which is a `google.rpc.Status` in base64: its message, and the texts in its details.

    As it is, if it is no such thing, or would be longer than `MAX_DETAILS_BYTES`.
    """
    try:
        status = base64.b64decode(field + "=" * (-len(field) % 4), validate=True)
    except (binascii.Error, ValueError):
        return field
    tried = Stats()
    restorer = rpc_restorer(_MESSAGE, "", values, tried)
    restored = b"".join([*restorer.feed(status), *restorer.flush()])
    if restored == status or len(restored) * 4 // 3 > MAX_DETAILS_BYTES:
        return field
    stats.restored += tried.restored
    return base64.b64encode(restored).decode().rstrip("=")  # as gRPC asks for it


_MESSAGE = RpcKind(flags=None, json=False)
MAX_DETAILS_BYTES = 8 * 1024
"""Of `grpc-status-details-bin`, restored: clients refuse longer lists of headers, and with them the answer."""
STATUS_FIELDS = {"grpc-message": restore_message, "grpc-status-details-bin": restore_details}
"""Where the end of a call repeats what the request said, in headers, trailers and bodies that end with trailers."""
