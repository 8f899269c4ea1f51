"""Every host of the provider table, with the wire formats that it took over from others, through the real proxy.

A provider that speaks a known format is a row of `hosts.yaml`, or a line of a policy, and nothing else; so the rows are the test.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
from botocore.eventstream import EventStreamBuffer

from dlp.fakes import FakeProviders, Script
from dlp.providers.table import default_table
from tests.harness import ProxyProcess, leaks_of, tokens_in
from tests.interop.programs import HERE

BASES = {
    "groq": "/openai/v1",
    "fireworks": "/inference/v1",
    "deepseek": "",
    "perplexity": "",
    "openrouter": "/api/v1",
    "github_models": "/inference/v1",
    "github_copilot": "/v1",
    "azure_openai": "/openai/v1",
    "ai21": "/studio/v1",
}
"""What stands before `/chat/completions`; `/v1` everywhere else."""

DECLARED = {"llm.corp.example": "openai", "claude.corp.example": "anthropic"}
"""Hosts that only a policy knows."""


def concrete(pattern: str) -> str:
    """A host that a pattern of the table stands for."""
    return pattern.replace("{r}", "eu1").replace("*.", "unit.")


HOSTS = [
    (concrete(host), BASES.get(provider.id, "/v1"))
    for provider in default_table().providers
    for host in default_table().hosts_of(provider.id)
    if provider.errors in ("openai", "huggingface") and "openai" in provider.families and not provider.opaque
    if provider.id != "chatgpt_web"
]
"""Hosts with chat completions."""


@pytest.fixture(scope="module")
def providers() -> Iterator[FakeProviders]:
    with FakeProviders(names=[host for host, _ in HOSTS] + list(DECLARED)) as running:
        yield running


@pytest.fixture(scope="module")
def client(providers: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("families")
    policy = folder / "policy.yaml"
    policy.write_text((HERE / "policy.yaml").read_text("utf-8") + f"hosts: {json.dumps(DECLARED)}\n", "utf-8")
    with ProxyProcess(providers, folder / "proxy", policy=policy) as proxy:
        context = ssl.create_default_context(cafile=str(proxy.bundle()))
        address = f"http://127.0.0.1:{proxy.port}"
        with httpx.Client(proxy=address, verify=context, trust_env=False, timeout=60) as running:
            yield running


@pytest.fixture
def fake(providers: FakeProviders) -> FakeProviders:
    providers.reset()
    return providers


def events(answer: httpx.Response) -> list[Any]:
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]


def asked(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


@pytest.mark.parametrize(("host", "base"), [*HOSTS, ("llm.corp.example", "/v1")], ids=lambda value: value or "root")
def test_chat_completions_of_every_host(
    host: str, base: str, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """Whole and streamed: the provider sees tokens, the application its own words."""
    url = f"https://{host}{base}/chat/completions"
    whole = client.post(url, json=asked(planted.PROMPT)).json()
    assert whole["choices"][0]["message"]["content"] == f"You said: {planted.PROMPT}"
    streamed = events(client.post(url, json=asked(planted.QUOTED, stream=True)))
    deltas = [choice["delta"].get("content") or "" for event in streamed for choice in event["choices"]]
    assert "".join(deltas) == f"You said: {planted.QUOTED}"
    assert {received.host for received in fake.received} == {host}
    assert leaks_of(fake.received, planted.VALUES) == []
    assert tokens_in(fake.received)


@pytest.mark.parametrize(
    "url",
    [
        "https://claude.corp.example/v1/messages",
        "https://api.deepseek.com/anthropic/v1/messages",
        "https://api.x.ai/v1/messages",
        "https://unit.services.ai.azure.com/anthropic/v1/messages",
    ],
)
def test_messages_of_others_than_anthropic(
    url: str, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    answer = client.post(url, json=asked(planted.PROMPT, max_tokens=9)).json()
    assert answer["content"][0]["text"] == f"You said: {planted.PROMPT}"
    assert leaks_of(fake.received, planted.VALUES) == []


@pytest.mark.parametrize(
    ("host", "base", "field"),
    [
        ("api.deepseek.com", "", "reasoning_content"),
        ("api.x.ai", "/v1", "reasoning_content"),
        ("api.groq.com", "/openai/v1", "reasoning"),
        ("api.together.ai", "/v1", "reasoning"),
        ("api.cerebras.ai", "/v1", "reasoning"),
        ("openrouter.ai", "/api/v1", "reasoning"),
    ],
)
def test_reasoning_in_the_open_is_restored_wherever_it_stands(
    host: str, base: str, field: str, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """It carries no signature, so an application may show it as the text of the answer."""
    fake.enqueue(Script(reasoning="They said {said}"), Script(reasoning="They said {said}", delta_size=5))
    url = f"https://{host}{base}/chat/completions"
    thought = f"They said {planted.PROMPT}"
    message = client.post(url, json=asked(planted.PROMPT)).json()["choices"][0]["message"]
    assert message[field] == thought
    streamed = events(client.post(url, json=asked(planted.PROMPT, stream=True)))
    deltas = [choice["delta"] for event in streamed for choice in event["choices"]]
    assert "".join(delta.get(field) or "" for delta in deltas) == thought


def test_reasoning_that_openrouter_may_have_signed_stays_as_it_came(
    fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """Its typed parts go back to the model unchanged; only the plain copy beside them is for people."""
    url = "https://openrouter.ai/api/v1/chat/completions"
    fake.enqueue(Script(reasoning="They said {said}"), Script())
    message = client.post(url, json=asked(planted.EMAIL)).json()["choices"][0]["message"]
    (part,) = message["reasoning_details"]
    assert message["reasoning"] == f"They said {planted.EMAIL}"
    assert planted.EMAIL not in part["text"]
    history = [{"role": "user", "content": planted.EMAIL}, message, {"role": "user", "content": "go on"}]
    client.post(url, json={"model": "m", "messages": history})
    assert fake.received[-1].json()["messages"][1]["reasoning_details"] == [part]
    assert leaks_of(fake.received, planted.VALUES) == []


def test_what_perplexity_found_is_restored(fake: FakeProviders, client: httpx.Client, planted: ModuleType) -> None:
    """Titles and snippets quote the search, in the whole answer and in every chunk."""
    url = "https://api.perplexity.ai/chat/completions"
    whole = client.post(url, json=asked(planted.PROMPT)).json()
    for answer in (whole, *events(client.post(url, json=asked(planted.PROMPT, stream=True)))):
        assert answer["search_results"][0]["title"] == f"Results for {planted.PROMPT}"
        assert answer["search_results"][0]["snippet"] == planted.PROMPT
        assert answer["citations"] == ["https://results.example/1"]
    assert leaks_of(fake.received, planted.VALUES) == []


@pytest.mark.parametrize("host", ["api.voyageai.com", "api.jina.ai"])
def test_embeddings_and_reranking(host: str, fake: FakeProviders, client: httpx.Client, planted: ModuleType) -> None:
    """Texts go out masked; documents that come back are the caller's own."""
    vectors = client.post(f"https://{host}/v1/embeddings", json={"model": "m", "input": [planted.PROMPT, "x"]}).json()
    assert [entry["index"] for entry in vectors["data"]] == [0, 1]
    body = {"model": "m", "query": planted.QUOTED, "documents": [planted.PROMPT, "x"], "return_documents": True}
    ranked = client.post(f"https://{host}/v1/rerank", json=body).json()
    documents = [entry["document"] for entry in ranked.get("data") or ranked["results"]]
    texts = [document["text"] if isinstance(document, dict) else document for document in documents]
    assert texts == [planted.PROMPT, "x"]
    assert leaks_of(fake.received, planted.VALUES) == []
    assert len(tokens_in(fake.received)) >= len(planted.VALUES) - 1


