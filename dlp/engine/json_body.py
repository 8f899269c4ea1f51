"""A JSON document as a body: its texts wherever they stand in it, also in documents inside its strings, and what becomes of them."""

from __future__ import annotations

import base64
import binascii
import heapq
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from dlp.engine.body import Text
from dlp.engine.media import OPAQUE, kind_of_base64, looks_like_base64, read_text, write_text
from dlp.engine.offsets import MEASURES, Replaced, moved_offsets, number_spans
from dlp.engine.replay import Recall, difference, replay_run
from dlp.engine.surroundings import context_of, is_models, kind_of_text, role_of, top_member
from dlp.engine.text import apply_edits
from dlp.errors import WireError
from dlp.masking.shifts import Shifts
from dlp.providers.format import Offsets, WireFormat
from dlp.providers.rules import RuleSet, Treatment, is_plain_name
from dlp.types import Role
from dlp.wire.json_leaves import (
    FarLeaf,
    Frame,
    Kind,
    Leaf,
    edited_literal,
    end_of_digits,
    looks_like_json,
    parse_body,
    parse_leaves,
    same_until,
    splice,
)
from dlp.wire.json_strings import end_of_literal, read_literal
from dlp.wire.ranges import splice_in_turn
from dlp.wire.stretches import encoded

MAX_NESTING = 8
"""Levels of JSON inside strings of JSON that are opened; deeper ones are examined as plain text."""
MAX_LEAVES = 500_000
"""Strings, keys and long numbers of one document, those of documents in its strings included. Each takes up to a kilobyte of memory and,
if it is a text, a tenth of a millisecond: more can't be examined in the time that a request has. Real bodies have some ten thousand."""
_REPLAYED = frozenset({Treatment.TEXT, Treatment.DATA})
_DATA_URL = re.compile(r"data:([^,;]{0,100})((?:;[^,;]{0,100}){0,8}),", re.IGNORECASE)
_MEDIA_KEYS = frozenset(
    "data bytes file_data fileData b64_json image_base64 bytesBase64Encoded audioContent inputImage images image audio video blob".split()
)
"""Members (or lists) in which the wire formats have files in base64."""
_WHOLE_NUMBER = re.compile(r"\d{9,19}(?:\.0)?\Z")
"""What may be a phone, a card or an identity number, also as a table has it that knows no whole numbers."""
_MEDIA_TYPES = ("mimeType", "mime_type", "media_type", "mediaType", "format")


class JsonBody:
    """A JSON document.

    Raises:
        WireError: Not JSON, not UTF-8, nested too deeply, or token ids where text belongs.
        TooLarge: More than `MAX_LEAVES`.
    """

    def __init__(self, raw: bytes, wire_format: WireFormat, *, place: str = "") -> None:
        leaves = parse_body(raw, limit=MAX_LEAVES)
        _refuse_token_ids(raw, wire_format)
        room = _Room(MAX_LEAVES - len(leaves))
        self._tree = _Document(raw, leaves, wire_format.request, wire_format.conversation, room=room, place=place)
        self._tree.follow(leaves, wire_format.offsets)
        self.texts = list(self._tree.walk())
        self.media: Mapping[str, int] = self._tree.media
        self._root = _root_of(leaves)

    def portions(self) -> tuple[()]:
        return ()

    @property
    def model(self) -> str | None:
        return self._root.members.get("model") if self._root is not None else None

    def meets(self, condition: str) -> bool:
        """Whether a condition of `WireFormat.state` holds."""
        members = self._root.members if self._root is not None else {}
        if condition.startswith("!"):
            return members.get(condition[1:]) != "false"
        return condition == "*" or (condition in members and members[condition] not in ("false", "null"))

    @property
    def wants_stream(self) -> bool:
        """Whether the body asks for a streamed answer."""
        return self._root is not None and self._root.members.get("stream") == "true"

    def replay(self, recall: Recall) -> None:
        """Give the model's own texts the edits with which `recall` knows them."""
        self._tree.replay(recall)

    def replay_whole(self, text: str, recall: Recall) -> None:
        """The same for a document that is all the model's own, and that a client keeps as `text`."""
        edits = recall(text)
        if edits is None or not self._tree.become(apply_edits(text, edits)):
            self._tree.replay(recall, models=True)

    def moved_documents(self) -> list[Shifts]:
        """What moved in each of the documents that an answer may cite, from the text that is sent to the one that came."""
        return self._tree.moved_documents(back=True)

    def render(self) -> bytes:
        rendered = self._tree.render()
        return rendered if isinstance(rendered, bytes) else rendered.encode("utf-8")

    def reread(self, rendered: bytes) -> Iterator[str]:
        """What `texts` are in bytes that `render` is said to have made; see `_Document.reread`."""
        return self._tree.reread(rendered)


