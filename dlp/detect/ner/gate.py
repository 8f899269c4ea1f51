"""Which sentences can hold a name at all; the others never reach the model.

A sentence (or line: whichever ends first) is read when one of its words is a *candidate*: capitalised where grammar does
not ask for it, known as a name, or unknown. "Explain what a mutex is" has none. Code has few: a word glued to
brackets, underscores or dots is an identifier, and in a sentence with several signs of a programming language only a likely name
is a candidate.

On the labelled sets no name is lost by this (`tests/detect/ner/test_gate.py` holds the rule; the figures stand in
`model/MODEL_CARD.md`).
"""

from __future__ import annotations

from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.wordpiece import Encoding
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


def readable(
    text: str, encoding: Encoding, lexicon: Lexicon, *, strict: bool = False, near: int | None = None
) -> Encoding:
    """The words of the sentences that can hold a name, as an encoding of their own (offsets stay those of `text`).

    Args:
        strict: Take for candidates neither lower-case words that are in no list nor capitalised words that are ordinary.
        near: Keep only the words that stand at most so many words from a candidate; None keeps whole sentences.
    """
    starts, ends = encoding.starts, encoding.ends
    kept: list[tuple[int, int]] = []
    begin, fresh, until = 0, True, -1
    candidates: list[int] = []
    marks = 0
    count = len(starts)
    for word in range(count):
        start, end = starts[word], ends[word]
        if (near is not None or not candidates) and _is_candidate(
            text, encoding, word, lexicon, fresh=fresh, strict=strict
        ):
            candidates.append(word)
        mark = end - start == 1 and not text[start].isalnum()
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
            if marks >= _CODE_MARKS and candidates and not strict:
                candidates = [
                    w for w in range(begin, word + 1) if _is_candidate(text, encoding, w, lexicon, strict=True)
                ]
                if near is None:
                    del candidates[1:]
            for candidate in candidates:
                low = begin if near is None else max(begin, candidate - near, until)
                until = word + 1 if near is None else min(word + 1, candidate + near + 1)
                if kept and kept[-1][1] == low:
                    low = kept.pop()[0]
                kept.append((low, until))
            begin, marks = word + 1, 0
            candidates.clear()
    if len(kept) == 1 and kept[0] == (0, count):
        return encoding
    return _only(encoding, kept)


def _is_candidate(
    text: str, encoding: Encoding, word: int, lexicon: Lexicon, *, fresh: bool = False, strict: bool
) -> bool:
    """Whether the word can be part of a name; `fresh` when it opens a sentence, which makes no difference if `strict`."""
    start, end, shape = encoding.starts[word], encoding.ends[word], encoding.shapes[encoding.first[word]] >> 1
    if shape == _LOWER:
        if end - start < 3:
            return False
        kind = lexicon.kind(text[start:end])
        if kind & _ORDINARY or not (kind or (not strict and end - start >= SHORTEST_UNKNOWN)):
            return False
    elif shape == _TITLE:
        value = text[start:end]
        kind = lexicon.kind(value)
        if (fresh or strict) and kind & _ORDINARY and (not kind & _NAMES or value.lower() in FUNCTION_WORDS):
            return False
    elif shape == _UPPER:
        value = text[start:end]
        kind = lexicon.kind(value)
        if (kind & _ORDINARY and not kind & _NAMES) or value.lower() in NEVER_NAMES:
            return False
    elif shape == _MIXED:
        if strict and not lexicon.kind(text[start:end]) & _NAMES:
            return False
    elif shape != _INITIAL:
        return False
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if before in _GLUE or after in _CALL:
        return False
    if before == "." and start > 1 and text[start - 2].isalnum() and not text[start - 2].isupper():
        return False
    if shape == _INITIAL:
        return after == "."
    following = text[end + 1] if end + 1 < len(text) else " "
    return not ((after == "." and following.islower()) or (after == "-" and following.isdigit()))


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
