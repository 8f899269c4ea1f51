"""JSON documents as leaves: where each string stands, what it says, and how to change it in place.

Theory of operation. A body is never re-serialised: it is parsed once into leaves with their ranges, and a changed leaf is spliced
into the text at its range. Key order, spacing, number spelling, duplicate keys and escapes elsewhere stay as they were. Even
inside a changed literal only the replaced part is written anew.

The grammar is JSON's (RFC 8259) with two tolerances that hide nothing from us: control characters inside strings, and
`NaN`, `Infinity`, `-Infinity` as numbers. Everything else raises `WireError`, because a server with another opinion
about broken JSON could see text that we don't. Duplicate keys are all visited. The parser uses no recursion.

Offsets are code points of the decoded document, or bytes where the document is given as bytes (`parse_body`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined] # undocumented, in C, stable since 2.7
from json.encoder import encode_basestring
from typing import Any

from dlp.errors import TooLarge, WireError
from dlp.wire.json_strings import raw_offsets, read_literal, scan_string
from dlp.wire.stretches import STRETCH

MAX_DEPTH = 512
"""Deepest nesting accepted; far above what a provider takes, and bounded work for us."""

LARGE_BYTES = 2**20
"""Of a document whose long strings aren't kept decoded, and are read in stretches."""
FAR_BYTES = 1024
"""Of a literal that is long."""

BOM = "\ufeff"
_LATIN_BOM = BOM.encode().decode("latin-1")
_MAX_MEMBER = 128
"""Longest string that `Frame.members` keeps: discriminators and ids are shorter."""

_NEXT = re.compile(r"[ \t\n\r]*([\"{}\[\]:,]|-?(?:Infinity|[0-9][0-9.eE+-]*)|true|false|null|NaN|\Z)")
_MARKS = frozenset('"{}[]:,')
_MEMBER = re.compile(r"""[ \t\n\r]*+"([^"\\]{0,64}+)"[ \t\n\r]*+:[ \t\n\r]*+(?:"([^"\\]{0,64}+)")?""")
_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z"
)  # not \d: digits of other scripts aren't JSON
_SURROGATE = re.compile("[\ud800-\udfff]")


class Kind(Enum):
    """What a leaf is in the document."""

    STRING = "string"
    NUMBER = "number"
    KEY = "key"


class Frame:
    """An object or array around a leaf: the way up, and the short scalars that tell what an object is."""

    __slots__ = ("_marks", "is_array", "key", "known_place", "members", "parent")

    def __init__(self, parent: Frame | None, key: str | int, *, is_array: bool) -> None:
        self.parent = parent
        self.key = key
        """The member name or array index under which this container stands in its parent."""
        self.is_array = is_array
        self.members: dict[str, str | None] = {}
        """Member name -> its string (when short), the spelling of its number or literal, or None for anything else."""
        self._marks: dict[object, Any] | None = None
        self.known_place: str | None = None
        """`place`, once somebody has asked for it."""

    @property
    def place(self) -> str:
        """The path down to it, `.messages[3]`, as `Leaf.place` has it; no more than can be shown of it."""
        above: list[Frame] = []
        frame = self
        while frame.known_place is None and frame.parent is not None:
            above.append(frame)
            frame = frame.parent
        place = frame.known_place or ""  # the document itself has no name
        for each in reversed(above):
            place = each.known_place = (place + _step(each.key))[: _MAX_PLACE + 1]
        return place

    @property
    def marks(self) -> dict[object, Any]:
        """A place for callers to keep what they derive from the way up, each under a key of its own."""
        if self._marks is None:
            self._marks = {}
        return self._marks


class Leaf:
    """One string, long number or object key. `repr` shows the place, never the value."""

    __slots__ = ("end", "key", "kind", "parent", "start", "value")

    def __init__(self, kind: Kind, value: str, start: int, end: int, parent: Frame | None, key: str | int) -> None:
        self.kind = kind
        self.value = value
        """The decoded string, or the number as spelled."""
        self.start = start
        """Range of the literal in the document, quotes included, in code points; half-open."""
        self.end = end
        self.parent = parent
        self.key = key
        """Member name or index under which the leaf stands (for `Kind.KEY`, the name itself)."""

    def __repr__(self) -> str:
        return f"<{self.kind.value} leaf at {self.place()}>"

    def place(self) -> str:
        """The path for messages and audit, `messages[3].content`; names that aren't plain are shown as `?`."""
        own = _step(self.key if self.kind is not Kind.KEY else "?")
        return ((self.parent.place if self.parent is not None else "") + own).lstrip(".")[:_MAX_PLACE]


