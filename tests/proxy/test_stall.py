"""While a prompt of half a megabyte is examined, other clients' requests and streams keep their pace."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from dlp.detect.detector import CoreDetector
from dlp.detect.workers import WorkerPool
from dlp.detect.workers.detector import PooledDetector
from dlp.fakes import FakeProviders, Script
from dlp.policy.load import load_policy
from dlp.policy.model import DetectSettings, NerSettings
from tests.harness import TIMEOUT_FACTOR
from tests.proxy.live import LiveProxy, live_proxy

MAIL = "anna.keller@nordwind-labs.org"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProviders]:
    with FakeProviders(script=Script(text="and so on " * 30)) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    pool = WorkerPool(1)
    detector = PooledDetector(DetectSettings(ner=NerSettings(pipeline="none")), pool)
    pool.start()
    while not pool.ready:
        time.sleep(0.01)
    with live_proxy(fake.port, fake.authority, tmp_path_factory.mktemp("stall"), detector=detector) as running:
        yield running
    pool.close()


class Client:
    """One keep-alive connection through the proxy."""

    def __init__(self, proxy: LiveProxy) -> None:
        trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
        self._connection = http.client.HTTPSConnection(
            "127.0.0.1", proxy.port, context=trust, timeout=120 * TIMEOUT_FACTOR
        )
        self._connection.set_tunnel("api.openai.com", 443)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def ask(self, text: str, *, stream: bool) -> tuple[int, bytes]:
        body = json.dumps({"model": "m", "stream": stream, "messages": [{"role": "user", "content": text}]})
        headers = {"content-type": "application/json", "authorization": "Bearer test"}
        self._connection.request("POST", "/v1/chat/completions", body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def prompt(characters: int) -> str:
    """Prose whose lines differ, so that no cache helps, with a value at its end."""
    lines = []
    while characters > 0:
        lines.append(f"In line {len(lines)} the report of the team says that all went as planned, as ever.\n")
        characters -= len(lines[-1])
    return "".join(lines) + f"Write to {MAIL}."


def test_streams_keep_their_pace_while_a_long_prompt_is_examined(proxy: LiveProxy, fake: FakeProviders) -> None:
    ended = threading.Event()

    def ask_much() -> tuple[int, float]:
        began = time.monotonic()
        try:
            with Client(proxy) as client:
                return client.ask(prompt(500_000), stream=False)[0], time.monotonic() - began
        finally:
            ended.set()

    taken: list[float] = []
    with Client(proxy) as short, ThreadPoolExecutor(1) as thread:
        assert short.ask(f"hello {MAIL}", stream=True)[0] == 200
        much = thread.submit(ask_much)
        while not ended.is_set():
            began = time.monotonic()
            status, answer = short.ask(f"hello number {len(taken)} {MAIL}", stream=True)
            taken.append(time.monotonic() - began)
            assert (status, answer.count(b"data: [DONE]")) == (200, 1)
        status, examined = much.result()
    assert status == 200
    assert not any(MAIL.encode() in request.body for request in fake.received)
    assert len(taken) > 5
    assert max(taken) < examined / 3, (max(taken), examined)
    stall = proxy.application.metrics.value("dlp_loop_stall_seconds")
    assert 0 < stall < examined / 5, (stall, examined)


RUNAWAY = r"""
version: 1
detect:
  ner: {pipeline: none}
  recognizers:
    - name: Bomb
      supported_entity: API_KEY
      patterns: [{name: b, regex: '(?:(\w)|(\w\w))+\d$', score: 0.9}]
"""
"""Its pattern takes twice as long with each further letter."""


def test_a_policys_runaway_pattern_refuses_its_request_and_holds_up_nobody(fake: FakeProviders, tmp_path: Path) -> None:
    """Without workers, where it runs in the proxy itself."""
    policy = tmp_path / "runaway.yaml"
    policy.write_text(RUNAWAY)
    detector = CoreDetector(load_policy(policy).detect)
    ended = threading.Event()

    def ask_for_trouble(proxy: LiveProxy) -> tuple[int, float]:
        began = time.monotonic()
        try:
            with Client(proxy) as client:
                return client.ask("b" * 60 + "!", stream=False)[0], time.monotonic() - began
        finally:
            ended.set()

    fake.recorder.clear()
    others = 0
    with live_proxy(fake.port, fake.authority, tmp_path, policy=str(policy), detector=detector) as proxy:
        with Client(proxy) as other, ThreadPoolExecutor(1) as thread:
            assert other.ask("hello", stream=True)[0] == 200
            trouble = thread.submit(ask_for_trouble, proxy)
            while not ended.is_set():
                assert other.ask(f"hello for the {others}. time", stream=True)[0] == 200
                others += 1
            status, taken = trouble.result()
        stall = proxy.application.metrics.value("dlp_loop_stall_seconds")
    assert status >= 400
    assert not any(b"bbbb" in request.body for request in fake.received)
    assert others > 1
    assert stall < taken / 2, (stall, taken)
