"""Text that its layout takes apart: glued string literals, values broken at the end of a line, letters with blanks between."""

from __future__ import annotations

import re

from dlp.detect.normalise.offsets import Edit

_CONCATENATED = re.compile(r"[\"'][ \t]{0,4}(?:\+|\.|&|\|\|)?[ \t]{0,4}(?:\\?\r?\n)?[ \t]{0,16}(?:\+[ \t]{0,4})?[\"']")
GLUE_TRAIT = re.compile(r"[\"'][ \t]{0,4}(?:\+[ \t]{0,4}\\?\r?\n?|\\?\r?\n)[ \t]{0,16}(?:\+[ \t]{0,4})?[\"']")
_WRAPPED = re.compile(
    r"(?<=[A-Za-z0-9][@\-_])\\?\r?\n[ \t>+]{0,12}(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])\\\r?\n[ \t]{0,12}(?=[A-Za-z0-9])|"
    r"(?<=[A-Za-z0-9])\r?\n[ \t>]{0,12}(?=\.[a-z]{2,4}\b|@[A-Za-z0-9])"
)
_SPACED_OUT = re.compile(r"(?<!\S)(?:[A-Za-z0-9@._\-] ){6,80}[A-Za-z0-9@._\-](?!\S)")


def concatenated(text: str) -> list[Edit]:
    return [(m.start(), m.end(), "") for m in _CONCATENATED.finditer(text) if len(m.group()) > 2]


def wrapped(text: str) -> list[Edit]:
    """Values broken at the end of a line: after `-`, `_` or `@`, before `.com` or `@`."""
    return [(m.start(), m.end(), "") for m in _WRAPPED.finditer(text)]


def spaced_out(text: str) -> list[Edit]:
    """`m a r t a @ q u i l l . c o m`."""
    return [(*m.span(), m.group().replace(" ", "")) for m in _SPACED_OUT.finditer(text) if "@" in m.group()]
