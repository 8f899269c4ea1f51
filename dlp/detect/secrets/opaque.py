"""Is this string random? A measure of surprise under a model of what people write.

A secret made by a machine looks unlike a word, a path or an identifier. Shannon entropy of the characters alone can't
tell (`getPagesInConfluenceSpace` has more of it than many keys), so we ask instead how surprising each character is
after the one before it, in bits per character, for somebody used to reading identifiers and prose. Random letters and
digits cost about 7 bits each, identifiers about 4, and the two hardly overlap from sixteen characters on.

Hexadecimal strings need their own test: their letters are only a to f, which English likes to put side by side.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from math import log2
from typing import Final

from dlp.detect.words import CASES

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0_"
_SCALE: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-+"

# Cost of a character (column) after another (row) in quarter bits, written in the digits of _SCALE. `0` stands for every
# digit, `_` for everything else and for both ends. Counted over 112 000 distinct identifiers and words (weighted by the
# logarithm of their frequency) of CPython's standard library and C headers; only these 784 sums are kept.
_ROWS: Final = (
    "YKGGTTKhLhRCGFmKhCEBOPVQQgPH",
    "DUHUFWUfCGTCTOISnKKSDVZgKXKD",
    "EPPREUdELvFJLXBSfHLDLUfPRqND",
    "ISUJ9RWPEagMWUJUgMKQLZccUnM6",
    "JVHHPNQdXlcKMEXNQBFFaORIOjQ8",
    "HRORGFXgAqlGUMCOkGMLGYXlO-KB",
    "NULW8WSNIlpDNHKU-IJOOccZfUS7",
    "9cYU9ZgeG+YTNVEYyIRKOlXiWlS8",
    "MLHGLLJmblbHI8ELbMFDgNgPzLSL",
    "JYPU8VeeNmTYNZFHhWKRFaYubmQ5",
    "OZIO8WTYInkQWPVTeXKTOeRbbeT4",
    "GRVLATRXBqaFcSDRvaJJLVcmMeT8",
    "BMVM9TYgGtROKUGCgdJQNWjiXwOA",
    "GXGFFKDbIkRRXRHSgZFCLPckYkMA",
    "PLGHXNPhNePIHAMGnBGJIOLVcgZF",
    "CXQSBPaOI-LHXNFJbDLFLbYfNaTA",
    "cbWWafdgalx7cScXXONW5kcxxxS9",
    "EXNP9TOeEuUPLOFRyJHHPRYiKvS9",
    "LbMZCXVJGoKHTMMLPTEBLbWdQaO8",
    "GXPTBUbHDoeMUYGQoFKMNdYPJeO7",
    "LJKQFKPnIrgEGATGqEFDcPlWqdJM",
    "AXUb6UahG+dWUXLFpVTNeaSTldGC",
    "BWLNHVWL9ndQSHHTfEISZbWainQ9",
    "QYJXJSgaLvgWOUTGjYUBcdfHRj87",
    "PUSYPTXhPrmQMJV8aWIJbaVfcbS4",
    "JbTZ5VaYJyyPRTNVlZVXahcpVX8A",
    "QRQNTQuiUtYZbfdXuYWZZRXWok45",
    "HKEIHIJMHYQKHJIGZHCHLONMaSRU",
)

_COSTS: Final = tuple(bytes(map(_SCALE.index, row)) for row in _ROWS)
"""The same as numbers. Bytes, since a table of objects would have to be fetched from all over the memory for each text."""
_SIGN: Final = _ALPHABET.index("_")
_PLACES: Final = bytes(
    _ALPHABET.index("0" if char.isdigit() else char) if char in _ALPHABET or char.isdigit() else _SIGN
    for char in map(chr, range(128))
).ljust(256, bytes([_SIGN]))
"""ASCII as places in `_ALPHABET`."""
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DIGIT: Final = re.compile(r"[0-9]")
_ONE_SIGN: Final = bytes([_SIGN])
_TWO_SIGNS: Final = _ONE_SIGN * 2
_SIGNS: Final = re.compile(_TWO_SIGNS + b"+")
_HEX: Final = re.compile(r"(?:0x)?(?:[0-9a-f]{8,}|[0-9A-F]{8,})\Z")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_WORD: Final = re.compile(r"[A-Za-z]{5}")
_SLUG: Final = re.compile(
    r"(?=[^-_./]*[-_./])(?:(?:[A-Z]?[a-z]{1,14}|[0-9]{1,8}|[A-Za-z]{1,3}[0-9]{1,3}|[0-9]{1,3}[A-Za-z]{1,2})(?:[-_./]|\Z)){2,12}\Z"
)
_HEAD: Final = re.compile(r"(?:(?:[A-Za-z]{2,8}[-_]){1,2}|[0-9]{6,12}[:-])(?=[A-Za-z0-9]{16,128}\Z)")
"""What a token may begin with that says whose or what it is: `acme_live_`, `12345678:`."""
_TURNS: Final = (b"aA", b"a0", b"A0", b"0a", b"0A")
"""Where a capital or a digit begins anew, or a letter behind a digit, as `CASES` has them. No two of one kind overlap."""
MOST_EASE: Final = 0.5
"""By how many bits `is_opaque` is asked to lower its bar at most."""
_SHORTEST_RAGGED: Final = 14
_LONGEST: Final = 256  # characters looked at; beyond that the average no longer moves


def entropy(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits per character; 0 for the empty string."""
    n = len(value)
    return -sum(k / n * log2(k / n) for k in Counter(value).values()) if n else 0.0


