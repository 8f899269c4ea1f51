"""LlamaIndex with its OpenAI model."""

from __future__ import annotations

from typing import Any

from common import Conversation
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI
from planted import PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, TOOL_RESULT

MESSAGES = [ChatMessage(role="system", content=SYSTEM), ChatMessage(role="user", content=PROMPT)]
ASKING = [ChatMessage(role="user", content=QUOTED)]


def _send(recipient: str) -> str:
    return TOOL_RESULT


class Model(Conversation):
    tool = FunctionTool.from_defaults(_send, name=TOOL_NAME, description=TOOL_DESCRIPTION)

    def make(self) -> OpenAI:
        return OpenAI(model="gpt-4o-mini")

    def plain(self) -> Any:
        return self.client.chat(MESSAGES).message.model_dump(mode="json")

    def stream(self) -> Any:
        *_, last = self.client.stream_chat(MESSAGES)
        return last.message.content

    def tools(self) -> Any:
        called = self.client.chat_with_tools([self.tool], chat_history=ASKING)
        after = self.client.chat_with_tools([self.tool], chat_history=self._history(called))
        return {"called": self._calls(called), "after": after.message.content}

    def stream_tools(self) -> Any:
        *_, called = self.client.stream_chat_with_tools([self.tool], chat_history=ASKING)
        *_, after = self.client.stream_chat_with_tools([self.tool], chat_history=self._history(called))
        return {"called": self._calls(called), "after": after.message.content}

    def _calls(self, answer: Any) -> Any:
        return [call.model_dump() for call in self.client.get_tool_calls_from_response(answer)]

    def _history(self, called: Any) -> list[ChatMessage]:
        identifier = self._calls(called)[0]["tool_id"]
        result = ChatMessage(role="tool", content=TOOL_RESULT, additional_kwargs={"tool_call_id": identifier})
        return [*ASKING, called.message, result]


OPENAI = Model()
