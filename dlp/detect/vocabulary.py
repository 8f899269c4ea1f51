"""The words that some list wants, all lists together, and where they stand in a text.

One automaton holds the words of every list, so that a text is read once, at the same cost whatever the number of lists,
and nothing is done about the words that nobody wants. It reads letters in lower case with blanks between them: a word is
wanted with a blank on either side, a stem with one before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ahocorasick_rs import BytesAhoCorasick, Implementation

_STEM_KEY: Final = 3


def stem_fits(stem: str, word: str) -> bool:
    """Whether `word` begins with `stem`; in scripts that don't part words with blanks, whether it holds it."""
    return word.startswith(stem) or (stem in word and not stem.isascii())


class Vocabulary:
    """Words and stems in lower case, to which lists may add at any time. May be shared by threads."""

    def __init__(self) -> None:
        self._words: dict[str, None] = {}
        self._stems: dict[str, None] = {}
        self._by_head: dict[str, tuple[str, ...]] = {}
        """The first letters of stems -> the stems, the longest first."""
        self._inner: list[str] = []
        """Stems in scripts that don't part words with blanks; they may begin anywhere in a run of letters."""
        self._reader: _Reader | None = None

    def __len__(self) -> int:
        return len(self._words) + len(self._stems)

    def all(self) -> tuple[str, ...]:
        """Everything that `find` and `known` can name."""
        return (*self._words, *self._stems)

    def add(self, words: Iterable[str]) -> None:
        """Words that are wanted as they are."""
        self._words.update(dict.fromkeys(words))
        self._reader = None

    def add_stem(self, stem: str) -> None:
        """What wanted words begin with."""
        self._stems[stem] = None
        self._reader = None
        if ord(stem[0]) > 0x2E7F or 0x0E00 <= ord(stem[0]) < 0x0E80:
            self._inner.append(stem)
        else:
            key = stem[:_STEM_KEY]
            self._by_head[key] = tuple(sorted({*self._by_head.get(key, ()), stem}, key=len, reverse=True))

    def known(self, word: str) -> str | None:
        """The wanted word that `word` (in lower case) is, or the longest wanted stem that it has."""
        if word in self._words:
            return word
        for stem in self._by_head.get(word[:_STEM_KEY], ()):
            if word.startswith(stem):
                return stem
        if word.isascii():
            return None
        return next((stem for stem in self._inner if stem in word), None)

    def find(self, letters: bytes | bytearray) -> tuple[list[int], list[int], list[str]]:
        """Starts, ends and names (as `known`) of the wanted words, ascending, in ASCII letters in lower case and blanks."""
        reader = self._reader
        if reader is None:
            reader = self._reader = _Reader(self._words, self._stems)
        return reader.find(letters)


class _Reader:
    """Finds words and stems that are fixed."""

    def __init__(self, words: Iterable[str], stems: Iterable[str]) -> None:
        whole = [word for word in words if word.isascii()]
        heads = [stem for stem in stems if stem.isascii()]
        self._names = (*whole, *heads)
        self._first_stem = len(whole)
        self._automaton = BytesAhoCorasick(
            [*(f" {word} ".encode() for word in whole), *(f" {stem}".encode() for stem in heads)],
            implementation=Implementation.ContiguousNFA,
        )

    def find(self, letters: bytes | bytearray) -> tuple[list[int], list[int], list[str]]:
        """See `Vocabulary.find`."""
        padded = b"".join((b" ", letters, b" "))
        found = self._automaton.find_matches_as_indexes(padded, overlapping=True)
        if not found:
            return [], [], []
        numbers, starts, ends = map(list, zip(*found, strict=True))
        # Matches come by their ends. Those of one word come together, and the last is the one that counts: a word with the
        # blank behind it ends later than its stems, a longer stem later than a shorter.
        shorter: set[int] = set()
        for index in [index for index, number in enumerate(numbers) if number >= self._first_stem]:
            if starts[index + 1 : index + 2] == [starts[index]]:
                shorter.add(index)
            else:
                ends[index] = padded.index(b" ", ends[index]) + 1
        if shorter:
            kept = [index for index in range(len(starts)) if index not in shorter]
            starts, ends, numbers = ([values[index] for index in kept] for values in (starts, ends, numbers))
        return starts, [end - 2 for end in ends], [self._names[number] for number in numbers]
