"""Text behind an encoding: percent, HTML, quoted-printable, hex pairs, base64, hex. Edits that decode it, in ascending order."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator

from dlp.detect.normalise.folding import INVISIBLE, fold
from dlp.detect.normalise.offsets import Edit

QP_TRAIT = re.compile(r"=\r?\n|=(?:40|2E)(?=[A-Za-z])|=3D|=(?:C[2-9A-F]|D[0-9]|E[0-9A-F]|F0)=")
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2}){0,199}")
_PLUS = re.compile(r"(?<=[A-Za-z0-9.@\u00c0-\u024f])\+(?=[A-Za-z0-9.@\u00c0-\u024f%])")
_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}\d?);")
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|span|font|mark|wbr|small|code|tt|a|td|sup|sub)(?:\s[^<>]{0,120})?/?>", re.IGNORECASE
)
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}){1,100}|=\r?\n")


_LINES = frozenset("\t\r\n")


def percent(text: str) -> list[Edit]:
    edits = []
    for match in PERCENT.finditer(text):
        raw = bytes.fromhex(match.group().replace("%", ""))
        decoded = raw.decode("utf-8", "replace")
        if all(c in _LINES or _is_shown(c) for c in decoded):
            edits.append((*match.span(), fold(decoded)))
    if edits:
        edits += [(m.start(), m.end(), " ") for m in _PLUS.finditer(text)]
        edits.sort()
    return edits


def entities(text: str) -> list[Edit]:
    edits = []
    for match in _ENTITY.finditer(text):
        decoded = html.unescape(match.group())
        if decoded != match.group() and 1 <= len(decoded) <= 2:
            edits.append((*match.span(), fold(decoded)))
    return edits


def tags(text: str) -> list[Edit]:
    return [(m.start(), m.end(), "") for m in _TAG.finditer(text)]


def quoted_printable(text: str) -> list[Edit]:
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


_HEX_PAIRS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]){9,400}[0-9a-fA-F]{2}(?![0-9A-Za-z])")


def hex_pairs(text: str) -> list[Edit]:
    """`6d 61 72 74 61 40 ...`, a hex dump of text."""
    edits = []
    for match in _HEX_PAIRS.finditer(text):
        decoded = _readable(bytes.fromhex(match.group().replace(":", " ")))
        if decoded is not None:
            edits.append((*match.span(), fold(decoded)))
    return edits


_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_\-])(?:[A-Za-z0-9+/]{16,76}(?:\\?\r?\n[ \t]{0,16}(?=[A-Za-z0-9+/]{2}))){0,400}[A-Za-z0-9+/_\-]{16,100000}={0,2}(?![A-Za-z0-9+/_])"
)
_HEX_RUN = re.compile(r"[0-9a-fA-F]{20}")
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:0x)?((?:[0-9a-fA-F]{2}){10,4000})(?![A-Za-z0-9])")
_BLANK = re.compile(r"[\s\\]+")
_OF_TEXT = bytes({9, 10, 13, *range(32, 127), *range(0x80, 0x100)})
_OF_UTF8 = bytes(set(_OF_TEXT) - {0xC0, 0xC1})
MAY_BE_ENCODED = re.compile(r"[A-Za-z0-9+/_\-]{16}")
"""What stands in everything that `from_base64` and `from_hex` decode."""


def _readable(raw: bytes) -> str | None:
    """The text that `raw` is, None when it is not one."""
    if len(raw) < 6 or raw[:64].translate(None, _OF_UTF8):
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
    return INVISIBLE.fullmatch(character) is not None


def from_base64(text: str, low: int, high: int) -> Iterator[tuple[int, int, str]]:
    for match in _BASE64.finditer(text, low, high):
        value = match.group()
        start = match.start()
        if "\n" in value:
            value = _BLANK.sub("", value)
        head = value[:32].replace("-", "+").replace("_", "/")
        if len(set(head)) < 6 or head.isdigit():
            continue
        try:
            if base64.b64decode(head[: len(head) // 4 * 4]).translate(None, _OF_TEXT):
                continue
            compact = value.rstrip("=").replace("-", "+").replace("_", "/")
            decoded = _readable(base64.b64decode(compact + "=" * (-len(compact) % 4)))
        except (binascii.Error, ValueError):
            continue
        if decoded is not None:
            yield start, match.end(), decoded


def from_hex(text: str, low: int, high: int) -> Iterator[tuple[int, int, str]]:
    if _HEX_RUN.search(text, low, high) is None:
        return
    for match in _HEX.finditer(text, low, high):
        head = bytes.fromhex(match.group(1)[:20])
        if head.translate(None, _OF_TEXT):
            continue
        decoded = _readable(bytes.fromhex(match.group(1)))
        if decoded is not None and not decoded.isdigit():
            yield (*match.span(), decoded)
