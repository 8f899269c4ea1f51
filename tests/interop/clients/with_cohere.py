"""The `cohere` package: chat in both versions, whole and streamed, with tools; embed and rerank."""

from __future__ import annotations

from typing import Any

import cohere
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

MODEL = "command-a"
MESSAGES: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
ASKING: list[Any] = [{"role": "user", "content": QUOTED}]
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": PARAMETERS}}
]


def scripted(script: str) -> Any:
    return {"additional_headers": {"x-fake-script": script}}


def streamed(client: cohere.ClientV2, messages: list[Any], script: str = "{}", **more: Any) -> dict[str, Any]:
    texts: dict[str, str] = {}
    kinds: list[str] = []

    def add(name: str, piece: str | None) -> None:
        texts[name] = texts.get(name, "") + (piece or "")

    for event in client.chat_stream(model=MODEL, messages=messages, request_options=scripted(script), **more):
        match event.type:
            case "content-delta":
                add(f"{event.index} text", event.delta.message.content.text)
            case "tool-plan-delta":
                add("plan", event.delta.message.tool_plan)
            case "tool-call-delta":
                add(f"{event.index} arguments", event.delta.message.tool_calls.function.arguments)
            case kind:
                kinds.append(kind)
    return {"texts": texts, "kinds": kinds}


def old(client: cohere.Client) -> dict[str, Any]:
    texts: list[str] = []
    final: Any = None
    for event in client.chat_stream(message=QUOTED, chat_history=[{"role": "USER", "message": PROMPT}]):
        if event.event_type == "text-generation":
            texts.append(event.text)
        elif event.event_type == "stream-end":
            final = event.response.model_dump()
    return {"plain": client.chat(message=PROMPT).model_dump(), "streamed": "".join(texts), "final": final}


def main() -> None:
    client = cohere.ClientV2(api_key="k")
    called = client.chat(model=MODEL, messages=ASKING, tools=TOOLS)
    call = called.message.tool_calls[0]
    answered = {"role": "tool", "tool_call_id": call.id, "content": TOOL_RESULT}
    assistant = {"role": "assistant", "tool_plan": called.message.tool_plan, "tool_calls": called.message.tool_calls}
    told: Any = None
    try:
        client.chat(model=MODEL, messages=MESSAGES, request_options=scripted('{"status": 400}'))
    except cohere.BadRequestError as error:
        told = error.body
    report(
        {
            "plain": client.chat(model=MODEL, messages=MESSAGES).model_dump(),
            "called": called.model_dump(),
            "after": client.chat(model=MODEL, messages=[*ASKING, assistant, answered], tools=TOOLS).model_dump(),
            "streamed": streamed(client, MESSAGES),
            "tools": streamed(client, ASKING, PARALLEL, tools=TOOLS),
            "bytewise": streamed(client, MESSAGES, BYTEWISE),
            "old": old(cohere.Client(api_key="k")),
            "embed": client.embed(
                model="embed-v4.0", texts=[PROMPT], input_type="search_document", embedding_types=["float"]
            ).model_dump(),
            "rerank": client.rerank(model="rerank", query=QUOTED, documents=[PROMPT, "other"]).model_dump(),
            "refused": told,
        }
    )


main()
