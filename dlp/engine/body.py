"""Bodies as texts that can be replaced: one class per kind, all with `texts` to read and `render` to write.

A body's `texts` are everything in it that a person may have written, in the order in which they build on each other. `render`
puts replacements in and leaves every other byte as it was. What can't be read raises `WireError`; nothing is skipped.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from dlp.engine.media import OPAQUE, kind_of_base64, looks_like_base64
from dlp.engine.offsets import MEASURES, Replaced, moved_offsets
from dlp.engine.text import Edit, apply_edits
from dlp.errors import WireError
from dlp.masking.shifts import Shifts
from dlp.providers.format import Offsets, WireFormat
from dlp.providers.rules import RuleSet, Treatment
from dlp.types import Finding, Role
from dlp.wire.json_leaves import (
    Frame,
    Kind,
    Leaf,
    decode_document,
    edit_literal,
    looks_like_json,
    parse_leaves,
    splice,
)

Recall = Callable[[str], Sequence[Edit] | None]
"""A text that a client may have been given -> the edits that make it what the model said, None if it isn't known."""

MAX_NESTING = 8
"""Levels of JSON inside strings of JSON that are opened; deeper ones are examined as plain text."""
MAX_LEAVES = 500_000
"""Strings, keys and long numbers of one document, those of documents in its strings included. Each takes up to a kilobyte of memory and,
if it is a text, a tenth of a millisecond: more can't be examined in the time that a request has. Real bodies have some ten thousand."""

MODEL_ROLES = frozenset({"assistant", "model", "ASSISTANT", "CHATBOT", "Chatbot", "MODEL"})
_MODEL_ITEMS = frozenset(
    {"function_call", "custom_tool_call", "mcp_call", "code_interpreter_call", "web_search_call", "reasoning"}
)
_ROLES = {
    "system": Role.SYSTEM, "developer": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT, "model": Role.ASSISTANT,
    "chatbot": Role.ASSISTANT, "tool": Role.TOOL, "function": Role.TOOL,
}  # fmt: skip
_TOOL_ITEMS = frozenset(
    {"tool_result", "function_call_output", "custom_tool_call_output", "mcp_tool_result", "web_search_tool_result"}
)
_TOOL_MEMBERS = frozenset({"functionResponse", "function_response", "toolResult", "tool_results"})
_SYSTEM_MEMBERS = frozenset({"system", "instructions", "systemInstruction", "system_instruction", "preamble"})
_DEFINING_MEMBERS = frozenset(
    {"tools", "functions", "toolConfig", "tool_config", "response_format", "generationConfig"}
)
_ASKING_MEMBERS = frozenset({"prompt", "input", "message", "inputText", "query", "contents", "messages"})
_REPLAYED = frozenset({Treatment.TEXT, Treatment.DATA})
_NAMED_VALUE = frozenset({"value", "val", "text", "content", "data", "answer", "input"})
_NAMES = ("name", "field", "key", "label", "title", "column", "header", "question", "type")
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$.-]{0,63}\Z", re.ASCII)
_INDEX = re.compile(r"\[\d+\]")
_LONG_DIGITS = re.compile(r"\d{6}")
_DATA_URL = re.compile(r"data:([^,;]{0,100})((?:;[^,;]{0,100}){0,8}),", re.IGNORECASE)
_MEDIA_KEYS = frozenset(
    "data bytes file_data fileData b64_json image_base64 bytesBase64Encoded audioContent inputImage images image audio video blob".split()
)
"""Members (or lists) in which the wire formats have files in base64."""
_MEDIA_TYPES = ("mimeType", "mime_type", "media_type", "mediaType", "format")


class Text:
    """One text of a body. `edits` is what is to be replaced in it, offsets in code points of `value`. `repr` shows no text."""

    __slots__ = ("context", "edits", "grows", "place", "replayed", "role", "treatment", "value")

    alternative = False
    """Another reading of bytes whose texts stand in the body as well: to be looked at, not to be changed."""

    def __init__(
        self,
        value: str,
        *,
        context: str = "",
        place: str = "body",
        treatment: Treatment = Treatment.TEXT,
        grows: bool = False,
        role: Role = Role.OTHER,
    ) -> None:
        self.value = value
        self.context = context
        """Names near the text that aren't part of it, such as its JSON key."""
        self.place = place
        """Where it stands, for messages: names and indices only."""
        self.treatment = treatment
        self.grows = grows
        """Part of a conversation that grows from turn to turn."""
        self.role = role
        self.edits: list[Edit] = []
        self.replayed = False
        """A text of the model's, with the edits that make it what the model said: not to be examined."""

    def shows(self, finding: Finding) -> bool:
        """Whether a finding in this text counts."""
        return True

    def __repr__(self) -> str:
        return f"<Text of {len(self.value)} characters at {self.place}>"


