"""The `ollama` package against its cloud: chat, generate and embed, whole and streamed, with tools and thinking."""

from __future__ import annotations

from typing import Any

import ollama
from planted import BYTEWISE, PARALLEL, PARAMETERS, PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, report

MODEL = "gpt-oss"
MESSAGES: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
ASKING: list[Any] = [{"role": "user", "content": QUOTED}]
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": PARAMETERS}}
]


def scripted(script: str) -> ollama.Client:
    return ollama.Client(host="https://ollama.com", headers={"authorization": "Bearer k", "x-fake-script": script})


def streamed(client: ollama.Client, messages: list[Any], **more: Any) -> dict[str, Any]:
    texts = {"content": "", "thinking": ""}
    calls: list[Any] = []
    for part in client.chat(MODEL, messages, stream=True, **more):
        texts["content"] += part.message.content or ""
        texts["thinking"] += part.message.thinking or ""
        calls += [call.model_dump() for call in part.message.tool_calls or []]
    return {**texts, "calls": calls, "done": part.done_reason}


def failures() -> dict[str, Any]:
    told: dict[str, Any] = {}
    try:
        scripted('{"status": 400}').chat(MODEL, MESSAGES)
    except ollama.ResponseError as error:
        told["refused"] = [error.status_code, error.error]
    try:
        streamed(scripted('{"error_after": 3}'), MESSAGES)
    except ollama.ResponseError as error:
        told["broken"] = error.error
    return told


def main() -> None:
    client = scripted("{}")
    called = client.chat(MODEL, ASKING, tools=TOOLS)
    history = [*ASKING, called.message, {"role": "tool", "tool_name": TOOL_NAME, "content": f"sent: {QUOTED}"}]
    report(
        {
            "plain": client.chat(MODEL, MESSAGES).model_dump(),
            "called": called.model_dump(),
            "after": client.chat(MODEL, history, tools=TOOLS).model_dump(),
            "streamed": streamed(client, MESSAGES),
            "thinking": streamed(client, MESSAGES, think=True),
            "tools": streamed(scripted(PARALLEL), ASKING, tools=TOOLS),
            "bytewise": streamed(scripted(BYTEWISE), MESSAGES),
            "generate": client.generate(MODEL, PROMPT).response,
            "generated": "".join(part.response for part in client.generate(MODEL, QUOTED, stream=True)),
            "embed": client.embed(MODEL, [PROMPT, QUOTED]).model_dump(),
            "failures": failures(),
        }
    )


main()
