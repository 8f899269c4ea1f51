"""Requests to providers that are under way, from their headers to the end of their answers: what a proxy that stops has to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class UnderWay:
    """Requests by the id of their flow. For one event loop."""

    def __init__(self) -> None:
        self._ends: dict[str, Callable[[], None]] = {}
        self._idle: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._ends)

    def begin(self, flow_id: str, at_end: Callable[[], None] | None = None) -> None:
        """Note a request, and what is to be done when it has ended, however it ends."""
        before = self._ends.get(flow_id)

        def both() -> None:
            for each in (before, at_end):
                if each is not None:
                    each()

        self._ends[flow_id] = both

    def end(self, flow_id: str) -> None:
        """The answer has gone out whole, or never will. Doing so twice does nothing."""
        ended = self._ends.pop(flow_id, None)
        if not self._ends and self._idle is not None:
            self._idle.set()
        if ended is not None:
            ended()

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is under way; False if something still is after `seconds`."""
        if not self._ends:
            return True
        self._idle = asyncio.Event()
        try:
            await asyncio.wait_for(self._idle.wait(), seconds)
        except TimeoutError:
            return False
        return True