class Portion(Protocol):
    """Texts of a body that are examined and written together, and then forgotten."""

    @property
    def texts(self) -> Sequence[Text]: ...

    def write(self) -> None:
        """Make the edits, and keep for `Body.render` what has come of them."""
        ...

    @property
    def written(self) -> Sequence[Text]:
        """The texts around which `write` has written something."""
        ...

    def reread(self) -> Sequence[Text]:
        """What those texts are in that which has been written."""
        ...


class Body(Protocol):
    """A decoded request body."""

    @property
    def texts(self) -> Sequence[Text]:
        """Those that are there all the time; a long file has `portions` besides."""
        ...

    def portions(self) -> Iterable[Portion]:
        """Further texts, of which only one portion at a time is in memory: to be taken once, and in order."""
        ...

    @property
    def model(self) -> str | None:
        """The model that the body names, for audit."""
        ...

    @property
    def media(self) -> Mapping[str, int]:
        """Kinds of what can't be read and may pass as the policy says (pictures, sound, documents), and how many of each.

        Those of portions count when these have been taken.
        """
        ...

    def render(self) -> bytes:
        """The body with every text's `edits` made, and what portions have written in its place."""
        ...


class JsonBody:
    """A JSON document.

    Raises:
        WireError: Not JSON, not UTF-8, nested too deeply, or token ids where text belongs.
        TooLarge: More than `MAX_LEAVES`.
    """

    def __init__(self, raw: bytes, wire_format: WireFormat, *, place: str = "") -> None:
        document = decode_document(raw)
        leaves = parse_leaves(document, limit=MAX_LEAVES)
        _refuse_token_ids(document, wire_format)
        room = _Room(MAX_LEAVES - len(leaves))
        self._tree = _Document(document, leaves, wire_format.request, wire_format.conversation, room=room, place=place)
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
        return self._tree.render().encode("utf-8")


class PlainBody:
    """Text without structure."""

    model = None
    media: Mapping[str, int] = {}

    def __init__(self, raw: bytes, *, place: str = "body", context: str = "") -> None:
        try:
            self._text = Text(raw.decode("utf-8"), place=place, context=context)
        except UnicodeDecodeError:
            raise WireError("text body is not valid UTF-8") from None
        self.texts = [self._text]

    def portions(self) -> tuple[()]:
        return ()

    def render(self) -> bytes:
        return apply_edits(self._text.value, self._text.edits).encode("utf-8")


class _Room:
    """How many leaves the documents in the strings of a document may still have."""

    __slots__ = ("leaves",)

    def __init__(self, leaves: int) -> None:
        self.leaves = leaves


