r"""The same text, written so that patterns can see what is in it, with a way back to the original offsets.

Two kinds of result:

* `plain(text)` replaces the text for every finder: other scripts' digits, full-width letters, odd blanks and dashes
  become ASCII one for one; look-alike letters become Latin in words that mix scripts; characters without width go away;
  JSON escapes are resolved. Most texts show none of these traits and come back as they are.
* `views(text)` are short extra texts around what is encoded (percent, HTML, quoted-printable, base64, hex, digits spelt
  or spaced out, string literals glued with `+`). They are examined like texts of their own; only hits that touch what
  was decoded count. A hit in decoded base64 or hex covers the whole encoded run: half of it would still decode.

Bounded: every pattern here has bounded quantifiers, a view is never longer than what it decodes plus `AROUND` on either
side, what is decoded is not decoded again more than `MAX_DEPTH` deep, and there are at most `MAX_VIEWS` per text; a text
with more is refused by the caller (`DetectorError`), because an unseen view is an unseen leak.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from dlp.detect import traits
from dlp.detect.context import Surroundings, Wanted, Words

AROUND = 90
"""Characters of plain text kept on either side of something decoded, as context."""
MAX_DEPTH = 2
MAX_VIEWS = 4000


class OffsetMap:
    """From a rewritten text back to the one it was made of. Pieces are either verbatim or replaced as a whole."""

    __slots__ = ("_ends", "_new", "_old", "_verbatim")

    def __init__(self) -> None:
        self._new: list[int] = []
        self._old: list[int] = []
        self._ends: list[int] = []
        self._verbatim: list[bool] = []

    def add(self, new: int, old: int, end: int, *, verbatim: bool) -> None:
        """The piece of the new text from `new` on stands for `[old, end)`."""
        self._new.append(new)
        self._old.append(old)
        self._ends.append(end)
        self._verbatim.append(verbatim)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of `[start, end)` of the new text; replaced pieces count whole."""
        first = bisect_right(self._new, start) - 1
        last = bisect_right(self._new, end - 1) - 1
        low = self._old[first] + (start - self._new[first] if self._verbatim[first] else 0)
        high = self._old[last] + (end - self._new[last]) if self._verbatim[last] else self._ends[last]
        return low, high


