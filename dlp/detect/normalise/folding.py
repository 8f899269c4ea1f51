"""The plain text: other scripts' digits, look-alike letters, invisible characters and JSON escapes written in ASCII."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from dlp.detect.normalise.offsets import Edit, OffsetMap, rewrite

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2043"
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LOOK_ALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαινρυϲɑɡıƖоⅼⅽⅾⅿⅰⅴⅹ",
        "ABESIJKMHOPCTYXaesijopcyxhdqwABEZHIKMNOPTYXoaivpucagiIolcdmivx",
        strict=True,
    )
)
"""Cyrillic, Greek and other letters that look like Latin ones (Unicode confusables, the everyday part)."""
_LOOK_ALIKE_TABLE = {ord(a): b for a, b in _LOOK_ALIKES.items()}
_MIXABLE = re.compile(r"[\u0370-\u04ff\u0500-\u052f\u0251\u0261\u0131\u0196\u2170-\u217f]")
INVISIBLE = re.compile(
    r"[\x80-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f\u0305\u0332-\u0338\u033f\u20d0-\u20f0]+|(?<=[0-9])[\u0300-\u036f]+"
)
"""What can't be seen, strokes and lines through and under letters, and any mark on a digit; accents of letters stay."""
_HIDING = re.compile(rf"{INVISIBLE.pattern.partition('+')[0]}|[\u0300-\u036f]")
_RAISED = re.compile(
    r"[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u2080-\u2089](?:[ .\-]?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u2080-\u2089]){3,}"
)
"""Four raised or lowered digits and more: no exponent and no formula has so many."""


@cache
def _fold_table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in (*range(0x2460, 0x2500), *range(0x1D400, 0x1D800)):
        plain_form = unicodedata.normalize("NFKC", chr(code))
        if len(plain_form) == 1 and plain_form.isascii():
            table[code] = plain_form
    for digit in re.findall(r"\d", "".join(map(chr, range(0x660, 0x1FBFA)))):
        table[ord(digit)] = str(unicodedata.decimal(digit))
    table.update(dict.fromkeys(map(ord, _DASHES), "-"))
    table.update(dict.fromkeys(map(ord, _BLANKS), " "))
    table.update(
        {
            0x2044: "/",
            0x2215: "/",
            0x2024: ".",
            0x2027: ".",
            0xFF61: ".",
            0x3002: ".",
            0xFE52: ".",
            0x2236: ":",
            0xFE55: ":",
            0xFE6B: "@",
        }
    )
    table.update({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    return table


_RAISED_ONE = re.compile(r"[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u2080-\u2089]")
_RAISED_TABLE = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def fold(text: str) -> str:
    """Same length; only ever makes characters ASCII."""
    if text.isascii():
        return text
    table = _fold_table()
    kinds = _foreign(text)
    if any(ord(kind) in table for kind in kinds):
        text = _FOREIGN.sub(lambda match: match[0].translate(table), text)
    if _RAISED_ONE.search(kinds) is not None:
        text = _RAISED.sub(lambda match: match[0].translate(_RAISED_TABLE), text)
    if _MIXABLE.search(kinds) is not None:
        text = _unmixed(text)
    return text


def _foreign(text: str) -> str:
    """Every character of `text` outside ASCII, once: few enough to be asked about one by one."""
    return "".join(set("".join(_FOREIGN.findall(text))))


_REST_OF_WORD = re.compile(r"[\w.\-]{0,64}")


def _unmixed(text: str) -> str:
    """Look-alike letters made Latin in words that hold Latin letters or digits too; same length."""
    parts: list[str] = []
    done = 0
    for match in _MIXABLE.finditer(text):
        start = match.start()
        if start < done:
            continue
        floor = max(done, start - 64)
        while start > floor and text[start - 1].isascii() and (text[start - 1].isalnum() or text[start - 1] in "._-"):
            start -= 1
        rest = _REST_OF_WORD.match(text, match.end())
        end = rest.end() if rest is not None else match.end()
        parts += (text[done:start], _unmix(text[start:end]))
        done = end
    parts.append(text[done:])
    return "".join(parts)


def _unmix(word: str) -> str:
    latin = sum(c.isascii() and c.isalnum() for c in word)
    if not latin:
        return word
    changed = word.translate(_LOOK_ALIKE_TABLE)
    return changed if changed.isascii() or latin * 2 >= len(word) else word


ESCAPE = re.compile(r"\\{1,8}(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt\"'/]))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


_BYTES = re.compile(r"(?:\\{1,8}x[89a-fA-F][0-9a-fA-F]){2,64}")
_HEX_BYTE = re.compile(r"x([0-9a-fA-F]{2})")


def _bytes_at(text: str, start: int) -> tuple[int, str] | None:
    r"""Where the bytes `\xe2\x80\x8b` that begin at `start` end, and the characters that they are in UTF-8."""
    run = _BYTES.match(text, start)
    if run is None:
        return None
    try:
        return run.end(), bytes.fromhex("".join(_HEX_BYTE.findall(run[0]))).decode("utf-8")
    except UnicodeDecodeError:
        return None


def escapes(text: str) -> list[Edit]:
    edits: list[Edit] = []
    pending: tuple[int, int] | None = None  # a high surrogate that waits for its low one
    done = 0
    for match in ESCAPE.finditer(text):
        start, end = match.span()
        if start < done:
            continue
        if match.group(2) is not None and (spelt := _bytes_at(text, start)) is not None:
            done, decoded = spelt
            edits.append((start, done, INVISIBLE.sub("", decoded)))
            pending = None
            continue
        code = match.group(1) or match.group(2)
        if code is None:
            pending = None
            letter = match.group(3)
            edits.append((start, end, _ESCAPED.get(letter, letter)))
            continue
        value = int(code, 16)
        if pending is not None and 0xDC00 <= value < 0xE000 and edits and edits[-1][1] == start:
            high = pending[1]
            edits[-1] = (pending[0], end, chr(0x10000 + ((high - 0xD800) << 10) + (value - 0xDC00)))
            pending = None
            continue
        pending = (start, value) if 0xD800 <= value < 0xDC00 else None
        decoded = chr(value) if not 0xD800 <= value < 0xE000 else "\ufffd"
        edits.append((start, end, decoded if INVISIBLE.fullmatch(decoded) is None else ""))
    return edits


_COLOURS = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
"""What a terminal does and doesn't show (ECMA-48 5.4). Other sequences may hold text, the address of a link for one."""


def plain(text: str) -> tuple[str, OffsetMap | None]:
    """The text that finders read, and the way back; None when offsets are the same."""
    edits: list[Edit] = []
    if not text.isascii():
        text = fold(text)
        if _HIDING.search(_foreign(text)) is not None:
            edits = [(m.start(), m.end(), "") for m in INVISIBLE.finditer(text)]
    if "\x1b" in text:
        edits = sorted([*edits, *((m.start(), m.end(), "") for m in _COLOURS.finditer(text))])
    if "\\" in text:
        edits = sorted([*edits, *escapes(text)])  # an escape is ASCII throughout, so the two never overlap
    if not edits:
        return text, None
    changed, offsets, _ = rewrite(text, edits)
    return fold(changed), offsets
