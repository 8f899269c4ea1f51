"""The limits of a policy, asked before a request is examined: a caller over its limit gets a 429 and costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dlp.errors import OverLimit
from dlp.limits.base import NO_LIMIT, Holder, Limiter
from dlp.limits.memory import MemoryLimiter
from dlp.policy.model import Policy


def holders_of(policy: Policy, caller: str, address: str) -> list[Holder]:
    """Whose limits a request counts against.

    Args:
        caller: As `identify` names it.
        address: Of the client.
    """
    limits = policy.limits
    named = (
        (f"caller:{policy.name}\0{caller}", limits.caller),
        (f"address:{policy.name}\0{address}", limits.address),
        (f"policy:{policy.name}", limits.policy),
    )
    return [Holder(name, rate, group=policy.name) for name, rate in named if rate != NO_LIMIT]


async def admit(
    limiter: Limiter, holders: list[Holder], lease: str, at_end: Callable[[Callable[[], None]], None]
) -> None:
    """Let a request in, and have it noted when it has ended.

    Args:
        lease: The request's own name.
        at_end: Takes what is to be called then.

    Raises:
        OverLimit: It comes too early.
    """
    if not holders:
        return
    excess = await _run(limiter, lambda: limiter.admit(holders, lease))
    if excess is not None:
        raise OverLimit(excess.holder.partition(":")[0], excess.what, excess.seconds)
    at_end(lambda: _later(limiter, lambda: limiter.release(holders, lease)))


async def charge(limiter: Limiter, holders: list[Holder], characters: int) -> None:
    """Count what was examined."""
    if holders and characters:
        await _run(limiter, lambda: limiter.charge(holders, characters))


async def _run[R](limiter: Limiter, ask: Callable[[], R]) -> R:
    """On the event loop where that takes microseconds, else in a thread."""
    return ask() if isinstance(limiter, MemoryLimiter) else await asyncio.to_thread(ask)


def _later(limiter: Limiter, tell: Callable[[], None]) -> None:
    if isinstance(limiter, MemoryLimiter):
        tell()
    else:
        asyncio.get_running_loop().run_in_executor(None, tell)
