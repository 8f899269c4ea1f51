"""When limits are counted alone, and what is said of it."""

from __future__ import annotations

import logging

import pytest

from dlp.limits.fallback import Fallback


def test_it_says_when_counting_alone_begins_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="dlp")
    fallback = Fallback("proxy", (OSError,))
    away = [True]

    def shared() -> str:
        if away[0]:
            raise ConnectionRefusedError
        return "shared"

    asked = lambda: fallback.ask(shared, lambda _: "alone")  # noqa: E731
    assert [asked(), asked()] == ["alone", "alone"]
    away[0] = False
    assert [asked(), asked()] == ["shared", "shared"]
    assert [record.getMessage() for record in caplog.records] == [
        "limits are counted by this proxy alone: ConnectionRefusedError",
        "limits are counted together with others again",
    ]
