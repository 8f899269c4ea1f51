"""Chat completions, for all clients that have `client.chat.completions.create`."""

from __future__ import annotations

from typing import Any

from common import ASKING, MESSAGES, TOOLS, Conversation, Joined
from planted import TOOL_RESULT


class Chat(Conversation):
    def __init__(self, module: str, name: str, model: str = "m", **arguments: Any) -> None:
        self.module, self.name, self.model, self.arguments = module, name, model, arguments

    def make(self) -> Any:
        package = __import__(self.module)
        return getattr(package, self.name)(**self.arguments)

    def create(self, messages: list[Any], **more: Any) -> Any:
        return self.client.chat.completions.create(model=self.model, messages=messages, **more)

    def plain(self) -> Any:
        return _dump(self.create(MESSAGES))

    def stream(self) -> Any:
        return self._streamed(MESSAGES)

    def tools(self) -> Any:
        called = self.create(ASKING, tools=TOOLS)
        message = called.choices[0].message
        call = message.tool_calls[0]
        history = [*ASKING, _said(message.content, call.id, call.function), _result(call.id)]
        return {"called": _dump(called), "after": _dump(self.create(history, tools=TOOLS))}

    def stream_tools(self) -> Any:
        called = self._streamed(ASKING, tools=TOOLS)
        function = {"name": called["0 name"], "arguments": called["0 arguments"]}
        history = [*ASKING, _said(None, called["0 id"], function), _result(called["0 id"])]
        return {"called": called, "after": self._streamed(history, tools=TOOLS)}

    def _streamed(self, messages: list[Any], **more: Any) -> Joined:
        joined = Joined()
        for chunk in self.create(messages, stream=True, **more):
            for choice in chunk.choices:
                joined.add("content", choice.delta.content)
                joined.add("finish", choice.finish_reason)
                for call in choice.delta.tool_calls or []:
                    index = int(call.index)  # together makes a float of it
                    joined.add(f"{index} id", call.id)
                    joined.add(f"{index} name", call.function.name)
                    joined.add(f"{index} arguments", call.function.arguments)
        return joined


def _said(content: str | None, identifier: str, function: Any) -> dict[str, Any]:
    if not isinstance(function, dict):
        function = {"name": function.name, "arguments": function.arguments}
    return {
        "role": "assistant",
        "content": content or "",
        "tool_calls": [{"id": identifier, "type": "function", "function": function}],
    }


def _result(identifier: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identifier, "content": TOOL_RESULT}


def _dump(answer: Any) -> Any:
    return answer.model_dump() if hasattr(answer, "model_dump") else answer


OPENAI = Chat("openai", "OpenAI")
AZURE = Chat("openai", "AzureOpenAI", "deployed")
GROQ = Chat("groq", "Groq")
TOGETHER = Chat("together", "Together")
HUGGINGFACE = Chat("huggingface_hub", "InferenceClient", "org/model")
