"""What the model said, remembered by what the client was given in its place.

A client sends the model's text back with the next turn, restored. Masked anew by detection it would seldom be what the model wrote:
the model spells tokens in its own way, and detection sees names that the model made up. A history that differs costs the
provider's prompt cache. So each text of an answer is kept as a keyed hash of what the client read, with the places and spellings of its
tokens, and a text of the model's that comes back is looked up before it is examined.

What comes back from memory is, letter for letter, what this provider has sent to this scope before (`echo_scope`): nothing that it
doesn't know can pass that way. No text and no value is kept; the values stand in the text that comes back.

Answers are recorded when they have ended, in a thread of their own; a request of the same scope waits for them (`settle`). Where proxies
share a store (`dlp.engine.echo_store`), what was recorded is shared afterwards, and what isn't known here is fetched.
"""

from __future__ import annotations

import hashlib
import marshal
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dlp.engine.echo_store import SECONDS, EchoStore, Finder, Stand, Stands
from dlp.engine.framing import Framing, framing_by_bytes, framing_by_type
from dlp.engine.moulds import MAX_MOULDS, Mould, mould_of
from dlp.engine.text import Edit
from dlp.errors import WireError
from dlp.masking.restoring import Originals, Restorer
from dlp.providers.calls import is_tool_argument
from dlp.providers.format import Channel, Event, StreamGrammar, WireFormat, is_closed
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Kind, Leaf, decode_document, escape, looks_like_json, parse_leaves
from dlp.wire.stretches import encoded