class _Room:
    """How many leaves the documents in the strings of a document may still have."""

    __slots__ = ("leaves",)

    def __init__(self, leaves: int) -> None:
        self.leaves = leaves


class _Document:
    """One JSON document, perhaps out of a string of another one, and the texts in it."""

    def __init__(
        self,
        document: str | bytes,
        leaves: list[Leaf],
        rules: RuleSet | None,
        conversation: tuple[str, ...] = (),
        *,
        room: _Room,
        place: str = "",
        context: str = "",
        grows: bool = False,
        role: Role | None = None,
        depth: int = 0,
    ) -> None:
        self._document = document
        self._offsets: Offsets | None = None
        self._numbers: list[Leaf] = []
        self._documents: list[tuple[int, Leaf]] = []
        self._parts: list[tuple[Leaf, _Part]] = []
        self.media: Counter[str] = Counter()
        plain: set[str] = set()
        for leaf in leaves:
            if leaf.kind is Kind.KEY and (leaf.value in plain or is_plain_name(leaf.value)):
                plain.add(leaf.value)
                continue  # whatever the rules say: half of all leaves
            treatment = rules.treatment(leaf) if rules is not None else Treatment.DATA
            if treatment in (Treatment.KEEP, Treatment.URL) and (encoded := _encoded(leaf)) is not None:
                kind = kind_of_base64(leaf.value[encoded[0] :], encoded[1])
                if kind is not None:
                    self.media[kind] += 1
                    continue
                treatment = Treatment.BASE64
            if leaf.kind is Kind.NUMBER and treatment is Treatment.TEXT and _WHOLE_NUMBER.match(leaf.value):
                treatment = Treatment.NUMBER
            if treatment is Treatment.KEEP or not _is_text(leaf, treatment):
                continue
            text = Text(
                leaf if isinstance(leaf, FarLeaf) else leaf.value,
                context=context_of(leaf) or context,
                place=place or leaf.place,  # keys inside a string are somebody's data: they don't belong into messages
                treatment=treatment,
                grows=grows or (bool(conversation) and top_member(leaf) in conversation),
                role=role or role_of(leaf, conversation),
            )
            self._parts.append((leaf, _opened(text, leaf, depth, room)))

    def follow(self, leaves: list[Leaf], offsets: Offsets | None) -> None:
        """Have numbers that count in these texts move with them."""
        if offsets is not None:
            self._offsets = offsets
            self._numbers = [leaf for leaf in leaves if offsets.find(leaf)]
            self._documents = offsets.document_texts(leaves)

    def moved_documents(self, *, back: bool = False) -> list[Shifts]:
        """What moves in each document that can be cited; nothing in those that hold no text.

        Args:
            back: From the new text to the old one.
        """
        if not self._documents or self._offsets is None:
            return []
        texts = {leaf.start: part for leaf, part in self._parts if isinstance(part, Text) and part.edits}
        moved = [Shifts() for _ in range(self._documents[-1][0] + 1)]
        for number, leaf in self._documents:
            text = texts.get(leaf.start)
            if text is not None:
                moved[number] = _moves(text, MEASURES[self._offsets.unit], back=back)
        return moved if texts else []

    def walk(self) -> Iterator[Text]:
        for _, part in self._parts:
            yield from _texts(part)

    def replay(self, recall: Recall, *, models: bool = False) -> None:
        run: list[Text] = []
        kind: tuple[str | None, ...] = ()
        for leaf, part in self._parts:
            own = models or is_models(leaf)
            if own and isinstance(part, Text) and part.treatment in _REPLAYED:
                its = kind_of_text(leaf)
                if its != kind:
                    replay_run(run, recall)
                    run, kind = [], its
                run.append(part)
                continue
            kind = ()
            if own and isinstance(part, _Document):
                edits = recall(leaf.value)
                if edits is None or not part.become(apply_edits(leaf.value, edits)):
                    part.replay(recall, models=True)
        replay_run(run, recall)

    def become(self, masked: str) -> bool:
        """Make this document say `masked`, which differs from it in strings alone; False, and nothing is done, if it can't."""
        texts = {leaf.start: part for leaf, part in self._parts if isinstance(part, Text)}
        document = self._document
        try:
            before = parse_leaves(document) if isinstance(document, str) else parse_body(document)
            after = parse_leaves(masked)
        except WireError:
            return False
        changed = [(old, new.value) for old, new in zip(before, after, strict=False) if old.value != new.value]
        if len(before) != len(after) or not all(old.start in texts for old, _ in changed):
            return False
        for old, value in changed:
            texts[old.start].edits = [difference(old.value, value)]
        if self.render() != (masked if isinstance(document, str) else masked.encode("utf-8", "surrogatepass")):
            for text in self.walk():
                text.edits = []
            return False
        for text in self.walk():
            text.replayed = True
        return True

    @property
    def changed(self) -> bool:
        return any(_is_changed(part) for _, part in self._parts)

    def edits(self) -> list[tuple[int, int, str]]:
        """What changes in this document, as ranges of its text."""
        return list(self._changes())

    def render(self) -> str | bytes:
        """The document with its changes made, as text or bytes as it was given."""
        if isinstance(self._document, str):
            return splice(self._document, self._changes())
        return splice_in_turn(
            self._document, ((start, end, b"".join(encoded(new))) for start, end, new in self._changes())
        )

    def reread(self, rendered: str | bytes) -> Iterator[str]:
        """What this document's texts are in `rendered`, in the order of `walk`; exhausted, it has proved all else to be as it was.

        The literals of changed texts are read where they stand in `rendered`. All between them must be what it was, byte for byte (but for digits of
        offsets that may move): so `rendered` is a document of the same structure, with the same texts in the same places.
        Nothing is taken from how it was made but which texts have edits.

        Raises:
            WireError: It isn't so.
        """
        old, new = self._document, rendered
        at = position = 0
        for start, end, part in self._literals():
            if part is not None and not _is_changed(part):
                yield from (text.value for text in _texts(part))
                continue
            at = same_until(start, old, position, new, at)
            position = end
            if part is None:
                at = end_of_digits(new, at)
            else:
                begins, at = at, end_of_literal(new, at)
                said = read_literal(new[begins:at])
                yield from (said,) if isinstance(part, Text) else part.reread(said)
        if same_until(len(old), old, position, new, at) != len(new):
            raise WireError("re-read: there is more than there was")

    def _literals(self) -> Iterable[tuple[int, int, _Part | None]]:
        """Where texts stand in this document, and (without a part) the offsets that may move; in order."""
        texts = ((leaf.start, leaf.end, part) for leaf, part in self._parts)
        if not self._numbers or not self.changed:
            return texts
        numbers = ((start, end, None) for start, end in number_spans(self._document, self._numbers))
        return heapq.merge(texts, numbers, key=operator.itemgetter(0))

    def _changes(self) -> Iterable[tuple[int, int, str]]:
        changes = (
            (leaf.start, leaf.end, edited_literal(self._literal(leaf), leaf.kind, _edits_of(part)))
            for leaf, part in self._parts
            if _is_changed(part)
        )
        return heapq.merge(changes, self._moved_numbers()) if self._numbers and self.changed else changes

    def _literal(self, leaf: Leaf) -> str:
        literal = self._document[leaf.start : leaf.end]
        return literal if isinstance(literal, str) else literal.decode()

    def _moved_numbers(self) -> list[tuple[int, int, str]]:
        if self._offsets is None:
            return []
        replaced = Replaced(self._offsets.unit)
        for leaf, part in self._parts:
            if isinstance(part, Text) and part.edits:
                replaced.add(leaf, part.edits)
        documents = self.moved_documents()
        return moved_offsets(
            self._document, self._numbers, self._offsets, lambda rule, key: replaced.shifts(rule, key, documents)
        )


