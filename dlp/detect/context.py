"""The words around a value, and whether they speak for it.

Only the neighbourhood of a candidate is read, once for all rules that want it, so the cost follows the number of
candidates and not the length of the text. A neighbourhood is a string of lower-case words with one blank between
them and one at either end, so that a context word is a plain substring test: `" ssn "`, or `" steuer"` for `steuer*`.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlp.detect.tables import Tables
from dlp.detect.words import WORDS, words_of

BEFORE = 80
"""Characters read to the left of a candidate."""
AFTER = 45
"""Characters read to its right."""

def needles(words: Sequence[str]) -> tuple[str, ...]:
    """Context words as the substrings they are looked for as. Letters only; see `words_of`."""
    found = []
    for word in words:
        ending = "" if word.endswith("*") else " "
        found.append(f" {' '.join(WORDS.findall(word.lower()))}{ending}")
    return tuple(dict.fromkeys(found))


class Surroundings:
    """Makes the neighbourhoods of one text: what is given from outside, and the table headers inside."""

    __slots__ = ("_tables", "given", "text")

    def __init__(self, text: str, given: str) -> None:
        """`given`: words that stand before the text without being part of it, as `words_of`."""
        self.text, self.given = text, given
        self._tables: Tables | None = None

    @property
    def tables(self) -> Tables:
        if self._tables is None:
            self._tables = Tables(self.text)
        return self._tables

    def at(self, start: int, end: int, given: str = "") -> Neighbourhood:
        """The neighbourhood of a span; `given` adds words that count as standing right before it."""
        return Neighbourhood(self.text, start, end, f"{self.given}{given}{self.tables.header(start)}")


class Neighbourhood:
    """The words to both sides of one span, made on first use."""

    __slots__ = ("_after", "_before", "_end", "_given", "_start", "_text")

    def __init__(self, text: str, start: int, end: int, given: str) -> None:
        """`given` is what stands nearest of all without being part of the text: a key, a header, as `words_of`."""
        self._text, self._start, self._end, self._given = text, start, end, given
        self._before: str | None = None
        self._after: str | None = None

    @property
    def before(self) -> str:
        if self._before is None:
            low = max(0, self._start - BEFORE)
            if low and self._text[low - 1].isalnum():  # don't start inside a word
                while low < self._start and self._text[low].isalnum():
                    low += 1
            self._before = words_of(self._text[low : self._start]) + self._given
        return self._before

    @property
    def after(self) -> str:
        if self._after is None:
            self._after = words_of(self._text[self._end : self._end + AFTER])
        return self._after

    def nearest(self, wanted: Sequence[str]) -> tuple[str, int] | None:
        """The context word that stands nearest and its distance in characters of words; None when there is none.

        Words after the value count as further away: a label usually stands before.
        """
        best: tuple[str, int] | None = None
        before = self.before
        for needle in wanted:
            at = before.rfind(needle)
            if at >= 0:
                distance = len(before) - at - len(needle)
                if best is None or distance < best[1]:
                    best = (needle.strip(), max(0, distance))
        if best is not None and best[1] < 12:
            return best
        after = self.after
        for needle in wanted:
            at = after.find(needle)
            if at >= 0 and (best is None or at + 10 < best[1]):
                best = (needle.strip(), at + 10)
        return best

    def before_nearest(self, wanted: Sequence[str]) -> int | None:
        """The distance of the nearest of these words before the value, None when there is none."""
        before = self.before
        at = max((before.rfind(needle) + len(needle) for needle in wanted if needle in before), default=-1)
        return max(0, len(before) - at) if at >= 0 else None

    def says(self, wanted: Sequence[str], *, within: int = 200) -> bool:
        found = self.nearest(wanted)
        return found is not None and found[1] <= within
