"""Where a request is examined, and where an answer is remembered: at once what takes less than a thread would, all else beside."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

import dlp.proxy.streams
from dlp.detect.base import Found
from dlp.detect.workers.detector import INLINE_CHARACTERS
from dlp.fakes import FakeProviders, Script
from dlp.proxy.streams import SMALL_BYTES
from dlp.types import Finding
from tests.engine.test_at_once import RememberingDetector
from tests.proxy.live import TIMEOUT, Exchange, LiveProxy, live_proxy, post, status_of


class Watched(RememberingDetector):
    """Notes in which threads it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[str] = []

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        self.threads.append(threading.current_thread().name)
        return super().find_many(items)

    def find_new(self, items: Sequence[tuple[str, str]], most: float) -> Found | None:
        found = super().find_new(items, most)
        if found is not None:
            self.threads.append(threading.current_thread().name)
        return found


def chat(*texts: str) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": text} for text in texts]}).encode()


def send(proxy: LiveProxy, body: bytes, **headers: str) -> None:
    request = post(body, **headers)
    assert (
        status_of(Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com").send(request).answer())
        == 200
    )


def test_what_is_new_has_a_thread_and_what_is_known_none(fake: FakeProviders, tmp_path: Path) -> None:
    detector = Watched()
    with live_proxy(fake.port, fake.authority, tmp_path, detector=detector) as proxy:
        loop = proxy.call(lambda: threading.current_thread().name)
        new = "a word " * INLINE_CHARACTERS
        bodies = [chat(new), chat(new), chat(new, "and then?"), chat(new, new * 2), chat(new * 10)]
        for body in bodies:
            send(proxy, body)
        send(proxy, gzip.compress(chat("a word")), content_encoding="gzip")
        assert [name == loop for name in detector.threads] == [False, True, True, False, False, False]


@pytest.mark.parametrize("size", [100, SMALL_BYTES])
def test_short_answers_are_remembered_at_once(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes on with the conversation finds them, wherever they were recorded."""
    submitted: list[object] = []
    submit = dlp.proxy.streams._scribe.submit
    monkeypatch.setattr("dlp.proxy.streams._scribe.submit", lambda *args: submitted.append(args) or submit(*args))
    with (
        FakeProviders(script=Script(text="x" * size)) as fake,
        live_proxy(fake.port, fake.authority, tmp_path, detector=Watched()) as proxy,
    ):
        send(proxy, chat("hello"))
        proxy.settle()
        submit(int).result(TIMEOUT)  # it has one thread, which takes one after the other
        assert len(submitted) == (1 if size >= SMALL_BYTES else 0)
        assert len(proxy.application.engine.echoes) > 0