class _Document:
    """One JSON document, perhaps out of a string of another one, and the texts in it."""

    def __init__(
        self,
        document: str,
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
        self._parts: list[tuple[Leaf, Text | _Document | _Base64]] = []
        self.media: Counter[str] = Counter()
        for leaf in leaves:
            if leaf.kind is Kind.KEY and _is_plain_key(leaf.value):
                continue  # whatever the rules say: half of all leaves
            treatment = rules.treatment(leaf) if rules is not None else Treatment.DATA
            if treatment in (Treatment.KEEP, Treatment.URL) and (encoded := _encoded(leaf)) is not None:
                kind = kind_of_base64(leaf.value[encoded[0] :], encoded[1])
                if kind is not None:
                    self.media[kind] += 1
                    continue
                treatment = Treatment.BASE64
            if treatment is Treatment.KEEP or not _is_text(leaf, treatment):
                continue
            at = place or leaf.place()  # keys inside a string are somebody's data: they don't belong into messages
            text = Text(
                leaf.value,
                context=_context(leaf) or context,
                place=at,
                treatment=treatment,
                grows=grows or (bool(conversation) and _top_member(leaf) in conversation),
                role=role or _role(leaf, conversation),
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
            if isinstance(part, Text):
                yield part
            else:
                yield from part.walk()

    def replay(self, recall: Recall, *, models: bool = False) -> None:
        run: list[Text] = []
        kind = ""
        for leaf, part in self._parts:
            own = models or _is_models(leaf)
            if own and isinstance(part, Text) and part.treatment in _REPLAYED:
                its = _kind_of_text(leaf)
                if its != kind:
                    replay_run(run, recall)
                    run, kind = [], its
                run.append(part)
                continue
            kind = ""
            if own and isinstance(part, _Document):
                edits = recall(leaf.value)
                if edits is None or not part.become(apply_edits(leaf.value, edits)):
                    part.replay(recall, models=True)
        replay_run(run, recall)

    def become(self, masked: str) -> bool:
        """Make this document say `masked`, which differs from it in strings alone; False, and nothing is done, if it can't."""
        texts = {leaf.start: part for leaf, part in self._parts if isinstance(part, Text)}
        try:
            before, after = parse_leaves(self._document), parse_leaves(masked)
        except WireError:
            return False
        changed = [(old, new.value) for old, new in zip(before, after, strict=False) if old.value != new.value]
        if len(before) != len(after) or not all(old.start in texts for old, _ in changed):
            return False
        for old, value in changed:
            texts[old.start].edits = [_difference(old.value, value)]
        if self.render() != masked:
            for text in self.walk():
                text.edits = []
            return False
        for text in self.walk():
            text.replayed = True
        return True

    def edits(self) -> list[tuple[int, int, str]]:
        """What changes in this document, as ranges of its text."""
        changes = []
        for leaf, part in self._parts:
            inner = (
                [(edit.start, edit.end, edit.replacement) for edit in part.edits]
                if isinstance(part, Text)
                else part.edits()
            )
            if inner:
                changes.append((leaf.start, leaf.end, edit_literal(self._document, leaf, inner)))
        return sorted([*changes, *self._moved_numbers()]) if changes and self._numbers else changes

    def _moved_numbers(self) -> list[tuple[int, int, str]]:
        if self._offsets is None:
            return []
        replaced = Replaced(self._offsets.unit)
        for leaf, part in self._parts:
            if isinstance(part, Text) and part.edits:
                replaced.add(leaf, [(edit.start, edit.end, edit.replacement) for edit in part.edits])
        documents = self.moved_documents()
        return moved_offsets(
            self._document, self._numbers, self._offsets, lambda rule, key: replaced.shifts(rule, key, documents)
        )

    def render(self) -> str:
        return splice(self._document, self.edits())


def _moves(text: Text, measure: Callable[[str], int], *, back: bool) -> Shifts:
    shifts = Shifts(measure)
    at = 0
    for edit in text.edits:
        old, new = text.value[edit.start : edit.end], edit.replacement
        shifts.passed(text.value[at : edit.start])
        shifts.replaced(*((new, old) if back else (old, new)))
        at = edit.end
    return shifts


def replay_run(run: list[Text], recall: Recall) -> None:
    """Replay texts that stand side by side: as one where they are pieces of one, as clients of streams keep them; else each by itself."""
    edits = recall("".join(text.value for text in run)) if len(run) > 1 else None
    if edits is None:
        for text in run:
            found = recall(text.value)
            if found is not None:
                text.edits, text.replayed = list(found), True
        return
    at = 0
    for text in run:
        end = at + len(text.value)
        for edit in edits:
            if edit.start < end and edit.end > at:  # one that is cut stands in its first piece
                begins = edit.start >= at
                text.edits.append(
                    Edit(max(edit.start, at) - at, min(edit.end, end) - at, edit.replacement if begins else "")
                )
        text.replayed = True
        at = end


def _kind_of_text(leaf: Leaf) -> str:
    """Alike for texts that may be pieces of one: the place without its indices, and what it says of itself."""
    members = leaf.parent.members if leaf.parent is not None else {}
    return f"{_INDEX.sub('', leaf.place())} {members.get('type', '')} {members.get('thought', '')}"


def _difference(old: str, new: str) -> Edit:
    """The one edit that makes `new` of `old`, as short as can be."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    return Edit(start, len(old) - end, new[start : len(new) - end])


def _common(one: str, other: str) -> int:
    """Characters that both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _is_models(leaf: Leaf) -> bool:
    """Whether a leaf stands in something that the model produced and a client sends back: an assistant's message, a call."""
    frame = leaf.parent
    while frame is not None:
        if frame.members.get("role", "") in MODEL_ROLES or frame.members.get("type", "") in _MODEL_ITEMS:
            return True
        frame = frame.parent
    return False


class _Base64:
    """Readable text in base64, in a string of its own or behind the head of a `data:` URL."""

    def __init__(self, outer: Text, start: int, decoded: str) -> None:
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

    def edits(self) -> list[tuple[int, int, str]]:
        if not self._inner.edits:
            return []
        text = apply_edits(self._inner.value, self._inner.edits)
        return [(self._start, self._end, base64.b64encode(text.encode("utf-8")).decode("ascii"))]


def _opened(text: Text, leaf: Leaf, depth: int, room: _Room) -> Text | _Document | _Base64:
    """A text as it stands, or what it holds when it is a document in disguise."""
    if leaf.kind is not Kind.STRING:
        return text
    if text.treatment is Treatment.BASE64:
        head = _DATA_URL.match(text.value)
        return _decoded(text, head.end() if head else 0)
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


def _decoded(text: Text, start: int) -> _Base64:
    try:
        raw = base64.b64decode(re.sub(r"\s+", "", text.value[start:]).replace("-", "+").replace("_", "/") + "==")
        return _Base64(text, start, raw.decode("utf-8"))
    except (binascii.Error, ValueError):
        raise WireError(f"text in base64 at {text.place} can't be decoded") from None


def _is_plain_key(name: str) -> bool:
    """Whether a key is a name such as APIs have, which nobody's data is."""
    return bool(_PLAIN_KEY.match(name)) and not _LONG_DIGITS.search(name)


def _is_text(leaf: Leaf, treatment: Treatment) -> bool:
    """Strings always, keys that aren't plain names too, numbers where data is free in form."""
    if leaf.kind is Kind.STRING:
        return bool(leaf.value)
    return leaf.kind is Kind.KEY or treatment is Treatment.DATA


def _context(leaf: Leaf) -> str:
    """The names that stand for a leaf: its key, the key of the list it is in, and in `{"name": .., "value": ..}` pairs the name."""
    if leaf.kind is Kind.KEY:
        return ""
    key: str | int = leaf.key
    frame = leaf.parent
    while isinstance(key, int) and frame is not None and frame.parent is not None:
        key, frame = frame.key, frame.parent
    names = [key] if isinstance(key, str) and leaf.parent is not None else []
    if leaf.parent is not None and leaf.key in _NAMED_VALUE:
        names += [value for name in _NAMES if (value := leaf.parent.members.get(name)) and value != leaf.value]
    return " ".join(names)


def _role(leaf: Leaf, conversation: tuple[str, ...]) -> Role:
    """Who speaks: as the nearest part around a leaf says of itself, else by the member of the document that it is in."""
    key, frame = leaf.key, leaf.parent
    while frame is not None:
        if frame.members.get("type", "") in _TOOL_ITEMS or key in _TOOL_MEMBERS:
            return Role.TOOL
        if frame.members.get("type", "") in _MODEL_ITEMS:
            return Role.ASSISTANT
        if found := _ROLES.get((frame.members.get("role") or "").lower()):
            return found
        if frame.parent is None:
            break
        key, frame = frame.key, frame.parent
    if key in _SYSTEM_MEMBERS:
        return Role.SYSTEM
    if key in _DEFINING_MEMBERS:
        return Role.DEFINITION
    return Role.USER if key in conversation or key in _ASKING_MEMBERS else Role.OTHER


def _top_member(leaf: Leaf) -> str | int:
    key, frame = leaf.key, leaf.parent
    while frame is not None and frame.parent is not None:
        key, frame = frame.key, frame.parent
    return key


def _root_of(leaves: list[Leaf]) -> Frame | None:
    frame = leaves[0].parent if leaves else None
    while frame is not None and frame.parent is not None:
        frame = frame.parent
    return frame


def _refuse_token_ids(document: str, wire_format: WireFormat) -> None:
    """Arrays of numbers where text belongs are token ids: text that nobody can read without the model's vocabulary."""
    for member in wire_format.opaque_numbers:
        if re.search(rf'"{member}"\s*:\s*\[[\s\[]*-?\d', document):
            raise WireError(f"{member} holds token ids instead of text")
