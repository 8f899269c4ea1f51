"""A vault in this process, gone with it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import override

from dlp.vault.base import MAX_VALUES, Vault, VaultStats

MAX_TOTAL = 500_000
"""Values of all scopes together; the scope that was unused longest goes first."""


class MemoryVault(Vault):
    """Values in plain, as they are in the requests that this process handles anyway.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, *, max_total: int = MAX_TOTAL, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_total, self._clock = max_total, clock
        self._scopes: OrderedDict[str, tuple[float, dict[str, str]]] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<MemoryVault of {self._total} values>"

    @override
    def exchange(self, scope: str, values: Mapping[str, str], seconds: float) -> Mapping[str, str]:
        now = self._clock()
        with self._lock:
            until, kept = self._scopes.get(scope, (now, {}))
            if until < now:
                self._drop(scope)
                kept = {}
            before = len(kept)
            for digest, value in values.items():
                kept.setdefault(digest, value)
            while len(kept) > MAX_VALUES:
                del kept[next(iter(kept))]
            if kept:
                self._scopes[scope] = (now + seconds, kept)
                self._scopes.move_to_end(scope)
                self._total += len(kept) - before
            while self._total > self._max_total or (self._scopes and next(iter(self._scopes.values()))[0] < now):
                self._drop(next(iter(self._scopes)))
            return dict(kept)

    @override
    def erase(self, chosen: Callable[[str], bool]) -> int:
        with self._lock:
            gone = [scope for scope in self._scopes if chosen(scope)]
            for scope in gone:
                self._drop(scope)
        return len(gone)

    @override
    def stats(self) -> VaultStats:
        return VaultStats(len(self._scopes), self._total)

    @override
    def close(self) -> None:
        """Nothing to be done."""

    def _drop(self, scope: str) -> None:
        found = self._scopes.pop(scope, None)
        if found is not None:
            self._total -= len(found[1])
