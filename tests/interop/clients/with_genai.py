"""The `google-genai` package: content, streams, tools, tokens and embeddings; sync and async."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from google import genai
from google.genai import errors, types
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

MODEL = "gemini-2.5-flash"


def dumped(response: Any) -> Any:
    return response.model_dump(mode="json", exclude_none=True, exclude={"sdk_http_response", "parsed"})


def config(script: str | None = None, *, tools: bool = False, **more: Any) -> types.GenerateContentConfig:
    declaration = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters_json_schema": PARAMETERS}
    offered: Any = [types.Tool(function_declarations=[types.FunctionDeclaration(**declaration)])] if tools else None
    options = types.HttpOptions(headers={"x-fake-script": script}) if script else None
    return types.GenerateContentConfig(
        system_instruction=SYSTEM,
        tools=offered,
        http_options=options,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        **more,
    )


def joined(chunks: Any) -> dict[str, Any]:
    """The texts and calls that an application would put together, per candidate."""
    texts: dict[str, str] = {}
    calls: list[Any] = []
    finish: dict[str, Any] = {}
    for chunk in chunks:
        for candidate in chunk.candidates:
            index = str(candidate.index)
            for part in candidate.content.parts or []:
                texts[index] = texts.get(index, "") + (part.text or "")
                if part.function_call:
                    calls.append([part.function_call.name, part.function_call.args])
            if candidate.finish_reason:
                finish[index] = str(candidate.finish_reason)
    return {"texts": texts, "calls": calls, "finish": finish}


def content(client: genai.Client) -> dict[str, Any]:
    generate = client.models.generate_content
    called = generate(model=MODEL, contents=QUOTED, config=config(tools=True))
    history = [
        types.Content(role="user", parts=[types.Part(text=QUOTED)]),
        called.candidates[0].content,
        types.Content(
            role="user", parts=[types.Part.from_function_response(name=TOOL_NAME, response=json.loads(TOOL_RESULT))]
        ),
    ]
    return {
        "plain": dumped(generate(model=MODEL, contents=PROMPT, config=config())),
        "several": dumped(generate(model=MODEL, contents=PROMPT, config=config(candidate_count=2))),
        "called": dumped(called),
        "parallel": dumped(generate(model=MODEL, contents=QUOTED, config=config(PARALLEL, tools=True))),
        "after": dumped(generate(model=MODEL, contents=history, config=config(tools=True))),
        "counted": dumped(client.models.count_tokens(model=MODEL, contents=PROMPT)),
        "embedded": dumped(client.models.embed_content(model="gemini-embedding-001", contents=[PROMPT, QUOTED])),
    }


def streams(client: genai.Client) -> dict[str, Any]:
    stream = client.models.generate_content_stream
    return {
        "plain": joined(stream(model=MODEL, contents=PROMPT, config=config())),
        "several": joined(stream(model=MODEL, contents=QUOTED, config=config(candidate_count=2))),
        "tools": joined(stream(model=MODEL, contents=QUOTED, config=config(tools=True))),
        "fragmented": joined(stream(model=MODEL, contents=PROMPT, config=config(FRAGMENTED))),
        "bytewise": joined(stream(model=MODEL, contents=PROMPT, config=config(BYTEWISE))),
    }


def failures(client: genai.Client) -> dict[str, Any]:
    try:
        client.models.generate_content(model=MODEL, contents=PROMPT, config=config(json.dumps({"status": 400})))
    except errors.ClientError as error:
        return {"refused": [error.code, error.status, error.message]}
    return {}


async def asynchronous() -> dict[str, Any]:
    client = genai.Client()
    plain = await client.aio.models.generate_content(model=MODEL, contents=PROMPT, config=config())
    stream = await client.aio.models.generate_content_stream(model=MODEL, contents=PROMPT, config=config())
    streamed = joined([chunk async for chunk in stream])
    await client.aio.aclose()
    return {"plain": dumped(plain), "stream": streamed}


def main() -> None:
    client = genai.Client()
    report(
        {
            "content": content(client),
            "streams": streams(client),
            "failures": failures(client),
            "async": asyncio.run(asynchronous()),
        }
    )


main()
