"""What the SDKs really send: the path finds its format, and every text in the body is examined."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dlp.providers.rules import Treatment
from dlp.providers.table import default_table
from dlp.wire.json_leaves import Kind, parse_leaves

NAME = "Ann Example"
ARGUMENTS = {"to": NAME, "signature": NAME}
SCHEMA = {
    "type": "object",
    "properties": {"to": {"type": "string", "description": f"such as {NAME}"}},
    "required": ["to"],
}


class Recorder:
    """Refuses everything and remembers the last request."""

    def __init__(self) -> None:
        self.path, self.body = "", b""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.path = self.path
                owner.body = self.rfile.read(int(self.headers.get("content-length") or 0))
                self.send_response(400)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"error": {"message": "no"}, "message": "no"}')

            def log_message(self, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server = Recorder()
    yield server
    server.close()


def openai_chat(url: str) -> None:
    import openai

    openai.OpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0).chat.completions.create(
        model="gpt-5",
        messages=[
            {"role": "system", "content": NAME},
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "mail", "arguments": json.dumps(ARGUMENTS)},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": NAME},
        ],
        tools=[{"type": "function", "function": {"name": "mail", "description": NAME, "parameters": SCHEMA}}],
    )


def openai_responses(url: str) -> None:
    import openai

    openai.OpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0).responses.create(
        model="gpt-5",
        instructions=NAME,
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": NAME}]},
            {"type": "function_call", "call_id": "call_1", "name": "mail", "arguments": json.dumps(ARGUMENTS)},
            {"type": "function_call_output", "call_id": "call_1", "output": NAME},
        ],
        tools=[{"type": "function", "name": "mail", "description": NAME, "parameters": SCHEMA, "strict": False}],
    )


def anthropic_messages(url: str) -> None:
    import anthropic

    anthropic.Anthropic(api_key="k", base_url=url, max_retries=0).messages.create(
        model="claude",
        max_tokens=1,
        system=NAME,
        messages=[
            {"role": "user", "content": [{"type": "text", "text": NAME}]},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "toolu_1", "name": "mail", "input": ARGUMENTS}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": NAME}]},
        ],
        tools=[{"name": "mail", "description": NAME, "input_schema": SCHEMA}],
    )


def gemini_generate(url: str) -> None:
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=url))
    client.models.generate_content(
        model="gemini-3",
        contents=[
            types.Content(role="user", parts=[types.Part(text=NAME)]),
            types.Content(
                role="model", parts=[types.Part(function_call=types.FunctionCall(name="mail", args=ARGUMENTS))]
            ),
            types.Content(
                role="user",
                parts=[types.Part(function_response=types.FunctionResponse(name="mail", response={"result": NAME}))],
            ),
        ],
        config=types.GenerateContentConfig(
            system_instruction=NAME,
            tools=[
                types.Tool(
                    function_declarations=[
                        types.FunctionDeclaration(name="mail", description=NAME, parameters_json_schema=SCHEMA)
                    ]
                )
            ],
        ),
    )


def bedrock_converse(url: str) -> None:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="AKIA" + "X" * 16,
        aws_secret_access_key="x",
        config=Config(proxies={}, retries={"max_attempts": 0}),
    )
    client.converse(
        modelId="arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-v1:0",
        system=[{"text": NAME}],
        messages=[
            {"role": "user", "content": [{"text": NAME}]},
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "tooluse_1", "name": "mail", "input": ARGUMENTS}}],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": NAME}, {"json": ARGUMENTS}]}}
                ],
            },
        ],
        toolConfig={"tools": [{"toolSpec": {"name": "mail", "description": NAME, "inputSchema": {"json": SCHEMA}}}]},
    )


def mistral_chat(url: str) -> None:
    from mistralai.client import Mistral

    Mistral(api_key="k", server_url=url).chat.complete(
        model="mistral-large",
        messages=[
            {"role": "user", "content": NAME},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "abcdefgh1", "function": {"name": "mail", "arguments": ARGUMENTS}}],
            },
            {"role": "tool", "tool_call_id": "abcdefgh1", "name": "mail", "content": NAME},
        ],
        tools=[{"type": "function", "function": {"name": "mail", "description": NAME, "parameters": SCHEMA}}],
    )


def mistral_conversation(url: str) -> None:
    from mistralai.client import Mistral

    Mistral(api_key="k", server_url=url).beta.conversations.start(model="mistral-large", inputs=NAME, instructions=NAME)


def cohere_chat(url: str) -> None:
    import cohere

    cohere.ClientV2(api_key="k", base_url=url).chat(
        model="command-a",
        messages=[
            {"role": "user", "content": NAME},
            {
                "role": "assistant",
                "tool_plan": NAME,
                "tool_calls": [
                    {"id": "f0", "type": "function", "function": {"name": "mail", "arguments": json.dumps(ARGUMENTS)}}
                ],
            },
            {"role": "tool", "tool_call_id": "f0", "content": NAME},
        ],
        documents=[{"id": "d1", "data": {"snippet": NAME}}],
        tools=[{"type": "function", "function": {"name": "mail", "description": NAME, "parameters": SCHEMA}}],
    )


def cohere_rerank(url: str) -> None:
    import cohere

    cohere.ClientV2(api_key="k", base_url=url).rerank(model="rerank-v4", query=NAME, documents=[NAME])


def ollama_chat(url: str) -> None:
    import ollama

    ollama.Client(host=url).chat(
        model="llama3",
        messages=[
            {"role": "user", "content": NAME, "images": ["iVBORw0KGgo="]},
            {
                "role": "assistant",
                "content": NAME,
                "tool_calls": [{"function": {"name": "mail", "arguments": ARGUMENTS}}],
            },
            {"role": "tool", "tool_name": "mail", "content": NAME},
        ],
        tools=[{"type": "function", "function": {"name": "mail", "description": NAME, "parameters": SCHEMA}}],
        format=SCHEMA,
    )


def replicate_prediction(url: str) -> None:
    import replicate

    replicate.Client(api_token="k", base_url=url).predictions.create(
        version="5c7d5dc6", input={"prompt": NAME, "image": "https://example.org/a.png"}
    )


def huggingface_chat(url: str) -> None:
    from huggingface_hub import InferenceClient

    InferenceClient(base_url=f"{url}/v1", api_key="k").chat_completion([{"role": "user", "content": NAME}], model="m")


# (provider, how to ask, format, places where the name is expected, at least)
CALLS: list[Any] = [
    pytest.param("openai", openai_chat, "oai.chat", 5, id="openai chat"),
    pytest.param("openai", openai_responses, "oai.responses", 6, id="openai responses"),
    pytest.param("anthropic", anthropic_messages, "ant.messages", 7, id="anthropic"),
    pytest.param("gemini", gemini_generate, "gem.generate", 7, id="gemini"),
    pytest.param("bedrock", bedrock_converse, "bed.converse", 9, id="bedrock"),
    pytest.param("mistral", mistral_chat, "oai.chat", 5, id="mistral chat"),
    pytest.param("mistral", mistral_conversation, "mis.conversations", 2, id="mistral conversation"),
    pytest.param("cohere", cohere_chat, "coh.chat2", 7, id="cohere chat"),
    pytest.param("cohere", cohere_rerank, "coh.other", 2, id="cohere rerank"),
    pytest.param("ollama", ollama_chat, "oll.chat", 8, id="ollama"),
    pytest.param("replicate", replicate_prediction, "rep.predictions", 1, id="replicate"),
    pytest.param("huggingface", huggingface_chat, "oai.chat", 1, id="huggingface"),
]

# What these requests hold besides texts: it must go on as it is.
STRUCTURE = {
    *(
        "gpt-5",
        "claude",
        "mistral-large",
        "command-a",
        "llama3",
        "rerank-v4",
        "5c7d5dc6",
        "m",
        "mail",
        "object",
        "string",
        "function",
        "OBJECT",
        "STRING",
    ),
    *(
        "call_1",
        "toolu_1",
        "tooluse_1",
        "abcdefgh1",
        "f0",
        "user",
        "assistant",
        "system",
        "tool",
        "model",
        "text",
        "tool_use",
        "tool_result",
        "iVBORw0KGgo=",
    ),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDKs' own
@pytest.mark.parametrize(("provider", "ask", "expected", "places"), CALLS)
def test_every_text_is_examined(
    recorder: Recorder, provider: str, ask: Callable[[str], None], expected: str, places: int
) -> None:
    with contextlib.suppress(Exception):  # the answer is a refusal; what was asked is what counts
        ask(recorder.url)
    assert recorder.body, "nothing was sent"
    owner = next(known for known in default_table().providers if known.id == provider)
    wire_format = owner.wire_format("POST", recorder.path)
    assert wire_format.id == expected
    seen = 0
    for leaf in parse_leaves(recorder.body.decode()):
        if leaf.kind is not Kind.STRING:
            continue
        treatment = wire_format.request.treatment(leaf)
        if NAME in leaf.value:
            seen += 1
            assert treatment in (Treatment.TEXT, Treatment.DATA), leaf.place()
        elif leaf.value in STRUCTURE:
            assert treatment is not Treatment.DATA, leaf.place()
            assert treatment in (Treatment.KEEP, Treatment.SLUG, Treatment.TOOL) or leaf.place().endswith("enum[0]")
    assert seen >= places
