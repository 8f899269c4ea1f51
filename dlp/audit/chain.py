"""What makes an audit log evidence: each line names its number and the hash of the line before it, and seals sign the whole.

    {"time":…,"policy":"default","seq":7,"prev":"<SHA-256 of line 6, without its newline>"}

A changed, removed, added or moved line breaks the chain at the line after it. Who can write the file could compute the chain
anew from there on; so from time to time a *seal* signs number and hash of the last line (Ed25519) into a file beside the log,
`PATH.seals`. The chain goes on over restarts and rotated files, and several processes share one. What the last seal covers can't be
changed unnoticed by anybody without the key; lines after it, and the removal of log and seals together, show only to who knows
a later number: metrics export it as `dlp_audit_sequence`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dlp.keyfiles import KeySource

type PublicKey = Ed25519PublicKey

AUDIT_KEY = KeySource("audit")
_LINK = re.compile(rb',?"seq":([0-9]{1,18}),"prev":"([0-9a-f]{64})"\}\Z')
_PURPOSE = b"llm-egress-dlp audit seal v1\n"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the number of its last record, and the hash of its last line."""

    seq: int = 0
    hash: str = "0" * 64


def hash_of(line: bytes) -> str:
    """SHA-256 of a line without its newline, in hex."""
    return hashlib.sha256(line.removesuffix(b"\n")).hexdigest()


def link(line: bytes, head: Head) -> tuple[bytes, Head]:
    """The line of one JSON object with its place in the chain, and the new end."""
    seq = head.seq + 1
    body = line.removesuffix(b"\n")[:-1]
    comma = b"" if body == b"{" else b","
    linked = body + comma + f'"seq":{seq},"prev":"{head.hash}"}}\n'.encode()
    return linked, Head(seq, hash_of(linked))


def place_of(line: bytes) -> Head | None:
    """The number of a line, and the hash that it says the line before it has; None if it is in no chain."""
    found = _LINK.search(line.removesuffix(b"\n"))
    return Head(int(found[1]), found[2].decode()) if found else None


def head_of_tail(tail: bytes) -> Head:
    """The end of a chain of which `tail` is the last part, beginning anywhere.

    The last line may be torn (a process died while it wrote): it has no number, but is hashed like the others.
    """
    lines = tail.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if not lines:
        return Head()
    numbered = next((place for line in reversed(lines) if (place := place_of(line))), None)
    return Head(numbered.seq if numbered else 0, hash_of(lines[-1]))


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature over the end of a chain at a moment."""

    time: str
    seq: int
    hash: str
    key: str
    """Id of the signing key, `key_id`."""
    signature: str

    def to_line(self) -> bytes:
        fields = {"time": self.time, "seq": self.seq, "hash": self.hash, "key": self.key, "signature": self.signature}
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Seal | None:
        """None if the line is no seal."""
        try:
            fields = json.loads(line)
            seq = fields["seq"]
            words = [fields[name] for name in ("time", "hash", "key", "signature")]
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if not isinstance(seq, int) or not all(isinstance(word, str) for word in words):
            return None
        return cls(words[0], seq, *words[1:])

    def holds(self, key: Ed25519PublicKey) -> bool:
        """Whether this key signed it."""
        try:
            key.verify(bytes.fromhex(self.signature), _signed(self.time, Head(self.seq, self.hash)))
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """Signs ends of chains. `repr` shows no key."""

    def __init__(self, key: bytes) -> None:
        """`key`: one of ours, of any length; the signing key is derived from it."""
        self._key = _private(key)
        self.key_id = key_id(self._key.public_key())

    def seal(self, head: Head, time: str) -> Seal:
        return Seal(time, head.seq, head.hash, self.key_id, self._key.sign(_signed(time, head)).hex())


def public_key(key: bytes) -> Ed25519PublicKey:
    """What verifies the seals made with one of our keys."""
    return _private(key).public_key()


def parse_public_key(text: str) -> PublicKey:
    """A public key from 64 hex digits. Raises `ValueError`."""
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def key_id(key: Ed25519PublicKey) -> str:
    """A short name for a key, from its public half."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _private(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.blake2b(key, digest_size=32, person=b"dlp audit seal").digest())


def _signed(time: str, head: Head) -> bytes:
    return _PURPOSE + f"{time}\n{head.seq}\n{head.hash}".encode("utf-8", "surrogatepass")
