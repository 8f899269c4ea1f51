"""Requests that are to be examined where nobody may wait: little of them may be new."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dlp.detect.base import Found
from dlp.detect.cache import FindingsCache
from dlp.engine.body import Body
from dlp.engine.case import NotAtOnce, Request
from dlp.engine.opening import open_body
from dlp.engine.request import Engine
from dlp.policy.model import Fault, Policy
from dlp.providers.format import WireFormat
from dlp.providers.formats import openai
from dlp.types import Finding, Verdict
from tests.engine.conversations import KEY, PlantedDetector

PLANTED = "V123456 in the wayQ"


class RememberingDetector(PlantedDetector):
    def __init__(self) -> None:
        self.cache = FindingsCache("test")
        self.asked = 0

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        self.asked += 1
        return self.cache.find_many(items, super().find_many)

    def find_new(self, items: Sequence[tuple[str, str]], most: float) -> Found | None:
        found = self.cache.find_new(items, super().find_many, most)
        self.asked += found is not None
        return found


def request(*texts: str, at_once: float = 20) -> Request:
    body = json.dumps({"messages": [{"role": "user", "content": text} for text in texts]}).encode()
    return Request("POST", "/", body, "application/json", at_once=at_once)


def test_what_is_short_or_known_is_examined_at_once() -> None:
    detector = RememberingDetector()
    engine = Engine(Policy(name="test"), detector, KEY)
    asked = request(f"{PLANTED} " * 10)
    with pytest.raises(NotAtOnce):
        engine.examine(asked, openai.CHAT, "scope")
    assert detector.asked == 0
    elsewhere = engine.examine(replace(asked, at_once=float("inf")), openai.CHAT, "scope")
    assert engine.examine(asked, openai.CHAT, "scope").body == elsewhere.body
    assert PLANTED.encode() not in elsewhere.body
    assert engine.examine(request(f"{PLANTED} " * 10, "and this?"), openai.CHAT, "scope").verdict is Verdict.REWRITE
    with pytest.raises(NotAtOnce):
        engine.examine(request(f"{PLANTED} " * 10, "and this, which is longer"), openai.CHAT, "scope")


def test_what_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it goes on where it stopped, with the same outcome as from the beginning; only if nothing was decided by then."""
    read: list[bytes] = []

    def reading(raw: bytes, content_type: str, wire_format: WireFormat) -> Body:
        read.append(raw)
        return open_body(raw, content_type, wire_format)

    monkeypatch.setattr("dlp.engine.request.open_body", reading)
    engine = Engine(Policy(name="test"), RememberingDetector(), KEY)
    asked = request(PLANTED, "and more than that")
    with pytest.raises(NotAtOnce) as stopped:
        engine.examine(asked, openai.CHAT, "scope")
    elsewhere = replace(asked, at_once=float("inf"))
    went_on = engine.examine(elsewhere, openai.CHAT, "scope", case=stopped.value.case)
    assert read == [asked.body]
    assert went_on == Engine(Policy(name="test"), RememberingDetector(), KEY).examine(elsewhere, openai.CHAT, "scope")
    assert PLANTED.encode() not in went_on.body


def test_what_is_half_decided_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlp.engine.request.BATCH_TEXTS", 1)
    engine = Engine(Policy(name="test"), RememberingDetector(), KEY)
    with pytest.raises(NotAtOnce) as stopped:
        engine.examine(request(PLANTED, "and more than that"), openai.CHAT, "scope")
    assert stopped.value.case is None


def test_repeated_texts_count_once_and_all_texts_together() -> None:
    engine = Engine(Policy(name="test"), RememberingDetector(), KEY)
    twice = Engine(Policy(name="test"), RememberingDetector(), KEY)
    assert engine.examine(request("fifteen letters", "fifteen letters"), openai.CHAT, "scope")
    with pytest.raises(NotAtOnce):
        twice.examine(request("fifteen letters", "letters fifteen"), openai.CHAT, "scope")


def test_of_a_detector_that_remembers_nothing_all_is_new() -> None:
    engine = Engine(Policy(name="test"), PlantedDetector(), KEY)
    for _ in range(2):
        with pytest.raises(NotAtOnce):
            engine.examine(request("one and twenty letters"), openai.CHAT, "scope")


def test_no_policy_lets_it_through() -> None:
    """It is no fault that `on_error: allow` could be about."""
    lenient = Policy(name="test", on_error=Fault.ALLOW, on_unscannable=Fault.ALLOW)
    with pytest.raises(NotAtOnce):
        Engine(lenient, PlantedDetector(), KEY).examine(request(PLANTED, at_once=0), openai.CHAT, "scope")
