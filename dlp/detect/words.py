"""Text as the words it is made of, in the one form in which context is compared.

Words are lower case, without digits, split at case changes (`drivingLicence`) and underscores.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

_UPPER = "A-Z" + "".join(chr(code) for code in range(0xC0, 0x530) if chr(code).isupper())
"""Capitals of the Latin, Greek, Cyrillic and Armenian alphabets; the scripts beyond have no cases that matter here."""
WORDS = re.compile(rf"[{_UPPER}]?[^\W\d_{_UPPER}]+|[{_UPPER}]+(?![a-z])")
WORDS_ASCII = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""The same for text known to be ASCII, several times faster."""


def split_words(text: str) -> list[str]:
    """The words of `text`, in order."""
    return [word.lower() for word in (WORDS_ASCII if text.isascii() else WORDS).findall(text)]


CASES = bytes(
    ord("a" if char.islower() else "A" if char.isupper() else "0" if char.isdigit() else " ")
    for char in map(chr, range(128))
).ljust(256)
"""ASCII as `a`, `A` and `0` for small letters, capitals and digits, and blanks for all else; for `bytes.translate`."""


def any_of(words: Iterable[str]) -> str:
    """A pattern for whichever of `words`, small letters of ASCII, stands somewhere in any case (upper and lower).

    What words begin with in common is asked for once, so that it takes no longer for two hundred words than for a few. For whole words: of two of which
    one begins the other, it prefers the longer, whatever their order.
    """
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _branches(tree)


def _branches(tree: dict[str, Any]) -> str:
    longer = [_any_case(letter) + _branches(rest) for letter, rest in sorted(tree.items()) if letter]
    if not longer:
        return ""
    if len(longer) == 1 and "" not in tree:
        return longer[0]
    return f"(?:{'|'.join(longer)})" + ("?" if "" in tree else "")


@cache
def _any_case(letter: str) -> str:
    """The characters that `re.IGNORECASE` takes for a letter; a few outside ASCII are ASCII's to it."""
    taken = {
        char
        for char in (letter, letter.upper(), *"\u017f\u212a\u0130\u0131")
        if re.fullmatch(letter, char, re.IGNORECASE)
    }
    return f"[{''.join(sorted(taken))}]" if len(taken) > 1 else letter


_STROKES = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ß": "ss", "đ": "d", "ı": "i"})
"""Letters that Unicode does not take apart."""


def without_accents(text: str) -> str:
    """`text` as people type it who leave the accents out; Indian vowel signs are no accents."""
    apart = unicodedata.normalize("NFD", text.translate(_STROKES))
    return "".join(char for char in apart if not "\u0300" <= char <= "\u036f")


def words_of(text: str) -> str:
    """` word word `: what a key or a header says, ready to be searched for ` word `."""
    return f" {' '.join(split_words(text))} "
