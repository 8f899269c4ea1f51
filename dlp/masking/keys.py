"""The token key: what tokens are minted with, and callers' fingerprints. Where it lies: `dlp.keyfiles`."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from dlp.keyfiles import KeySource

TOKEN_KEY = KeySource("token")


def load_or_create_key(folder: Path | None = None) -> bytes:
    """The key in force; others beside it are not used, since a value has one token at a time. Raises `ConfigurationError`."""
    return TOKEN_KEY.load(folder)[0]


def fingerprint(key: bytes, credential: str) -> str:
    """What stands for a provider's API key: 16 hex digits that tell callers apart and can't be turned back without the token key."""
    mac = _fingerprinting(key).copy()
    mac.update(credential.encode("utf-8", "surrogatepass"))
    return mac.hexdigest()[:16]


@lru_cache(maxsize=16)
def _fingerprinting(key: bytes) -> hmac.HMAC:
    """To be copied: each request is asked for its caller."""
    own = hmac.new(key, b"caller fingerprint", hashlib.sha256).digest()
    return hmac.new(own, digestmod=hashlib.sha256)
