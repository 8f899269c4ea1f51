"""Findings of texts seen before. Chat clients send the whole conversation again on every turn; only what is new costs.

The key is a hash of what the findings depend on: the detector's version, the context words and the text, behind a secret that is
random per process, so nobody can craft two texts that share an entry, and an entry tells nothing about its text: it holds spans and types,
never a character of what was examined. SHA-256, since processors have it built in: all of a conversation is hashed with each of its turns, and
BLAKE2b takes up to twice as long.
"""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from dlp.detect.base import Found
from dlp.detect.packed import PackedFindings, Packer
from dlp.types import Finding
from dlp.wire.stretches import encoded

if TYPE_CHECKING:
    from _hashlib import HASH

DEFAULT_BYTES = 8 * 2**20
"""Upper bound of what the entries of one cache hold: some 40,000 texts."""
ENTRY_BYTES = 160
"""Measured cost of an entry without findings: digest, what holds them, links of the ordered dictionary."""
MOST_KINDS = 50_000
"""Of findings, apart from where they are and their scores, before everything is forgotten: they are kept for as long as a cache is."""
NAME_BYTES = 16
"""Of an entry's name."""


class FindingsCache:
    """A bounded map from texts to findings; the least recently used entries go first. Safe from several threads."""

    def __init__(self, version: str, limit: int = DEFAULT_BYTES) -> None:
        """`version` changes whenever the same text could give other findings; `limit` is in bytes, 0 switches it off."""
        self._keyed = sha256(secrets.token_bytes(32) + sha256(version.encode()).digest())  # 64 bytes, one block
        self._limit = limit
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()
        """Name -> packed findings."""
        self._packer = Packer()
        self._size = 0
        self._lock = Lock()
        self.hits = 0
        self.misses = 0

    def key(self, text: str, context: str) -> bytes:
        """The entry's name. Lone surrogates are allowed; length-prefixed, so that parts can't be shifted."""
        return self.keys([(text, context)])[0]

    def keys(self, items: Iterable[tuple[str, str]]) -> list[bytes]:
        """`key` of each text with its context. Most texts of a request have the same context, which is hashed once."""
        begun: dict[str, HASH] = {}
        names = []
        for text, context in items:
            digest = begun.get(context)
            if digest is None:
                head = context.encode("utf-8", "surrogatepass")
                digest = begun[context] = self._keyed.copy()
                digest.update(len(head).to_bytes(4, "big") + head)
            digest = digest.copy()
            for piece in encoded(text):
                digest.update(piece)
            names.append(digest.digest()[:NAME_BYTES])
        return names

    def find_many(
        self,
        items: Sequence[tuple[str, str]],
        examine: Callable[[Sequence[tuple[str, str]]], list[tuple[Finding, ...]]],
    ) -> list[tuple[Finding, ...]]:
        """Findings for texts with their contexts, in order; `examine` is asked about those that aren't known, each once."""
        found = self.find_new(items, examine, math.inf)
        assert found is not None  # noqa: S101 - nothing is more than that
        return [tuple(findings) for findings in found.findings]

    def find_new(
        self,
        items: Sequence[tuple[str, str]],
        examine: Callable[[Sequence[tuple[str, str]]], list[tuple[Finding, ...]]],
        most: float,
    ) -> Found | None:
        """`find_many`; None, and nothing has counted as a look-up, if `examine` had to be asked about more than `most` code points."""
        keys = self.keys(items)
        with self._lock:
            known = {key: self._known(key) for key in keys}
            new = {key: item for key, item in zip(keys, items, strict=True) if known[key] is None}
            size = sum(len(text) for text, _ in new.values())
            if size > most:
                return None
            for key, findings in known.items():
                if findings is not None:
                    self._entries.move_to_end(key)
            self.misses += len(new)
            self.hits += len(known) - len(new)
        if new:
            for key, examined in zip(new, examine(list(new.values())), strict=True):
                known[key] = self.put(key, examined)
        return Found([findings for key in keys if (findings := known[key]) is not None], keys, size)

    def get(self, key: bytes) -> PackedFindings | None:
        """The findings, None when the text isn't known."""
        with self._lock:
            found = self._known(key)
            if found is None:
                self.misses += 1
                return None
            self._entries.move_to_end(key)
            self.hits += 1
            return found

    def put(self, key: bytes, findings: Iterable[Finding]) -> PackedFindings:
        """Remember, unless it alone exceeds the limit; the findings as they are remembered."""
        with self._lock:
            found = self._packer.pack(findings)
            if _cost(found.packed) > self._limit:
                return found
            if len(self._packer) > MOST_KINDS:
                self._entries.clear()
                self._size, self._packer = 0, Packer()
                return found
            known = self._entries.pop(key, None)
            if known is not None:
                self._size -= _cost(known)
            self._entries[key] = found.packed
            self._size += _cost(found.packed)
            while self._size > self._limit:
                _, oldest = self._entries.popitem(last=False)
                self._size -= _cost(oldest)
            return found

    def _known(self, key: bytes) -> PackedFindings | None:
        packed = self._entries.get(key)
        return None if packed is None else self._packer.known(packed)

    @property
    def size(self) -> int:
        """Estimated bytes in use."""
        return self._size

    def __len__(self) -> int:
        return len(self._entries)


def _cost(packed: bytes) -> int:
    return ENTRY_BYTES + len(packed)
