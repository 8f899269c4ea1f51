"""The fakes of services that took over another's API, and Replicate's, as their clients see them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dlp.fakes import FakeProviders, Script
from dlp.fakes.families import FAMILIES

SAID = 'to "Ann"\n\\ é'


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


@pytest.fixture
def client(fake: FakeProviders) -> Iterator[httpx.Client]:
    fake.reset()
    with httpx.Client(base_url=f"http://127.0.0.1:{fake.plain_port}", timeout=120) as running:
        yield running


def ask(client: httpx.Client, host: str, path: str, body: dict[str, Any]) -> httpx.Response:
    answer = client.post(path, json=body, headers={"host": host})
    assert answer.status_code == 200, answer.text
    return answer


def test_no_host_belongs_to_two_families() -> None:
    hosts = [host for family in FAMILIES for host in family.hosts]
    assert len(set(hosts)) == len(hosts)


@pytest.mark.parametrize(
    ("host", "path", "field"),
    [
        ("api.deepseek.com", "/chat/completions", "reasoning_content"),
        ("models.github.ai", "/orgs/acme/inference/chat/completions", "reasoning_content"),
        ("api.groq.com", "/openai/v1/chat/completions", "reasoning"),
        ("openrouter.ai", "/api/v1/chat/completions", "reasoning"),
    ],
)
def test_where_the_reasoning_stands(
    host: str, path: str, field: str, fake: FakeProviders, client: httpx.Client
) -> None:
    fake.enqueue(Script(reasoning="of {said}"), Script(reasoning="of {said}", delta_size=3))
    body = {"model": "m", "messages": [{"role": "user", "content": SAID}]}
    message = ask(client, host, path, body).json()["choices"][0]["message"]
    assert message[field] == f"of {SAID}"
    assert len({"reasoning", "reasoning_content"} & set(message)) == 1
    lines = ask(client, host, path, {**body, "stream": True}).text.splitlines()
    deltas = [json.loads(line[6:])["choices"][0]["delta"] for line in lines if line.startswith("data: {")]
    assert "".join(delta.get(field, "") for delta in deltas) == f"of {SAID}"


def test_claude_in_other_places(client: httpx.Client) -> None:
    """Under the paths of Vertex AI and of services that took over Anthropic's messages."""
    vertex = "/v1/projects/p/locations/l/publishers/anthropic/models"
    body = {"max_tokens": 9, "messages": [{"role": "user", "content": SAID}]}
    for host, path in (
        ("us-central1-aiplatform.googleapis.com", f"{vertex}/claude:rawPredict"),
        ("api.deepseek.com", "/anthropic/v1/messages"),
    ):
        assert ask(client, host, path, body).json()["content"][0]["text"] == f"You said: {SAID}"
    counted = ask(client, "us-central1-aiplatform.googleapis.com", f"{vertex}/count-tokens:rawPredict", body).json()
    assert counted["input_tokens"] > 0


def test_what_perplexity_adds(client: httpx.Client) -> None:
    body = {"messages": [{"role": "user", "content": SAID}]}
    answer = ask(client, "api.perplexity.ai", "/chat/completions", body).json()
    assert answer["search_results"][0]["snippet"] == SAID
    assert answer["citations"] == [answer["search_results"][0]["url"]]


def test_two_shapes_of_reranking(client: httpx.Client) -> None:
    body = {"query": "q", "documents": [SAID, "x"]}
    voyage = ask(client, "api.voyageai.com", "/v1/rerank", {**body, "return_documents": True}).json()
    assert [entry["document"] for entry in voyage["data"]] == [SAID, "x"]
    assert "document" not in ask(client, "api.voyageai.com", "/v1/rerank", body).json()["data"][0]
    jina = ask(client, "api.jina.ai", "/v1/rerank", body).json()
    assert [entry["document"] for entry in jina["results"]] == [{"text": SAID}, {"text": "x"}]
    refused = client.post("/v1/rerank", json={"query": "q"}, headers={"host": "api.jina.ai"})
    assert refused.status_code == 400


def test_a_prediction_is_polled_until_it_is_done(client: httpx.Client) -> None:
    """One reading says `processing`; the output comes in pieces; with `prefer: wait` it is there at once."""
    host = {"host": "api.replicate.com"}
    body = {"input": {"prompt": SAID}, "stream": True}
    made = client.post("/v1/models/a/b/predictions", json=body, headers=host).json()
    assert (made["status"], made["output"], made["model"]) == ("starting", None, "a/b")
    path = f"/v1/predictions/{made['id']}"
    read = [client.get(path, headers=host).json() for _ in range(2)]
    assert [entry["status"] for entry in read] == ["processing", "succeeded"]
    assert "".join(read[1]["output"]) == f"You said: {SAID}"
    waited = client.post("/v1/predictions", json=body, headers={**host, "prefer": "wait=5"}).json()
    assert waited["status"] == "succeeded"
    stream = client.get(made["urls"]["stream"].removeprefix("https://stream.replicate.com"), headers=host).text
    names = [line.removeprefix("event: ") for line in stream.splitlines() if line.startswith("event: ")]
    assert (names[0], names[-1]) == ("output", "done")
    assert client.get("/v1/predictions/unknown", headers=host).status_code == 404


def test_cohere_version_1_calls_tools(client: httpx.Client) -> None:
    tool = {"name": "send", "description": "d", "parameter_definitions": {"to": {"type": "str"}}}
    body = {"message": SAID, "tools": [tool]}
    (call,) = ask(client, "api.cohere.com", "/v1/chat", body).json()["tool_calls"]
    assert call == {"name": "send", "parameters": {"to": SAID}}
    results = [{"call": call, "outputs": [{"answer": "done"}]}]
    after = ask(client, "api.cohere.com", "/v1/chat", {**body, "tool_results": results}).json()
    assert after["text"] == "The tool answered: done"
    lines = [
        json.loads(line) for line in ask(client, "api.cohere.com", "/v1/chat", {**body, "stream": True}).iter_lines()
    ]
    assert [line["event_type"] for line in lines] == ["stream-start", "tool-calls-generation", "stream-end"]


def test_generated_text_comes_whole_and_in_tokens(client: httpx.Client) -> None:
    """The last token of a stream brings the whole text once more."""
    host, path = "unit.endpoints.huggingface.cloud", "/"
    assert ask(client, host, path, {"inputs": SAID}).json() == [{"generated_text": f"You said: {SAID}"}]
    lines = ask(client, host, path, {"inputs": SAID, "stream": True}).text.splitlines()
    tokens = [json.loads(line[6:]) for line in lines if line]
    assert "".join(token["token"]["text"] for token in tokens) == f"You said: {SAID}"
    assert [token["generated_text"] for token in tokens][-2:] == [None, f"You said: {SAID}"]
