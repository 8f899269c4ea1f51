"""Text to word pieces, with the offset of every word in code points.

The splitting follows BERT's uncased scheme (Devlin et al. 2018, and the `BertTokenizer` that the encoder was trained with):
cut at white space, at every punctuation mark and around every CJK ideograph; lower-case; drop accents; then take the
longest known piece from the left, again and again. Two things are ours: words keep their place in the original text, and
every word bears a *shape class* (lower, Title, UPPER ...), because the vocabulary is lower-cased and case is what tells
"Rose" from "rose".

Nothing here fails: lone surrogates, controls and unassigned characters are dropped from a word, and a word that vanishes
that way yields no piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import regex

from dlp.detect.ner.punctuation import MARKS

MAX_WORD = 100
"""Code points; a longer run without a break is no word of any language and becomes one unknown piece (BERT's own bound)."""

REMEMBERED_WORDS = 30_000
REMEMBERED_LENGTH = 24
"""Bounds of the word memory (it makes encoding five times faster): entries, and code points per word; about 6 MB at most,
in memory only, cleared when full."""

SHAPES = 16
"""Number of shape classes: eight of `shape_of`, doubled by "stands at the start of the text or after white space"."""

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f"


_ASCII_MARKS = r"!-/:-@\[-`{-~"
_WORD = re.compile(
    rf"[{_ASCII_MARKS}]|[0-9A-Za-z]+(?=[\s{_ASCII_MARKS}]|\Z)"  # most words, in a tenth of the time that what follows takes
    rf"|[{MARKS}{_CJK}]|[^\s{MARKS}{_CJK}]+"
)
_ASCII_LETTERS = re.compile(r"[a-z]+")
_ASCII_WORD = re.compile(rf"[{_ASCII_MARKS}]|[^\s{_ASCII_MARKS}]+")


def splitter(text: str) -> re.Pattern[str]:
    """What finds the words and marks of `text`, in the whole of it or in lines of it."""
    return _ASCII_WORD if text.isascii() else _WORD


@dataclass(frozen=True, slots=True)
class Encoding:
    """One text as the model sees it."""

    starts: list[int]
    """Offset of each word's first character, in code points."""
    ends: list[int]
    """Offset after each word's last character."""
    first: list[int]
    """Index of each word's first piece in `ids`; one more entry than there are words, so `first[k + 1]` ends word `k`."""
    ids: list[int]
    """Piece numbers, without the marks that open and close a window."""
    shapes: list[int]
    """Shape class of the word that each piece belongs to; 0 <= shape < SHAPES."""


def shape_of(word: str) -> int:
    """0 no letters or digits, 1 lower, 2 Title, 3 UPPER, 4 one capital, 5 digits, 6 miXed, 7 letters without case."""
    if word.islower():
        return 1
    if word.isupper():
        return 4 if len(word) == 1 else 3
    if word[:1].isupper() and word[1:].islower():
        return 2
    if word.isdigit():
        return 5
    if any(map(str.isupper, word)):
        return 6
    return 7 if any(map(str.isalpha, word)) else 0


def fold(word: str) -> str:
    """Lower case, without accents, controls and lone surrogates: the form in which pieces and lists are kept."""
    if word.isascii():
        return word.lower()
    kept = (c for c in unicodedata.normalize("NFD", word) if not _dropped(c))
    return "".join(kept).lower()


def wanted_words(
    text: str, wanted: Container[str], letters: re.Pattern[str] | regex.Pattern[str], low: int = 0
) -> Iterator[tuple[int, int, str]]:
    """Where words stand from `low` on that are among `wanted` once folded: start, end, and what they are folded; ascending.

    Args:
        letters: What a word is outside ASCII: `re` and `regex` aren't of one mind about marks.
    """
    if text.isascii():
        for match in _ASCII_LETTERS.finditer(text.lower(), low):
            if match[0] in wanted:
                yield match.start(), match.end(), match[0]
        return
    folded = {word: fold(word) for word in set(letters.findall(text, low))}
    known = {word: as_folded for word, as_folded in folded.items() if as_folded in wanted}
    for word in letters.finditer(text, low) if known else ():
        if word[0] in known:
            yield word.start(), word.end(), known[word[0]]


def _dropped(char: str) -> bool:
    category = unicodedata.category(char)
    return category == "Mn" or category[0] == "C" or char == "\ufffd"


class WordPiece:
    """A vocabulary and the way to spell words with it. Safe from several threads: what it remembers changes no answer."""

    def __init__(self, vocabulary: list[str]) -> None:
        """`vocabulary[n]` is piece number `n`; continuations start with `##`. Needs `[UNK]`, `[CLS]` and `[SEP]`."""
        self.ids = {piece: number for number, piece in enumerate(vocabulary)}
        self.unknown, self.opening, self.closing = (self.ids[name] for name in ("[UNK]", "[CLS]", "[SEP]"))
        self._longest = max(len(piece) for piece in vocabulary)
        self._remembered: dict[str, tuple[tuple[int, ...], int]] = {}

    @classmethod
    def load(cls, path: Path) -> WordPiece:
        """Read a vocabulary file: one piece a line, UTF-8."""
        return cls(path.read_text(encoding="utf-8").splitlines())

    def pieces(self, word: str) -> list[int]:
        """The pieces of one word (no white space inside); empty when nothing printable is left of it."""
        whole = self.ids.get(word.lower()) if word.isascii() else None
        if whole is not None and "[" not in word:
            return [whole]
        if len(word) > MAX_WORD:
            return [self.unknown]
        folded = fold(word)
        found: list[int] = []
        start = 0
        while start < len(folded):
            prefix = "##" if start else ""
            for end in range(min(len(folded), start + self._longest), start, -1):
                number = self.ids.get(prefix + folded[start:end])
                if number is not None:
                    break
            else:
                return [self.unknown]
            found.append(number)
            start = end
        return found

    def encode(self, text: str, ranges: Iterable[tuple[int, int]] | None = None) -> Encoding:
        """All words of `text`, or those in some ranges of it; time and memory are linear in their length.

        Args:
            ranges: Ascending, in code points, and cutting no word.
        """
        starts: list[int] = []
        ends: list[int] = []
        first: list[int] = []
        ids: list[int] = []
        shapes: list[int] = []
        remembered = self._remembered.get
        find = splitter(text).finditer
        for low, high in [(0, len(text))] if ranges is None else ranges:
            for match in find(text, low, high):
                word = match.group()
                pieces, shape = remembered(word) or self._learn(word)
                if not pieces:
                    continue
                start, end = match.span()
                starts.append(start)
                ends.append(end)
                first.append(len(ids))
                if start == 0 or text[start - 1].isspace():
                    shape += 1
                if len(pieces) == 1:
                    ids.append(pieces[0])
                    shapes.append(shape)
                else:
                    ids += pieces
                    shapes += [shape] * len(pieces)
        first.append(len(ids))
        return Encoding(starts, ends, first, ids, shapes)

    def _learn(self, word: str) -> tuple[tuple[int, ...], int]:
        """The pieces of a word and its shape class (before a space is accounted for), remembered if short."""
        learnt = tuple(self.pieces(word)), shape_of(word) * 2
        if len(word) <= REMEMBERED_LENGTH:
            if len(self._remembered) >= REMEMBERED_WORDS:
                self._remembered.clear()
            self._remembered[word] = learnt
        return learnt
