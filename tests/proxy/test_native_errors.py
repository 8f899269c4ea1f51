"""What the vendors' own packages make of every refusal of ours, through a real proxy: their exception, once, with a status and no value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from botocore.exceptions import ClientError
from google.genai import errors

from dlp.errors import DetectorError, Overloaded
from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from dlp.types import Finding
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import LiveProxy, live_proxy
from tests.proxy.test_answer_scan import CLIENTS, http

LONG = "lorem ipsum " * 200


class _FaultyDetector(PlantedDetector):
    """Raises what it is told to: for requests, or for what only an answer says."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.at = ""

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        if self.error is not None and self.at in text:
            raise self.error
        return super().find(text, context=context)

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        return [self.find(text, context=context) for text, context in items]


@pytest.fixture(scope="module")
def detector() -> _FaultyDetector:
    return _FaultyDetector()


@pytest.fixture(scope="module")
def proxy(
    fake: FakeProviders, detector: _FaultyDetector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveProxy]:
    folder: Path = tmp_path_factory.mktemp("faulty")
    policy = folder / "policy.yaml"
    policy.write_text("version: 1\nname: company\nresponse: {scan: redact}\nlimits: {body_bytes: 4000}\n")
    with live_proxy(fake.port, fake.authority, folder, policy=str(policy), detector=detector) as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(fake: FakeProviders, detector: _FaultyDetector) -> None:
    fake.reset()
    detector.error, detector.at = None, ""


@pytest.fixture
def ask(proxy: LiveProxy, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def run(name: str, *, stream: bool) -> str:
        further = {"monkeypatch": monkeypatch} if name == "bedrock" else {}
        return CLIENTS[name][0](proxy, stream=stream, **further)

    return run


OURS: dict[str, type[Exception]] = {
    "chat": openai.InternalServerError,
    "responses": openai.InternalServerError,
    "claude": anthropic.InternalServerError,
    "gemini": errors.ServerError,
    "bedrock": ClientError,
}
"""What a fault of ours is to each package."""


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("name", OURS)
def test_a_fault_of_ours_raises_the_packages_own_error(
    name: str,
    stream: bool,  # noqa: FBT001
    fake: FakeProviders,
    detector: _FaultyDetector,
    ask: Callable[..., str],
) -> None:
    detector.error = DetectorError("the finder of names broke")
    with pytest.raises(OURS[name]):
        ask(name, stream=stream)
    assert not fake.received


@pytest.mark.parametrize("name", OURS)
def test_a_fault_in_the_middle_of_a_stream_ends_it_with_the_packages_own_error(
    name: str, fake: FakeProviders, detector: _FaultyDetector, ask: Callable[..., str]
) -> None:
    """Nothing of what was held back gets out, and nobody tries again: the answer was paid for."""
    detector.error, detector.at = ValueError("a secret the exception holds"), "WHERE IT BREAKS"
    fake.script = Script(text=LONG + "WHERE IT BREAKS " + LONG, delta_size=50)
    with pytest.raises(CLIENTS[name][2], match="could not be examined") as raised:
        ask(name, stream=True)
    assert "secret" not in str(raised.value)
    assert len(fake.received) == 1


@pytest.mark.parametrize("name", OURS)
def test_a_fault_in_a_whole_answer_withholds_it(
    name: str, fake: FakeProviders, detector: _FaultyDetector, ask: Callable[..., str]
) -> None:
    detector.error, detector.at = ValueError("x"), "WHERE IT BREAKS"
    fake.script = Script(text=LONG + "WHERE IT BREAKS " + LONG)
    with pytest.raises(OURS[name], match="could not be examined"):
        ask(name, stream=False)
    assert len(fake.received) == 1


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, {"messages": [{"role": "user", "content": LONG * 2}]}, 413),
        ({"content-encoding": "snappy"}, {"messages": [{"role": "user", "content": "x"}]}, 415),
    ],
    ids=["too large", "unreadable"],
)
def test_what_cannot_be_taken_is_refused_once(
    proxy: LiveProxy, fake: FakeProviders, headers: dict[str, str], body: dict[str, Any], status: int
) -> None:
    with openai.OpenAI(api_key="x", http_client=openai.DefaultHttpxClient(**http(proxy))) as gpt:
        with pytest.raises(openai.APIStatusError) as refused:
            gpt.chat.completions.create(model="m", messages=body["messages"], extra_headers=headers)
        assert refused.value.status_code == status
        assert refused.value.response.headers["x-should-retry"] == "false"
        assert refused.value.request_id
    with anthropic.Anthropic(api_key="x", http_client=anthropic.DefaultHttpxClient(**http(proxy))) as claude:
        with pytest.raises(anthropic.APIStatusError) as held:
            claude.messages.create(model="m", max_tokens=9, messages=body["messages"], extra_headers=headers)
        assert held.value.status_code == status
    assert not fake.received


def test_a_busy_proxy_says_when_to_come_back(proxy: LiveProxy, fake: FakeProviders, detector: _FaultyDetector) -> None:
    detector.error = Overloaded("too many requests are waiting to be examined")
    client = openai.OpenAI(api_key="x", max_retries=0, http_client=openai.DefaultHttpxClient(**http(proxy)))
    with client, pytest.raises(openai.InternalServerError) as refused:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hello there, all of you"}])
    assert refused.value.status_code == 503
    assert int(refused.value.response.headers["retry-after"]) > 0
    assert "x-should-retry" not in refused.value.response.headers
    assert not fake.received
