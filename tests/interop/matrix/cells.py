"""The interoperability matrix as data: clients of LLM providers, and what of each is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

MODES = ("plain", "stream", "tools", "stream_tools")
"""A whole answer; a streamed one; a tool call and the answer to its result; the same, both streamed."""

type Language = Literal["python", "node"]


@dataclass(frozen=True, slots=True)
class Client:
    """One client on one service."""

    title: str
    package: str
    """The distribution whose version the document states; `curl` for the program of that name."""
    address: str
    """`module:name` of the object in `clients/` (Python) or `../node/matrix/` (Node) whose methods are the modes."""
    language: Language = "python"
    not_offered: Mapping[str, str] = field(default_factory=dict)
    """Mode -> why there is no such cell."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(Cell(self, mode) for mode in MODES if mode not in self.not_offered)


@dataclass(frozen=True, slots=True)
class Cell:
    """One client in one mode."""

    client: Client
    mode: str

    @property
    def name(self) -> str:
        """As the client programs take it."""
        return f"{self.client.address}/{self.mode}"


_ONLY_PREDICTIONS = dict.fromkeys(("tools", "stream_tools"), "predictions have no tools")
_ONLY_TEXT = dict.fromkeys(("tools", "stream_tools"), "text generation has no tools")

CLIENTS = (
    Client("openai, chat completions", "openai", "chat:OPENAI"),
    Client("openai, Responses", "openai", "responses:OPENAI"),
    Client("openai, AzureOpenAI", "openai", "chat:AZURE"),
    Client("anthropic", "anthropic", "messages:DIRECT"),
    Client("anthropic, AnthropicBedrock (SigV4)", "anthropic", "messages:BEDROCK"),
    Client("anthropic, AnthropicVertex", "anthropic", "messages:VERTEX"),
    Client("google-genai, Gemini API", "google-genai", "gemini:DIRECT"),
    Client("google-genai, Vertex AI", "google-genai", "gemini:VERTEX"),
    Client("google-ai-generativelanguage, gRPC", "google-ai-generativelanguage", "gapic:GRPC"),
    Client("boto3, Converse (SigV4)", "boto3", "bedrock:CONVERSE"),
    Client("boto3, InvokeModel (SigV4)", "boto3", "bedrock:INVOKE"),
    Client("mistralai", "mistralai", "mistral:CHAT"),
    Client("cohere, v2", "cohere", "cohere_chat:SECOND"),
    Client("cohere, v1", "cohere", "cohere_chat:FIRST"),
    Client("groq", "groq", "chat:GROQ"),
    Client("together", "together", "chat:TOGETHER"),
    Client("huggingface_hub, InferenceClient", "huggingface_hub", "chat:HUGGINGFACE"),
    Client(
        "huggingface_hub, text generation",
        "huggingface_hub",
        "generation:HUGGINGFACE",
        not_offered=_ONLY_TEXT,
    ),
    Client("ollama, cloud", "ollama", "ollama_chat:CHAT"),
    Client("litellm, OpenAI", "litellm", "lite:OPENAI"),
    Client("litellm, Anthropic", "litellm", "lite:ANTHROPIC"),
    Client("litellm, Gemini", "litellm", "lite:GEMINI"),
    Client("langchain-openai, chat completions", "langchain-openai", "chain:OPENAI"),
    Client("langchain-openai, Responses", "langchain-openai", "chain:RESPONSES"),
    Client("langchain-anthropic", "langchain-anthropic", "chain:ANTHROPIC"),
    Client("llama-index-llms-openai", "llama-index-llms-openai", "llama:OPENAI"),
    Client(
        "replicate [1]",
        "replicate",
        "replicate_run:PREDICTIONS",
        not_offered=_ONLY_PREDICTIONS,
    ),
    Client("curl", "curl", "curl:CURL"),
    Client("openai for Node, chat completions", "openai", "openai:chat", "node"),
    Client("openai for Node, Responses", "openai", "openai:responses", "node"),
    Client("@anthropic-ai/sdk", "@anthropic-ai/sdk", "anthropic:messages", "node"),
    Client("@google/genai", "@google/genai", "genai:content", "node"),
    Client("Vercel ai with @ai-sdk/openai, Responses", "ai", "vercel:responses", "node"),
    Client("Vercel ai with @ai-sdk/openai, chat completions", "ai", "vercel:chat", "node"),
)

NOTE = (
    "[1] `replicate` builds its own transport and so ignores the proxy variables of the environment; the program hands it one that "
    "obeys them. Everywhere else environment variables are all that differs between the two runs."
)

ELSEWHERE = {
    "gRPC calls in which both sides take turns": "tests/proxy/test_calls.py",
    "WebSockets of OpenAI and Gemini": "tests/proxy/test_websockets.py",
    "httpx over HTTP/2 and requests, without any SDK": "tests/interop/test_clients.py",
    "asynchronous clients, embeddings, reasoning, failures and answers cut at every byte": "tests/interop/test_clients.py",
    "refusals as each vendor's own exception": "tests/interop/test_refusals.py",
    "chat completions of every host of the provider table, models of each vendor on Bedrock": "tests/interop/test_families.py",
}
"""What else is run for real -> the test that does; it stands outside the table, since its modes are others."""

NOT_RUN = {
    "langchain-google-genai": "needs a google-genai older than the one under test",
}
"""Clients that people use and that this matrix leaves out -> why."""