class FarLeaf(Leaf):
    """A long string of a large document, read from it whenever it is asked for: all of them together are as large as the document."""

    __slots__ = ("_body", "length")

    def __init__(self, body: bytes, length: int, start: int, end: int, parent: Frame | None, key: str | int) -> None:
        self.kind = Kind.STRING
        self.length = length
        """Of the value, in code points."""
        self.start, self.end = start, end
        self.parent, self.key = parent, key
        self._body = body

    @property
    def value(self) -> str:  # type: ignore[override] # a leaf's value is only read
        return read_literal(self._body[self.start : self.end])


_PLAIN = re.compile(r"[A-Za-z_$][\w$-]{0,63}\Z", re.ASCII)
_MAX_PLACE = 200
"""Characters of a path that are shown."""


def _step(key: str | int) -> str:
    """One step of a path."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN.match(key) else ".?"


def decode_document(body: bytes) -> str:
    """Bytes of a JSON body -> text, a leading byte-order mark included.

    Raises:
        WireError: The body is not UTF-8 (RFC 8259, section 8.1).
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("JSON body is not valid UTF-8") from None


def parse_leaves(document: str, *, numbers: bool = True, limit: int = sys.maxsize) -> list[Leaf]:
    """All string leaves, keys and (with `numbers`) numbers of a document, in document order.

    Args:
        limit: Leaves that there may be, a few more or less.

    Raises:
        WireError: The document isn't JSON, or nests deeper than `MAX_DEPTH`.
        TooLarge: It has more leaves than `limit`.
    """
    return _parse(document, None, numbers=numbers, limit=limit)


def parse_body(body: bytes, *, limit: int = sys.maxsize) -> list[Leaf]:
    """`parse_leaves` of a document as it came: ranges are in bytes. Long strings of a large document aren't kept (`FarLeaf`).

    Where all of it is ASCII, bytes and code points are the same. Else it is read as Latin-1, in which each byte is a character: what JSON is made
    of is ASCII, and what isn't stands in strings, which are decoded one by one.

    Raises:
        WireError: It isn't JSON or not UTF-8 (RFC 8259, section 8.1), or nests deeper than `MAX_DEPTH`.
        TooLarge: It has more leaves than `limit`.
    """
    if body.isascii() and len(body) < LARGE_BYTES:
        return _parse(body.decode("ascii"), None, limit=limit)
    try:
        return _parse(body.decode("latin-1"), body, limit=limit)
    except WireError:
        decode_document(body)  # if that is what is wrong, it is what is said
        raise


# What may come next: a key, a value, what ends a value, or nothing. They are compared by their order.
_KEY, _KEY_OR_END, _VALUE, _VALUE_OR_END, _COMMA_OR_END, _NOTHING = range(6)


