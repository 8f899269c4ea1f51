"""Whether this proxy can do its work, as an orchestrator asks: alive, and ready for traffic."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

PULSE_SECONDS = 5.0
"""Longest time that the event loop may take to answer. It never waits for detection; stalls of this length are a fault."""


class Health:
    """State of one proxy; safe from several threads. It starts out as not ready.

    Parts that are waited for (`models`, `policy`) are given to the constructor, and report by `ready` and `failed`.
    """

    def __init__(self, *parts: str) -> None:
        self._lock = threading.Lock()
        self._missing: dict[str, str] = dict.fromkeys(parts, "is loading")
        self._loop: asyncio.AbstractEventLoop | None = None

    def ready(self, part: str) -> None:
        """The part works."""
        with self._lock:
            self._missing.pop(part, None)

    def failed(self, part: str, reason: str) -> None:
        """The part doesn't work, from now on and until it is `ready`. The reason is shown: it must hold no value."""
        with self._lock:
            self._missing[part] = reason

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count as alive only while this loop runs callbacks."""
        self._loop = loop

    def problems(self) -> list[str]:
        """What is missing before requests can be examined, `models: is loading`; empty when all is there."""
        with self._lock:
            return [f"{part}: {reason}" for part, reason in sorted(self._missing.items())]

    def alive(self, patience: float = PULSE_SECONDS) -> bool:
        """Whether the event loop answers within `patience` seconds. Blocks that long at most; never call it on the loop."""
        if self._loop is None:
            return True
        answered = threading.Event()
        return _asked(self._loop, answered.set) and answered.wait(patience)


def _asked(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> bool:
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:  # the loop is closed
        return False
    return True
