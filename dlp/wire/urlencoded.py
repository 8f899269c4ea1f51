"""application/x-www-form-urlencoded bodies and query strings: names and values with their ranges.

Grammar: WHATWG URL, 5.1: fields between `&`, a name and a value around the first `=`, `+` for a space, percent-encoded
UTF-8. Readers differ in three points, and each is covered: a `+` in a query may also mean itself (`Component.readings`);
bytes that are no UTF-8 are read as Latin-1, so that nothing disappears; a `;`, which old servers split at, stays in the
text where it stands and is examined with it. A `%` that begins no escape means itself.

No `feed`: ranges are those of the whole body, which whoever wants to change it holds anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, unquote_to_bytes

from dlp.errors import WireError
from dlp.wire.ranges import splice

MAX_FIELDS = 20_000
"""Fields of one body; real ones have dozens."""

_ESCAPE_OR_BYTE = re.compile(rb"%[0-9A-Fa-f]{2}|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Component:
    """A name or a value: what it says and which bytes say it."""

    raw: bytes = field(repr=False)
    start: int
    """Offset of `raw` in the body, in bytes."""
    text: str = field(repr=False)
    """Decoded, `+` as a space."""
    charset: str
    """How the decoded bytes were read: `utf-8` or `latin-1`."""

    @property
    def end(self) -> int:
        return self.start + len(self.raw)

    @property
    def readings(self) -> tuple[str, ...]:
        """What readers may see: `text` first, then the text with every bare `+` as itself. Offsets agree in all."""
        if b"+" not in self.raw:
            return (self.text,)
        return self.text, unquote_to_bytes(self.raw).decode(self.charset)

    def edit(self, edits: Iterable[tuple[int, int, str]]) -> bytes:
        """The component's bytes with parts of its text replaced; what lies outside keeps its spelling.

        Args:
            edits: non-overlapping `(start, end, new text)`, offsets in code points of `text` (or any other reading).
        """
        offsets = self._offsets()
        return splice(
            self.raw,
            [
                (offsets[start], offsets[end], quote_from_bytes(new.encode(), safe="").encode())
                for start, end, new in edits
            ],
        )

    def _offsets(self) -> list[int]:
        """Where in `raw` each code point of the text begins, and where the last one ends."""
        offsets = [
            unit.start()
            for unit in _ESCAPE_OR_BYTE.finditer(self.raw)
            if self.charset == "latin-1" or _byte_of(unit[0]) & 0xC0 != 0x80  # 0x80 to 0xBF continue a code point
        ]
        return [*offsets, len(self.raw)]


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `value` is None where no `=` follows the name."""

    name: Component
    value: Component | None


def parse_urlencoded(body: bytes, *, start: int = 0, max_fields: int = MAX_FIELDS) -> list[Field]:
    """The fields in their order; empty ones between two `&` are left out.

    Args:
        start: Where the body begins in what ranges are to count in.

    Raises:
        WireError: more than `max_fields`.
    """
    if body.count(b"&") >= max_fields:
        raise WireError(f"form has more than {max_fields} fields")
    fields: list[Field] = []
    for part in body.split(b"&"):
        if part:
            name, equals, value = part.partition(b"=")
            read = component_at(value, start + len(name) + 1) if equals else None
            fields.append(Field(component_at(name, start), read))
        start += len(part) + 1
    return fields


def component_at(raw: bytes, start: int) -> Component:
    """What some bytes say, percent-decoded."""
    decoded = unquote_to_bytes(raw.replace(b"+", b" "))
    try:
        return Component(raw, start, decoded.decode(), "utf-8")
    except UnicodeDecodeError:
        return Component(raw, start, decoded.decode("latin-1"), "latin-1")


def _byte_of(unit: bytes) -> int:
    return int(unit[1:], 16) if len(unit) == 3 else unit[0]
