"""The `google-ai-generativelanguage` package: the Gemini API over gRPC."""

from __future__ import annotations

import json
from typing import Any

from common import Conversation, Joined
from google.ai import generativelanguage_v1beta as glm
from google.api_core.client_options import ClientOptions
from planted import PARAMETERS, PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, TOOL_RESULT

MODEL = "models/gemini-2.5-flash"


class Gapic(Conversation):
    def make(self) -> glm.GenerativeServiceClient:
        return glm.GenerativeServiceClient(client_options=ClientOptions(api_key="k"), transport="grpc")

    def plain(self) -> Any:
        return _dump(self.client.generate_content(_asking([_said("user", glm.Part(text=PROMPT))])))

    def stream(self) -> Any:
        return self._streamed([_said("user", glm.Part(text=PROMPT))])[0]

    def tools(self) -> Any:
        called = self.client.generate_content(_asking(_QUESTION, tools=True))
        history = [*_QUESTION, called.candidates[0].content, _RESULT]
        after = self.client.generate_content(_asking(history, tools=True))
        return {"called": _dump(called), "after": _dump(after)}

    def stream_tools(self) -> Any:
        called, content = self._streamed(_QUESTION, tools=True)
        after, _ = self._streamed([*_QUESTION, content, _RESULT], tools=True)
        return {"called": called, "after": after}

    def _streamed(self, contents: list[Any], *, tools: bool = False) -> tuple[Any, Any]:
        """Text joined, calls, and the last content."""
        joined, calls, content = Joined(), [], None
        for chunk in self.client.stream_generate_content(_asking(contents, tools=tools)):
            content = chunk.candidates[0].content
            joined["finish"] = chunk.candidates[0].finish_reason.name
            for part in content.parts:
                joined.add("text", part.text)
                if part.function_call.name:
                    calls.append(glm.FunctionCall.to_dict(part.function_call))
        return {"joined": joined, "calls": calls}, content


def _said(role: str, part: glm.Part) -> glm.Content:
    return glm.Content(role=role, parts=[part])


_QUESTION = [_said("user", glm.Part(text=QUOTED))]
_RESULT = _said(
    "user",
    glm.Part(function_response=glm.FunctionResponse(name=TOOL_NAME, response=json.loads(TOOL_RESULT))),
)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema as the API's own message has it."""
    made = {"type_": schema["type"].upper()}
    made |= {name: schema[name] for name in ("description", "required") if name in schema}
    if "items" in schema:
        made["items"] = _schema(schema["items"])
    if "properties" in schema:
        made["properties"] = {name: _schema(inner) for name, inner in schema["properties"].items()}
    return made


def _asking(contents: list[Any], *, tools: bool = False) -> glm.GenerateContentRequest:
    declaration = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": _schema(PARAMETERS)}
    return glm.GenerateContentRequest(
        model=MODEL,
        contents=contents,
        system_instruction=glm.Content(parts=[glm.Part(text=SYSTEM)]),
        tools=[glm.Tool(function_declarations=[declaration])] if tools else [],
    )


def _dump(response: Any) -> Any:
    return glm.GenerateContentResponse.to_dict(response, use_integers_for_enums=False)


GRPC = Gapic()