DEFAULT_BYTES = 16 * 2**20
"""Upper bound of what is remembered: some 50,000 texts with 100,000 tokens."""
ENTRY_BYTES = 230
"""Measured cost of a text without tokens: its name, when it is forgotten, links of the ordered dictionary."""
MAX_RECORDED_BYTES = 4 * 2**20
"""Of one answer; longer ones are not remembered, and detection masks what comes back of them."""
SETTLE_SECONDS = 5.0
"""Longest wait for the answers of a scope that are still being recorded."""
MAX_SHARED = 2000
"""Texts of one answer that other proxies are told of."""
_SHORTEST = 2
"""Characters of a text that is worth remembering."""
_MAX_ESCAPES = 9
IDENTIFYING = frozenset(
    "id object model role type status finish_reason stop_reason call_id item_id index name event".split()
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the model said: the edits that make it of the restored text, and the values of its tokens by digest. `repr` shows none."""

    edits: tuple[Edit, ...]
    values: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<Recalled with {len(self.edits)} tokens>"


def echo_scope(scope: str, provider: str) -> str:
    """Whose words are remembered for whom: what one provider said is no secret to that one alone."""
    return f"{scope}\0{provider}"


class EchoMemory:
    """Restored texts by scope. Bounded, the longest unseen go first; safe from several threads. `repr` shows no text.

    Args:
        key: Secret of at least 16 bytes.
        clock: Seconds, monotonic.
        shared: What other proxies have recorded; None if this one is alone.
    """

    def __init__(
        self,
        key: bytes,
        *,
        shared: EchoStore | None = None,
        limit: int = DEFAULT_BYTES,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key = hashlib.blake2b(key, digest_size=32, person=b"dlp echo memory").digest()
        self.shared = shared
        self._limit = limit
        self._seconds, self._clock = seconds, clock
        self._kept: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        """Name -> when it is forgotten, and its `Stands`, packed: as objects each takes 300 bytes."""
        self._size = 0
        self._lock = threading.Condition()
        self._pending: Counter[str] = Counter()
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"<EchoMemory of {len(self._kept)} texts>"

    def remember(self, scope: str, masked: str, values: Mapping[str, str]) -> bytes | None:
        """Remember a text of the model's under what restoring makes of it. Blanks at its ends don't count: clients trim them.

        Returns:
            The name that it has here, for `share`; None if it is too short.
        """
        masked = masked.strip()
        if len(masked) < _SHORTEST:
            return None
        stands: list[Stand] = []
        parts: list[str] = []
        at = shift = 0
        for start, end, value, digest in Restorer(values).stands(masked) if values else ():
            token = masked[start:end]
            parts += (masked[at:start], value)
            escaped = _escapes(value, values.get(digest))
            stands.append(Stand(start + shift, start + shift + len(value), token, digest, escaped))
            shift += len(value) - (end - start)
            at = end
        parts.append(masked[at:])
        name = self._name(scope, "".join(parts))
        with self._lock:
            self._keep(name, tuple(stands))
        return name

    def share(self, scope: str, names: Iterable[bytes]) -> None:
        """Hand texts over to other proxies, one round trip; without a shared store nothing.

        Raises:
            VaultError: The store is away.
        """
        if self.shared is None:
            return
        with self._lock:
            texts = {
                name: tuple(map(Stand._make, _unpacked(self._kept[name][1]))) for name in names if name in self._kept
            }
        self.shared.keep(scope, texts)

    def fetch(
        self, scope: str, texts: Iterable[str], *, again: bool = False, finder: Finder | None = None
    ) -> int | None:
        """Learn what other proxies know of texts that aren't known here, for `recall`. One round trip.

        Args:
            again: Ask for what nobody knew a moment ago, too.
            finder: Asks the store for them, with whatever else there is to be asked.

        Returns:
            How many are known now; None if there was nothing to ask for.

        Raises:
            VaultError: The store is away.
        """
        if self.shared is None:
            return None
        names = [self._name(scope, text) for text in map(str.strip, texts) if len(text) >= _SHORTEST]
        found = self.shared.find(scope, names, again=again, finder=finder)
        if found is None:
            return None
        with self._lock:
            for name, stands in found.items():
                self._keep(name, stands)
        return len(found)

    def recall(self, scope: str, restored: str) -> Recalled | None:
        """What the model said where a client was given `restored`; None if that isn't known."""
        trimmed = restored.strip()
        if len(trimmed) < _SHORTEST:
            return None
        name = self._name(scope, trimmed)
        with self._lock:
            found = self._kept.get(name)
            if found is None or found[0] < self._clock():
                self.misses += 1
                if found is not None:
                    self._drop(name)
                return None
            self.hits += 1
            packed = found[1]
            self._kept[name] = (self._clock() + self._seconds, packed)
            self._kept.move_to_end(name)
        shift = len(restored) - len(restored.lstrip())
        values: dict[str, str] = {}
        edits: list[Edit] = []
        for start, end, token, digest, escaped in _unpacked(packed):
            if end > len(trimmed):
                return None
            value = _unescaped(trimmed[start:end], escaped)
            if value is not None and values.setdefault(digest, value) != value:
                return None
            edits.append((start + shift, end + shift, token))
        return Recalled(tuple(edits), values)

    def expect(self, scope: str) -> None:
        """An answer has ended and is about to be recorded: `recorded` follows."""
        with self._lock:
            self._pending[scope] += 1

    def recorded(self, scope: str) -> None:
        with self._lock:
            self._pending[scope] -= 1
            if self._pending[scope] <= 0:
                del self._pending[scope]
            self._lock.notify_all()

    def expects(self, scope: str) -> bool:
        """Whether `settle` would wait."""
        return scope in self._pending

    def settle(self, scope: str, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until the answers of a scope that have ended are recorded, or the time is over."""
        with self._lock:
            self._lock.wait_for(lambda: scope not in self._pending, seconds)

    def _keep(self, name: bytes, stands: Stands) -> None:
        self._drop(name)
        packed = _packed(stands)
        self._kept[name] = (self._clock() + self._seconds, packed)
        self._size += ENTRY_BYTES + len(packed)
        while self._size > self._limit:
            self._drop(next(iter(self._kept)))

    def _drop(self, name: bytes) -> None:
        known = self._kept.pop(name, None)
        if known is not None:
            self._size -= ENTRY_BYTES + len(known[1])

    def _name(self, scope: str, text: str) -> bytes:
        mac = _naming(self._key, scope).copy()
        for piece in encoded(text):
            mac.update(piece)
        return mac.digest()


def _packed(stands: Stands) -> bytes:
    """For `_unpacked`; in this process alone, so what writes the interpreter's own files will do: it is several times as quick as JSON."""
    return marshal.dumps([*map(tuple, stands)]) if stands else b""


def _unpacked(packed: bytes) -> list[tuple[int, int, str, str, int | None]]:
    """The fields of each `Stand`."""
    return marshal.loads(packed) if packed else []  # noqa: S302 - from `_packed`


@lru_cache(maxsize=64)
def _naming(key: bytes, scope: str) -> hashlib.blake2b:
    """To be copied: of one scope, each text of a conversation is asked about."""
    of = scope.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(len(of).to_bytes(8, "big") + of, key=key, digest_size=20)


class EchoRecorder:
    """Takes down the texts of one answer, event by event, and remembers each when it has ended.

    Args:
        values: What is restored in the answer, as `Examined.values` has it.
    """

    def __init__(self, memory: EchoMemory, scope: str, wire_format: WireFormat, values: Mapping[str, str]) -> None:
        self._memory, self._scope, self._values = memory, scope, values
        self._format = wire_format
        self._grammar = (wire_format.stream or StreamGrammar([])).fresh()
        self._moulds: list[Mould] = []
        self._joined: dict[Channel, tuple[list[str], bool]] = {}
        self._size = 0
        self.names: deque[bytes] = deque(maxlen=MAX_SHARED)
        """Of what was remembered, for `EchoMemory.share`."""

    def event(self, document: bytes, name: str = "") -> None:
        """Take one event, or a whole answer.

        Raises:
            WireError: It isn't JSON.
        """
        for mould in self._moulds:  # its other texts are those of an event before
            found = mould.match(document, name)
            if found is not None:
                mould.leaf.value = found[2]
                if mould.settled or self._format.response.treatment(mould.leaf) is not Treatment.KEEP:
                    self._join(mould.channel, mould.leaf)
                self._close(mould.closes)
                return
        text = decode_document(document)
        event = Event(parse_leaves(text, numbers=False), name)
        closed = list(self._grammar.closes(event))
        going_on: list[tuple[Leaf, Channel]] = []
        for leaf in event.leaves:
            if leaf.kind is not Kind.STRING or self._format.response.treatment(leaf) is Treatment.KEEP:
                continue
            channel = self._grammar.channel(event, leaf)
            if channel is not None:
                self._join(channel, leaf)
                going_on.append((leaf, channel))
            elif leaf.key not in IDENTIFYING:
                self.text(leaf.value, in_call=is_tool_argument(leaf))
        if len(going_on) == 1:
            new = mould_of(text, *going_on[0], name, closed, self._format, self._grammar)
            if new is not None:
                self._moulds = [new, *self._moulds[: MAX_MOULDS - 1]]
        self._close(closed)

    def finish(self) -> None:
        """Remember the texts that nothing has ended."""
        for channel in list(self._joined):
            self._end(channel)

    def _join(self, channel: Channel, leaf: Leaf) -> None:
        self._size += len(leaf.value)
        if self._size > MAX_RECORDED_BYTES:  # texts without an end, on a connection of hours
            self._joined.clear()
            self._size = 0
        known = self._joined.get(channel)
        if known is None:
            known = self._joined[channel] = [], is_tool_argument(leaf)
        known[0].append(leaf.value)

    def _close(self, closed: Sequence[Channel]) -> None:
        for channel in [channel for channel in self._joined if is_closed(channel, closed)] if closed else ():
            self._end(channel)

    def _end(self, channel: Channel) -> None:
        pieces, in_call = self._joined.pop(channel)
        text = "".join(pieces)
        self._size -= len(text)
        self.text(text, in_call=in_call)

    def text(self, text: str, *, in_call: bool = False) -> None:
        """Take a text that is complete.

        Args:
            in_call: It is the arguments of a tool call, or stands in them.
        """
        values = self._values
        chosen = {} if in_call and isinstance(values, Originals) and not values.arguments else values
        self._take(text, chosen)
        if not looks_like_json(text):
            return
        try:  # clients open arguments, and send them back as objects
            leaves = parse_leaves(text, numbers=False)
        except WireError:
            return
        for leaf in leaves:
            if leaf.kind is Kind.STRING and leaf.value:
                self._take(leaf.value, chosen)

    def _take(self, text: str, values: Mapping[str, str]) -> None:
        name = self._memory.remember(self._scope, text, values)
        if name is not None and self._memory.shared is not None:
            self.names.append(name)


def remember_answer(
    memory: EchoMemory, scope: str, body: bytes, content_type: str, wire_format: WireFormat, values: Mapping[str, str]
) -> Collection[bytes]:
    """Remember every text of an answer as a client may send it back: strings as they stand, streamed texts joined.

    Args:
        body: What the provider sent, decoded.

    Returns:
        Their names, for `EchoMemory.share`.

    Raises:
        WireError: It can't be read; what stands before the fault is remembered.
    """
    recorder = EchoRecorder(memory, scope, wire_format, values)
    try:
        if not _take_whole(recorder, body, wire_format):
            framing = framing_by_type(content_type, wire_format) or framing_by_bytes(body[:64], wire_format)
            if framing is not None:
                _take_events(recorder, body, framing)
    finally:
        recorder.finish()
    return recorder.names


def _take_whole(recorder: EchoRecorder, body: bytes, wire_format: WireFormat) -> bool:
    """Take an answer that is one document; False, and nothing is taken, if it is a stream."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head != b"{" and not (head == b"[" and wire_format.stream is None):
        return False
    try:
        recorder.event(body)
    except WireError:
        return False
    return True


def _take_events[P](recorder: EchoRecorder, body: bytes, framing: Framing[P]) -> None:
    for piece in (*framing.decoder.feed(body), *framing.decoder.flush()):
        document = framing.document(piece)
        if document is not None:
            recorder.event(document, framing.name(piece))


def _escapes(spelt: str, value: str | None) -> int | None:
    if value is None:
        return None
    for times in range(_MAX_ESCAPES):
        if spelt == value:
            return times
        value = escape(value)
    return None


def _unescaped(text: str, times: int | None) -> str | None:
    if times is None:
        return None
    for _ in range(times):
        text = parse_leaves(f'"{text}"')[0].value
    return text
