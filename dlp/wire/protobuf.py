"""Protocol buffers without a schema: the stretches of a message that may be text, and how to change them.

A message is a row of fields: a tag (field number and wire type, a varint) and a value. Only wire type 2 has a length,
and the same bytes may then be text, bytes, a nested message or packed numbers: nothing on the wire says which. So each
such field is read in every way that it allows:

- bytes that parse as a message are descended into;
- bytes that are UTF-8 without control characters are text. When they also parse as a message with such fields of its
  own, both are reported, the outer one as `AMBIGUOUS`: a message of one long text can pass for text (a line feed, a
  printable length, the text). Change the leaves inside; what only the outer leaf shows must refuse the message;
- what remains is a message of numbers alone (or bytes that look like one), `NUMBERS`, or nothing known, `OPAQUE`:
  media, keys, text in another encoding.

Numbers outside of such fields (varints, 32 and 64 bits) are not reported. After a change the lengths of all enclosing
fields are written anew. Source: "Protocol Buffers: Encoding" (protobuf.dev).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dlp.errors import WireError
from dlp.wire.ranges import Change, splice

MAX_DEPTH = 100
"""Nesting of messages; the limit of the vendor's own parsers."""
MAX_FIELDS = 200_000
"""Fields in one message, those inside fields included: bounds time and memory. No byte is parsed twice at one depth."""

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_VARINT, _FIXED64, _DELIMITED, _GROUP, _END_GROUP, _FIXED32 = range(6)
_VARINT_BYTES = 10
_TAG_MAX = 2**32 - 1


class Kind(Enum):
    """What the bytes of a length-delimited field can be."""

    TEXT = "text"
    AMBIGUOUS = "ambiguous"
    """Text, or a message whose leaves are reported too."""
    NUMBERS = "numbers"
    """A message without length-delimited fields, or bytes; no text in UTF-8."""
    OPAQUE = "opaque"
    """Neither text nor a message."""


@dataclass(frozen=True, slots=True)
class _Length:
    """The length prefix at `prefix`, of the value from `start` to `end`, inside the value of `parent`."""

    prefix: int
    start: int
    end: int
    parent: _Length | None

    def enclosing(self) -> Iterator[_Length]:
        """The values around this one, from the inside out."""
        around = self.parent
        while around is not None:
            yield around
            around = around.parent


@dataclass(frozen=True, slots=True)
class Leaf:
    """A length-delimited field that holds at least one byte."""

    kind: Kind
    path: tuple[int, ...]
    """Field numbers from the outermost message inwards, those of groups included."""
    start: int
    """Range of the value in the outermost message, in bytes."""
    end: int
    length: _Length = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ProtobufMessage:
    """A message that was read."""

    data: bytes = field(repr=False)
    leaves: tuple[Leaf, ...]
    """In the order in which they begin, an outer one before those inside it."""
    _marks: Mapping[_Length | None, tuple[int, ...]] = field(repr=False, default_factory=dict)

    def marks(self, leaf: Leaf) -> tuple[int, ...]:
        """Field numbers of the varints other than zero that stand in the same message as a leaf: flags, and what an enum says."""
        return self._marks.get(leaf.length.parent, ())

    def text(self, leaf: Leaf) -> str | None:
        """A leaf's text, None when it can't be any."""
        if leaf.kind in (Kind.TEXT, Kind.AMBIGUOUS):
            return self.data[leaf.start : leaf.end].decode()
        return None

    def splice(self, changes: Iterable[tuple[Leaf, bytes]]) -> bytes:
        """The message with the values of leaves replaced and every enclosing length made right.

        Raises:
            ValueError: the same leaf twice, or a leaf and one inside it.
        """
        edits: list[Change] = []
        growth: dict[_Length, int] = {}
        behind = 0
        for leaf, new in sorted(changes, key=lambda change: change[0].start):
            if leaf.start < behind:
                raise ValueError("a leaf is to be changed twice, or with another one inside it")
            behind = leaf.end
            edits.append((leaf.start, leaf.end, new))
            _grow(growth, leaf.length, len(new) - (leaf.end - leaf.start))
        pending = sorted(growth, key=lambda length: length.start)
        while pending:  # from the inside out: a prefix that grows itself makes what is around it longer
            length = pending.pop()
            if growth[length]:
                prefix = _varint(length.end - length.start + growth[length])
                edits.append((length.prefix, length.start, prefix))
                _grow(growth, length.parent, len(prefix) - (length.start - length.prefix))
        return splice(self.data, edits)


