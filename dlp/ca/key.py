"""The private key of the CA at rest: as it is, or under a passphrase (PKCS #8, PBES2 with AES-256).

A passphrase keeps the key from whoever gets the file alone: a backup, a copied folder, a stolen disk. Whoever can read the proxy's memory has it
all the same. It comes from the first of these that there is:

    $DLP_CA_PASSPHRASE_FILE                 a file, its first line
    $CREDENTIALS_DIRECTORY/ca.passphrase    a credential of systemd
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from dlp.errors import ConfigurationError
from dlp.keyfiles import ENV_CREDENTIALS, read_secret

ENV_PASSPHRASE_FILE = "DLP_CA_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
CREDENTIAL = "ca.passphrase"
MIN_CHARACTERS = 12
"""Of a new passphrase: the key may be tried offline, twenty thousand rounds of PBKDF2 a guess."""


def configured_passphrase() -> bytes | None:
    """The passphrase that this process was given; None if none was.

    Raises:
        ConfigurationError: Its file can't be read, is empty, or is open to other users.
    """
    if named := os.environ.get(ENV_PASSPHRASE_FILE):
        return read_passphrase(Path(named))
    given = os.environ.get(ENV_CREDENTIALS)
    if given and (path := Path(given) / CREDENTIAL).exists():
        return read_passphrase(path)
    return None


def read_passphrase(path: Path) -> bytes:
    """The first line of a file. Raises `ConfigurationError`."""
    return read_secret(path, "passphrase of the CA key").encode()


def private_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> bytes:
    """A key as PEM, under a passphrase if there is one.

    Raises:
        ConfigurationError: The passphrase is too short.
    """
    if passphrase is not None and len(passphrase.decode("utf-8", "replace")) < MIN_CHARACTERS:
        raise ConfigurationError(f"the passphrase of the CA key is too short; take {MIN_CHARACTERS} characters or more")
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption() if passphrase is None else serialization.BestAvailableEncryption(passphrase),
    )


def is_encrypted(raw: bytes) -> bool:
    """Whether the PEM holds a key under a passphrase, in PKCS #8 or in OpenSSL's older form."""
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in raw or b"Proc-Type: 4,ENCRYPTED" in raw


def open_key(raw: bytes, passphrase: bytes | None) -> PrivateKeyTypes | None:
    """The private key of a PEM; None if it is under a passphrase and none is given.

    Raises:
        ConfigurationError: The passphrase is another.
        ValueError: There is no whole key.
    """
    encrypted = is_encrypted(raw)
    if encrypted and passphrase is None:
        return None
    try:
        return serialization.load_pem_private_key(raw, passphrase if encrypted else None)
    except UnsupportedAlgorithm as error:
        raise ValueError("no key of a known kind") from error
    except (ValueError, TypeError):
        if encrypted:
            raise ConfigurationError("the CA key has another passphrase, or is damaged") from None
        raise ValueError("no whole key") from None
