"""Anthropic's messages: direct, on Bedrock (Signature Version 4) and on Vertex AI."""

from __future__ import annotations

from typing import Any

import anthropic
from common import Conversation, Joined
from planted import PARAMETERS, PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, TOOL_RESULT

MESSAGES: list[Any] = [{"role": "user", "content": PROMPT}]
ASKING: list[Any] = [{"role": "user", "content": [{"type": "text", "text": QUOTED}]}]
TOOLS: list[Any] = [{"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "input_schema": PARAMETERS}]


class Messages(Conversation):
    def __init__(self, name: str, model: str, **arguments: Any) -> None:
        self.name, self.arguments = name, arguments
        self.common = {"model": model, "max_tokens": 500}

    def make(self) -> Any:
        return getattr(anthropic, self.name)(**self.arguments)

    def plain(self) -> Any:
        return self.client.messages.create(**self.common, messages=MESSAGES, system=SYSTEM).model_dump()

    def stream(self) -> Any:
        return self._streamed(messages=MESSAGES, system=SYSTEM)[0]

    def tools(self) -> Any:
        called = self.client.messages.create(**self.common, messages=ASKING, tools=TOOLS)
        after = self.client.messages.create(**self.common, messages=_history(called), tools=TOOLS)
        return {"called": called.model_dump(), "after": after.model_dump()}

    def stream_tools(self) -> Any:
        called, final = self._streamed(messages=ASKING, tools=TOOLS)
        after, _ = self._streamed(messages=_history(final), tools=TOOLS)
        return {"called": called, "after": after}

    def _streamed(self, **arguments: Any) -> tuple[Any, Any]:
        joined, kinds = Joined(), []
        with self.client.messages.stream(**self.common, **arguments) as stream:
            for event in stream:
                if event.type == "content_block_delta":
                    piece = getattr(event.delta, "text", None) or getattr(event.delta, "partial_json", None)
                    joined.add(event.index, piece)
                elif event.type not in ("text", "input_json"):
                    kinds.append(event.type)
            final = stream.get_final_message()
        return {"joined": joined, "kinds": kinds, "final": final.model_dump()}, final


def _history(called: Any) -> list[Any]:
    content = [block.model_dump(exclude_none=True) for block in called.content]
    result = {"type": "tool_result", "tool_use_id": content[0]["id"], "content": TOOL_RESULT}
    return [*ASKING, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}]


DIRECT = Messages("Anthropic", "claude-test")
BEDROCK = Messages("AnthropicBedrock", "us.anthropic.claude-test-v1:0")
VERTEX = Messages("AnthropicVertex", "claude-test@20260101", access_token="ya29.fake")