def _moves(text: Text, measure: Callable[[str], int], *, back: bool) -> Shifts:
    shifts = Shifts(measure)
    value = text.value
    at = 0
    for start, end, new in text.edits:
        old = value[start:end]
        shifts.passed(value[at:start])
        shifts.replaced(*((new, old) if back else (old, new)))
        at = end
    return shifts


class _Base64:
    """Readable text in base64, in a string of its own or behind the head of a `data:` URL."""

    def __init__(self, outer: Text, start: int) -> None:
        self._outer = outer.value
        decoded, self._codec = read_text(_decode(outer.value[start:], outer.place), f"text in base64 at {outer.place}")
        self._start = start
        self._end = len(outer.value)
        self._inner = Text(
            decoded,
            context=outer.context,
            place=outer.place,
            treatment=Treatment.TEXT,
            grows=outer.grows,
            role=outer.role,
        )

    def walk(self) -> Iterator[Text]:
        yield self._inner

    @property
    def changed(self) -> bool:
        return bool(self._inner.edits)

    def edits(self) -> list[tuple[int, int, str]]:
        if not self._inner.edits:
            return []
        text = apply_edits(self._inner.value, self._inner.edits)
        return [
            (self._start, self._end, base64.b64encode(write_text(text, self._codec, self._inner.place)).decode("ascii"))
        ]

    def reread(self, rendered: str) -> Iterator[str]:
        """What the text is in `rendered`.

        Raises:
            WireError: There is something else in front of it, or it can't be decoded.
        """
        same_until(self._start, self._outer, 0, rendered, 0)
        yield read_text(_decode(rendered[self._start :], self._inner.place), self._inner.place)[0]


