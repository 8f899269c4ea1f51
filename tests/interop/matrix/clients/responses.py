"""The Responses API of the `openai` package, with its helper for streams."""

from __future__ import annotations

from typing import Any

import openai
from common import FUNCTION, Conversation, Joined
from planted import PROMPT, QUOTED, SYSTEM, TOOL_RESULT

MODEL = "gpt-5-mini"
TOOLS: list[Any] = [{"type": "function", "strict": True, **FUNCTION}]
ASKING: list[Any] = [{"role": "user", "content": [{"type": "input_text", "text": QUOTED}]}]


class Responses(Conversation):
    def make(self) -> openai.OpenAI:
        return openai.OpenAI()

    def plain(self) -> Any:
        return self.client.responses.create(model=MODEL, input=PROMPT, instructions=SYSTEM).model_dump()

    def stream(self) -> Any:
        return self._streamed(input=PROMPT, instructions=SYSTEM)[0]

    def tools(self) -> Any:
        called = self.client.responses.create(model=MODEL, input=ASKING, tools=TOOLS)
        after = self.client.responses.create(model=MODEL, input=_history(called), tools=TOOLS)
        return {"called": called.model_dump(), "after": after.model_dump()}

    def stream_tools(self) -> Any:
        called, final = self._streamed(input=ASKING, tools=TOOLS)
        after, _ = self._streamed(input=_history(final), tools=TOOLS)
        return {"called": called, "after": after}

    def _streamed(self, **arguments: Any) -> tuple[Any, Any]:
        """Deltas joined, kinds of the other events in order, the final object; and that object itself."""
        joined, kinds = Joined(), []
        with self.client.responses.stream(model=MODEL, **arguments) as stream:
            for event in stream:
                if event.type.endswith(".delta"):
                    joined.add(f"{event.type} {event.output_index}", event.delta)
                else:
                    kinds.append(event.type)
            final = stream.get_final_response()
        return {"joined": joined, "kinds": kinds, "final": final.model_dump()}, final


def _history(called: Any) -> list[Any]:
    call = called.output[0].model_dump(exclude_none=True, exclude={"parsed_arguments"})
    return [*ASKING, call, {"type": "function_call_output", "call_id": call["call_id"], "output": TOOL_RESULT}]


OPENAI = Responses()
