"""A vault over a store that is not trusted with anything: it sees keyed names, wrapped keys and ciphertext.

Each scope has a data key of its own. Erasing the wrapped key makes what it encrypted unreadable wherever copies lie (crypto-shredding);
a data key that was erased is never stored again. Names of scopes are keyed hashes; their readable names, which `erase` needs, are sealed.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, override

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlp.errors import VaultError
from dlp.vault.base import Vault, VaultStats
from dlp.vault.keys import KeyRing, new_data_key

_NONCE_BYTES = 12
_MAX_DATA_KEYS = 10_000
"""Data keys that are kept in memory."""
_ATTEMPTS = 4
_INDEX = "index"
"""The name under which the key of the keyed names is stored."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a store answers: the scope's wrapped key, sealed values and sealed texts; no key if it has none and wasn't to make one."""

    wrapped: bytes | None
    values: Mapping[str, bytes]
    texts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScopeKey:
    """A scope as a store is asked about it: its keyed name, and its key as whoever asks knows it."""

    scope: str
    wrapped: bytes = b""
    label: bytes = b""
    """The scope's sealed name, with a key that was made just now for a scope without one; empty for a key that the store has given."""

    @property
    def fresh(self) -> bool:
        """Whether the scope is to have this key, should it have none."""
        return bool(self.label)


class Store(Protocol):
    """Bytes by scope. Every method raises `VaultError` when the store is away, within a few seconds."""

    def swap(
        self,
        key: ScopeKey,
        values: Mapping[str, bytes],
        seconds: float,
        *,
        asked: Sequence[str] = (),
        lasting: float = 0.0,
    ) -> Sealed:
        """Store values under a scope's key, and return all it has; one round trip, all or nothing.

        A scope without a key gets a fresh one. If it has another key nothing is stored. A digest that is there stays as it is; beyond
        `base.MAX_VALUES` the oldest go. All of it is forgotten `seconds` after the last use. Texts that are `asked` for come along as from
        `texts`, and last `lasting` seconds from now.
        """
        ...

    def texts(self, key: ScopeKey, kept: Mapping[str, bytes], asked: Sequence[str], seconds: float) -> Sealed:
        """Store texts as `swap` does values, in place of those of the same name, and return those that are `asked` for.

        Each is forgotten `seconds` after it was last stored or asked for; beyond `base.MAX_TEXTS` those go that were not for the longest time. With
        nothing to store, what is asked for is returned whatever the scope's key.
        """
        ...

    def scopes(self) -> Iterator[tuple[str, bytes, bytes]]:
        """`(scope, wrapped, label)` of all there are."""
        ...

    def peek(self, scope: str, digests: Sequence[str]) -> Mapping[str, bytes]:
        """Those of a scope's values that are asked for. Nothing is kept alive by it."""
        ...

    def rewrap(self, scope: str, old: bytes, new: bytes) -> bool:
        """Replace a wrapped key, if it is `old` still."""
        ...

    def remove(self, scope: str) -> bool:
        """Remove a scope, its key first."""
        ...

    def index(self, proposed: bytes) -> bytes:
        """The wrapped key of the keyed names; `proposed` if there was none."""
        ...

    def reindex(self, old: bytes, new: bytes) -> bool:
        """As `rewrap`, for the key of the keyed names."""
        ...

    def stats(self) -> VaultStats: ...

    def close(self) -> None: ...


