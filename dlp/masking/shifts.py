"""Where a place in a text went when parts of the text before it became longer or shorter."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable

MAX_KEPT = 10_000
"""Replacements of one text that are remembered; of more, the earliest are forgotten, and places before them are not moved rightly."""


def utf8_size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


class Shifts:
    """The replacements in one text, taken down in order.

    Args:
        measure: The size of a text in the unit in which places are counted: `len` for code points, `utf8_size` for bytes.
    """

    __slots__ = ("_at", "_ends", "_measure", "_moves", "_stamps", "_starts", "stamp")

    def __init__(self, measure: Callable[[str], int] = len) -> None:
        self._measure = measure
        self._at = 0
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._moves: list[int] = []  # how far what stands behind a replacement has moved
        self._stamps: list[int] = []
        self.stamp = 0
        """A number noted with what is taken down next; it only grows. See `missed`."""

    @classmethod
    def of(cls, text: str, edits: Iterable[tuple[int, int, str]], measure: Callable[[str], int] = len) -> Shifts:
        """The shifts in a complete text, for ascending `(start, end, new text)` in code points."""
        shifts = cls(measure)
        shifts.add(text, edits)
        return shifts

    def __bool__(self) -> bool:
        """Whether anything was replaced."""
        return bool(self._starts)

    def add(self, text: str, edits: Iterable[tuple[int, int, str]]) -> None:
        """Take down the next piece, with ascending edits in code points of it."""
        at = 0
        for start, end, new in edits:
            self.passed(text[at:start])
            self.replaced(text[start:end], new)
            at = end
        self.passed(text[at:])

    def passed(self, text: str) -> None:
        """Take down text that stays as it is."""
        self._at += self._measure(text)

    def replaced(self, old: str, new: str) -> None:
        """Take down that `new` stands where `old` stood."""
        if len(self._starts) >= MAX_KEPT:
            for kept in (self._starts, self._ends, self._moves, self._stamps):
                del kept[: MAX_KEPT // 2]
        size = self._measure(old)
        before = self._moves[-1] if self._moves else 0
        self._starts.append(self._at)
        self._at += size
        self._ends.append(self._at)
        self._moves.append(before + self._measure(new) - size)
        self._stamps.append(self.stamp)

    def missed(self, pieces: Iterable[tuple[int, int]]) -> None:
        """Take down text that went by unseen: ascending `(stamp, size)`, each before everything of a higher stamp."""
        at = total = 0
        rest = list(pieces)
        for index, stamp in enumerate(self._stamps):
            while at < len(rest) and rest[at][0] < stamp:
                total += rest[at][1]
                at += 1
            self._starts[index] += total
            self._ends[index] += total
        self._at += sum(size for _, size in rest)

    def moved(self, place: int, *, end: bool) -> int:
        """Where a place in the old text is in the new one.

        Args:
            end: Something ends there. It decides what becomes of a place inside what was replaced.
        """
        index = bisect_right(self._starts, place) - 1
        if end and index >= 0 and self._starts[index] == place:
            index -= 1  # it ends before the replacement that begins there
        if index < 0:
            return place
        before = self._moves[index - 1] if index else 0
        if place >= self._ends[index]:
            return place + self._moves[index]
        return self._ends[index] + self._moves[index] if end else self._starts[index] + before


class ShiftsInTurn:
    """Replacements made in one text, and then others in what had become of it."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Shifts, second: Shifts) -> None:
        self._first, self._second = first, second

    def __bool__(self) -> bool:
        return bool(self._first) or bool(self._second)

    def moved(self, place: int, *, end: bool) -> int:
        """As `Shifts.moved`, through both."""
        return self._second.moved(self._first.moved(place, end=end), end=end)
