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


_KINDS: Final = bytes(
    ord("0" if char.isdigit() else ":" if char in ":=?" else "a" if re.match(f"[{_CHARS}]", char) else " ")
    for char in map(chr, range(128))
).ljust(256)
"""ASCII with `0` for digits, `a` for other characters of tokens, `:` for the signs that `_RUN` takes as well, a blank for all else.
A question mark may be a character outside ASCII, which its look ahead takes."""


def candidates(text: str) -> list[tuple[int, int]]:
    """Spans of the candidates in order; they don't overlap. An escape before a candidate is no part of it."""
    found: list[tuple[int, int]] = []
    # To look for single bytes runs at memory speed and leaves little to look at: few stretches are long and have a digit.
    kinds = text.encode("ascii", "replace").translate(_KINDS)
    digit = kinds.find(b"0")
    while digit >= 0:
        low, high = kinds.rfind(b" ", 0, digit) + 1, kinds.find(b" ", digit)
        if high < 0:
            high = len(kinds)
        if high - low >= SHORTEST:
            if kinds.find(b":", low, high) < 0:
                _add(text, low, high, found)
            else:
                for run in _RUN.finditer(text, low, high):
                    _add(text, *run.span(), found)
        digit = kinds.find(b"0", high)
    return found


def _add(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    """Add the candidates in the run `[start, end)` to `found`."""
    start = _unescaped(text, start, end)
    while end > start and text[end - 1] in ".-/~":
        end -= 1
    for first, last in _segments(text, start, end):
        if SHORTEST <= last - first <= LONGEST and _DIGIT.search(text, first, last):
            found.append((first, last))


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