def _parse(document: str, body: bytes | None, *, numbers: bool = True, limit: int = sys.maxsize) -> list[Leaf]:
    """`parse_leaves`; with `body`, the document is that in Latin-1, and strings are read from it.

    One loop in one function, since it reads every body: a call for each string alone makes it a tenth slower.
    """
    position = (1 if body is None else 3) if document.startswith(BOM if body is None else _LATIN_BOM) else 0
    large = body is not None and len(body) >= LARGE_BYTES
    long = len(document) >= LARGE_BYTES
    leaves: list[Leaf] = []
    add = leaves.append
    frame: Frame | None = None
    depth = 0
    key: str | int = 0
    names: dict[str, str] = {}  # a key that is met again is the same object
    state = _VALUE
    match_next, match_member = _NEXT.match, _MEMBER.match
    while True:
        if state <= _KEY_OR_END and (member := match_member(document, position)) is not None:
            # The usual member in one step: a name without escapes, and perhaps a short string without.
            name, short = member.groups()
            position = member.end()
            if body is not None:
                name, short = _decoded(name), short and _decoded(short)
            key = name = names.setdefault(name, name)
            add(Leaf(Kind.KEY, name, member.start(1) - 1, member.end(1) + 1, frame, name))
            if short is None:
                state = _VALUE
            else:
                add(Leaf(Kind.STRING, short, member.start(2) - 1, position, frame, name))
                frame.members[name] = short  # type: ignore[union-attr] # keys stand in objects
                state = _COMMA_OR_END
            continue
        mark = document[position : position + 1]
        if mark in _MARKS:
            position += 1
        else:
            match = match_next(document, position)
            if match is None:
                raise WireError("invalid JSON: unexpected character")
            mark = match.group(1)
            position = match.end()
        if mark == '"':
            start = position - 1
            quote = document.find('"', position)
            if 0 <= quote - position <= STRETCH and document.find("\\", position, quote) < 0:
                # Without escapes; several times as quick as to scan it.
                value, position = document[position:quote], quote + 1
            elif long:
                value, position = scan_string(document, position)
            else:
                try:
                    value, position = scanstring(document, position, False)
                except JSONDecodeError:
                    raise WireError("invalid JSON: broken string") from None
            if body is not None and not value.isascii():
                value = _read_anew(value, body, start, position)
            if state <= _KEY_OR_END:
                key = value = names.setdefault(value, value)
                add(Leaf(Kind.KEY, value, start, position, frame, value))
                match = match_next(document, position)
                if match is None or match.group(1) != ":":
                    raise WireError("invalid JSON: expected ':'")
                position = match.end()
                state = _VALUE
                continue
            if state > _VALUE_OR_END:
                raise WireError("invalid JSON: unexpected string")
            if large and body is not None and position - start > FAR_BYTES:
                add(FarLeaf(body, len(value), start, position, frame, key))
            else:
                add(Leaf(Kind.STRING, value, start, position, frame, key))
            if frame is not None and not frame.is_array:
                frame.members[key] = value if len(value) <= _MAX_MEMBER else None  # type: ignore[index]
        elif mark == ",":
            if frame is None or state != _COMMA_OR_END:
                raise WireError("invalid JSON: unexpected comma")
            if len(leaves) > limit:
                raise TooLarge("the number of strings, keys and numbers of the JSON body", limit)
            if frame.is_array:
                key = key + 1  # type: ignore[operator]
                state = _VALUE
            else:
                state = _KEY
            continue
        elif mark in ("{", "["):
            if not _VALUE <= state <= _VALUE_OR_END:
                raise WireError("invalid JSON: unexpected bracket")
            depth += 1
            if depth > MAX_DEPTH:
                raise WireError(f"JSON nests deeper than {MAX_DEPTH} levels")
            if frame is not None and not frame.is_array:
                frame.members[key] = None  # type: ignore[index]
            frame = Frame(frame, key, is_array=mark == "[")
            if frame.is_array:
                key, state = 0, _VALUE_OR_END
            else:
                state = _KEY_OR_END
            continue
        elif mark in ("}", "]"):
            if frame is None or frame.is_array != (mark == "]") or state in (_VALUE, _KEY):
                raise WireError("invalid JSON: unexpected closing bracket")
            key, frame = frame.key, frame.parent
            depth -= 1
        elif mark == "":
            if state != _NOTHING:
                raise WireError("invalid JSON: unexpected end")
            return leaves
        elif mark == ":":
            raise WireError("invalid JSON: unexpected colon")
        else:
            if not _VALUE <= state <= _VALUE_OR_END:
                raise WireError("invalid JSON: unexpected literal")
            if mark[0] in "-0123456789":
                if "Infinity" not in mark and not _NUMBER.match(mark):
                    raise WireError("invalid JSON: broken number")
                if numbers and len(mark) > 6:
                    add(Leaf(Kind.NUMBER, mark, position - len(mark), position, frame, key))
            if frame is not None and not frame.is_array:
                frame.members[key] = mark if len(mark) <= _MAX_MEMBER else None  # type: ignore[index]
        # A value is complete here.
        state = _COMMA_OR_END if frame is not None else _NOTHING


