"""LangChain's chat models: one interface for all providers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from common import FUNCTION, TOOLS, Conversation
from planted import PROMPT, QUOTED, SYSTEM, TOOL_RESULT

MESSAGES = [("system", SYSTEM), ("user", PROMPT)]


class Model(Conversation):
    def __init__(self, module: str, name: str, **arguments: Any) -> None:
        self.module, self.name, self.arguments = module, name, arguments

    def make(self) -> Any:
        return getattr(import_module(self.module), self.name)(**self.arguments)

    def plain(self) -> Any:
        return _told(self.client.invoke(MESSAGES))

    def stream(self) -> Any:
        return _told(_sum(self.client.stream(MESSAGES)))

    def tools(self) -> Any:
        tooled = self.client.bind_tools(TOOLS)
        called = tooled.invoke(QUOTED)
        return {"called": _told(called), "after": _told(tooled.invoke(_history(called)))}

    def stream_tools(self) -> Any:
        tooled = self.client.bind_tools(TOOLS)
        called = _sum(tooled.stream(QUOTED))
        return {"called": _told(called), "after": _told(_sum(tooled.stream(_history(called))))}


def _sum(chunks: Any) -> Any:
    total = None
    for chunk in chunks:
        total = chunk if total is None else total + chunk
    return total


def _history(called: Any) -> list[Any]:
    result = {"role": "tool", "tool_call_id": called.tool_calls[0]["id"], "name": FUNCTION["name"]}
    return [("user", QUOTED), called, {**result, "content": TOOL_RESULT}]


def _told(message: Any) -> Any:
    return {"content": message.content, "calls": message.tool_calls, "usage": message.usage_metadata}


OPENAI = Model("langchain_openai", "ChatOpenAI", model="gpt-4o-mini")
RESPONSES = Model("langchain_openai", "ChatOpenAI", model="gpt-5-mini", use_responses_api=True)
ANTHROPIC = Model("langchain_anthropic", "ChatAnthropic", model_name="claude-sonnet-4-5")
