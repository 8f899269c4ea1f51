"""The `cohere` package in both versions of its API."""

from __future__ import annotations

from typing import Any, ClassVar

import cohere
from common import ASKING, MESSAGES, TOOLS, Conversation, Joined
from planted import PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, TOOL_RESULT

MODEL = "command-a"


class Second(Conversation):
    def make(self) -> cohere.ClientV2:
        return cohere.ClientV2()

    def plain(self) -> Any:
        return self.client.chat(model=MODEL, messages=MESSAGES).model_dump()

    def stream(self) -> Any:
        return self._streamed(MESSAGES)

    def tools(self) -> Any:
        called = self.client.chat(model=MODEL, messages=ASKING, tools=TOOLS)
        message = called.message
        said = {"role": "assistant", "tool_plan": message.tool_plan, "tool_calls": message.tool_calls}
        history = [*ASKING, said, _result(message.tool_calls[0].id)]
        after = self.client.chat(model=MODEL, messages=history, tools=TOOLS)
        return {"called": called.model_dump(), "after": after.model_dump()}

    def stream_tools(self) -> Any:
        called = self._streamed(ASKING, tools=TOOLS)
        function = {"name": called["0 name"], "arguments": called["0 arguments"]}
        call = {"id": called["0 id"], "type": "function", "function": function}
        said = {"role": "assistant", "tool_plan": called["plan"], "tool_calls": [call]}
        return {"called": called, "after": self._streamed([*ASKING, said, _result(call["id"])], tools=TOOLS)}

    def _streamed(self, messages: list[Any], **more: Any) -> Joined:
        joined = Joined()
        for event in self.client.chat_stream(model=MODEL, messages=messages, **more):
            match event.type:
                case "content-delta":
                    joined.add("text", event.delta.message.content.text)
                case "tool-plan-delta":
                    joined.add("plan", event.delta.message.tool_plan)
                case "tool-call-start":
                    call = event.delta.message.tool_calls
                    joined.add(f"{event.index} id", call.id)
                    joined.add(f"{event.index} name", call.function.name)
                case "tool-call-delta":
                    joined.add(f"{event.index} arguments", event.delta.message.tool_calls.function.arguments)
                case kind:
                    joined.add("kinds", f"{kind} ")
        return joined


def _result(identifier: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identifier, "content": TOOL_RESULT}


class First(Conversation):
    tool: ClassVar[Any] = {
        "name": TOOL_NAME,
        "description": TOOL_DESCRIPTION,
        "parameter_definitions": {"recipient": {"type": "str", "description": SYSTEM, "required": True}},
    }

    def make(self) -> cohere.Client:
        return cohere.Client()

    def plain(self) -> Any:
        return self.client.chat(message=PROMPT, preamble=SYSTEM).model_dump()

    def stream(self) -> Any:
        return self._streamed(message=QUOTED, chat_history=[{"role": "USER", "message": PROMPT}])

    def tools(self) -> Any:
        called = self.client.chat(message=QUOTED, tools=[self.tool])
        results = [{"call": called.tool_calls[0], "outputs": [{"answer": TOOL_RESULT}]}]
        after = self.client.chat(message=QUOTED, tools=[self.tool], tool_results=results)
        return {"called": called.model_dump(), "after": after.model_dump()}

    def stream_tools(self) -> Any:
        return self._streamed(message=QUOTED, tools=[self.tool])

    def _streamed(self, **arguments: Any) -> Any:
        joined, calls, final = Joined(), [], None
        for event in self.client.chat_stream(**arguments):
            match event.event_type:
                case "text-generation":
                    joined.add("text", event.text)
                case "tool-calls-generation":
                    calls += [call.model_dump() for call in event.tool_calls]
                case "stream-end":
                    final = event.response.model_dump()
                case kind:
                    joined.add("kinds", f"{kind} ")
        return {"joined": joined, "calls": calls, "final": final}


FIRST, SECOND = First(), Second()
