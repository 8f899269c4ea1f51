"""The longest stall of the event loop is measured, and forgotten after a while."""

from __future__ import annotations

import asyncio
import time

import pytest

from dlp.proxy.pulse import BEAT_SECONDS, REST_SECONDS, WINDOW_SECONDS, Pulse


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


async def test_a_loop_with_nothing_under_way_rests_until_a_request_wakes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def wait(pulse: Pulse, seconds: float) -> None:
        waits.append(seconds)
        pulse._next = asyncio.get_running_loop().call_later(60, pulse._beat)

    monkeypatch.setattr(Pulse, "_wait", wait)
    busy = True
    pulse = Pulse(lambda: busy)
    pulse.start()
    for _ in range(200):
        pulse._beat()
    assert set(waits) == {BEAT_SECONDS}
    busy = False
    for _ in range(101):
        pulse._beat()
    assert waits[-3:] == [BEAT_SECONDS, REST_SECONDS, REST_SECONDS]
    pulse.wake()
    pulse.wake()
    assert waits[-2:] == [REST_SECONDS, BEAT_SECONDS]
    pulse._beat()
    assert waits[-1] == BEAT_SECONDS
    pulse.stop()
    told = len(waits)
    pulse.wake()
    assert len(waits) == told


def test_the_longest_of_the_last_minute_is_told() -> None:
    now = 1000.0
    pulse = Pulse(now=lambda: now)
    for now, late in ((1000.0, 0.1), (1000.5, 0.7), (1000.6, 0.2), (1030.0, 0.3)):  # noqa: B007 - read by the clock
        pulse.note(late)
    assert pulse.longest() == 0.7
    now = 1001.0 + WINDOW_SECONDS
    assert pulse.longest() == 0.3
    now = 1031.0 + WINDOW_SECONDS
    assert pulse.longest() == 0
