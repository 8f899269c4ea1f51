"""Which sentences can hold a name at all; the others never reach the model.

A sentence (or line: whichever ends first) is read when one of its words is a *candidate*: capitalised where grammar does
not ask for it, known as a name, or unknown. "Explain what a mutex is" has none. Code has few: a word glued to
brackets, underscores or dots is an identifier, and so is one made of several (`stepNumber`) of which none is a name; words that
programs are written in are told by a list; and in a sentence with several signs of a programming language only a likely name
is a candidate.

Of names that are written as names, the labelled sets lose some handles and hashtags by this (`docs/design.md` has the figures;
`tests/detect/ner/test_gate.py` holds the rule).
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.wordpiece import Encoding, shape_of, splitter
from dlp.detect.ner.words import FUNCTION_WORDS, NEVER_NAMES

_LOWER, _TITLE, _UPPER, _INITIAL, _MIXED = 1, 2, 3, 4, 6  # shape classes, see `wordpiece`
_ENDS = frozenset(".!?:;\u2026\u2022*#>|\"'\u201c\u201d\u201e\u00ab\u00bb\u2019-\u2013\u2014")
"""What a sentence can be preceded by (besides a line end): after it a capital says nothing."""
_GLUE = frozenset("_\\$=/<")
_CALL = frozenset("_([=\\")
_NAMES = int(PERSONAL | Kind.PLACE)
_ORDINARY = int(Kind.ORDINARY)
_CODE = frozenset("{}[]=<>_\\|&*")
_CODE_MARKS = 2
"""Signs of a programming language from which a sentence is read as code: there an unknown small word is an identifier."""
SHORTEST_UNKNOWN = 4
"""Letters of a lower-case word below which not being in the list says nothing."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
"""Where a sentence ends within a line for certain; `Gate.readable` knows more such places."""
REMEMBERED_WORDS = 30_000
REMEMBERED_LENGTH = 24
"""Bounds of what a gate remembers of words, as in `wordpiece`."""

_PLAIN, _OPENING, _STRICT, _DOTTED, _KNOWN = 1, 2, 4, 8, 16
"""A word can be part of a name where nothing speaks against it, at the beginning of a sentence, in code; only if a dot follows;
even as a value behind `=`, for the list knows it as a person's name and nothing else."""


