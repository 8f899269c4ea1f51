"""The `ollama` package against its cloud."""

from __future__ import annotations

from typing import Any

import ollama
from common import ASKING, MESSAGES, TOOLS, Conversation, Joined
from planted import TOOL_NAME, TOOL_RESULT

MODEL = "gpt-oss"


class Chat(Conversation):
    def make(self) -> ollama.Client:
        return ollama.Client()

    def plain(self) -> Any:
        return self.client.chat(MODEL, MESSAGES).model_dump()

    def stream(self) -> Any:
        return self._streamed(MESSAGES)[0]

    def tools(self) -> Any:
        called = self.client.chat(MODEL, ASKING, tools=TOOLS)
        after = self.client.chat(MODEL, _history(called.message), tools=TOOLS)
        return {"called": called.model_dump(), "after": after.model_dump()}

    def stream_tools(self) -> Any:
        called, message = self._streamed(ASKING, tools=TOOLS)
        after, _ = self._streamed(_history(message), tools=TOOLS)
        return {"called": called, "after": after}

    def _streamed(self, messages: list[Any], **more: Any) -> tuple[Any, Any]:
        joined, calls = Joined(), []
        for part in self.client.chat(MODEL, messages, stream=True, **more):
            joined.add("content", part.message.content)
            joined.add("done", part.done_reason)
            calls += [call.model_dump() for call in part.message.tool_calls or []]
        return {"joined": joined, "calls": calls}, {"role": "assistant", "content": "", "tool_calls": calls}


def _history(message: Any) -> list[Any]:
    return [*ASKING, message, {"role": "tool", "tool_name": TOOL_NAME, "content": TOOL_RESULT}]


CHAT = Chat()
