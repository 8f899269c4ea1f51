"""The `litellm` package: one call for OpenAI, Anthropic and Gemini."""

from __future__ import annotations

from typing import Any

import litellm
from chat import Chat

litellm.suppress_debug_info = True


class Completion(Chat):
    def __init__(self, model: str) -> None:
        super().__init__("litellm", "completion", model)

    def create(self, messages: list[Any], **more: Any) -> Any:
        return litellm.completion(model=self.model, messages=messages, max_tokens=512, **more)

    def plain(self) -> Any:
        return _unnamed(super().plain())

    def tools(self) -> Any:
        return _unnamed(super().tools())

    def stream_tools(self) -> Any:
        return _unnamed(super().stream_tools())


def _unnamed(answer: Any) -> Any:
    """Without identifiers and dates, which litellm makes up where the provider gives none."""
    if isinstance(answer, dict):
        made_up = ("id", "created", "0 id")
        return {name: _unnamed(value) for name, value in answer.items() if name not in made_up}
    return [_unnamed(value) for value in answer] if isinstance(answer, list) else answer


OPENAI = Completion("openai/gpt-4o-mini")
ANTHROPIC = Completion("anthropic/claude-sonnet-4-5")
GEMINI = Completion("gemini/gemini-2.5-flash")