def _read_anew(value: str, body: bytes, start: int, end: int) -> str:
    """What a string says whose literal was read as Latin-1 from a body in UTF-8."""
    # What isn't ASCII may come from an escape, which Latin-1 has nothing to do with.
    return read_literal(body[start:end]) if body.find(b"\\u", start, end) >= 0 else _decoded(value)


def _decoded(text: str) -> str:
    """A piece of a string without escapes, read as Latin-1, as the UTF-8 that it is."""
    return text if text.isascii() else decode_document(text.encode("latin-1"))


_MAY_OPEN = frozenset("{[ \t\r\n")


def looks_like_json(text: str) -> bool:
    """Whether a string leaf is worth opening as JSON: an object or an array by its first and last character."""
    if text[:1] not in _MAY_OPEN:
        return False  # nearly all: to strip a text copies it
    stripped = text.strip(" \t\r\n")
    return len(stripped) > 1 and (stripped[0], stripped[-1]) in {("{", "}"), ("[", "]")}


def escape(text: str) -> str:
    r"""`text` as the inside of a JSON string literal; lone surrogates become `\u` escapes."""
    inside: str = encode_basestring(text)[1:-1]
    if not inside.isascii() and _SURROGATE.search(inside):
        inside = _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", inside)
    return inside


def splice(document: str, changes: Iterable[tuple[int, int, str]], *, shift: int = 0) -> str:
    """Replace ascending, non-overlapping ranges of `document`, which are given as if it began `shift` characters later."""
    parts: list[str] = []
    at = 0
    for start, end, new in changes:
        start += shift  # noqa: PLW2901 - one loop for all that is written anew
        if start < at:
            raise ValueError("changes overlap or are out of order")
        parts.append(document[at:start])
        parts.append(new)
        at = end + shift
    parts.append(document[at:])
    return "".join(parts)


def edit_literal(document: str, leaf: Leaf, edits: Sequence[tuple[int, int, str]]) -> str:
    """The literal of `leaf` with parts of its *decoded* value replaced.

    Args:
        edits: Ascending, non-overlapping `(start, end, new text)`, offsets in code points of `leaf.value`; the new text is
            unescaped. What lies outside keeps its spelling, escapes included. A number becomes a string literal.
    """
    return edited_literal(document[leaf.start : leaf.end], leaf.kind, edits)


def edited_literal(literal: str, kind: Kind, edits: Sequence[tuple[int, int, str]]) -> str:
    """`edit_literal` of a literal by itself."""
    if kind is Kind.NUMBER:
        return f'"{escape(splice(literal, edits))}"'
    added = "".join([new for _, _, new in edits])
    if escape(added) != added:
        edits = [(start, end, escape(new)) for start, end, new in edits]
    if "\\" not in literal:
        return splice(literal, edits, shift=1)
    bounds = raw_offsets(literal, (bound for start, end, _ in edits for bound in (start, end)))
    return splice(literal, [(next(bounds), next(bounds), new) for _, _, new in edits])


# -- reading what has been spliced -------------------------------------------------------------------------------------


def same_until(end: int, old: str | bytes, position: int, new: str | bytes, at: int) -> int:
    """Where `new` stands behind what `old` has from `position` to `end`, and `new` has from `at` on.

    Raises:
        WireError: `new` has something else there.
    """
    while position < end:
        piece = old[position : min(end, position + _PIECE)]
        if not new.startswith(piece, at):  # type: ignore[arg-type] # both are text, or both bytes
            raise WireError("re-read: something else stands between the texts")
        position += len(piece)
        at += len(piece)
    if position != end:
        raise WireError("re-read: texts overlap")
    return at


def end_of_digits(document: str | bytes, at: int) -> int:
    """Where the digits end that begin at `at`.

    Raises:
        WireError: There are none.
    """
    match = _DIGITS.match(document, at) if isinstance(document, str) else _DIGITS_IN_BYTES.match(document, at)
    if match is None:
        raise WireError("re-read: a number isn't where it was")
    return match.end()


_PIECE = 2**20
"""Of two documents that are compared at a time: a copy is made of it."""
_DIGITS = re.compile(r"[0-9]{1,20}(?![0-9.eE])")
_DIGITS_IN_BYTES = re.compile(_DIGITS.pattern.encode())
