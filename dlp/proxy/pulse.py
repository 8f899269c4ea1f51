"""How long the event loop was held up: every client's bytes wait while it is."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

BEAT_SECONDS = 0.01
WINDOW_SECONDS = 60
"""The longest stall is told for about so long, so that a scrape once a minute sees each."""


class Pulse:
    """Beats on an event loop and measures how late each beat comes.

    A stall of `s` seconds makes a beat late by `s` less the part of `BEAT_SECONDS` that was still to go: what is measured is never
    more than the stall, and less by at most that. Waiting for the interpreter lock counts, as it should.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._worst: deque[tuple[int, float]] = deque(maxlen=WINDOW_SECONDS)
        """Second -> longest stall that ended in it, for seconds that had one."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to beat on the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._beat(), name="dlp-pulse")

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def longest(self) -> float:
        """Seconds of the longest stall in the last `WINDOW_SECONDS`. From any thread."""
        since = int(self._now()) - WINDOW_SECONDS
        return max((late for second, late in tuple(self._worst) if second >= since), default=0.0)

    async def _beat(self) -> None:
        while True:
            due = self._now() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            self.note(self._now() - due)

    def note(self, late: float) -> None:
        """A beat came so many seconds late."""
        second = int(self._now())
        if not self._worst or self._worst[-1][0] != second:
            self._worst.append((second, late))
        elif late > self._worst[-1][1]:
            self._worst[-1] = (second, late)
