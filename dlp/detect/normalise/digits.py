"""Numbers written otherwise than in digits side by side: over two lines, in words, one by one, with letters that look like digits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlp.detect import traits
from dlp.detect.context import Surroundings, Wanted, Words
from dlp.detect.normalise.offsets import Edit

WRAPPED = re.compile(
    r"(?<=\d)[ ]?\r?\n[ \t>+]{0,4}(?!(?:19|20)\d\d-)(?=\d[\d \-]{2,18}(?:[\r\n.\"')\]}\\]|[ ][a-z]|\Z))"
)
"""What goes on must be digits and then end: lines of logs and tables begin with digits and have more to say."""
_RUN_BEFORE = re.compile(r"\d+\Z")


def wrapped(text: str) -> list[Edit]:
    """A number that goes on in the next line: written together behind a long run, with a blank between short groups."""
    edits = []
    for match in WRAPPED.finditer(text):
        run = _RUN_BEFORE.search(text, max(0, match.start() - 7), match.start())
        edits.append((*match.span(), " " if run is not None and 2 <= len(run.group()) < 7 else ""))
    return edits


_WORD_DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "null": "0", "eins": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
    "zéro": "0", "un": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9",
    "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
}  # fmt: skip
_SPELLING = Wanted((*_WORD_DIGITS, "plus", "double", "triple"))
_BETWEEN_SPELT = re.compile(r"[\s,.\-–]{1,3}(?:\d{1,4}[\s,.\-–]{1,3}){0,4}")
LEAST_SPELT = 6
"""Number words in a row that make a number of them."""
_DIGITS_BETWEEN = re.compile(r"\d+")


def spelt(text: str, words: Words) -> list[Edit]:
    """Numbers said in words: `four one five, double five ...`; figures may stand among them."""
    edits: list[Edit] = []
    row: list[int] = []
    said = _SPELLING.places(words)
    if len(said) < LEAST_SPELT:
        return edits
    for index in said:
        if row and (
            row[-1] != index - 1 or _BETWEEN_SPELT.fullmatch(text, words.ends[row[-1]], words.starts[index]) is None
        ):
            _close_row(text, words, row, edits)
            row = []
        row.append(index)
    _close_row(text, words, row, edits)
    return edits


def _close_row(text: str, words: Words, row: Sequence[int], edits: list[Edit]) -> None:
    if len(row) < LEAST_SPELT:
        return
    digits, repeat = [], 1
    for place, index in enumerate(row):
        word = words.words[index]
        if place:
            digits += _DIGITS_BETWEEN.findall(text, words.ends[row[place - 1]], words.starts[index])
        if word in ("double", "triple"):
            repeat = 2 if word == "double" else 3
        elif word == "plus":
            digits.append("+")
        else:
            digits.append(_WORD_DIGITS[word] * repeat)
            repeat = 1
    value = "".join(digits)
    if sum(map(str.isdigit, value)) >= 7:
        edits.append((words.starts[row[0]], words.ends[row[-1]], value))


_NOT_DIGIT = re.compile(r"\D")
_SPACED = re.compile(r"[0-9](?:[ ._\-*]{1,3}[0-9]){7,30}+(?![\w])")
_GROUPS = re.compile(r"[0-9][0-9]{0,5}+(?:[ .\-_/·•|]{1,3}[0-9]{1,6}+){2,10}+(?![\w])")
_GROUPS_SHAPE = re.compile(r"99{0,5}+(?:[ .\-_/|]{1,3}9{1,6}+){2,10}+(?![9A_])")
"""The same of a text in ASCII, in its shape: to look for one character takes a fourth of looking for one of ten."""
_DIGITLIKE = re.compile(r"[0-9][0-9OolI|SB]{0,4}(?:[\-. ][0-9OolI|SB]{2,5}){1,3}(?![A-Za-z0-9])")
_DIGITLIKE_LEFT = re.compile(r"(?<![A-Za-z0-9])(?:[0-9OolI|SB]{2,5}[\-. ])?[OolI|SB]{0,4}\Z")
_LOOKS_LIKE_DIGIT = re.compile(r"[OolI|SB]")
_DIGITLIKE_TABLE = str.maketrans("OolI|SB", "0011158")


_COMMON = re.compile(
    r"(?:\d{1,3}\.){3}\d{1,3}|\d{4}-\d\d-\d\d(?: \d\d?)?|\d{4}([ -])\d{4}\1\d{4}(?:\1\d{4})?|\d{3}-\d{2}-\d{4}|"
    r"\d{1,3}(?:[ ._]\d{3})+"
)
"""Groupings that are read as they stand: network addresses, dates, cards, thousands."""
_DATED = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")


def regrouped(around: Surroundings) -> list[Edit]:
    """Digits one by one, or in groups no format has, written together."""
    text, shown = around.text, around.traits
    edits: list[Edit] = []
    for pattern, least, before in _REGROUPED[shown & traits.SPACED != 0, shown & traits.GROUPED != 0]:
        spaced = tuple(edits)
        by_shape = pattern is _GROUPS and text.isascii()
        for match in _GROUPS_SHAPE.finditer(around.shape) if by_shape else pattern.finditer(text):
            start, end = match.span()
            if start and (text[start - 1].isalnum() or text[start - 1] in before):
                continue
            if _COMMON.fullmatch(text, start, end) is not None or _DATED.search(text, start, end) is not None:
                continue
            digits = _NOT_DIGIT.sub("", text[start:end])
            if least <= len(digits) <= 19 and not any(
                e[0] < end and start < e[1] for e in (spaced if pattern is _GROUPS else ())
            ):
                edits.append((start, end, digits))
    edits.sort()
    return edits


_REGROUPED = {
    (spaced, grouped): (((_SPACED, 8, "_."),) if spaced else ()) + (((_GROUPS, 9, "_.,-+"),) if grouped else ())
    for spaced in (False, True)
    for grouped in (False, True)
}
"""Whether digits stand one by one, whether in groups -> pattern, the least digits, what they don't stand behind."""


def look_alikes(text: str) -> list[Edit]:
    edits: list[Edit] = []
    for match in _DIGITLIKE.finditer(text):
        if not _LOOKS_LIKE_DIGIT.search(match.group()) and text[max(0, match.start() - 1)] not in "OolI|SB-":
            continue
        low = max(0, match.start() - 11)
        left = _DIGITLIKE_LEFT.search(text, low, match.start())
        start = left.start() if left is not None else match.start()
        if left is None and start and text[start - 1].isalnum():
            continue
        value = text[start : match.end()]
        digits = sum(map(str.isdigit, value))
        letters = sum(c.isalpha() or c == "|" for c in value)
        if letters and digits >= 5 and digits > letters and (not edits or start >= edits[-1][1]):
            edits.append((start, match.end(), value.translate(_DIGITLIKE_TABLE)))
    return edits
