"""The `openai` package: chat, Responses, completions, embeddings and moderations; sync, async, streamed, with tools."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
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

MODEL = "gpt-5-mini"
MESSAGES: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
FUNCTION = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": PARAMETERS, "strict": True}
CHAT_TOOLS: list[Any] = [{"type": "function", "function": FUNCTION}]
RESPONSE_TOOLS: list[Any] = [{"type": "function", **FUNCTION}]


def scripted(script: str) -> dict[str, str]:
    return {"x-fake-script": script}


def joined(chunks: Any) -> dict[str, Any]:
    """The texts that an application would put together from a chat stream, per choice and per call."""
    texts: dict[str, str] = {}
    last: dict[str, Any] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            parts = {f"content {choice.index}": choice.delta.content}
            for call in choice.delta.tool_calls or []:
                parts[f"call {choice.index} {call.index}"] = call.function.arguments
            for key, text in parts.items():
                texts[key] = texts.get(key, "") + (text or "")
            if choice.finish_reason:
                last[f"finish {choice.index}"] = choice.finish_reason
        if chunk.usage:
            last["usage"] = chunk.usage.model_dump()
        last["id"] = chunk.id
    calls = {key: json.loads(text) for key, text in texts.items() if key.startswith("call")}
    return {**texts, **last, "parsed": calls}


def chat(client: openai.OpenAI) -> dict[str, Any]:
    create = client.chat.completions.create
    plain = create(model=MODEL, messages=MESSAGES, metadata={"team": "x"})
    several = create(model=MODEL, messages=[{"role": "user", "content": [{"type": "text", "text": QUOTED}]}], n=2)
    called = create(model=MODEL, messages=[{"role": "user", "content": QUOTED}], tools=CHAT_TOOLS)
    call = called.choices[0].message.tool_calls[0]
    history = [
        {"role": "user", "content": QUOTED},
        called.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": TOOL_RESULT},
    ]
    after = create(model=MODEL, messages=history, tools=CHAT_TOOLS)
    again: list[Any] = [*MESSAGES, {"role": "assistant", "content": plain.choices[0].message.content},
                        {"role": "user", "content": "And " + QUOTED}]  # fmt: skip
    return {
        "plain": plain.model_dump(),
        "several": several.model_dump(),
        "called": called.model_dump(),
        "arguments": json.loads(call.function.arguments),
        "after": after.model_dump(),
        "second turn": create(model=MODEL, messages=again).model_dump(),
    }


def chat_streams(client: openai.OpenAI) -> dict[str, Any]:
    create = client.chat.completions.create
    usage = {"include_usage": True}
    with client.chat.completions.stream(model=MODEL, messages=MESSAGES, tools=CHAT_TOOLS) as stream:
        stream.until_done()
        helper = stream.get_final_completion().choices[0].message.tool_calls[0].function
    return {
        "plain": joined(create(model=MODEL, messages=MESSAGES, stream=True, stream_options=usage)),
        "several": joined(create(model=MODEL, messages=MESSAGES, stream=True, n=3)),
        "tools": joined(create(model=MODEL, messages=MESSAGES, stream=True, tools=CHAT_TOOLS)),
        "helper": json.loads(helper.arguments),
        "fragmented": joined(create(model=MODEL, messages=MESSAGES, stream=True, extra_headers=scripted(FRAGMENTED))),
        "bytewise": joined(create(model=MODEL, messages=MESSAGES, stream=True, extra_headers=scripted(BYTEWISE))),
        "parallel": joined(create(model=MODEL, messages=[{"role": "user", "content": QUOTED}], stream=True,
                                  tools=CHAT_TOOLS, extra_headers=scripted(PARALLEL))),
    }  # fmt: skip


def responses(client: openai.OpenAI) -> dict[str, Any]:
    plain = client.responses.create(model=MODEL, input=PROMPT, instructions=SYSTEM)
    called = client.responses.create(model=MODEL, input=QUOTED, tools=RESPONSE_TOOLS)
    call = called.output[0]
    items: list[Any] = [
        {"role": "user", "content": [{"type": "input_text", "text": QUOTED}]},
        call.model_dump(exclude_none=True),
        {"type": "function_call_output", "call_id": call.call_id, "output": TOOL_RESULT},
    ]
    after = client.responses.create(model=MODEL, input=items, tools=RESPONSE_TOOLS)
    return {
        "plain": plain.model_dump(),
        "text": plain.output_text,
        "called": called.model_dump(),
        "arguments": json.loads(call.arguments),
        "after": after.model_dump(),
    }


def response_stream(client: openai.OpenAI, **arguments: Any) -> dict[str, Any]:
    """Deltas joined, `.done` copies and the final object: all three must tell the same."""
    deltas: dict[str, str] = {}
    copies: dict[str, Any] = {}
    kinds: list[str] = []
    with client.responses.stream(model=MODEL, **arguments) as stream:
        for event in stream:
            if event.type.endswith(".delta"):
                key = f"{event.type} {event.output_index}"
                deltas[key] = deltas.get(key, "") + event.delta
            else:
                kinds.append(event.type)
            if event.type.endswith(".done"):
                copies[f"{event.type} {event.output_index}"] = event.model_dump(exclude={"sequence_number"})
        final = stream.get_final_response()
    return {"deltas": deltas, "copies": copies, "kinds": kinds, "final": final.model_dump()}


def response_streams(client: openai.OpenAI) -> dict[str, Any]:
    return {
        "plain": response_stream(client, input=PROMPT, instructions=SYSTEM),
        "reasoning": response_stream(client, input=PROMPT, reasoning={"summary": "auto"}),
        "tools": response_stream(client, input=QUOTED, tools=RESPONSE_TOOLS),
        "parallel": response_stream(client, input=QUOTED, tools=RESPONSE_TOOLS, extra_headers=scripted(PARALLEL)),
        "bytewise": response_stream(client, input=PROMPT, extra_headers=scripted(BYTEWISE)),
    }


def others(client: openai.OpenAI) -> dict[str, Any]:
    completion = client.completions.create(model=MODEL, prompt=[PROMPT, QUOTED])
    streamed = client.completions.create(model=MODEL, prompt=PROMPT, stream=True)
    return {
        "completion": completion.model_dump(),
        "completion stream": "".join(chunk.choices[0].text for chunk in streamed),
        "embeddings": client.embeddings.create(model="text-embedding-3-small", input=[PROMPT, QUOTED]).model_dump(),
        "moderation": client.moderations.create(input=PROMPT).model_dump(),
        "models": [model.id for model in client.models.list()],
        "errors": failures(client),
    }


def failures(client: openai.OpenAI) -> dict[str, Any]:
    """What an application is told when the provider refuses, also in mid-stream."""
    told: dict[str, Any] = {}
    refusal = json.dumps(
        {"status": 400, "error": {"error": {"message": "too long", "type": "x", "code": "y", "param": "z"}}}
    )
    try:
        client.chat.completions.create(model=MODEL, messages=MESSAGES, extra_headers=scripted(refusal))
    except openai.BadRequestError as error:
        told["refused"] = [error.status_code, error.code, error.param, str(error)]
    broken = json.dumps({"error_after": 6})
    try:
        for _ in client.chat.completions.create(
            model=MODEL, messages=MESSAGES, stream=True, extra_headers=scripted(broken)
        ):
            pass
    except openai.APIError as error:
        told["broken"] = [type(error).__name__, error.message]
    return told


async def asynchronous() -> dict[str, Any]:
    async with openai.AsyncOpenAI() as client:
        plain = await client.chat.completions.create(model=MODEL, messages=MESSAGES)
        stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        streamed = [chunk async for chunk in stream]
        response = await client.responses.create(model=MODEL, input=PROMPT)
        called = await client.chat.completions.create(model=MODEL, messages=MESSAGES, tools=CHAT_TOOLS)
    return {
        "plain": plain.model_dump(),
        "stream": joined(streamed),
        "response": response.model_dump(),
        "called": called.model_dump(),
    }


def main() -> None:
    client = openai.OpenAI()
    report(
        {
            "chat": chat(client),
            "chat streams": chat_streams(client),
            "responses": responses(client),
            "response streams": response_streams(client),
            "others": others(client),
            "async": asyncio.run(asynchronous()),
        }
    )


main()
