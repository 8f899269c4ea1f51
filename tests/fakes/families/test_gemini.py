"""The fake Gemini, read by Google's own package and, where that never goes, by plain HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import errors, types

from dlp.fakes import FakeProviders, Script

SAID = 'to "Ann"\n\\ é'
MODEL = "gemini-2.5-flash"
PARAMETERS = {"type": "object", "properties": {"to": {"type": "string"}}}


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


@pytest.fixture
def client(fake: FakeProviders) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=f"http://127.0.0.1:{fake.plain_port}")
    running = genai.Client(api_key="k", http_options=options)
    yield running
    running.close()


def config(*, tools: bool = False, **more: Any) -> types.GenerateContentConfig:
    declaration = types.FunctionDeclaration(name="send", parameters_json_schema=PARAMETERS)
    offered: Any = [types.Tool(function_declarations=[declaration])] if tools else None
    return types.GenerateContentConfig(tools=offered, **more)


def test_content_in_one_piece(client: genai.Client) -> None:
    answer = client.models.generate_content(model=MODEL, contents=SAID, config=config(candidate_count=2))
    texts = [candidate.content.parts[0].text for candidate in answer.candidates or []]  # type: ignore[index, union-attr]
    assert texts == [f"(1) You said: {SAID}", f"(2) You said: {SAID}"]
    assert answer.usage_metadata is not None


@pytest.mark.parametrize(
    "script", [Script(), Script(delta_size=1, wire_size=1), Script(line_end="\n", encoding="gzip")]
)
def test_content_in_pieces(fake: FakeProviders, client: genai.Client, script: Script) -> None:
    fake.enqueue(script)
    chunks = list(client.models.generate_content_stream(model=MODEL, contents=SAID))
    assert "".join(chunk.text or "" for chunk in chunks) == f"You said: {SAID}"
    assert [chunk.candidates[0].finish_reason is None for chunk in chunks[-2:]] == [True, False]  # type: ignore[index]


def test_a_function_call_and_its_result(client: genai.Client) -> None:
    called = client.models.generate_content(model=MODEL, contents=SAID, config=config(tools=True))
    assert called.function_calls is not None
    assert (called.function_calls[0].name, called.function_calls[0].args) == ("send", {"to": SAID})
    result = types.Part.from_function_response(name="send", response={"state": "sent", "n": 1})
    history: Any = [SAID, called.candidates[0].content, types.Content(role="user", parts=[result])]  # type: ignore[index]
    after = client.models.generate_content(model=MODEL, contents=history, config=config(tools=True))
    assert after.text == "The tool answered: sent"


def test_thoughts_are_marked(client: genai.Client) -> None:
    thinking = types.ThinkingConfig(include_thoughts=True)
    answer = client.models.generate_content(model=MODEL, contents=SAID, config=config(thinking_config=thinking))
    parts = answer.candidates[0].content.parts  # type: ignore[index, union-attr]
    assert [(part.thought, part.text) for part in parts or []] == [
        (True, f"The user said: {SAID}"),
        (None, f"You said: {SAID}"),
    ]


def test_tokens_and_vectors(client: genai.Client) -> None:
    assert client.models.count_tokens(model=MODEL, contents=SAID).total_tokens
    vectors = client.models.embed_content(model="gemini-embedding-001", contents=[SAID, "b"]).embeddings or []
    assert [len(vector.values or []) for vector in vectors] == [8, 8]


def test_models_are_listed(client: genai.Client) -> None:
    """Their path is OpenAI's as well; the host tells them apart, or else the header with the key."""
    listed = list(client.models.list())
    assert listed[0] == client.models.get(model="gemini-2.5-flash")


def test_refusals_are_the_packages_own(fake: FakeProviders, client: genai.Client) -> None:
    fake.enqueue(Script(status=429), Script(status=503))
    with pytest.raises(errors.ClientError) as refused:
        client.models.generate_content(model=MODEL, contents=SAID)
    assert (refused.value.code, refused.value.status) == (429, "RESOURCE_EXHAUSTED")
    with pytest.raises(errors.ServerError):
        client.models.generate_content(model=MODEL, contents=SAID)


def test_a_fault_in_mid_stream_is_raised(fake: FakeProviders, client: genai.Client) -> None:
    fake.enqueue(Script(error_after=2))
    with pytest.raises(errors.APIError):
        list(client.models.generate_content_stream(model=MODEL, contents=SAID))


@pytest.mark.parametrize("version", ["v1", "v1beta"])
@pytest.mark.parametrize("spelling", ["systemInstruction", "system_instruction"])
def test_a_stream_without_events_is_one_json_array(fake: FakeProviders, version: str, spelling: str) -> None:
    """Without `alt=sse`; both spellings of field names are understood."""
    body = {"contents": [{"parts": [{"text": SAID}]}], spelling: {"parts": [{"text": "brief"}]}}
    fake.enqueue(Script(text=lambda asked: f"{asked.system} {asked.said}"))
    base = f"http://127.0.0.1:{fake.plain_port}/{version}/models/{MODEL}"
    answer = httpx.post(f"{base}:streamGenerateContent", json=body, trust_env=False)
    assert answer.headers["content-type"].startswith("application/json")
    chunks = json.loads(answer.text)
    text = "".join(chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in chunks)
    assert text == f"brief {SAID}"
    assert len(chunks) > 2


def test_vertex_paths_and_single_vectors(fake: FakeProviders) -> None:
    base = f"http://127.0.0.1:{fake.plain_port}"
    vertex = f"{base}/v1/projects/p/locations/l/publishers/google/models/m:generateContent"
    content = {"parts": [{"text": SAID}]}
    assert httpx.post(vertex, json={"contents": content}, trust_env=False).json()["modelVersion"] == "m"
    single = httpx.post(f"{base}/v1beta/models/m:embedContent", json={"content": content}, trust_env=False)
    assert len(single.json()["embedding"]["values"]) == 8
    nothing = httpx.post(f"{base}/v1beta/models/m:generateContent", json={}, trust_env=False)
    assert nothing.json()["error"]["status"] == "INVALID_ARGUMENT"
