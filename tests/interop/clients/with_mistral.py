"""The `mistralai` package: chat, whole and streamed, with tools; embeddings."""

from __future__ import annotations

from typing import Any

from mistralai.client import Mistral, errors
from planted import (
    BYTEWISE,
    PARALLEL,
    PARAMETERS,
    PROMPT,
    QUOTED,
    SYSTEM,
    TOOL_DESCRIPTION,
    TOOL_NAME,
    TOOL_RESULT,
    report,
)

MODEL = "mistral-small"
MESSAGES: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
ASKING: list[Any] = [{"role": "user", "content": QUOTED}]
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": PARAMETERS}}
]


def streamed(client: Mistral, messages: list[Any], script: str = "{}", **more: Any) -> dict[str, Any]:
    texts: dict[str, str] = {}
    headers = {"x-fake-script": script}
    for event in client.chat.stream(model=MODEL, messages=messages, http_headers=headers, **more):
        for choice in event.data.choices:
            if isinstance(choice.delta.content, str):
                texts["content"] = texts.get("content", "") + choice.delta.content
            for call in choice.delta.tool_calls or []:
                texts[f"{call.index}"] = texts.get(f"{call.index}", "") + str(call.function.arguments)
    return texts


def main() -> None:
    client = Mistral(api_key="k")
    called = client.chat.complete(model=MODEL, messages=ASKING, tools=TOOLS)
    message = called.choices[0].message
    answered = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "name": TOOL_NAME, "content": TOOL_RESULT}
    told: Any = None
    try:
        client.chat.complete(model=MODEL, messages=MESSAGES, http_headers={"x-fake-script": '{"status": 400}'})
    except errors.MistralError as error:
        told = [error.status_code, error.body]
    report(
        {
            "plain": client.chat.complete(model=MODEL, messages=MESSAGES).model_dump(),
            "called": called.model_dump(),
            "after": client.chat.complete(model=MODEL, messages=[*ASKING, message, answered], tools=TOOLS).model_dump(),
            "streamed": streamed(client, MESSAGES),
            "tools": streamed(client, ASKING, PARALLEL, tools=TOOLS),
            "bytewise": streamed(client, MESSAGES, BYTEWISE),
            "embed": client.embeddings.create(model="mistral-embed", inputs=[PROMPT]).model_dump(),
            "refused": told,
        }
    )


main()
