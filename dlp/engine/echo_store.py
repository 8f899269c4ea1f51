"""The echo memory's part of a store that several proxies share: a conversation may go on at another of them.

What is stored of a text is where its tokens stood and how they were spelt, under a keyed hash of the text; no text and no value. The store
seals it with the data key of its scope. Proxies write after an answer has ended, and ask for what a request's history holds that they don't know,
all at once. What nobody knows isn't asked for again for a while; a store that is away is left alone for some seconds.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from dlp.errors import VaultError

SECONDS = 24 * 3600.0
"""How long a text is remembered after it was last stored or found."""
MAX_ASKED = 10_000
"""Texts of one request that the store is asked for; what is beyond is examined like any other."""
PAUSE_SECONDS = 5.0
"""How long a store that failed isn't asked."""
ABSENT_SECONDS = 60.0
"""How long a text that nobody knew isn't asked for: conversations hold what no model has said, in every turn."""
_MAX_ABSENT = 50_000
_MAX_ENTRY = 64 * 1024
"""Characters of one text's entry; those of more tokens stay with the proxy that saw the answer."""
_MAX_ESCAPES = 9
_UNREADABLE = "the store of the echo memory holds what this version can't read"


type Finder = Callable[[str, Sequence[str], float], Mapping[str, str]]
"""As `TextStore.find_texts`."""


class TextStore(Protocol):
    """Strings by scope and name. `dlp.vault.sealed.SealedVault` is one."""

    def keep_texts(self, scope: str, texts: Mapping[str, str], seconds: float) -> None:
        """Store them, one round trip. Raises `VaultError`."""
        ...

    def find_texts(self, scope: str, names: Sequence[str], seconds: float) -> Mapping[str, str]:
        """Those that there are, one round trip; they live so much longer. Raises `VaultError`."""
        ...


class Stand(NamedTuple):
    """A token where the client was given a value: a span of the restored text, in code points."""

    start: int
    end: int
    token: str
    """As the model spelt it."""
    digest: str
    escaped: int | None
    """How often the value is escaped for JSON there; None if it is spelt otherwise and can't be read back."""


type Stands = tuple[Stand, ...]


class EchoStore:
    """What an `EchoMemory` asks a shared store. Safe from several threads; `repr` shows nothing of what is there.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, store: TextStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._absent: OrderedDict[bytes, float] = OrderedDict()
        self._paused_until = float("-inf")
        self._lock = threading.Lock()
        self.found = 0
        self.missed = 0

    def __repr__(self) -> str:
        return f"<EchoStore over {self._store!r}>"

    def keep(self, scope: str, texts: Mapping[bytes, Stands]) -> None:
        """Store texts under their names.

        Raises:
            VaultError: The store is away; another proxy will have to detect anew.
        """
        entries = {name.hex(): entry for name, stands in texts.items() if len(entry := _written(stands)) <= _MAX_ENTRY}
        if entries:
            self._ask(lambda: self._store.keep_texts(_vault_scope(scope), entries, SECONDS))

    def find(
        self, scope: str, names: Sequence[bytes], *, again: bool = False, finder: Finder | None = None
    ) -> Mapping[bytes, Stands] | None:
        """Those of these texts that a proxy has stored; None if none is worth asking for.

        Args:
            again: Ask for what was absent, too.
            finder: Asks in place of `TextStore.find_texts`.

        Raises:
            VaultError: The store is away.
        """
        wanted = self._worth_asking(names, again=again)
        if not wanted:
            return None
        ask = finder or self._store.find_texts
        found = self._ask(lambda: ask(_vault_scope(scope), [name.hex() for name in wanted], SECONDS))
        known = {bytes.fromhex(name): _read(entry) for name, entry in found.items()}
        with self._lock:
            until = self._clock() + ABSENT_SECONDS
            for name in wanted:
                self._absent.pop(name, None)
                if name not in known:
                    self._absent[name] = until
            while len(self._absent) > _MAX_ABSENT:
                self._absent.popitem(last=False)
            self.found += len(known)
            self.missed += len(wanted) - len(known)
        return known

    def _worth_asking(self, names: Sequence[bytes], *, again: bool) -> list[bytes]:
        with self._lock:
            now = self._clock()
            while self._absent and next(iter(self._absent.values())) <= now:
                self._absent.popitem(last=False)
            return [name for name in dict.fromkeys(names) if again or name not in self._absent][:MAX_ASKED]

    def _ask[R](self, question: Callable[[], R]) -> R:
        if self._clock() < self._paused_until:
            raise VaultError("the store of the echo memory was away a moment ago")
        try:
            return question()
        except VaultError:
            self._paused_until = self._clock() + PAUSE_SECONDS
            raise


def _vault_scope(scope: str) -> str:
    """The vault's scope to which an `echo_scope` belongs: what is erased together."""
    return scope.rpartition("\0")[0]


def _written(stands: Stands) -> str:
    return json.dumps(stands, ensure_ascii=True, separators=(",", ":"))


def _read(entry: str) -> Stands:
    """Raises `VaultError` for what no proxy of this version has written."""
    try:
        stands = tuple(Stand(*part) for part in json.loads(entry))
    except (ValueError, TypeError, RecursionError):
        raise VaultError(_UNREADABLE) from None
    at = 0
    for stand in stands:
        numbers = (stand.start, stand.end, stand.escaped or 0)
        words = (stand.token, stand.digest)
        if not all(isinstance(each, int) for each in numbers) or not all(isinstance(each, str) for each in words):
            raise VaultError(_UNREADABLE)
        if not at <= stand.start <= stand.end or not 0 <= numbers[2] <= _MAX_ESCAPES:
            raise VaultError(_UNREADABLE)
        at = stand.end
    return stands
