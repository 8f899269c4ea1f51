"""The `mistralai` package."""

from __future__ import annotations

from typing import Any

from common import ASKING, MESSAGES, TOOLS, Conversation, Joined
from mistralai.client import Mistral
from planted import TOOL_NAME, TOOL_RESULT

MODEL = "mistral-small"


class Chat(Conversation):
    def make(self) -> Mistral:
        return Mistral()

    def plain(self) -> Any:
        return self.client.chat.complete(model=MODEL, messages=MESSAGES).model_dump()

    def stream(self) -> Any:
        return self._streamed(MESSAGES)

    def tools(self) -> Any:
        called = self.client.chat.complete(model=MODEL, messages=ASKING, tools=TOOLS)
        message = called.choices[0].message
        history = [*ASKING, message, _result(message.tool_calls[0].id)]
        after = self.client.chat.complete(model=MODEL, messages=history, tools=TOOLS)
        return {"called": called.model_dump(), "after": after.model_dump()}

    def stream_tools(self) -> Any:
        called = self._streamed(ASKING, tools=TOOLS)
        function = {"name": TOOL_NAME, "arguments": called["0 arguments"]}
        message = {"role": "assistant", "content": "", "tool_calls": [{"id": called["0 id"], "function": function}]}
        return {
            "called": called,
            "after": self._streamed([*ASKING, message, _result(called["0 id"])], tools=TOOLS),
        }

    def _streamed(self, messages: list[Any], **more: Any) -> Joined:
        joined = Joined()
        for event in self.client.chat.stream(model=MODEL, messages=messages, **more):
            for choice in event.data.choices:
                if isinstance(choice.delta.content, str):
                    joined.add("content", choice.delta.content)
                for call in choice.delta.tool_calls or []:
                    joined.add(f"{call.index} id", call.id)
                    joined.add(f"{call.index} arguments", str(call.function.arguments))
        return joined


def _result(identifier: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identifier, "name": TOOL_NAME, "content": TOOL_RESULT}


CHAT = Chat()
