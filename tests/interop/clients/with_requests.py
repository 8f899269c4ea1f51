"""`requests` without any SDK: JSON and a stream, to the three providers."""

from __future__ import annotations

import json

import requests
from planted import PROMPT, QUOTED, report

MESSAGES = [{"role": "user", "content": PROMPT}]


def main() -> None:
    session = requests.Session()
    chat = session.post(
        "https://api.openai.com/v1/chat/completions",
        json={"model": "gpt-4o-mini", "messages": MESSAGES},
        headers={"authorization": "Bearer sk-test"},
    )
    message = session.post(
        "https://api.anthropic.com/v1/messages",
        json={"model": "claude-test", "max_tokens": 100, "messages": MESSAGES},
        headers={"x-api-key": "sk-test", "anthropic-version": "2023-06-01"},
    )
    content = session.post(
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent",
        json={"contents": [{"parts": [{"text": QUOTED}]}]},
        headers={"x-goog-api-key": "test"},
    )
    text = ""
    with session.post(
        "https://api.openai.com/v1/chat/completions",
        json={"model": "gpt-4o-mini", "messages": MESSAGES, "stream": True},
        headers={"authorization": "Bearer sk-test"},
        stream=True,
    ) as stream:
        for line in stream.iter_lines():
            if line.startswith(b"data: {"):
                text += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
    report({"chat": chat.json(), "message": message.json(), "content": content.json(), "stream": text})


main()
