"""Limits of one process."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import override

from dlp.limits.base import LEASE_SECONDS, Excess, Holder, Limiter

MAX_HOLDERS = 100_000
"""Holders that are remembered; of those beyond, the one that was idle longest starts with full buckets again."""


class _State:
    __slots__ = ("at", "characters", "leases", "requests")

    def __init__(self, holder: Holder, now: float) -> None:
        self.requests = holder.rate.requests_per_minute or 0.0
        self.characters = holder.rate.characters_per_minute or 0.0
        self.at = now
        self.leases: dict[str, float] = {}

    def refill(self, holder: Holder, now: float) -> None:
        minutes = max(0.0, now - self.at) / 60
        self.at = now
        if (most := holder.rate.requests_per_minute) is not None:
            self.requests = min(most, self.requests + minutes * most)
        if (most := holder.rate.characters_per_minute) is not None:
            self.characters = min(most, self.characters + minutes * most)
        if self.leases and next(iter(self.leases.values())) < now:
            self.leases = {lease: until for lease, until in self.leases.items() if until >= now}

    def excess(self, holder: Holder) -> Excess | None:
        rate = holder.rate
        if rate.concurrent is not None and len(self.leases) >= rate.concurrent:
            return Excess(holder.name, "concurrent requests", 1)
        if (most := rate.requests_per_minute) is not None and self.requests < 1:
            return Excess(holder.name, "requests", max(1, math.ceil((1 - self.requests) * 60 / most)))
        if (most := rate.characters_per_minute) is not None and self.characters <= 0:
            return Excess(holder.name, "characters", max(1, math.ceil(-self.characters * 60 / most)))
        return None


class MemoryLimiter(Limiter):
    """Buckets in this process.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, max_holders: int = MAX_HOLDERS) -> None:
        self._clock, self._max_holders = clock, max_holders
        self._states: OrderedDict[str, _State] = OrderedDict()
        self._lock = threading.Lock()

    @override
    def admit(self, holders: Sequence[Holder], lease: str) -> Excess | None:
        now = self._clock()
        with self._lock:
            states = [self._state(holder, now) for holder in holders]
            for holder, state in zip(holders, states, strict=True):
                if (excess := state.excess(holder)) is not None:
                    return excess
            for holder, state in zip(holders, states, strict=True):
                state.requests -= 1
                if holder.rate.concurrent is not None:
                    state.leases[lease] = now + LEASE_SECONDS
        return None

    @override
    def charge(self, holders: Sequence[Holder], characters: int) -> None:
        now = self._clock()
        with self._lock:
            for holder in holders:
                self._state(holder, now).characters -= characters

    @override
    def release(self, holders: Sequence[Holder], lease: str) -> None:
        with self._lock:
            for holder in holders:
                if (state := self._states.get(holder.name)) is not None:
                    state.leases.pop(lease, None)

    def _state(self, holder: Holder, now: float) -> _State:
        state = self._states.get(holder.name)
        if state is None:
            state = self._states[holder.name] = _State(holder, now)
            while len(self._states) > self._max_holders:
                self._states.popitem(last=False)
        self._states.move_to_end(holder.name)
        state.refill(holder, now)
        return state
