"""The `google-genai` package on the Gemini API and on Vertex AI."""

from __future__ import annotations

import json
from typing import Any

from common import Conversation, Joined
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from planted import PARAMETERS, PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, TOOL_RESULT

MODEL = "gemini-2.5-flash"


class Gemini(Conversation):
    def __init__(self, **arguments: Any) -> None:
        self.arguments = arguments

    def make(self) -> genai.Client:
        return genai.Client(**self.arguments)

    def plain(self) -> Any:
        return _dump(self.client.models.generate_content(model=MODEL, contents=PROMPT, config=_config()))

    def stream(self) -> Any:
        return self._streamed(PROMPT, _config())[0]

    def tools(self) -> Any:
        generate = self.client.models.generate_content
        called = generate(model=MODEL, contents=QUOTED, config=_config(tools=True))
        history = _history(called.candidates[0].content)
        return {
            "called": _dump(called),
            "after": _dump(generate(model=MODEL, contents=history, config=_config(tools=True))),
        }

    def stream_tools(self) -> Any:
        called, content = self._streamed(QUOTED, _config(tools=True))
        after, _ = self._streamed(_history(content), _config(tools=True))
        return {"called": called, "after": after}

    def _streamed(self, contents: Any, config: Any) -> tuple[Any, Any]:
        """Text joined, calls, and the last content."""
        joined, calls, content = Joined(), [], None
        for chunk in self.client.models.generate_content_stream(model=MODEL, contents=contents, config=config):
            content = chunk.candidates[0].content
            joined.add("finish", chunk.candidates[0].finish_reason)
            for part in content.parts or []:
                joined.add("text", part.text)
                if part.function_call:
                    calls.append([part.function_call.name, part.function_call.args])
        return {"joined": joined, "calls": calls}, content


def _config(*, tools: bool = False) -> types.GenerateContentConfig:
    declaration = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters_json_schema": PARAMETERS}
    offered: Any = [types.Tool(function_declarations=[types.FunctionDeclaration(**declaration)])] if tools else None
    return types.GenerateContentConfig(
        system_instruction=SYSTEM,
        tools=offered,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def _history(content: Any) -> list[types.Content]:
    part = types.Part.from_function_response(name=TOOL_NAME, response=json.loads(TOOL_RESULT))
    return [
        types.Content(role="user", parts=[types.Part(text=QUOTED)]),
        content,
        types.Content(role="user", parts=[part]),
    ]


def _dump(response: Any) -> Any:
    return response.model_dump(mode="json", exclude_none=True, exclude={"sdk_http_response", "parsed"})


DIRECT = Gemini()
VERTEX = Gemini(vertexai=True, project="p", location="us-central1", credentials=Credentials("ya29.fake"))
