"""The `langchain-openai` package: invoke, stream, tools and embeddings."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from planted import PARAMETERS, PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, report

MESSAGES = [("system", SYSTEM), ("user", PROMPT)]
TOOL: dict[str, Any] = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": PARAMETERS}


def main() -> None:
    model = ChatOpenAI(model="gpt-4o-mini")
    tooled = model.bind_tools([{"type": "function", "function": TOOL}])
    responses = ChatOpenAI(model="gpt-5-mini", use_responses_api=True)
    # Token ids, its default, can't be examined by anybody on the way; this option makes it send text.
    embeddings = OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)
    streamed = None
    for chunk in tooled.stream(QUOTED):
        streamed = chunk if streamed is None else streamed + chunk
    assert streamed is not None
    report(
        {
            "plain": model.invoke(MESSAGES).content,
            "stream": "".join(str(chunk.content) for chunk in model.stream(MESSAGES)),
            "async": asyncio.run(model.ainvoke(MESSAGES)).content,
            "called": tooled.invoke(QUOTED).tool_calls,
            "streamed calls": streamed.tool_calls,
            "responses": responses.invoke(MESSAGES).content,
            "embedded": embeddings.embed_documents([PROMPT, QUOTED]),
        }
    )


main()
