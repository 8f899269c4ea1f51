"""How long the event loop was held up: every client's bytes wait while it is."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

BEAT_SECONDS = 0.01
REST_SECONDS = 0.1
"""Between two beats where nothing has been under way for a second: a hundred wake-ups a second are 2 % of a core."""
_BEATS_UNTIL_REST = 100
WINDOW_SECONDS = 60
"""The longest stall is told for about so long, so that a scrape once a minute sees each."""


class Pulse:
    """Beats on an event loop and measures how late each beat comes.

    A stall of `s` seconds makes a beat late by `s` less the part of `BEAT_SECONDS` that was still to go: what is measured is never
    more than the stall, and less by at most that; or, in a loop at rest that nobody has woken, by `REST_SECONDS`. Waiting for the interpreter
    lock counts, as it should.

    Args:
        busy: Whether anything is under way; without it there is no rest.
        now: The clock, in seconds.
    """

    def __init__(self, busy: Callable[[], object] = lambda: True, now: Callable[[], float] = time.monotonic) -> None:
        self._busy, self._now = busy, now
        self._worst: deque[tuple[int, float]] = deque(maxlen=WINDOW_SECONDS)
        """Second -> longest stall that ended in it, for seconds that had one."""
        self._next: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._quiet = 0
        """Beats since anything was under way."""

    def start(self) -> None:
        """Begin to beat on the running loop."""
        self.stop()
        self._quiet = 0
        self._wait(BEAT_SECONDS)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def wake(self) -> None:
        """Something begins, on the loop."""
        if self._next is not None and self._quiet >= _BEATS_UNTIL_REST:
            self.start()

    def _wait(self, seconds: float) -> None:
        self._due = self._now() + seconds
        self._next = asyncio.get_running_loop().call_later(seconds, self._beat)

    def _beat(self) -> None:
        self.note(self._now() - self._due)
        self._quiet = 0 if self._busy() else self._quiet + 1
        self._wait(BEAT_SECONDS if self._quiet < _BEATS_UNTIL_REST else REST_SECONDS)

    def longest(self) -> float:
        """Seconds of the longest stall in the last `WINDOW_SECONDS`. From any thread."""
        since = int(self._now()) - WINDOW_SECONDS
        return max((late for second, late in tuple(self._worst) if second >= since), default=0.0)

    def note(self, late: float) -> None:
        """A beat came so many seconds late."""
        second = int(self._now())
        if not self._worst or self._worst[-1][0] != second:
            self._worst.append((second, late))
        elif late > self._worst[-1][1]:
            self._worst[-1] = (second, late)