def parse_message(data: bytes) -> ProtobufMessage:
    """Reads one message.

    Raises:
        WireError: bytes that are no message, or more than `MAX_FIELDS` fields.
    """
    reader = _Reader(data)
    leaves = reader.read_message(0, len(data), (), None)
    if leaves is None:
        raise WireError("protobuf: the bytes are no message")
    return ProtobufMessage(data, tuple(leaves), reader.marks)


class _Reader:
    """One pass over a message and what is nested in it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._budget = MAX_FIELDS
        self.marks: dict[_Length | None, tuple[int, ...]] = {}
        """The message that fills a value (None for the outermost) -> its varints other than zero, by field number."""

    def read_message(self, position: int, end: int, path: tuple[int, ...], parent: _Length | None) -> list[Leaf] | None:
        """The leaves of the message that fills `position` to `end`; None when those bytes are no message."""
        if len(path) > MAX_DEPTH:
            return None
        leaves: list[Leaf] = []
        groups: list[int] = []  # field numbers of the groups that are open
        marks: list[int] = []
        while position < end:
            self._budget -= 1
            if self._budget < 0:
                raise WireError(f"protobuf: more than {MAX_FIELDS} fields")
            tag, position = self._read_varint(position, end)
            number, wire_type = tag >> 3, tag & 7
            if not 0 < number <= _TAG_MAX >> 3:
                return None
            prefix = position
            if wire_type == _GROUP:
                groups.append(number)
                if len(path) + len(groups) > MAX_DEPTH:
                    return None
            elif wire_type == _END_GROUP:
                if not groups or groups.pop() != number:
                    return None
            elif wire_type == _DELIMITED:
                size, start = self._read_varint(prefix, end)
                position = start + size
                if size < 0 or position > end:
                    return None
                if size:
                    leaves += self._read_value(_Length(prefix, start, position, parent), (*path, *groups, number))
            elif wire_type == _VARINT:
                value, position = self._read_varint(prefix, end)
                if value:
                    marks.append(number)
            elif wire_type in (_FIXED64, _FIXED32):
                position += 8 if wire_type == _FIXED64 else 4
            else:
                return None
        if position != end or groups:
            return None
        if marks:
            self.marks[parent] = tuple(marks)
        return leaves

    def _read_value(self, length: _Length, path: tuple[int, ...]) -> list[Leaf]:
        inner = self.read_message(length.start, length.end, path, length)
        is_text = self._is_text(length.start, length.end)
        if is_text:
            kind = Kind.AMBIGUOUS if inner else Kind.TEXT
        elif inner:
            return inner
        else:
            kind = Kind.OPAQUE if inner is None else Kind.NUMBERS
        return [Leaf(kind, path, length.start, length.end, length), *(inner or ())]

    def _is_text(self, start: int, end: int) -> bool:
        if _CONTROL.search(self._data, start, end):
            return False
        try:
            self._data[start:end].decode()
        except UnicodeDecodeError:
            return False
        return True

    def _read_varint(self, position: int, end: int) -> tuple[int, int]:
        """A varint's value and where it ends; a negative value, which no tag or size has, when it is broken."""
        value = 0
        for index, byte in enumerate(self._data[position : min(end, position + _VARINT_BYTES)]):
            value |= (byte & 0x7F) << 7 * index
            if byte < 0x80:
                return value, position + index + 1
        return -1, end + 1


def _grow(growth: dict[_Length, int], length: _Length | None, by: int) -> None:
    """Notes that a value, and with it every value around it, grows."""
    while length is not None:
        growth[length] = growth.get(length, 0) + by
        length = length.parent


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
