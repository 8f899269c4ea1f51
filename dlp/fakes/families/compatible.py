"""Services that took over OpenAI's chat completions: other hosts, other paths, and a few fields of their own.

What differs is data of a class: where the reasoning of a model stands (`reasoning_content` since DeepSeek, `reasoning` since
Groq and OpenRouter), what surrounds an answer, which base path the endpoints have. Several of them take Anthropic's messages too.
Sources: the API references of the services named below, as of 2025-11.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, override

from dlp.fakes.families.anthropic import Anthropic
from dlp.fakes.families.base import Ids
from dlp.fakes.families.openai import OpenAI
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply
from dlp.fakes.script import Asked, Script


class Compatible(OpenAI):
    name: ClassVar[str] = "compatible"
    hosts: ClassVar[tuple[str, ...]] = (
        "api.fireworks.ai", "api.deepseek.com", "api.x.ai", "integrate.api.nvidia.com", "models.github.ai",
        "api.ai21.com", "api.moonshot.ai", "api.z.ai", "api.minimax.io", "api.deepinfra.com", "api.sambanova.ai",
        "api.novita.ai", "api.scaleway.ai", "inference.baseten.co", "api.hyperbolic.xyz", "api.friendli.ai",
        "dashscope.aliyuncs.com", "api.poe.com", "api.venice.ai", "api.githubcopilot.com",
        "*.services.ai.azure.com",
    )  # fmt: skip
    base: ClassVar[str] = r"(?:/[\w.-]+)*"
    reasoning_field: ClassVar[str] = "reasoning_content"

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self._anthropic = Anthropic(ids)

    @override
    def claims(self, received: Received) -> bool:
        return False  # a path alone doesn't tell them from OpenAI

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        if received.path.endswith("/v1/messages"):
            return self._anthropic.answer(replace(received, target="/v1/messages"), script)
        return super().answer(received, script)

    @override
    def as_json(self, script: Script, value: Any) -> Reply:
        for choice in value.get("choices", ()):
            self._spell(choice.get("message", {}))
        return super().as_json(script, value)

    @override
    def as_stream(self, script: Script, events: list[Event]) -> Reply:
        for event in events:
            for choice in event.data.get("choices", ()) if isinstance(event.data, dict) else ():
                self._spell(choice.get("delta", {}))
        return super().as_stream(script, events)

    def _spell(self, message: dict[str, Any]) -> None:
        """Put the reasoning where this service has it."""
        if "reasoning_content" in message:
            message[self.reasoning_field] = message.pop("reasoning_content")


class Reasoners(Compatible):
    name: ClassVar[str] = "reasoners"
    hosts: ClassVar[tuple[str, ...]] = (
        "api.groq.com", "api.together.ai", "api-inference.together.ai", "api.together.xyz", "api.cerebras.ai",
    )  # fmt: skip
    reasoning_field: ClassVar[str] = "reasoning"


class OpenRouter(Reasoners):
    """Says everything about reasoning twice: as a text and in typed parts."""

    name: ClassVar[str] = "openrouter"
    hosts: ClassVar[tuple[str, ...]] = ("openrouter.ai",)

    @override
    def _extras(self, asked: Asked) -> dict[str, Any]:
        return {"provider": "Fake"}

    @override
    def _spell(self, message: dict[str, Any]) -> None:
        super()._spell(message)
        if text := message.get("reasoning"):
            message["reasoning_details"] = [{"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}]


class Perplexity(Compatible):
    """Every answer, and every chunk of one, has what the search found."""

    name: ClassVar[str] = "perplexity"
    hosts: ClassVar[tuple[str, ...]] = ("api.perplexity.ai",)

    @override
    def _extras(self, asked: Asked) -> dict[str, Any]:
        url = "https://results.example/1"
        found = {"title": f"Results for {asked.said}", "url": url, "date": "2025-11-01", "snippet": asked.said}
        return {"citations": [url], "search_results": [found]}
