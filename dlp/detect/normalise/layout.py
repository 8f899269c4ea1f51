"""Text that its layout takes apart: glued string literals, values broken over lines, letters with something between them."""

from __future__ import annotations

import re

from dlp.detect.normalise.offsets import Edit
from dlp.detect.patterns import late
from dlp.detect.secrets.opaque import is_hex, is_opaque

_CONCATENATED = re.compile(r"[\"'][ \t]{0,4}(?:\+|\.|&|\|\|)?[ \t]{0,4}(?:\\?\r?\n)?[ \t]{0,16}(?:\+[ \t]{0,4})?[\"']")
GLUE_TRAIT = re.compile(r"[\"'][ \t]{0,4}(?:\+[ \t]{0,4}\\?\r?\n?|\\?\r?\n)[ \t]{0,16}(?:\+[ \t]{0,4})?[\"']")
_WRAPPED = re.compile(
    r"(?=[\\\r\n])(?:(?<=[A-Za-z0-9][@\-_])\\?\r?\n[ \t>+]{0,12}(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])\\\r?\n[ \t]{0,12}(?=[A-Za-z0-9])|"
    r"(?<=[A-Za-z0-9])\r?\n[ \t>]{0,12}(?=\.[a-z]{2,4}\b|@[A-Za-z0-9]))"
)
_BROKEN_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_+/.=-])(?P<left>[A-Za-z0-9_+/.=-]{12,200})(?P<gap>\r?\n[ \t>|]{0,12})(?=(?P<right>[A-Za-z0-9][A-Za-z0-9_+/.=-]{3,200})(?![A-Za-z0-9_+/=:-]))"
)
_OF_TOKENS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/.=-"
_SHORTEST_HALF, _LONGEST_HALF = 12, 200
"""Characters of `left` in `_BROKEN_TOKEN`."""
_BROKEN_MAIL = re.compile(
    r"(?<=[\w+\-]@)[A-Za-z0-9\-]{2,40}(?P<gap>\r?\n[ \t>|]{0,12})(?=[a-z0-9\-]{1,40}\.[a-z]{2,6}\b)"
)
_SPACED_OUT = re.compile(
    r"(?<![^\s\"'(])(?:[A-Za-z0-9@._:=+\-]|(?<=\s)(?:at|dot)(?=\s))(?:[ \t]{1,3}(?:(?:at|dot)(?=\s)|[A-Za-z0-9@._:=+\-](?![A-Za-z0-9@]))){7,120}"
)
_SIGNED_OUT = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z0-9](?P<sign>[\-_*|/,\t])(?:[A-Za-z0-9@._+\-](?P=sign)){6,80}[A-Za-z0-9](?![A-Za-z0-9])"
)
_CONTROL = late(r"(?<=[!-~\u00a1-\uffff])[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85]{1,8}(?=[!-~\u00a1-\uffff])")
_SAID = {"at": "@", "dot": "."}


def concatenated(text: str) -> list[Edit]:
    return [(m.start(), m.end(), "") for m in _CONCATENATED.finditer(text) if len(m.group()) > 2]


def wrapped(text: str) -> list[Edit]:
    """Values broken at the end of a line: after `-`, `_` or `@`, before `.com` or `@`."""
    return [(m.start(), m.end(), "") for m in _WRAPPED.finditer(text)]


def broken(text: str) -> list[Edit]:
    """The line ends inside of tokens, and of addresses whose host goes on in the next line."""
    edits: list[Edit] = []
    at = text.find("@")
    while at >= 0:
        mail = _BROKEN_MAIL.match(text, at + 1)
        if mail is not None:
            edits.append((*mail.span("gap"), ""))
        at = text.find("@", at + 1)
    line = text.find("\n")
    while line >= 0:
        end = line - (text[line - 1 : line] == "\r")
        head = text[max(0, end - _LONGEST_HALF - 1) : end]
        length = len(head) - len(head.rstrip(_OF_TOKENS))
        token = _BROKEN_TOKEN.match(text, end - length) if _SHORTEST_HALF <= length <= _LONGEST_HALF else None
        if token is not None and _goes_on(token["left"], token["right"]):
            edits.append((*token.span("gap"), ""))
        line = text.find("\n", line + 1)
    return sorted(set(edits))


def _goes_on(left: str, right: str) -> bool:
    """Whether two halves are as random together as the first is: the next line may begin with a word or a number."""
    whole = left + right
    digits = _DIGIT.search(left[-_NEAR_END:]) is not None and _DIGIT.search(right[:_NEAR_END]) is not None
    return digits and (is_hex(whole) or is_opaque(whole))


def controls(text: str) -> list[Edit]:
    """Control characters inside of words. They part records as well, so the text is also read as it stands."""
    return [(m.start(), m.end(), "") for m in _CONTROL.finditer(text)]


def spaced_out(text: str) -> list[Edit]:
    """`m a r t a @ q u i l l . c o m`, `m-a-r-t-a-@-...`, `g h p _ z Q`; wider gaps part words."""
    edits: list[Edit] = []
    for match in _SPACED_OUT.finditer(text):
        gaps = _GAP.findall(match[0])
        narrow = min(map(len, gaps))
        words = _GAP.split(match[0])
        joined = words[0]
        for gap, word in zip(gaps, words[1:], strict=True):
            joined += (" " if len(gap) > narrow and word != "@" else "") + _SAID.get(word, word)
        if _TELLING.search(joined) and _LETTERS.search(joined):  # digits alone are read in `digits`
            edits.append((*match.span(), joined))
    edits += [(*m.span(), m[0].replace(m["sign"], "")) for m in _SIGNED_OUT.finditer(text) if "@" in m[0]]
    edits.sort()
    return [edit for k, edit in enumerate(edits) if not k or edit[0] >= edits[k - 1][1]]


_GAP = re.compile(r"[ \t]+")
_LETTERS = re.compile(r"(?:[^A-Za-z]*[A-Za-z]){4}")
_TELLING = re.compile(r"[0-9@:=_]")
_DIGIT = re.compile(r"[0-9]")
_NEAR_END = 21
"""How near to the break either half has a digit: of random letters and digits one in forty such has none."""
