"""The keys that wrap the vault's data keys: the first in force, the others still good for what was wrapped with them."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlp.errors import ConfigurationError, VaultError
from dlp.masking.keys import KEY_BYTES, create_key_file, decode_key, read_key_file, state_folder

ENV_KEYS = "DLP_VAULT_KEY"
"""Hex or base64; several with commas between them, the one in force first."""
ENV_KEY_FILE = "DLP_VAULT_KEY_FILE"
KEY_NAME = "vault.key"
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
        """`DLP_VAULT_KEY` wins over `DLP_VAULT_KEY_FILE`, which wins over `vault.key` in the state folder, made with mode 0600 when missing.

        A file has a key on each line, the one in force first.

        Raises:
            ConfigurationError: Unreadable, too short, or open to other users.
        """
        if text := os.environ.get(ENV_KEYS):
            return cls(tuple(decode_key(part, f"${ENV_KEYS}") for part in text.split(",")))
        if named := os.environ.get(ENV_KEY_FILE):
            path = Path(named)
        else:
            path = (folder or state_folder()) / KEY_NAME
            if not path.exists():
                create_key_file(path, "vault key", f"set {ENV_KEYS}")
        lines = [line for line in read_key_file(path, "vault key").splitlines() if line.strip()]
        if not lines:
            raise ConfigurationError(f"the vault key {path} is empty")
        return cls(tuple(decode_key(line, str(path)) for line in lines))

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