class Gate:
    """Says what of a text is read. Safe from several threads: what it remembers changes no answer."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._words = _Words(lexicon)

    def sentences(self, text: str) -> list[tuple[int, int]]:
        """The ranges of the sentences in which any word, seen alone, can be part of a name.

        In the others nothing is `readable`, and to find that out costs a tenth of what their encoding does.
        """
        words, find, ends = self._words.__getitem__, splitter(text).findall, _SENTENCE_END.finditer
        found: list[tuple[int, int]] = []
        start = 0
        for line in text.split("\n"):
            end = start + len(line)
            for low, high in pairwise([start, *(match.start() for match in ends(text, start, end)), end]):
                can = map(words, find(text, low, high))
                # A sentence begins with its first word, which is no candidate if it can be part of a name elsewhere alone.
                if next(can, 0) & ~_PLAIN or any(can):
                    joined = found and found[-1][1] >= low - 1
                    found.append((found.pop()[0] if joined else low, high))
            start = end + 1
        return found

    def readable(self, text: str, encoding: Encoding) -> Encoding:
        """The words of the sentences that can hold a name, as an encoding of their own (offsets stay those of `text`)."""
        starts, ends = encoding.starts, encoding.ends
        kept: list[tuple[int, int]] = []
        begin, fresh, found, marks = 0, True, False, 0
        count = len(starts)
        for word in range(count):
            start, end = starts[word], ends[word]
            mark = end - start == 1 and not text[start].isalnum()
            found = found or (not mark and self._is_candidate(text, start, end, _OPENING if fresh else _PLAIN))
            marks += mark and text[start] in _CODE
            fresh = mark and text[start] in _ENDS
            over = word + 1 == count
            if not over:
                gap = text[end : starts[word + 1]]
                if gap:
                    line = "\n" in gap
                    over = line or (fresh and text[start] in ".!?")
                    fresh = fresh or line
            if over:
                if marks >= _CODE_MARKS and found:
                    found = any(self._is_candidate(text, starts[w], ends[w], _STRICT) for w in range(begin, word + 1))
                if found:
                    low = kept.pop()[0] if kept and kept[-1][1] == begin else begin
                    kept.append((low, word + 1))
                begin, found, marks = word + 1, False, 0
        if len(kept) == 1 and kept[0] == (0, count):
            return encoding
        return _only(encoding, kept)

    def _is_candidate(self, text: str, start: int, end: int, needed: int) -> bool:
        """Whether a word can be part of a name where it stands; `needed` is what must hold of it alone."""
        can = self._words[text[start:end]]
        if not can & needed:
            return False
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        if after in _CALL or (before in _GLUE and not (before == "=" and can & _KNOWN)):
            return False
        if before == "." and start > 1 and text[start - 2].isalnum() and not text[start - 2].isupper():
            return False
        if can & _DOTTED:
            return after == "."
        following = text[end + 1] if end + 1 < len(text) else " "
        return not ((after == "." and following.islower()) or (after == "-" and following.isdigit()))


class _Words(dict[str, int]):
    """Word -> where it can be part of a name, by the word alone."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon

    def __missing__(self, word: str) -> int:
        can = self._judge(word)
        if len(word) <= REMEMBERED_LENGTH:
            if len(self) >= REMEMBERED_WORDS:
                self.clear()
            self[word] = can
        return can

    def _judge(self, word: str) -> int:
        shape = shape_of(word)
        if shape == _INITIAL:
            return _PLAIN | _OPENING | _STRICT | _DOTTED
        if shape not in (_LOWER, _TITLE, _UPPER, _MIXED) or _is_numbered(word, shape):
            return 0
        kind = self._lexicon.kind(word)
        ordinary, name = kind & _ORDINARY, kind & _NAMES
        known = _KNOWN if kind & PERSONAL and not ordinary else 0
        lower = word.lower()
        of_programs = lower in words_of_programs()
        if shape == _LOWER:
            if len(word) < 3 or ordinary:
                return 0
            if kind:
                return _PLAIN | _OPENING if of_programs else _PLAIN | _OPENING | _STRICT | known
            return 0 if of_programs or len(word) < SHORTEST_UNKNOWN else _PLAIN | _OPENING
        plainly = (ordinary or of_programs) and not name
        if shape == _UPPER:
            return 0 if plainly or lower in NEVER_NAMES else _PLAIN | _OPENING | _STRICT | known
        if shape == _MIXED:
            return 0 if self._is_identifier(word) else _PLAIN | _OPENING | (_STRICT if name else 0)
        if lower in _CONSTANTS:
            return 0
        if lower in FUNCTION_WORDS or plainly:
            return _PLAIN
        return _PLAIN | _OPENING | _STRICT | known

    def _is_identifier(self, word: str) -> bool:
        """Whether a word of several (`stepNumber`, `HttpError`) is one that programs make up, and none of them a name."""
        parts = _PARTS.findall(word)
        if "".join(parts) != word:
            return False
        others = [part for part in parts if len(part) > 2 and not _is_of_programs(part.lower())]
        kinds = [self._lexicon.kind(part) for part in others]
        named = any(kind & _NAMES and not kind & _ORDINARY for kind in kinds)
        if named or (len(others) == len(parts) and not any(kinds)):  # or nothing is known about it
            return False
        if parts[0].islower():
            return len(parts[0]) > 1  # unlike eBay
        return len(parts) > 2 or _is_of_programs(parts[-1].lower())


_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]")
_ENDS_OF_IDENTIFIERS = frozenset(
    "agent alias api args array base block buffer builder case class client code config context cursor data dialog dict dir error "
    "event exception factory family field file finder flag format function graph handler holder id index info input io item "
    "iterator key kind like list loader manager map matcher message meta method mixin mode model module name names node number "
    "object op option options output page param params parser path policy promise property proxy query reader ref reference "
    "reporter request response result results runner schema segment selector server set signal size slice socket source spec state "
    "stats status store stream string table test text time token type uri url value values version view visitor warning writer".split()
)
"""What the names of classes and variables end in; one of two words is taken for such with these, and with words of programs, alone."""


def _is_of_programs(word: str) -> bool:
    return word in _ENDS_OF_IDENTIFIERS or word in words_of_programs()


@cache
def words_of_programs() -> frozenset[str]:
    """What programs call things, in lower case (written by `training.ner.programs`)."""
    return frozenset(Path(__file__).with_name("programs.txt").read_text(encoding="ascii").split())


_CONSTANTS = frozenset("true false none null".split())
"""What programs write with a capital anywhere."""


def _is_numbered(word: str, shape: int) -> bool:
    """Whether a word with digits in it is a quantity, a date, a code or a variable; `Quill2` may be a name with a footnote."""
    if word.isalpha():
        return False
    return any(map(str.isdigit, word.rstrip(_DIGITS) if shape == _TITLE else word))


_DIGITS = "0123456789"


def _only(encoding: Encoding, kept: list[tuple[int, int]]) -> Encoding:
    starts: list[int] = []
    ends: list[int] = []
    first: list[int] = []
    ids: list[int] = []
    shapes: list[int] = []
    for low, high in kept:
        begin, end = encoding.first[low], encoding.first[high]
        shift = len(ids) - begin
        starts += encoding.starts[low:high]
        ends += encoding.ends[low:high]
        first += [at + shift for at in encoding.first[low:high]]
        ids += encoding.ids[begin:end]
        shapes += encoding.shapes[begin:end]
    first.append(len(ids))
    return Encoding(starts, ends, first, ids, shapes)