class ComposedMap:
    """Two maps one after the other: from a text that was made of a rewritten one."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, inner: OffsetMap, outer: Offsets) -> None:
        self._inner, self._outer = inner, outer

    def span(self, start: int, end: int) -> tuple[int, int]:
        """As `OffsetMap.span`."""
        return self._outer.span(*self._inner.span(start, end))


Offsets = OffsetMap | ComposedMap


@dataclass(frozen=True, slots=True)
class View:
    """A text made from `[start, end)` of another one."""

    text: str
    offsets: Offsets
    decoded: tuple[tuple[int, int], ...]
    """Where in `text` something was decoded; hits that don't at least touch it are somebody else's."""
    kind: str

    def touches(self, start: int, end: int) -> bool:
        at = bisect_right(self.decoded, (end, 1 << 62)) - 1  # the last decoded stretch that begins at `end` or before
        return at >= 0 and self.decoded[at][1] >= start


Edit = tuple[int, int, str]
"""Start, end, replacement."""


def rewrite(
    text: str, edits: Sequence[Edit], low: int = 0, high: int | None = None
) -> tuple[str, OffsetMap, list[tuple[int, int]]]:
    """Apply ascending, disjoint `edits` inside `[low, high)`; also says where the replacements stand in the result."""
    high = len(text) if high is None else high
    offsets = OffsetMap()
    parts: list[str] = []
    replaced: list[tuple[int, int]] = []
    at, length = low, 0
    for start, end, value in edits:
        if start > at:
            offsets.add(length, at, start, verbatim=True)
            parts.append(text[at:start])
            length += start - at
        if value:
            offsets.add(length, start, end, verbatim=False)
            parts.append(value)
            replaced.append((length, length + len(value)))
            length += len(value)
        at = end
    if at < high or not parts:
        offsets.add(length, at, high, verbatim=True)
        parts.append(text[at:high])
    return "".join(parts), offsets, replaced


# One for one

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
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]+"
)


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


_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def fold(text: str) -> str:
    """Same length; only ever makes characters ASCII."""
    if text.isascii():
        return text
    table = _fold_table()
    kinds = _foreign(text)
    if any(ord(kind) in table for kind in kinds):
        text = _FOREIGN.sub(lambda match: match[0].translate(table), text)
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


_ESCAPE = re.compile(r"\\{1,8}(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt\"'/]))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def _escapes(text: str) -> list[Edit]:
    edits: list[Edit] = []
    pending: tuple[int, int] | None = None  # a high surrogate that waits for its low one
    for match in _ESCAPE.finditer(text):
        start, end = match.span()
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
        edits.append((start, end, decoded if _INVISIBLE.fullmatch(decoded) is None else ""))
    return edits


def plain(text: str) -> tuple[str, OffsetMap | None]:
    """The text that finders read, and the way back; None when offsets are the same."""
    edits: list[Edit] = []
    if not text.isascii():
        text = fold(text)
        if _INVISIBLE.search(_foreign(text)) is not None:
            edits = [(m.start(), m.end(), "") for m in _INVISIBLE.finditer(text)]
    if "\\" in text:
        edits = sorted([*edits, *_escapes(text)])  # an escape is ASCII throughout, so the two never overlap
    if not edits:
        return text, None
    changed, offsets, _ = rewrite(text, edits)
    return fold(changed), offsets


# Encodings

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2}){0,199}")
_PLUS = re.compile(r"(?<=[A-Za-z\u00c0-\u024f])\+(?=[A-Za-z\u00c0-\u024f%])")
_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z]{2,8}\d?);")
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|span|font|mark|wbr|small|code|tt|a|td|sup|sub)(?:\s[^<>]{0,120})?/?>", re.IGNORECASE
)
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}){1,100}|=\r?\n")
_CONCATENATED = re.compile(r"[\"'][ \t]{0,4}(?:\+|\.|&|\|\|)?[ \t]{0,4}(?:\\?\r?\n)?[ \t]{0,16}(?:\+[ \t]{0,4})?[\"']")
_MARKED = re.compile(r"\*\*|__|`|~~")


def _percent(text: str) -> list[Edit]:
    edits = []
    for match in _PERCENT.finditer(text):
        raw = bytes.fromhex(match.group().replace("%", ""))
        decoded = raw.decode("utf-8", "replace")
        if all(map(_is_shown, decoded)):
            edits.append((*match.span(), fold(decoded)))
    if edits:
        edits += [(m.start(), m.end(), " ") for m in _PLUS.finditer(text)]
        edits.sort()
    return edits


def _entities(text: str) -> list[Edit]:
    edits = []
    for match in _ENTITY.finditer(text):
        decoded = html.unescape(match.group())
        if decoded != match.group() and 1 <= len(decoded) <= 2:
            edits.append((*match.span(), fold(decoded)))
    return edits


def _tags(text: str) -> list[Edit]:
    return [(m.start(), m.end(), "") for m in _TAG.finditer(text)]


def _quoted_printable(text: str) -> list[Edit]:
    """`=40` and soft line breaks. Without either sign of a mail, an assignment such as `id=20` must not be taken for one."""
    certain = "=\n" in text or "=\r\n" in text or "quoted-printable" in text.lower()
    edits = []
    for match in _QUOTED.finditer(text):
        start, end = match.span()
        if match.group()[1] in "\r\n":
            edits.append((start, end, ""))
            continue
        if not certain and end - start == 3 and not text[end : end + 1].isalpha():
            continue
        decoded = bytes.fromhex(match.group().replace("=", "")).decode("utf-8", "replace")
        if all(map(_is_shown, decoded)) and "\ufffd" not in decoded:
            edits.append((start, end, decoded))
    return edits


def _concatenated(text: str) -> list[Edit]:
    return [(m.start(), m.end(), "") for m in _CONCATENATED.finditer(text) if len(m.group()) > 2]


_WRAPPED = re.compile(
    r"(?<=[A-Za-z0-9][@\-_])\\?\r?\n[ \t>+]{0,12}(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])\\\r?\n[ \t]{0,12}(?=[A-Za-z0-9])|"
    r"(?<=[A-Za-z0-9])\r?\n[ \t>]{0,12}(?=\.[a-z]{2,4}\b|@[A-Za-z0-9])"
)
_SPACED_OUT = re.compile(r"(?<!\S)(?:[A-Za-z0-9@._\-] ){6,80}[A-Za-z0-9@._\-](?!\S)")
_HEX_PAIRS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]){9,400}[0-9a-fA-F]{2}(?![0-9A-Za-z])")


def _wrapped(text: str) -> list[Edit]:
    """Values broken at the end of a line: after `-`, `_` or `@`, before `.com` or `@`."""
    return [(m.start(), m.end(), "") for m in _WRAPPED.finditer(text)]


_DIGITS_WRAPPED = re.compile(
    r"(?<=\d)[ ]?\r?\n[ \t>+]{0,4}(?!(?:19|20)\d\d-)(?=\d[\d \-]{2,18}(?:[\r\n.\"')\]}\\]|[ ][a-z]|\Z))"
)
"""What goes on must be digits and then end: lines of logs and tables begin with digits and have more to say."""
_RUN_BEFORE = re.compile(r"\d+\Z")


def _wrapped_digits(text: str) -> list[Edit]:
    """A number that goes on in the next line: written together behind a long run, with a blank between short groups."""
    edits = []
    for match in _DIGITS_WRAPPED.finditer(text):
        run = _RUN_BEFORE.search(text, max(0, match.start() - 7), match.start())
        edits.append((*match.span(), " " if run is not None and 2 <= len(run.group()) < 7 else ""))
    return edits


def _spaced_out(text: str) -> list[Edit]:
    """`m a r t a @ q u i l l . c o m`."""
    return [(*m.span(), m.group().replace(" ", "")) for m in _SPACED_OUT.finditer(text) if "@" in m.group()]


def _hex_pairs(text: str) -> list[Edit]:
    """`6d 61 72 74 61 40 ...`, a hex dump of text."""
    edits = []
    for match in _HEX_PAIRS.finditer(text):
        decoded = _readable(bytes.fromhex(match.group().replace(":", " ")))
        if decoded is not None:
            edits.append((*match.span(), fold(decoded)))
    return edits


_QP_TRAIT = re.compile(r"=\r?\n|=(?:40|2E)(?=[A-Za-z])|=3D|=C3=|=E2=")
_GLUE_TRAIT = re.compile(r"[\"'][ \t]{0,4}(?:\+[ \t]{0,4}\\?\r?\n?|\\?\r?\n)[ \t]{0,16}(?:\+[ \t]{0,4})?[\"']")


def _windows(text: str, edits: Sequence[Edit], kind: str) -> Iterator[View]:
    """One view for every stretch of edits that stand near each other."""
    group: list[Edit] = []
    for edit in edits:
        if group and edit[0] - group[-1][1] > 2 * AROUND:
            yield _window(text, group, kind)
            group = []
        if not group or edit[0] >= group[-1][1]:
            group.append(edit)
    if group:
        yield _window(text, group, kind)


def _window(text: str, edits: Sequence[Edit], kind: str) -> View:
    low = max(0, edits[0][0] - AROUND)
    high = min(len(text), edits[-1][1] + AROUND)
    while low > 0 and low > edits[0][0] - 2 * AROUND and text[low - 1].isalnum():  # not inside a word
        low -= 1
    while high < len(text) and high < edits[-1][1] + 2 * AROUND and text[high].isalnum():
        high += 1
    changed, offsets, replaced = rewrite(text, edits, low, high)
    if any(not edit[2] for edit in edits):  # something was removed: what closed up around it counts as decoded
        replaced = [(0, len(changed))]
    return View(changed, offsets, tuple(replaced), kind)


_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_\-])(?:[A-Za-z0-9+/]{16,76}(?:\\?\r?\n[ \t]{0,16}(?=[A-Za-z0-9+/]{2}))){0,400}[A-Za-z0-9+/_\-]{16,100000}={0,2}(?![A-Za-z0-9+/_])"
)
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:0x)?((?:[0-9a-fA-F]{2}){10,4000})(?![A-Za-z0-9])")
_HEX_ESCAPED = re.compile(r"(?:[0-9a-fA-F]{2}[ :]){9,400}[0-9a-fA-F]{2}(?![A-Za-z0-9])")
_NOT_DIGIT = re.compile(r"\D")
_BLANK = re.compile(r"[\s\\]+")
_TEXT_BYTES = frozenset({9, 10, 13, *range(32, 127)})


def _readable(raw: bytes) -> str | None:
    """The text that `raw` is, None when it is not one."""
    if len(raw) < 6 or sum(byte in _TEXT_BYTES or byte > 0xC1 or 0x80 <= byte < 0xC0 for byte in raw[:64]) < min(
        len(raw), 64
    ):
        return None
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not all(_is_shown(c) or c in "\t\r\n" for c in decoded):
        return None
    foreign = sum(not c.isascii() for c in decoded)
    # Few foreign characters may be chance; many that are all well-formed UTF-8 are not.
    return decoded if foreign >= 4 or foreign * 10 <= len(decoded) * 3 else None


def _is_shown(character: str) -> bool:
    """Whether text may hold the character: it can be seen, or is one of those that hide in it."""
    if character.isprintable() or (character.isspace() and character > " "):
        return True
    return _INVISIBLE.fullmatch(character) is not None


def _base64(text: str, low: int, high: int) -> Iterator[tuple[int, int, str]]:
    for match in _BASE64.finditer(text, low, high):
        value = match.group()
        start = match.start()
        head = _BLANK.sub("", value[:80])[:32].replace("-", "+").replace("_", "/")
        if len(set(head)) < 6 or head.isdigit():
            continue
        try:
            if _readable_head(base64.b64decode(head[: len(head) // 4 * 4])) is None:
                continue
            compact = _BLANK.sub("", value).rstrip("=").replace("-", "+").replace("_", "/")
            decoded = _readable(base64.b64decode(compact + "=" * (-len(compact) % 4)))
        except (binascii.Error, ValueError):
            continue
        if decoded is not None:
            yield start, match.end(), decoded


def _readable_head(raw: bytes) -> bytes | None:
    return raw if all(byte in _TEXT_BYTES or byte >= 0x80 for byte in raw) else None


def _hex(text: str, low: int, high: int) -> Iterator[tuple[int, int, str]]:
    for match in _HEX.finditer(text, low, high):
        head = bytes.fromhex(match.group(1)[:20])
        if any(byte not in _TEXT_BYTES and byte < 0x80 for byte in head):
            continue
        decoded = _readable(bytes.fromhex(match.group(1)))
        if decoded is not None and not decoded.isdigit():
            yield (*match.span(), decoded)


_WORD_DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "null": "0", "eins": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
    "zéro": "0", "un": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9",
    "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
}  # fmt: skip
_SPELLING = frozenset((*_WORD_DIGITS, "plus", "double", "triple"))
Wanted(sorted(_SPELLING))  # so that they are among the words that are read
_BETWEEN_SPELT = re.compile(r"[\s,.\-–]{1,3}(?:\d{1,4}[\s,.\-–]{1,3}){0,4}")
LEAST_SPELT = 6
"""Number words in a row that make a number of them."""
_DIGITS_BETWEEN = re.compile(r"\d+")


def _spelt(text: str, words: Words) -> list[Edit]:
    """Numbers said in words: `four one five, double five ...`; figures may stand among them."""
    edits: list[Edit] = []
    row: list[int] = []
    for index, _ in words.among(_SPELLING):
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
    if sum(c.isdigit() for c in value) >= 7:
        edits.append((words.starts[row[0]], words.ends[row[-1]], value))


_SPACED = re.compile(r"[0-9](?:[ ._\-*]{1,2}[0-9]){7,30}+(?![\w])")
_GROUPS = re.compile(r"[0-9][0-9]{0,5}+(?:[ .\-_/·•|]{1,3}[0-9]{1,6}+){2,10}+(?![\w])")
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


def _regrouped(text: str, shown: int) -> list[Edit]:
    """Digits one by one, or in groups no format has, written together."""
    edits: list[Edit] = []
    for pattern, least, before in _REGROUPED[shown & traits.SPACED != 0, shown & traits.GROUPED != 0]:
        spaced = tuple(edits)
        for match in pattern.finditer(text):
            start, end = match.span()
            if start and (text[start - 1].isalnum() or text[start - 1] in before):
                continue
            if _COMMON.fullmatch(match.group()) is not None or _DATED.search(match.group()) is not None:
                continue
            digits = _NOT_DIGIT.sub("", match.group())
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


def _digit_look_alikes(text: str) -> list[Edit]:
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
        digits = sum(c.isdigit() for c in value)
        letters = sum(c.isalpha() or c == "|" for c in value)
        if letters and digits >= 5 and digits > letters and (not edits or start >= edits[-1][1]):
            edits.append((start, match.end(), value.translate(_DIGITLIKE_TABLE)))
    return edits


_WRAPS = ("-\n", "@\n", "_\n", "\n@", "\n.", "-\r\n", "\\\n", "\\\r\n")
_HEX_SIGNS = ("40 ", "20 ", "40:", "20:")
"""A blank or `@` in hexadecimal digits."""

_STEPS: tuple[tuple[str, Callable[[str, int], object], Callable[[str, int], list[Edit]]], ...] = (
    ("nested escapes", lambda t, _: "\\" in t and _ESCAPE.search(t), lambda t, _: _escapes(t)),
    ("percent-encoded", lambda t, _: "%" in t and _PERCENT.search(t), lambda t, _: _percent(t)),
    ("HTML entities", lambda t, _: "&" in t and ";" in t, lambda t, _: _entities(t)),
    ("HTML tags", lambda t, _: "<" in t and ("</" in t or "<wbr" in t), lambda t, _: _tags(t)),
    ("quoted-printable", lambda t, _: "=" in t and _QP_TRAIT.search(t), lambda t, _: _quoted_printable(t)),
    (
        "string literals joined",
        lambda t, shown: shown & traits.GLUED and _GLUE_TRAIT.search(t),
        lambda t, _: _concatenated(t),
    ),
    ("wrapped lines", lambda t, _: "\n" in t and any(sign in t for sign in _WRAPS), lambda t, _: _wrapped(t)),
    ("wrapped digits", lambda t, _: "\n" in t and _DIGITS_WRAPPED.search(t), lambda t, _: _wrapped_digits(t)),
    ("spaced letters", lambda t, shown: shown & traits.OBFUSCATED and " @ " in t, lambda t, _: _spaced_out(t)),
    (
        "hex pairs",
        lambda t, shown: shown & traits.HEX_PAIRS and any(sign in t for sign in _HEX_SIGNS),
        lambda t, _: _hex_pairs(t),
    ),
    ("regrouped digits", lambda _, shown: shown & (traits.SPACED | traits.GROUPED), _regrouped),
    ("look-alike digits", lambda _, shown: shown & traits.LOOK_ALIKE, lambda t, _: _digit_look_alikes(t)),
)
"""Kind of view, whether a text with these traits can have one, and the rewriting."""


def views(text: str, around: Surroundings) -> Iterator[View]:
    """The extra texts of a `plain` text, of which `around` knows the words and traits, made plain too. See the module."""
    for view in _views(text, around):
        changed, offsets = plain(view.text)
        if offsets is not None:  # what was encoded was written oddly as well
            yield View(changed, ComposedMap(offsets, view.offsets), ((0, len(changed)),), view.kind)
        elif changed is not view.text:
            yield View(changed, view.offsets, view.decoded, view.kind)
        else:
            yield view


def _views(text: str, around: Surroundings) -> Iterator[View]:
    shown = around.traits
    for kind, shows, edits in _STEPS:
        if shows(text, shown):
            found = edits(text, shown)
            if found:
                yield from _windows(text, found, kind)
    yield from _windows(text, _spelt(text, around.words), "spelt-out digits")
    if not shown & traits.ENCODED:
        return
    for low, high in _long_runs(text):
        for start, end, decoded in _base64(text, low, high):
            yield _encoded(text, start, end, decoded, "base64")
        for start, end, decoded in _hex(text, low, high):
            yield _encoded(text, start, end, decoded, "hex")


_LONG = 20


def _long_runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of words of `_LONG` characters and more with nothing but blanks between them."""
    begin, end, at = -1, -1, 0
    for part in text.split():
        if len(part) < _LONG:
            if begin >= 0:
                at = text.find(part, end)  # blanks alone part the run from this word
                yield begin, end
                begin = -1
            continue
        at = text.find(part, max(at, end))
        if begin < 0:
            begin = at
        end = at + len(part)
        at = end
    if begin >= 0:
        yield begin, end


def _encoded(text: str, start: int, end: int, decoded: str, kind: str) -> View:
    low = max(0, start - AROUND)
    changed, offsets, replaced = rewrite(text, [(start, end, fold(decoded))], low, end)
    return View(changed, offsets, tuple(replaced), kind)
