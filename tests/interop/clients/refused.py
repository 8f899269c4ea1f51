"""What each vendor's package makes of a request that the policy refuses, plain and streamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import openai
from google import genai
from google.genai import errors
from planted import CARD, report

PROMPT = f"Charge {CARD} please"
MESSAGES: list[Any] = [{"role": "user", "content": PROMPT}]


def refusal(call: Callable[[], Any], kind: type[Exception]) -> dict[str, Any]:
    """What the exception says of itself; anything else than `kind` ends the program."""
    try:
        for _ in call():
            pass
    except kind as error:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        names = {name: getattr(error, name) for name in ("code", "request_id") if hasattr(error, name)}
        return {"class": type(error).__name__, "status": status, "says": str(error), **names}
    raise SystemExit(f"not refused as {kind.__name__}")


def main() -> None:
    with openai.OpenAI() as gpt, anthropic.Anthropic() as claude:
        gemini = genai.Client()
        chat, messages, content = gpt.chat.completions.create, claude.messages.create, gemini.models
        calls: dict[str, tuple[Callable[[], Any], type[Exception]]] = {
            "chat": (lambda: chat(model="m", messages=MESSAGES), openai.BadRequestError),
            "chat stream": (lambda: chat(model="m", messages=MESSAGES, stream=True), openai.BadRequestError),
            "responses": (lambda: gpt.responses.create(model="m", input=PROMPT), openai.BadRequestError),
            "messages": (lambda: messages(model="m", max_tokens=9, messages=MESSAGES), anthropic.BadRequestError),
            "messages stream": (
                lambda: messages(model="m", max_tokens=9, messages=MESSAGES, stream=True),
                anthropic.BadRequestError,
            ),
            "content": (lambda: content.generate_content(model="m", contents=PROMPT), errors.ClientError),
            "content stream": (lambda: content.generate_content_stream(model="m", contents=PROMPT), errors.ClientError),
        }
        report({name: refusal(call, kind) for name, (call, kind) in calls.items()})


main()
