"""Requests to providers that are under way, from their headers to the end of their answers: what a proxy that stops has to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class UnderWay:
    """Requests by the id of their flow. For one event loop."""

    def __init__(self) -> None:
        self._ends: dict[str, list[Callable[[], None]]] = {}
        self._idle: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._ends)

    def begin(self, flow_id: str) -> None:
        """Note a request."""
        self._ends.setdefault(flow_id, [])

    def at_end(self, flow_id: str, do: Callable[[], None]) -> None:
        """Have something done when a request has ended, however it ends: now, if it already has."""
        if flow_id in self._ends:
            self._ends[flow_id].append(do)
        else:
            do()

    def end(self, flow_id: str) -> None:
        """The answer has gone out whole, or never will. Doing so twice does nothing."""
        for do in self._ends.pop(flow_id, ()):
            do()
        if not self._ends and self._idle is not None:
            self._idle.set()

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
