"""A proxy that is told to stop lets answers come to their end, and takes nothing new."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from dlp.proxy.underway import UnderWay
from tests.harness import ProxyProcess

BODY = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "I am anna.keller@nordwind-labs.org"}]}


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


def client(proxy: ProxyProcess) -> httpx.Client:
    environment = proxy.client_environment()
    return httpx.Client(
        proxy=environment["HTTPS_PROXY"],
        verify=ssl.create_default_context(cafile=environment["SSL_CERT_FILE"]),
        trust_env=False,
        timeout=60,
    )


def is_listening(proxy: ProxyProcess) -> bool:
    try:
        socket.create_connection(("127.0.0.1", proxy.port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_stream_is_not_cut(fake: FakeProviders, tmp_path: Path) -> None:
    fake.script = Script(hold_after=3)
    with ProxyProcess(fake, tmp_path) as proxy, client(proxy) as http:
        with http.stream("POST", "https://api.openai.com/v1/chat/completions", json=BODY) as answer:
            lines = answer.iter_lines()
            next(lines)
            os.kill(proxy.pid, signal.SIGTERM)
            while is_listening(proxy):
                time.sleep(0.02)
            fake.release()
            rest = list(lines)
        assert "data: [DONE]" in rest
        assert proxy.wait() == 0


def test_the_second_time_it_stops_at_once(fake: FakeProviders, tmp_path: Path) -> None:
    fake.script = Script(hold_after=3)
    with ProxyProcess(fake, tmp_path) as proxy, client(proxy) as http:
        with http.stream("POST", "https://api.openai.com/v1/chat/completions", json=BODY) as answer:
            lines = answer.iter_lines()  # kept: without it the client would hang up
            next(lines)
            os.kill(proxy.pid, signal.SIGTERM)
            while is_listening(proxy):
                time.sleep(0.02)
            os.kill(proxy.pid, signal.SIGTERM)
            assert proxy.wait() == 0, proxy.output()[-3000:]
        fake.release()


async def test_waiting_has_an_end() -> None:
    under_way, ended = UnderWay(), []
    assert await under_way.idle(0)
    under_way.begin("a")
    under_way.at_end("a", lambda: ended.append("a"))
    under_way.begin("b")
    under_way.at_end("a", lambda: ended.append("again"))
    assert not await under_way.idle(0.01)
    waiting = asyncio.create_task(under_way.idle(20))
    await asyncio.sleep(0)
    under_way.end("a")
    under_way.end("a")
    assert ended == ["a", "again"]
    assert len(under_way) == 1
    under_way.end("b")
    assert await waiting


def test_what_is_to_be_done_at_the_end_of_a_request_that_has_ended_is_done() -> None:
    """As when a client hangs up while its limits are asked for: its place must not stay taken."""
    under_way, ended = UnderWay(), []
    under_way.begin("a")
    under_way.end("a")
    under_way.at_end("a", lambda: ended.append("a"))
    assert ended == ["a"]
    assert not under_way