class SealedVault(Vault):
    """`Vault` over a `Store`. Reaches for the store on first use; `repr` shows no value."""

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store, self._ring = store, ring
        self._keys: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
        """Scope -> wrapped and plain data key, as last seen in the store."""
        self._lock = threading.Lock()
        self._index: bytes | None = None

    def __repr__(self) -> str:
        return f"<SealedVault over {type(self._store).__name__}>"

    @override
    def exchange(self, scope: str, values: Mapping[str, str], seconds: float) -> Mapping[str, str]:
        return self.exchange_and_find(scope, values, seconds, (), 0.0)[0]

    def exchange_and_find(
        self, scope: str, values: Mapping[str, str], seconds: float, names: Sequence[str], lasting: float
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """`exchange` and `find_texts` at once: the values, and the texts, which live `lasting` seconds longer.

        One round trip; two where the scope's key isn't known here yet and there is something new to be stored under it. Raises `VaultError`.
        """
        name = self._name(scope)

        def swap(key: ScopeKey, data_key: bytes) -> Sealed:
            sealed = {digest: _seal(data_key, name + digest, value) for digest, value in values.items()}
            return self._store.swap(key, sealed, seconds, asked=names, lasting=lasting)

        data_key, found = self._with_key(name, scope, swap, lambda found: values.keys() <= found.values.keys())
        return (
            {digest: _open(data_key, name + digest, value) for digest, value in found.values.items()},
            {each: _open(data_key, _text_place(name, each), text) for each, text in found.texts.items()},
        )

    def keep_texts(self, scope: str, texts: Mapping[str, str], seconds: float) -> None:
        """Store texts under names of hex digits, for this long after their last use. One round trip. Raises `VaultError`."""
        name = self._name(scope)

        def keep(key: ScopeKey, data_key: bytes) -> Sealed:
            sealed = {each: _seal(data_key, _text_place(name, each), text) for each, text in texts.items()}
            return self._store.texts(key, sealed, (), seconds)

        self._with_key(name, scope, keep, lambda _: False)

    def find_texts(self, scope: str, names: Sequence[str], seconds: float) -> Mapping[str, str]:
        """Those of the texts that there are; they live this much longer. One round trip. Raises `VaultError`."""
        name = self._name(scope)
        found = self._store.texts(ScopeKey(name), {}, names, seconds)
        if found.wrapped is None:
            return {}
        known = self._key(name)
        if known is None or known[0] != found.wrapped:
            known = (found.wrapped, self._ring.unwrap(found.wrapped, _purpose(name)))
            self._keep(name, *known)
        return {each: _open(known[1], _text_place(name, each), text) for each, text in found.texts.items()}

    def _with_key(
        self,
        name: str,
        scope: str,
        ask: Callable[[ScopeKey, bytes], Sealed],
        is_enough: Callable[[Sealed], bool],
    ) -> tuple[bytes, Sealed]:
        """Ask the store with the scope's data key, which it may have changed; the key in force, and what it answered.

        Args:
            ask: Called with the key as the store knows it, and the data key that it wraps.
            is_enough: Whether an answer will do although nothing was stored, since the scope has another key.
        """
        for _ in range(_ATTEMPTS):
            key, data_key = self._known_or_new(name, scope)
            found = ask(key, data_key)
            if found.wrapped is None:  # erased meanwhile: a key that was given up is not brought back
                self._forget(name)
                continue
            stored = found.wrapped == key.wrapped
            if not stored:
                data_key = self._ring.unwrap(found.wrapped, _purpose(name))
            self._keep(name, found.wrapped, data_key)
            if stored or is_enough(found):
                return data_key, found
        raise VaultError("the vault's keys change all the time")

    def _known_or_new(self, name: str, scope: str) -> tuple[ScopeKey, bytes]:
        if (known := self._key(name)) is not None:
            wrapped, data_key = known
            return ScopeKey(name, wrapped), data_key
        data_key = new_data_key()
        return ScopeKey(name, self._ring.wrap(data_key, _purpose(name)), _seal(data_key, name, scope)), data_key

    @override
    def erase(self, chosen: Callable[[str], bool]) -> int:
        gone = 0
        for name, wrapped, label in list(self._store.scopes()):
            if chosen(_open(self._ring.unwrap(wrapped, _purpose(name)), name, label)):
                gone += self._store.remove(name)
                self._forget(name)
        return gone

    def find(self, digests: Sequence[str], chosen: Callable[[str], bool]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Each `chosen` scope that has some of these digests, with their values; for people, as it looks through all scopes.

        Changes nothing, and keeps nothing alive. Raises `VaultError`.
        """
        for name, wrapped, label in list(self._store.scopes()):
            data_key = self._ring.unwrap(wrapped, _purpose(name))
            scope = _open(data_key, name, label)
            if chosen(scope) and (found := self._store.peek(name, digests)):
                yield scope, {digest: _open(data_key, name + digest, value) for digest, value in found.items()}

    def rotate(self) -> int:
        """Wrap every data key with the key in force; returns how many were not. The values stay as they are."""
        changed = 0
        for name, wrapped, _ in list(self._store.scopes()):
            if not self._ring.is_current(wrapped):
                new = self._ring.wrap(self._ring.unwrap(wrapped, _purpose(name)), _purpose(name))
                changed += self._store.rewrap(name, wrapped, new)
        self._name("")
        stored = self._store.index(b"")
        if not self._ring.is_current(stored):
            new = self._ring.wrap(self._ring.unwrap(stored, _purpose(_INDEX)), _purpose(_INDEX))
            self._store.reindex(stored, new)
        with self._lock:
            self._keys.clear()
        return changed

    @override
    def stats(self) -> VaultStats:
        return self._store.stats()

    @override
    def close(self) -> None:
        self._store.close()

    def _name(self, scope: str) -> str:
        """The keyed name of a scope; the key lies wrapped in the store, so that all who share it agree."""
        if self._index is None:
            stored = self._store.index(self._ring.wrap(new_data_key(), _purpose(_INDEX)))
            self._index = self._ring.unwrap(stored, _purpose(_INDEX))
        return hashlib.blake2b(scope.encode("utf-8", "surrogatepass"), key=self._index, digest_size=16).hexdigest()

    def _key(self, name: str) -> tuple[bytes, bytes] | None:
        with self._lock:
            return self._keys.get(name)

    def _keep(self, name: str, wrapped: bytes, data_key: bytes) -> None:
        with self._lock:
            self._keys[name] = (wrapped, data_key)
            self._keys.move_to_end(name)
            while len(self._keys) > _MAX_DATA_KEYS:
                self._keys.popitem(last=False)

    def _forget(self, name: str) -> None:
        with self._lock:
            self._keys.pop(name, None)


def _purpose(name: str) -> bytes:
    return b"dlp vault key " + name.encode("ascii")


def _text_place(name: str, text: str) -> str:
    """Where a text lies; not where a value may."""
    return f"{name} text {text}"


def _seal(key: bytes, place: str, value: str) -> bytes:
    """A value encrypted for one place, so that a store can't move it to another."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value.encode("utf-8", "surrogatepass"), place.encode("ascii"))


def _open(key: bytes, place: str, sealed: bytes) -> str:
    try:
        plain = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode("ascii"))
        return plain.decode("utf-8", "surrogatepass")
    except (InvalidTag, ValueError):
        raise VaultError("a value of the vault was tampered with, or its data key was") from None
