"""The `litellm` package, one call signature for the three providers: plain and streamed, sync and async.

Without tools: given tools, it imports packages that it doesn't install.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import litellm
from planted import PROMPT, QUOTED, SYSTEM, report

litellm.suppress_debug_info = True
MODELS = ("openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash")
MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
QUOTING = [{"role": "user", "content": QUOTED}]


def text_of(chunks: Any) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def one(model: str) -> dict[str, Any]:
    plain = litellm.completion(model=model, messages=MESSAGES, max_tokens=512)
    quoting = litellm.completion(model=model, messages=QUOTING, max_tokens=512)
    return {
        "plain": plain.choices[0].message.content,
        "stream": text_of(litellm.completion(model=model, messages=MESSAGES, max_tokens=512, stream=True)),
        "quoting": quoting.choices[0].message.content,
    }


async def asynchronous() -> dict[str, Any]:
    answers = {}
    for model in MODELS:
        answer = await litellm.acompletion(model=model, messages=MESSAGES, max_tokens=512)
        answers[model] = answer.choices[0].message.content
    return answers


def main() -> None:
    # litellm leaves a stream behind its last event unread, for the garbage collector to close. If that happens while httpx opens a
    # connection, both want the pool's one lock, which no thread can take twice, and the program stands still.
    gc.disable()
    results: dict[str, Any] = {model: one(model) for model in MODELS}
    embedded = litellm.embedding(model="openai/text-embedding-3-small", input=[PROMPT])
    report({**results, "async": asyncio.run(asynchronous()), "embedded": embedded.data[0]["embedding"]})


main()
