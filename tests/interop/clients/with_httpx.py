"""`httpx` without any SDK: JSON, streams read as raw lines, compressed requests, HTTP/2, and Gemini's JSON array."""

from __future__ import annotations

import gzip
import json
from typing import Any

import brotli
import httpx
import zstandard
from planted import BYTEWISE, FRAGMENTED, PROMPT, QUOTED, report

CHAT = "https://api.openai.com/v1/chat/completions"
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash"
HEADERS = {"authorization": "Bearer sk-test", "content-type": "application/json"}


def body(text: str, **more: Any) -> bytes:
    return json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **more}).encode()


def compressed(client: httpx.Client) -> dict[str, Any]:
    answers = {}
    for coding, pack in (("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstandard.compress)):
        headers = {**HEADERS, "content-encoding": coding}
        answers[coding] = client.post(CHAT, content=pack(body(PROMPT)), headers=headers).json()
    return answers


def events(client: httpx.Client, script: str | None) -> str:
    """The text of a streamed chat, from the lines of the stream."""
    headers = {**HEADERS, "x-fake-script": script} if script else HEADERS
    text = ""
    with client.stream("POST", CHAT, content=body(QUOTED, stream=True), headers=headers) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data: {"):
                text += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
    return text


def array(client: httpx.Client) -> str:
    """Gemini without `alt=sse`: one JSON array, here read to its end."""
    contents = {"contents": [{"role": "user", "parts": [{"text": PROMPT}]}]}
    response = client.post(f"{GEMINI}:streamGenerateContent", json=contents, headers={"x-goog-api-key": "test"})
    return "".join(chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in response.json())


def untouched(client: httpx.Client) -> dict[str, Any]:
    """A host that is no provider, and a body without anything to find, byte for byte."""
    other = client.post("https://origin.example/echo", content=PROMPT.encode(), headers={"content-type": "text/plain"})
    return {"origin": other.text, "status": other.status_code}


def main() -> None:
    with httpx.Client() as client, httpx.Client(http1=False, http2=True) as modern:
        answer = modern.post(CHAT, content=body(PROMPT), headers=HEADERS)
        report(
            {
                "compressed": compressed(client),
                "events": events(client, None),
                "fragmented": events(client, FRAGMENTED),
                "bytewise": events(client, BYTEWISE),
                "unlabelled": events(client, json.dumps({"content_type": "", "encoding": "zstd", "wire_size": 11})),
                "array": array(client),
                "http2": [answer.http_version, answer.json()],
                "http2 events": events(modern, FRAGMENTED),
                "untouched": untouched(client),
            }
        )


main()
