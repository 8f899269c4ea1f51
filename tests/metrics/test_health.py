"""Ready means that requests can be examined; alive means that the event loop turns."""

from __future__ import annotations

import asyncio
import threading

from dlp.metrics.health import Health


def test_parts_are_missing_until_they_report() -> None:
    health = Health("models", "policy")
    assert health.problems() == ["models: is loading", "policy: is loading"]
    health.ready("models")
    health.failed("policy", "line 3")
    assert health.problems() == ["policy: line 3"]
    health.ready("policy")
    assert health.problems() == []
    health.failed("vault", "is away")
    assert health.problems() == ["vault: is away"]


async def test_a_loop_that_turns_is_alive() -> None:
    health = Health()
    health.watch_loop(asyncio.get_running_loop())
    assert await asyncio.to_thread(health.alive)


async def test_a_loop_that_hangs_is_not() -> None:
    """Asked by another thread while the loop is kept busy by this one."""
    health, answers = Health(), list[bool]()
    health.watch_loop(asyncio.get_running_loop())
    asked = threading.Thread(target=lambda: answers.append(health.alive(0.05)))
    asked.start()
    asked.join()
    assert answers == [False]


def test_a_closed_loop_is_not_alive() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    health = Health()
    health.watch_loop(loop)
    assert not health.alive()
