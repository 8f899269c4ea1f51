"""The `anthropic` package: messages and count_tokens; sync, async, streamed, with tools and signed reasoning."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import anthropic
from planted import (
    BYTEWISE,
    FRAGMENTED,
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

COMMON: dict[str, Any] = {"model": "claude-test", "max_tokens": 2048}
MESSAGES: list[Any] = [{"role": "user", "content": PROMPT}]
ASKING: list[Any] = [{"role": "user", "content": [{"type": "text", "text": QUOTED}]}]
TOOLS: list[Any] = [{"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "input_schema": PARAMETERS}]


def scripted(script: str) -> dict[str, str]:
    return {"x-fake-script": script}


def messages(client: anthropic.Anthropic) -> dict[str, Any]:
    plain = client.messages.create(**COMMON, messages=MESSAGES, system=SYSTEM)
    called = client.messages.create(**COMMON, messages=ASKING, tools=TOOLS)
    call = called.content[0]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": TOOL_RESULT}]}
    history = [*ASKING, {"role": "assistant", "content": called.content}, {"role": "user", "content": [result]}]
    after = client.messages.create(**COMMON, messages=history, tools=TOOLS)
    counted = client.messages.count_tokens(model=COMMON["model"], messages=MESSAGES, system=SYSTEM)
    return {
        "plain": plain.model_dump(),
        "called": called.model_dump(),
        "after": after.model_dump(),
        "counted": counted.model_dump(),
    }


def streamed(client: anthropic.Anthropic, **arguments: Any) -> dict[str, Any]:
    """The deltas joined per block, the order of other events, and the message that the helper puts together."""
    deltas: dict[str, str] = {}
    kinds: list[str] = []
    with client.messages.stream(**COMMON, **arguments) as stream:
        for event in stream:
            if event.type == "content_block_delta":
                for field in ("text", "partial_json"):
                    if isinstance(piece := getattr(event.delta, field, None), str):
                        deltas[f"{event.index} {field}"] = deltas.get(f"{event.index} {field}", "") + piece
            elif event.type not in ("text", "input_json"):
                kinds.append(event.type)
        final = stream.get_final_message()
    return {"deltas": deltas, "kinds": kinds, "final": final.model_dump()}


def streams(client: anthropic.Anthropic) -> dict[str, Any]:
    return {
        "plain": streamed(client, messages=MESSAGES, system=SYSTEM),
        "tools": streamed(client, messages=ASKING, tools=TOOLS),
        "parallel": streamed(client, messages=ASKING, tools=TOOLS, extra_headers=scripted(PARALLEL)),
        "fragmented": streamed(client, messages=ASKING, tools=TOOLS, extra_headers=scripted(FRAGMENTED)),
        "bytewise": streamed(client, messages=MESSAGES, extra_headers=scripted(BYTEWISE)),
    }


def reasoning(client: anthropic.Anthropic) -> dict[str, Any]:
    """Signed reasoning goes back as it came; a single changed character would be refused.

    What the reasoning says isn't reported: it stays as the provider signed it, with tokens in it.
    """
    thinking: Any = {"type": "enabled", "budget_tokens": 1024}
    first = client.messages.create(**COMMON, messages=MESSAGES, thinking=thinking)
    history = [*MESSAGES, {"role": "assistant", "content": first.content}, *ASKING]
    second = client.messages.create(**COMMON, messages=history, thinking=thinking)
    with client.messages.stream(**COMMON, messages=MESSAGES, thinking=thinking) as stream:
        third = stream.get_final_message()
    history = [*MESSAGES, {"role": "assistant", "content": third.content}, *ASKING]
    fourth = client.messages.create(**COMMON, messages=history, thinking=thinking)
    return {"texts": [message.content[1].text for message in (first, second, third, fourth)]}


def failures(client: anthropic.Anthropic) -> dict[str, Any]:
    """What an application is told when the provider refuses, also in mid-stream."""
    told: dict[str, Any] = {}
    try:
        client.messages.create(**COMMON, messages=MESSAGES, extra_headers=scripted(json.dumps({"status": 400})))
    except anthropic.BadRequestError as error:
        told["refused"] = [error.status_code, error.body]
    try:
        streamed(client, messages=MESSAGES, extra_headers=scripted(json.dumps({"error_after": 6})))
    except anthropic.APIStatusError as error:
        told["broken"] = [type(error).__name__, error.body]
    return told


async def asynchronous() -> dict[str, Any]:
    async with anthropic.AsyncAnthropic() as client:
        plain = await client.messages.create(**COMMON, messages=MESSAGES, system=SYSTEM)
        called = await client.messages.create(**COMMON, messages=ASKING, tools=TOOLS)
        async with client.messages.stream(**COMMON, messages=MESSAGES) as stream:
            text = "".join([piece async for piece in stream.text_stream])
            final = await stream.get_final_message()
    return {"plain": plain.model_dump(), "called": called.model_dump(), "text": text, "final": final.model_dump()}


def main() -> None:
    client = anthropic.Anthropic()
    report(
        {
            "messages": messages(client),
            "streams": streams(client),
            "reasoning": reasoning(client),
            "failures": failures(client),
            "async": asyncio.run(asynchronous()),
        }
    )


main()
