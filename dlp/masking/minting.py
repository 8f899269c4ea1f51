"""Mint the token that stands in for a value.

A token's digest is HMAC-SHA256 over scope, entity type and value: the same value gives the same token in every process that
holds the key, and nobody without the key can enumerate phone numbers until one fits (a plain hash allows that).
The value enters as it is written. Folding case or spacing would give two spellings one token, and an answer could then
be restored to the wrong one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from dlp.tokens import DIGEST_LENGTH, MAX_DIGEST_LENGTH, format_token, label_for

_DIGEST_STEP = 4


class Minter:
    """Mints the tokens of one request and remembers what they stand for.

    Not thread-safe: one per request. `repr` shows no value.

    Args:
        key: Secret of at least 16 bytes.
        scope: The boundary inside which a value has one token, such as policy and caller.
    """

    def __init__(self, key: bytes, scope: str) -> None:
        if len(key) < 16:
            raise ValueError("token key is shorter than 16 bytes")
        self._mac = hmac.new(key, _field(scope), hashlib.sha256)
        self._values: dict[str, str] = {}
        self._tokens: dict[tuple[str, str], str] = {}

    def token(self, entity_type: str, value: str) -> str:
        """The token for `value`; the same arguments give the same token.

        Two values of one request whose digests collide get digests of different length.
        """
        known = self._tokens.get((entity_type, value))
        if known is not None:
            return known
        mac = self._mac.copy()
        mac.update(_field(entity_type))
        mac.update(_field(value))
        full = mac.hexdigest()
        length = DIGEST_LENGTH
        while length < MAX_DIGEST_LENGTH and self._values.get(full[:length], value) != value:
            length += _DIGEST_STEP
        digest = full[:length]
        self._values[digest] = value
        token = format_token(label_for(entity_type), digest)
        self._tokens[entity_type, value] = token
        return token

    def adopt(self, values: Mapping[str, str]) -> bool:
        """Take over tokens that an earlier request of the same scope minted; False, and none are, if a digest stands for another value."""
        if any(self._values.get(digest, value) != value for digest, value in values.items()):
            return False
        self._values.update(values)
        return True

    @property
    def values(self) -> dict[str, str]:
        """Digest -> value, for everything minted so far. The live mapping: treat as read-only."""
        return self._values

    def __repr__(self) -> str:
        return f"<Minter of {len(self._values)} tokens>"


def _field(text: str) -> bytes:
    """Length-prefixed, so that no two field lists run together; lone surrogates survive."""
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw).to_bytes(8, "big") + raw
