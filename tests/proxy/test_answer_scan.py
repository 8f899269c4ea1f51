"""`response.scan` as the vendors' own packages see it: values taken out, or the package's own exception, plain and streamed."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import anthropic
import boto3
import openai
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from google import genai
from google.genai import errors, types

from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from dlp.types import Finding
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import TIMEOUT, LiveProxy, live_proxy

OWN = "V000001-anna@nordwind.orgQ"
FOREIGN = "V000003-eve@elsewhere.orgQ"
PROMPT = f"I am {OWN}"
ANSWER = "lorem ipsum " * 60 + f"{{said}}, but {FOREIGN} said no. " + "dolor sit " * 60


def proxied(fake: FakeProviders, folder: Path, scan: str, detector: PlantedDetector | None = None) -> Any:
    folder.mkdir(exist_ok=True)
    policy = folder / "policy.yaml"
    policy.write_text(f"version: 1\nname: company\nentities: {{DEFAULT: mask}}\nresponse: {{scan: {scan}}}\n")
    audit = str(folder / "audit.jsonl")
    return live_proxy(
        fake.port, fake.authority, folder, policy=str(policy), audit=audit, detector=detector or PlantedDetector()
    )


@pytest.fixture(scope="module")
def redacting(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    with proxied(fake, tmp_path_factory.mktemp("redact"), "redact") as running:
        yield running


@pytest.fixture(scope="module")
def blocking(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    with proxied(fake, tmp_path_factory.mktemp("block"), "block") as running:
        yield running


def http(proxy: LiveProxy) -> dict[str, Any]:
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    return {"proxy": f"http://127.0.0.1:{proxy.port}", "verify": trust, "trust_env": False}


def chat(proxy: LiveProxy, *, stream: bool) -> str:
    with openai.OpenAI(api_key="x", http_client=openai.DefaultHttpxClient(**http(proxy))) as client:
        messages: Any = [{"role": "user", "content": PROMPT}]
        if not stream:
            return client.chat.completions.create(model="m", messages=messages).choices[0].message.content or ""
        with client.chat.completions.create(model="m", messages=messages, stream=True) as chunks:
            return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def responses(proxy: LiveProxy, *, stream: bool) -> str:
    with openai.OpenAI(api_key="x", http_client=openai.DefaultHttpxClient(**http(proxy))) as client:
        if not stream:
            return client.responses.create(model="m", input=PROMPT).output_text
        with client.responses.stream(model="m", input=PROMPT) as events:
            deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
            assert events.get_final_response().output_text == deltas
            return deltas


def claude(proxy: LiveProxy, *, stream: bool) -> str:
    with anthropic.Anthropic(api_key="x", http_client=anthropic.DefaultHttpxClient(**http(proxy))) as client:
        asked: Any = {"model": "m", "max_tokens": 99, "messages": [{"role": "user", "content": PROMPT}]}
        if not stream:
            return str(client.messages.create(**asked).content[0].text)  # type: ignore[union-attr]
        with client.messages.stream(**asked) as events:
            return events.get_final_text()


def gemini(proxy: LiveProxy, *, stream: bool) -> str:
    client = genai.Client(api_key="x", http_options=types.HttpOptions(client_args=http(proxy)))
    try:
        if not stream:
            return client.models.generate_content(model="m", contents=PROMPT).text or ""
        chunks = client.models.generate_content_stream(model="m", contents=PROMPT)
        return "".join(chunk.text or "" for chunk in chunks)
    finally:
        client.close()


def bedrock(proxy: LiveProxy, *, stream: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key-none")
    address = f"http://127.0.0.1:{proxy.port}"
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        verify=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"),
        config=Config(proxies={"https": address}, retries={"total_max_attempts": 1}),
    )
    messages: Any = [{"role": "user", "content": [{"text": PROMPT}]}]
    with contextlib.closing(client):
        if not stream:
            said = client.converse(modelId="m", messages=messages)["output"]["message"]["content"]
            return "".join(block.get("text", "") for block in said)
        with contextlib.closing(client.converse_stream(modelId="m", messages=messages)["stream"]) as events:
            deltas = [event.get("contentBlockDelta", {}).get("delta", {}) for event in events]
        return "".join(delta.get("text", "") for delta in deltas)


CLIENTS: dict[str, tuple[Callable[..., str], type[Exception], type[Exception]]] = {
    "chat": (chat, openai.BadRequestError, openai.APIError),
    "responses": (responses, openai.BadRequestError, openai.APIError),
    "claude": (claude, anthropic.BadRequestError, anthropic.APIStatusError),
    "gemini": (gemini, errors.ClientError, errors.APIError),
    "bedrock": (bedrock, ClientError, EventStreamError),
}


@pytest.fixture
def ask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def run(name: str, proxy: LiveProxy, *, stream: bool) -> str:
        further = {"monkeypatch": monkeypatch} if name == "bedrock" else {}
        return CLIENTS[name][0](proxy, stream=stream, **further)

    return run


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("name", CLIENTS)
def test_foreign_values_are_taken_out_and_ones_own_stay(
    name: str,
    stream: bool,  # noqa: FBT001
    redacting: LiveProxy,
    fake: FakeProviders,
    ask: Callable[..., str],
) -> None:
    fake.reset()
    fake.script = Script(text=ANSWER, delta_size=3)
    assert ask(name, redacting, stream=stream) == ANSWER.replace("{said}", PROMPT).replace(FOREIGN, "[US_SSN_REDACTED]")
    redacting.settle()
    line = json.loads((redacting.folder / "audit.jsonl").read_text().splitlines()[-1])
    assert line["note"] == "taken out of the answer"
    assert line["entities"]["US_SSN"] >= 1


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_blocked_answer_raises_the_packages_own_error(
    name: str,
    stream: bool,  # noqa: FBT001
    blocking: LiveProxy,
    fake: FakeProviders,
    ask: Callable[..., str],
) -> None:
    fake.reset()
    fake.script = Script(text=ANSWER, delta_size=3)
    with pytest.raises(CLIENTS[name][2 if stream else 1], match="US_SSN") as raised:
        ask(name, blocking, stream=stream)
    assert "eve" not in str(raised.value)
    assert len(fake.received) == 1  # it is not tried again


def test_an_answer_with_nothing_foreign_is_not_touched(
    blocking: LiveProxy, fake: FakeProviders, ask: Callable[..., str]
) -> None:
    fake.reset()
    for stream in (False, True):
        assert ask("chat", blocking, stream=stream) == f"You said: {PROMPT}"


class _SlowDetector(PlantedDetector):
    """Takes as long as it is told to with whatever holds a foreign value."""

    def __init__(self) -> None:
        self.looking, self.go_on = threading.Event(), threading.Event()

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        if any(FOREIGN in text for text, _ in items):
            self.looking.set()
            assert self.go_on.wait(TIMEOUT)
        return super().find_many(items)


def test_while_one_answer_is_looked_at_others_stream(fake: FakeProviders, tmp_path: Path) -> None:
    detector = _SlowDetector()
    with proxied(fake, tmp_path / "slow", "redact", detector) as proxy:
        fake.reset()
        fake.script = Script(text=ANSWER, delta_size=40)
        read: list[str] = []
        slow = threading.Thread(target=lambda: read.append(chat(proxy, stream=True)))
        slow.start()
        assert detector.looking.wait(TIMEOUT)
        fake.script = Script(text="{said}", delta_size=3)
        assert chat(proxy, stream=True) == PROMPT
        assert not read
        detector.go_on.set()
        slow.join(TIMEOUT)
        assert read == [ANSWER.replace("{said}", PROMPT).replace(FOREIGN, "[US_SSN_REDACTED]")]