BEDROCK: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
    ("amazon.titan-text-express-v1", lambda text: {"inputText": text}),
    ("us.amazon.nova-pro-v1:0", lambda text: {"messages": [{"role": "user", "content": [{"text": text}]}]}),
    ("meta.llama3-3-70b-instruct-v1:0", lambda text: {"prompt": text}),
    ("mistral.mistral-7b-instruct-v0:2", lambda text: {"prompt": text}),
    ("cohere.command-r-v1:0", lambda text: {"message": text}),
    ("ai21.jamba-1-5-mini-v1:0", asked),
    ("openai.gpt-oss-120b-1:0", asked),
]


@pytest.mark.parametrize(("model", "body"), BEDROCK, ids=[model for model, _ in BEDROCK])
def test_the_bodies_of_each_vendor_on_bedrock(
    model: str, body: Callable[[str], Any], fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """Whole answers read as without a proxy; the pieces of a stream put together read as the whole answer does."""
    url = f"https://bedrock-runtime.us-east-1.amazonaws.com/model/{model}/invoke"
    key = {"authorization": "Bearer bedrock-api-key-test"}
    said = f"You said: {planted.PROMPT}"
    fake.enqueue(Script(), Script(delta_size=3))
    whole = client.post(url, json=body(planted.PROMPT), headers=key)
    assert said in strings(whole.json())
    frames = EventStreamBuffer()
    frames.add_data(client.post(f"{url}-with-response-stream", json=body(planted.PROMPT), headers=key).content)
    chunks = [json.loads(base64.b64decode(json.loads(frame.payload)["bytes"])) for frame in frames]
    texts = [text for chunk in chunks if "response" not in chunk for text in strings(chunk)]
    assert said in "".join(text for text in texts if text not in STRUCTURAL)
    assert leaks_of(fake.received, planted.VALUES) == []
    assert tokens_in(fake.received)


STRUCTURAL = {"text-generation", "stop", "FINISH", "chatcmpl-1", "end_turn", "assistant"}
"""Strings of the streams that are no text."""


def strings(value: Any) -> list[str]:
    """All strings of a JSON value, keys excepted, in order."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in strings(each)]
