"""The keys that wrap the vault's data keys: the first in force, the others still good for what was wrapped with them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlp.errors import VaultError
from dlp.keyfiles import KEY_BYTES, KeySource

VAULT_KEY = KeySource("vault")
_ID_BYTES = 4
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """One key in force, and older ones. `repr` shows none."""

    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self.keys)} keys>"

    @classmethod
    def load(cls, folder: Path | None = None) -> KeyRing:
        """From where the vault's key lies (`dlp.keyfiles`): the environment, a file, systemd, the state folder.

        Raises:
            ConfigurationError: Unreadable, weak, or open to other users.
        """
        return cls(VAULT_KEY.load(folder))

    def wrap(self, data_key: bytes, purpose: bytes) -> bytes:
        """`data_key` encrypted under the key in force: id of that key, nonce, ciphertext."""
        key = _aes_key(self.keys[0])
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _id_of(self.keys[0]) + nonce + AESGCM(key).encrypt(nonce, data_key, purpose)

    def unwrap(self, wrapped: bytes, purpose: bytes) -> bytes:
        """The data key. Raises `VaultError` when none of the keys is the one."""
        for key in self.keys:
            if wrapped[:_ID_BYTES] == _id_of(key):
                nonce = wrapped[_ID_BYTES : _ID_BYTES + _NONCE_BYTES]
                try:
                    return AESGCM(_aes_key(key)).decrypt(nonce, wrapped[_ID_BYTES + _NONCE_BYTES :], purpose)
                except (InvalidTag, ValueError):
                    break
        raise VaultError("the vault was sealed with another key: two proxies with different vault keys, or a lost key")

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the key in force wrapped it."""
        return wrapped[:_ID_BYTES] == _id_of(self.keys[0])


def new_data_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _aes_key(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=32, person=b"dlp vault wrap").digest()


def _id_of(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=_ID_BYTES, person=b"dlp vault id").digest()
