"""Mint what stands in for a value.

A token's digest is HMAC-SHA256 over scope, entity type and value: the same value gives the same token in every process that
holds the key, and nobody without the key can enumerate phone numbers until one fits (a plain hash allows that).
The value enters as it is written. Folding case or spacing would give two spellings one token, and an answer could then
be restored to the wrong one.

Numbered tokens are counted in the order in which values are met, which for a conversation that grows is the same in each of its turns. They
mean something within one request alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from dlp.masking.standins import stand_in
from dlp.tokens import (
    DIGEST_LENGTH,
    MAX_DIGEST_LENGTH,
    NUMBERED,
    STAND_IN,
    format_hashed,
    format_numbered,
    format_token,
    label_for,
)

_DIGEST_STEP = 4

type Minted = tuple[str, int, int]
"""The digest of a token, and where in a text its value begins and ends."""


class Minter:
    """Mints the stand-ins of one request and remembers what they stand for.

    Not thread-safe: one per request. `repr` shows no value.

    Args:
        key: Secret of at least 16 bytes.
        scope: The boundary inside which a value has one token, such as policy and caller.
    """

    def __init__(self, key: bytes, scope: str) -> None:
        if len(key) < 16:
            raise ValueError("token key is shorter than 16 bytes")
        self._mac = _keyed(key).copy()
        self._mac.update(_field(scope))
        self._values: dict[str, str] = {}
        self._forgotten: dict[str, str] = {}
        self._tokens: dict[tuple[str, bool, str, str], str] = {}
        self._numbers: Counter[str] = Counter()
        self._numbered: dict[tuple[str, str], str] = {}
        self.stands_in = False
        """Whether a number or a look-alike has been minted or taken over."""
        self._seen: list[str] = []
        self._folded: list[str] = []
        """As many of the texts that were read as somebody has asked about, folded once."""

    def token(self, entity_type: str, value: str, *, keep: bool = True) -> str:
        """The token for `value`; the same arguments give the same token.

        Two values of one request whose digests collide get digests of different length.

        Args:
            keep: Remember the value, so that it can be restored.
        """
        known = self._known("token", entity_type, value, keep=keep)
        if known is not None:
            return known
        full = self._digest(entity_type, value)
        length = DIGEST_LENGTH
        while length < MAX_DIGEST_LENGTH and not self._is_free(full[:length], value):
            length += _DIGEST_STEP
        digest = full[:length]
        token = format_token(label_for(entity_type), digest)
        return self._minted("token", entity_type, value, token, {digest: value}, keep=keep)

    def mint_again(self, text: str, kept: Sequence[Minted], unkept: Sequence[Minted]) -> bool:
        """Mint tokens that `token` has given before for values in `text`, in the same scope and without a collision.

        Args:
            kept: Those with `keep`.
            unkept: Those without.

        Returns:
            False if a digest stands for another value here: then not all of them are.
        """
        values = self._values
        if unkept or self._forgotten:
            both = (*kept, *unkept)
            if not all(self._is_free(digest, text[start:end]) for digest, start, end in both):
                return False
            self._forgotten.update((digest, text[start:end]) for digest, start, end in unkept)
        for digest, start, end in kept:
            value = text[start:end]
            if values.setdefault(digest, value) != value:
                return False
        return True

    def minted(self, entity_type: str, value: str, digest: str) -> bool:
        """Whether `digest` is of this value as one of this type: what a label says may have been changed."""
        return len(digest) >= DIGEST_LENGTH and self._digest(entity_type, value).startswith(digest)

    def numbered(self, entity_type: str, value: str, *, keep: bool = True) -> str:
        """A token with a number in place of a digest, `[PERSON_1]`."""
        known = self._known("numbered", entity_type, value, keep=keep)
        if known is not None:
            return known
        label = label_for(entity_type)
        token = self._numbered.get((label, value), "")
        while not token:
            self._numbers[label] += 1
            written = format_numbered(label, self._numbers[label])
            if self._is_free(STAND_IN + written, value) and not self._is_said(written):
                token = written
        return self._minted("numbered", entity_type, value, token, {STAND_IN + token: value}, keep=keep)

    def surrogate(self, entity_type: str, value: str, *, keep: bool = True) -> str:
        """A realistic stand-in where there is a safe one (`dlp.masking.standins`), else a token."""
        known = self._known("surrogate", entity_type, value, keep=keep)
        if known is not None:
            return known
        made = stand_in(
            entity_type,
            value,
            lambda text: int(self._digest("surrogate", text), 16),
            lambda text, part: self._is_free(STAND_IN + text, part) and not self._is_said(text),
        )
        if made is None:
            return self.token(entity_type, value, keep=keep)
        return self._minted(
            "surrogate", entity_type, value, made.text, {STAND_IN + text: part for text, part in made.parts}, keep=keep
        )

    def hashed(self, entity_type: str, value: str) -> str:
        """A mark that is never restored, `[EMAIL_HASH_9f86d081884c]`: alike for the same value in the same scope."""
        return format_hashed(entity_type, self._digest("hash " + entity_type, value))

    def read(self, text: str) -> None:
        """Take note of a text before anything in it is replaced: what somebody has said stands for nothing else from there on."""
        self._seen.append(text)

    def adopt(self, values: Mapping[str, str]) -> bool:
        """Take over tokens that an earlier request of the same scope minted; False, and none are, if a digest stands for another value."""
        if not all(self._is_free(key, value) for key, value in values.items()):
            return False
        self._values.update(values)
        for key, value in values.items():
            self.stands_in = self.stands_in or key.startswith(STAND_IN)
            if written := NUMBERED.fullmatch(key.removeprefix(STAND_IN)):
                self._numbered[written[1], value] = written[0]
        return True

    @property
    def values(self) -> dict[str, str]:
        """What may be restored: digest, or stand-in with its mark -> value, for everything minted so far. The live mapping: treat as read-only."""
        return self._values

    def __repr__(self) -> str:
        return f"<Minter of {len(self._values)} tokens>"

    def _known(self, form: str, entity_type: str, value: str, *, keep: bool) -> str | None:
        return self._tokens.get((form, keep, entity_type, value))

    def _minted(
        self, form: str, entity_type: str, value: str, text: str, values: Mapping[str, str], *, keep: bool
    ) -> str:
        (self._values if keep else self._forgotten).update(values)
        self.stands_in = self.stands_in or form != "token"
        self._tokens[form, keep, entity_type, value] = text
        return text

    def _is_free(self, key: str, value: str) -> bool:
        return self._values.get(key, value) == value and self._forgotten.get(key, value) == value

    def _is_said(self, text: str) -> bool:
        self._folded += [seen.casefold() for seen in self._seen[len(self._folded) :]]
        folded = text.casefold()
        return any(folded in seen for seen in self._folded)

    def _digest(self, kind: str, value: str) -> str:
        mac = self._mac.copy()
        mac.update(_field(kind) + _field(value))
        return mac.hexdigest()


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hmac.HMAC:
    """To be copied: that takes a fourth of what keying anew does, and each request has a minter."""
    return hmac.new(key, digestmod=hashlib.sha256)


def _field(text: str) -> bytes:
    """Length-prefixed, so that no two field lists run together; lone surrogates survive."""
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw).to_bytes(8, "big") + raw