type _Part = Text | _Document | _Base64


def _is_changed(part: _Part) -> bool:
    return bool(part.edits) if isinstance(part, Text) else part.changed


def _texts(part: _Part) -> Iterable[Text]:
    return (part,) if isinstance(part, Text) else part.walk()


def _edits_of(part: _Part) -> Sequence[tuple[int, int, str]]:
    """What is to be replaced in the string of a leaf."""
    return part.edits if isinstance(part, Text) else part.edits()


def _opened(text: Text, leaf: Leaf, depth: int, room: _Room) -> _Part:
    """A text as it stands, or what it holds when it is a document in disguise."""
    if leaf.kind is not Kind.STRING:
        return text
    if text.treatment is Treatment.BASE64:
        head = _DATA_URL.match(text.value)
        return _Base64(text, head.end() if head else 0)
    if text.treatment is Treatment.URL:
        return text
    if depth < MAX_NESTING and looks_like_json(text.value):
        try:
            inner = parse_leaves(text.value, limit=room.leaves)
        except WireError:
            return text  # only looks like JSON, or has too much in it: it is examined as the text that it is
        room.leaves -= len(inner)
        return _Document(
            text.value,
            inner,
            None,
            room=room,
            place=text.place,
            context=text.context,
            grows=text.grows,
            role=text.role,
            depth=depth + 1,
        )
    return text


def _encoded(leaf: Leaf) -> tuple[int, str] | None:
    """Where the base64 of a file begins in a leaf that isn't examined as it stands, and what it is said to be; None if there is none."""
    if leaf.kind is not Kind.STRING:
        return None
    if (head := _DATA_URL.match(leaf.value)) is not None:
        return (head.end(), head.group(1)) if ";base64" in head.group(2).lower() else None
    frame = leaf.parent
    name = leaf.key if isinstance(leaf.key, str) or frame is None else frame.key
    if name not in _MEDIA_KEYS or not looks_like_base64(leaf.value):
        return None
    above = frame.parent if frame is not None else None
    for each in (frame, above):
        declared = next((value for key in _MEDIA_TYPES if (value := each.members.get(key))), "") if each else ""
        if declared:
            return 0, declared
    return 0, OPAQUE


def _decode(encoded: str, place: str) -> bytes:
    try:
        return base64.b64decode(re.sub(r"\s+", "", encoded).replace("-", "+").replace("_", "/") + "==")
    except (binascii.Error, ValueError):
        raise WireError(f"text in base64 at {place} can't be decoded") from None


def _is_text(leaf: Leaf, treatment: Treatment) -> bool:
    """Strings always, keys that aren't plain names too, numbers where data is free in form or they are long."""
    if leaf.kind is Kind.STRING:
        return isinstance(leaf, FarLeaf) or bool(leaf.value)
    return leaf.kind is Kind.KEY or treatment in (Treatment.DATA, Treatment.NUMBER)


def _root_of(leaves: list[Leaf]) -> Frame | None:
    frame = leaves[0].parent if leaves else None
    while frame is not None and frame.parent is not None:
        frame = frame.parent
    return frame


def _refuse_token_ids(document: bytes, wire_format: WireFormat) -> None:
    """Arrays of numbers where text belongs are token ids: text that nobody can read without the model's vocabulary."""
    for member in wire_format.opaque_numbers:
        if re.search(rf'"{member}"\s*:\s*\[[\s\[]*-?\d'.encode(), document):
            raise WireError(f"{member} holds token ids instead of text")
