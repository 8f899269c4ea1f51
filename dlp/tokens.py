"""The shape of a token, `[PII:EMAIL:c4587843]`: how one is written and how one is recognised.

A token is an opening bracket, `PII`, a label, lower-case hex digits and a closing bracket, joined by colons. Square brackets, colons
and ASCII letters survive JSON, HTML and Go's encoder unescaped (angle brackets don't), and hold no character
that Markdown would eat. The label tells the model what kind of thing stands there.

This module knows the shape alone. Who may mint is `dlp.masking.minting`; what may be restored is `dlp.masking.restoring`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PREFIX = "PII"
DIGEST_LENGTH = 8
"""Hex digits of a fresh token: 32 bits, lengthened by `MAX_DIGEST_LENGTH` steps when two values collide."""
MAX_DIGEST_LENGTH = 32
MAX_LABEL_LENGTH = 40

LABELS = {"EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE"}
"""Entity type -> label, where the short word is the one that models and people use."""

TOKEN = re.compile(
    rf"\[{PREFIX}:[A-Z][A-Z0-9_]{{0,{MAX_LABEL_LENGTH - 1}}}:[0-9a-f]{{{DIGEST_LENGTH},{MAX_DIGEST_LENGTH}}}\]"
)
"""A token exactly as minted. What models make of tokens is in `dlp.masking.restoring`."""

STAND_IN = "~"
"""Begins the key of what isn't a token in a mapping of digests to values: a card number may look like a digest."""
HASH_LENGTH = 12
"""Hex digits of what `hash` leaves behind."""
REDACTED = re.compile(rf"\[[A-Z][A-Z0-9_]{{0,{MAX_LABEL_LENGTH - 1}}}_(?:REDACTED|HASH_[0-9a-f]{{{HASH_LENGTH}}})\]")
"""What `redact` and `hash` leave behind, `[EMAIL_REDACTED]`, `[EMAIL_HASH_9f86d081884c]`; never restored and never a finding."""
NUMBERED = re.compile(rf"\[([A-Z][A-Z0-9_]{{0,{MAX_LABEL_LENGTH - 1}}})_([1-9][0-9]{{0,8}})\]")
"""A token of the style `numbered`, `[PERSON_1]`."""

_TYPES = {label: entity_type for entity_type, label in LABELS.items()}
_LABEL_IN = re.compile(
    rf"{PREFIX}[^A-Z0-9]{{1,12}}([A-Z][A-Z0-9_\\-]{{0,{MAX_LABEL_LENGTH - 1}}}?)[^A-Z0-9]{{1,12}}[0-9A-F]{{{DIGEST_LENGTH}}}"
)
_NOT_LABEL = re.compile(r"[^A-Z0-9_]+")


def label_for(entity_type: str) -> str:
    """The label of an entity type: upper-case letters, digits and underscores, at most `MAX_LABEL_LENGTH`."""
    known = LABELS.get(entity_type)
    if known is not None:
        return known
    label = _NOT_LABEL.sub("_", entity_type.upper()).strip("_0123456789")
    return label[:MAX_LABEL_LENGTH].rstrip("_") or "VALUE"


def entity_type_of(token: str) -> str:
    """The entity type that a token's label names, however the token is spelt; `OTHER` if it names none."""
    if numbered := NUMBERED.fullmatch(token):
        return _TYPES.get(numbered[1], numbered[1])
    found = _LABEL_IN.search(token.upper())
    label = found.group(1).replace("-", "_").replace("\\", "") if found else "OTHER"
    return _TYPES.get(label, label)


def format_token(label: str, digest: str) -> str:
    """Write a token. `digest` is lower-case hex, at least `DIGEST_LENGTH` digits."""
    return f"[{PREFIX}:{label}:{digest}]"


def format_redacted(entity_type: str) -> str:
    """What stands in for a redacted value: `[EMAIL_REDACTED]`."""
    return f"[{label_for(entity_type)}_REDACTED]"


def format_hashed(entity_type: str, digest: str) -> str:
    """What stands in for a hashed value: `[EMAIL_HASH_9f86d081884c]`. `digest` is lower-case hex, at least `HASH_LENGTH` digits."""
    return f"[{label_for(entity_type)}_HASH_{digest[:HASH_LENGTH]}]"


def format_numbered(label: str, number: int) -> str:
    """A numbered token: `[PERSON_1]`."""
    return f"[{label}_{number}]"


def iter_token_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where tokens and redaction marks stand in `text`: half-open spans in code points, ascending.

    Detection skips them: our own tokens are never personal data and never masked twice.
    """
    if "[" not in text:
        return
    if f"[{PREFIX}:" in text:
        yield from (match.span() for match in TOKEN.finditer(text))
    if "_REDACTED]" in text or "_HASH_" in text:
        yield from (match.span() for match in REDACTED.finditer(text))
