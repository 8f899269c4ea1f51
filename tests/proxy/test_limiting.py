"""Limits of a policy as the vendors' packages see them: their own 429 with the time to wait, and nobody else slowed down."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors, types

from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from tests.engine.conversations import PlantedDetector
from tests.harness import wait_for
from tests.proxy.live import LiveProxy, live_proxy
from tests.redis_server import RedisServer

MESSAGES: list[Any] = [{"role": "user", "content": "Hello there"}]
POLICY = """
version: 1
name: company
entities: {DEFAULT: mask}
limits:
  caller: {requests_per_minute: 2, concurrent: 1}
  address: {requests_per_minute: 1000, characters_per_minute: 100000}
  policy: {requests_per_minute: 1000}
"""


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


def limited(fake: FakeProviders, folder: Path, text: str = POLICY, **settings: Any) -> Any:
    folder.mkdir(exist_ok=True)
    (folder / "policy.yaml").write_text(text)
    policy = str(folder / "policy.yaml")
    return live_proxy(fake.port, fake.authority, folder, policy=policy, detector=PlantedDetector(), **settings)


@pytest.fixture
def proxy(fake: FakeProviders, tmp_path: Path) -> Iterator[LiveProxy]:
    with limited(fake, tmp_path) as running:
        yield running


def http(proxy: LiveProxy) -> dict[str, Any]:
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    return {"proxy": f"http://127.0.0.1:{proxy.port}", "verify": trust, "trust_env": False}


def gpt(proxy: LiveProxy, key: str) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, http_client=openai.DefaultHttpxClient(**http(proxy)), max_retries=0)


def test_a_caller_over_its_limit_is_told_when_to_come_again(proxy: LiveProxy, fake: FakeProviders) -> None:
    with gpt(proxy, "sk-anna") as anna, gpt(proxy, "sk-bert") as bert:
        for _ in range(2):
            anna.chat.completions.create(model="m", messages=MESSAGES)
        before = len(fake.received)
        with pytest.raises(openai.RateLimitError, match="too many requests for this caller") as refused:
            anna.chat.completions.create(model="m", messages=MESSAGES)
        assert 0 < int(refused.value.response.headers["retry-after"]) <= 30
        assert refused.value.code == "dlp_rate_limited"
        assert len(fake.received) == before
        bert.chat.completions.create(model="m", messages=MESSAGES)
    with anthropic.Anthropic(
        api_key="sk-ant", max_retries=0, http_client=anthropic.DefaultHttpxClient(**http(proxy))
    ) as claude:
        asked: Any = {"model": "m", "max_tokens": 9, "messages": MESSAGES}
        for _ in range(2):
            claude.messages.create(**asked)
        with pytest.raises(anthropic.RateLimitError):
            claude.messages.create(**asked)
    gemini = genai.Client(api_key="x", http_options=types.HttpOptions(client_args=http(proxy)))
    try:
        for _ in range(2):
            gemini.models.generate_content(model="m", contents="Hello")
        with pytest.raises(errors.ClientError) as over:
            gemini.models.generate_content(model="m", contents="Hello")
        assert over.value.code == 429
    finally:
        gemini.close()


def test_what_runs_at_once(proxy: LiveProxy, fake: FakeProviders) -> None:
    """A stream counts until its end, and so does one that the client gives up."""
    fake.script = Script(hold_after=2)
    with gpt(proxy, "sk-carl") as client:
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        next(iter(stream))
        with pytest.raises(openai.RateLimitError, match="concurrent requests"):
            client.chat.completions.create(model="m", messages=MESSAGES)
        stream.close()
        fake.release()
        fake.script = Script()
        wait_for(lambda: not proxy.call(len, proxy.addon.under_way))
        client.chat.completions.create(model="m", messages=MESSAGES)


def test_characters_are_counted(fake: FakeProviders, tmp_path: Path) -> None:
    text = "version: 1\nname: x\nlimits: {policy: {characters_per_minute: 1000}}\n"
    with limited(fake, tmp_path, text) as proxy, gpt(proxy, "sk-x") as client, gpt(proxy, "sk-y") as other:
        long: Any = [{"role": "user", "content": "word " * 1000}]
        client.chat.completions.create(model="m", messages=long)
        with pytest.raises(openai.RateLimitError, match="too many characters for this policy"):
            other.chat.completions.create(model="m", messages=MESSAGES)


def test_several_proxies_count_together(fake: FakeProviders, tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server:
        shared: dict[str, Any] = {"vault": server.url, "state": tmp_path / "keys"}
        with limited(fake, tmp_path / "a", **shared) as one, gpt(one, "sk-anna") as client:
            client.chat.completions.create(model="m", messages=MESSAGES)
        with limited(fake, tmp_path / "b", **shared) as other, gpt(other, "sk-anna") as client:
            client.chat.completions.create(model="m", messages=MESSAGES)
            with pytest.raises(openai.RateLimitError):
                client.chat.completions.create(model="m", messages=MESSAGES)
            server.stop()  # each for itself then, and no request lost
            client.chat.completions.create(model="m", messages=MESSAGES)