def surprise(value: str) -> float:
    """Mean bits per character of `value` for a reader of identifiers; about 4 for words, about 7 for random text."""
    value = value[:_LONGEST]
    low = value.lower()
    if low != value:
        low = _HUMP.sub("_", value).lower()
    places = low.encode("ascii", "replace").translate(_PLACES)
    if _TWO_SIGNS in places:
        places = _SIGNS.sub(_ONE_SIGN, places)
    if len(places) < 2:
        return 0.0
    return sum([_COSTS[before][after] for before, after in itertools.pairwise(places)]) / 4 / (len(places) - 1)


def is_uuid(value: str) -> bool:
    """A UUID in its usual dashed form, either case."""
    return len(value) == 36 and _UUID.match(value) is not None


def is_hex(value: str) -> bool:
    """Eight or more hexadecimal digits of one case, with both letters and digits, not a run of few symbols."""
    if _HEX.match(value) is None or value.isdigit() or value.isalpha():
        return False
    return len(set(value)) >= min(6, len(value) // 2)


def _is_mingled(value: str) -> bool:
    """Letters and digits in turn, without a stretch of letters as long as a word (`abcd1234abcd1234...`)."""
    digits = sum(map(str.isdigit, value))
    return 4 * digits >= len(value) and digits < len(value) and _WORD.search(value) is None


def _is_grouped(value: str) -> bool:
    """Four groups and more of four to six letters and digits, in one case, as licences and codes are: `K7QM2-9XW4R-...`."""
    if value.count("-") < 3:
        return False
    groups = value.split("-")
    return (
        4 <= len(groups) <= 8
        and all(4 <= len(group) <= 6 and group.isalnum() for group in groups)
        and sum(not group.isalpha() and not group.isdigit() for group in groups) >= 2
        and (value.islower() or value.isupper())
    )


def _is_slug(value: str) -> bool:
    """Words and short numbers joined by dashes and dots, as models, packages and machines are called: `gpt-4o-2024-08-06`."""
    return _SLUG.match(value) is not None and surprise(value) < (7.0 if _DIGIT.search(value) else 5.6)


def is_ragged(value: str) -> bool:
    """Capitals and digits begin anew every few characters, oftener than in any `camelCase` name."""
    turns = sum(map(value.encode("ascii", "replace").translate(CASES).count, _TURNS))
    return turns >= max(6, 0.28 * len(value)) and len(set(value)) >= 8


def is_opaque(value: str, *, ease: float = 0.0) -> bool:
    """Whether `value` looks machine-made: hexadecimal, a UUID, or more surprising than words of its length are.

    Args:
        value: The bare candidate, without quotes.
        ease: Bits by which the bar is lowered where the surroundings already say "secret".
    """
    n = len(value)
    if n < 8:
        return False
    if is_hex(value):
        return n >= 16 or ease > 0
    if n < _SHORTEST_RAGGED:  # nothing but surprise tells
        return surprise(value) >= 5.6 - ease and len(set(value)) >= 6 and not _is_slug(value)
    if is_uuid(value):
        return True
    if len(set(value)) < 6:
        return False
    if _is_grouped(value):
        return True
    if _is_slug(value):
        return False
    if (n >= 16 and _is_mingled(value)) or is_ragged(value):
        return True
    bar = 5.15 if n >= 20 else 5.35
    if surprise(value) >= bar - ease:
        return True
    head = _HEAD.match(value)
    return head is not None and is_opaque(value[head.end() :], ease=ease)
