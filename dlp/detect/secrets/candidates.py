"""Strings that might be machine-made: long enough, of the characters that tokens are made of, with a digit among them."""

from __future__ import annotations

import re
from typing import Final

SHORTEST: Final = 10
LONGEST: Final = 640
"""Longer runs are data (an image, an archive), not a credential of which nothing but randomness is known."""

_CHARS: Final = "A-Za-z0-9_+/.~-"
_RUN: Final = re.compile(
    rf"(?<![{_CHARS}])(?:(?:[0-9]{{6,12}}|(?!sha|md|blake|keccak)(?=[a-z]{{0,15}}[0-9])[a-z0-9]{{8,20}}):(?=[\w-]{{20}}))?[{_CHARS}]{{{SHORTEST},}}+={{0,3}}"
)
"""A number or a short string with digits, and a colon, before a long string are its user's, as in Telegram's tokens."""
_DIGIT: Final = re.compile(r"[0-9]")
_PATHLIKE: Final = re.compile(r"(?:[a-z][a-z_-]{1,20}/){2}|[a-z]{2,12}/v?[0-9]{1,2}/")
_ESCAPED: Final = re.compile(r"\\[nrt]\Z|%[0-9A-Fa-f]{2}\Z|\\u[0-9a-fA-F]{4}\Z|\\x[0-9a-fA-F]{2}\Z")


def candidates(text: str) -> list[tuple[int, int]]:
    """Spans of the candidates in order; they don't overlap. An escape before a candidate is no part of it."""
    found: list[tuple[int, int]] = []
    position = 0
    # Splitting at blanks runs at memory speed and leaves little to look at: few words are long and have a digit.
    for word in [word for word in text.split() if len(word) >= SHORTEST]:
        if word.isalpha() or _DIGIT.search(word) is None:
            continue
        position = text.index(word, position) + len(word)
        for run in _RUN.finditer(text, position - len(word), position):
            start, end = _unescaped(text, run.start(), run.end()), run.end()
            while end > start and text[end - 1] in ".-/~":
                end -= 1
            for first, last in _segments(text, start, end):
                if SHORTEST <= last - first <= LONGEST and _DIGIT.search(text, first, last):
                    found.append((first, last))
    return found


def _segments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The segments of a path or URL one by one; anything else whole, because base64 has slashes too."""
    slash = text.find("/", start, end)
    if slash < 0 or not (
        text[start] == "/"
        or text[start - 2 : start] == "//"
        or "." in text[start:slash]
        or _PATHLIKE.match(text, start, end)
    ):
        return [(start, end)]
    found = []
    while slash >= 0:
        found.append((start, slash))
        start = slash + 1
        slash = text.find("/", start, end)
    return [*found, (start, end)]


def _unescaped(text: str, start: int, end: int) -> int:
    r"""`start` behind the rest of an escape whose first character (`\\`, `%`) ended the run before."""
    if start == 0 or text[start - 1] not in "\\%":
        return start
    for width in (1, 2, 3, 5):
        if start + width < end and _ESCAPED.fullmatch(text, start - 1, start + width):
            return start + width
    return start
