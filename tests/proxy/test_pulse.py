"""The longest stall of the event loop is measured, and forgotten after a while."""

from __future__ import annotations

import asyncio
import time

from dlp.proxy.pulse import BEAT_SECONDS, WINDOW_SECONDS, Pulse


async def test_a_stall_is_measured() -> None:
    pulse = Pulse()
    pulse.start()
    await asyncio.sleep(0)
    assert pulse.longest() == 0
    began = time.monotonic()
    time.sleep(0.2)  # noqa: ASYNC251 - this is the stall
    took = time.monotonic() - began
    await asyncio.sleep(BEAT_SECONDS * 2)
    assert took - 2 * BEAT_SECONDS <= pulse.longest()
    pulse.stop()


def test_the_longest_of_the_last_minute_is_told() -> None:
    now = 1000.0
    pulse = Pulse(lambda: now)
    for now, late in ((1000.0, 0.1), (1000.5, 0.7), (1000.6, 0.2), (1030.0, 0.3)):  # noqa: B007 - read by the clock
        pulse.note(late)
    assert pulse.longest() == 0.7
    now = 1001.0 + WINDOW_SECONDS
    assert pulse.longest() == 0.3
    now = 1031.0 + WINDOW_SECONDS
    assert pulse.longest() == 0
