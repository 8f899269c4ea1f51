r"""Private keys that span lines: PEM, OpenSSH, PGP, PuTTY, Ansible Vault; and the private members of JSON Web Keys.

A block is followed from its first line while lines look like the body of a key, whatever stands before them (indentation,
a diff's `+`, a comment sign, a log's time stamp) and whatever separates them (line feeds, `\\n` written out, commas,
`" +`), up to its last line. A block without an end counts too: a cut key is still most of a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dlp.detect.patterns import late

MARKS: Final = ("-----begin", "putty-user-key-file", "$ansible_vault;", "kty", "ls0tls1crudjt")
"""Lower-case literals that a text with such a block holds."""

_LONGEST_BLOCK: Final = 65536

_BEGIN: Final = re.compile(r"-----BEGIN[ _](?:[A-Z0-9]{2,12}[ _]){0,4}PRIVATE[ _]KEY(?:[ _]BLOCK)?-----", re.IGNORECASE)
# One line of a body: an optional prefix, then base64, or a header of an encrypted key, or nothing.
_BREAK: Final = r"(?:\\{1,8}[rnt]|\r?\n|\r|[ \t]|\\|[\"',;+]|&\#1[03];|<br ?/?>|%0[aAdD])"
_PREFIX: Final = r"(?:[-+#>*|/.:\d \t\[\]]{0,40}(?:[A-Z][a-z]{2}[ \d:.,\-+TZ]{3,30})?)"
_BODY: Final = late(
    rf"(?:{_BREAK}{{1,64}}"
    r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID)\s{0,4}:[^\n\\]{0,200}"
    rf"|{_PREFIX}[A-Za-z0-9+/=\-_]{{16,}}+(?![:\w])"
    r"|[A-Za-z0-9+/=]{1,4096}(?=[\\\s\"',;]|-----|\Z)"
    r"|[#\d. ]{1,24}(?=[A-Za-z0-9+/=]{8})"
    r"))"
)
_MARGIN: Final = r"[-+#>*|/.:\d \t\[\]]{0,40}?(?:[A-Z][a-z]{2}[ \d:.,\-+TZ]{3,30})?"  # as _PREFIX, but not eager
_END: Final = late(
    rf"{_BREAK}{{0,64}}{_MARGIN}-----END[ _](?:[A-Z0-9]{{2,12}}[ _]){{0,4}}PRIVATE[ _]KEY(?:[ _]BLOCK)?-----",
    re.IGNORECASE,
)
_ARMOUR64: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/\s]{0,60}[A-Za-z0-9+/]{64,20000}={0,2}")
_PUTTY: Final = re.compile(r"PuTTY-User-Key-File-[0-9]:")
_PUTTY_BODY: Final = re.compile(r"Private-Lines: [0-9]{1,4}(?P<secret>(?:(?:\r?\n|\\n)[A-Za-z0-9+/=]{1,128}){1,200})")
_VAULT: Final = re.compile(
    r"\$ANSIBLE_VAULT;[0-9.]{1,8};[A-Z0-9]{3,12}[^\s\\]{0,60}(?:(?:\r?\n|\\n)[ \t]{0,40}[0-9a-f]{1,128}){1,4000}"
)
_KEY_TYPE: Final = re.compile(r"[\"']kty\\{0,4}[\"']")
_JWK_MEMBER: Final = re.compile(
    r"\\{0,4}[\"'](?P<m>d|p|q|dp|dq|qi|k)\\{0,4}[\"']\s{0,4}:\s{0,4}\\{0,4}[\"'](?P<secret>[A-Za-z0-9_+/=-]{16,2000})\\{0,4}[\"']"
)


def iter_blocks(text: str, folded: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and rule id of every private key."""
    yield from _pem(text, folded)
    if "putty-user-key-file" in folded:
        for head in _PUTTY.finditer(text):
            body = _PUTTY_BODY.search(text, head.end(), head.end() + 8192)
            if body is not None:
                yield *body.span("secret"), "putty-private-key"
    if "$ansible_vault;" in folded:
        for block in _VAULT.finditer(text):
            yield *block.span(), "ansible-vault"
    if "ls0tls1crudjt" in folded:
        for block in _ARMOUR64.finditer(text):
            if _is_private_armour(block[0]):
                yield *block.span(), "base64-private-key"
    if "kty" in folded:
        yield from _jwk(text)


def _is_private_armour(encoded: str) -> bool:
    """Base64 of a PEM file tells by its first letters whether a private key follows: look at the decoded head."""
    import base64
    import binascii

    head = re.sub(r"\s", "", encoded)[:80]
    try:
        return b"PRIVATE KEY" in base64.b64decode(head[: len(head) // 4 * 4])
    except (binascii.Error, ValueError):
        return True


def _pem(text: str, folded: str) -> Iterator[tuple[int, int, str]]:
    position = folded.find("-----begin")
    while position >= 0:
        head = _BEGIN.match(text, position)
        if head is None:
            position = folded.find("-----begin", position + 10)
            continue
        end = _body_end(text, head.end())
        if end > head.end():
            yield position, end, "private-key-block"
        position = folded.find("-----begin", max(end, head.end()))


def _body_end(text: str, at: int) -> int:
    """Where the block that begins before `at` ends; `at` itself when no body follows."""
    end = at
    limit = min(len(text), at + _LONGEST_BLOCK)
    while end < limit:
        close = _END.match(text, end)
        if close is not None:
            return close.end() if end > at else at
        line = _BODY.match(text, end)
        if line is None or line.end() == end:
            break
        end = line.end()
    # A line or two of base64 at least, else it was prose about keys.
    return end if end - at >= 24 else at


def _jwk(text: str) -> Iterator[tuple[int, int, str]]:
    done = 0
    for mark in _KEY_TYPE.finditer(text):
        if mark.start() < done:
            continue
        left = max(text.rfind("{", max(done, mark.start() - 4096), mark.start()), mark.start() - 4096, done)
        right = text.find("}", mark.end(), mark.end() + 4096)
        right = done = right if right >= 0 else min(len(text), mark.end() + 4096)
        symmetric = "oct" in text[mark.end() : mark.end() + 12]
        for member in _JWK_MEMBER.finditer(text, left, right):
            if (member["m"] == "k") == symmetric:
                yield *member.span("secret"), "jwk-private-member"
