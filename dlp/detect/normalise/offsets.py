"""Rewriting a text with a way back to the offsets of the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


class OffsetMap:
    """From a rewritten text back to the one it was made of. Pieces are either verbatim or replaced as a whole."""

    __slots__ = ("_ends", "_new", "_old", "_verbatim")

    def __init__(self) -> None:
        self._new: list[int] = []
        self._old: list[int] = []
        self._ends: list[int] = []
        self._verbatim: list[bool] = []

    def add(self, new: int, old: int, end: int, *, verbatim: bool) -> None:
        """The piece of the new text from `new` on stands for `[old, end)`."""
        self._new.append(new)
        self._old.append(old)
        self._ends.append(end)
        self._verbatim.append(verbatim)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of `[start, end)` of the new text; replaced pieces count whole."""
        first = bisect_right(self._new, start) - 1
        last = bisect_right(self._new, end - 1) - 1
        low = self._old[first] + (start - self._new[first] if self._verbatim[first] else 0)
        high = self._old[last] + (end - self._new[last]) if self._verbatim[last] else self._ends[last]
        return low, high


class ComposedMap:
    """Two maps one after the other: from a text that was made of a rewritten one."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, inner: OffsetMap, outer: Offsets) -> None:
        self._inner, self._outer = inner, outer

    def span(self, start: int, end: int) -> tuple[int, int]:
        """As `OffsetMap.span`."""
        return self._outer.span(*self._inner.span(start, end))


Offsets = OffsetMap | ComposedMap


@dataclass(frozen=True, slots=True)
class View:
    """A text made from `[start, end)` of another one."""

    text: str
    offsets: Offsets
    decoded: tuple[tuple[int, int], ...]
    """Where in `text` something was decoded; hits that don't at least touch it are somebody else's."""
    kind: str

    def touches(self, start: int, end: int) -> bool:
        at = bisect_right(self.decoded, (end, 1 << 62)) - 1  # the last decoded stretch that begins at `end` or before
        return at >= 0 and self.decoded[at][1] >= start


Edit = tuple[int, int, str]
"""Start, end, replacement."""


def rewrite(
    text: str, edits: Sequence[Edit], low: int = 0, high: int | None = None
) -> tuple[str, OffsetMap, list[tuple[int, int]]]:
    """Apply ascending, disjoint `edits` inside `[low, high)`; also says where the replacements stand in the result."""
    high = len(text) if high is None else high
    offsets = OffsetMap()
    parts: list[str] = []
    replaced: list[tuple[int, int]] = []
    at, length = low, 0
    for start, end, value in edits:
        if start > at:
            offsets.add(length, at, start, verbatim=True)
            parts.append(text[at:start])
            length += start - at
        if value:
            offsets.add(length, start, end, verbatim=False)
            parts.append(value)
            replaced.append((length, length + len(value)))
            length += len(value)
        at = end
    if at < high or not parts:
        offsets.add(length, at, high, verbatim=True)
        parts.append(text[at:high])
    return "".join(parts), offsets, replaced
