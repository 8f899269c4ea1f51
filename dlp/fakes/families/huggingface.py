"""Hugging Face: chat completions of its router, and text generation as its inference API and text-generation-inference have it.

Shapes follow the types of huggingface_hub 2.4.
"""

from __future__ import annotations

from typing import Any, ClassVar, override

from dlp.fakes.answers import COMPLETION_TOKENS, compose
from dlp.fakes.families.base import BadRequest, read_object
from dlp.fakes.families.compatible import Compatible
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, json_reply, sse, stream_reply
from dlp.fakes.script import Asked, Script


class HuggingFace(Compatible):
    name: ClassVar[str] = "huggingface"
    hosts: ClassVar[tuple[str, ...]] = (
        "router.huggingface.co", "api-inference.huggingface.co", "*.endpoints.huggingface.cloud",
    )  # fmt: skip

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        if received.method != "POST" or received.path.endswith("/completions"):
            return super().answer(received, script)
        body = read_object(received)
        said = body.get("inputs")
        if not isinstance(said, str):
            raise BadRequest("inputs is required")
        text = compose(Asked(said=said), script).texts[0] or ""
        if not body.get("stream"):
            return json_reply(script, [{"generated_text": text}])
        pieces = script.pieces(text)
        events = [Event(_token(index, piece)) for index, piece in enumerate(pieces)]
        details = {"finish_reason": "eos_token", "generated_tokens": COMPLETION_TOKENS, "input_length": 1, "seed": None}
        events[-1] = Event({**_token(len(pieces) - 1, pieces[-1]), "generated_text": text, "details": details})
        failure = Event({"error": "the model is overloaded", "error_type": "overloaded"})
        return stream_reply(script, events, framing=sse("\n"), content_type="text/event-stream", failure=failure)

    @override
    def error_body(self, status: int, message: str) -> Any:
        return {"error": message}


def _token(index: int, text: str) -> dict[str, Any]:
    token = {"id": index, "text": text, "logprob": -0.25, "special": False}
    return {"index": index, "token": token, "generated_text": None, "details": None}
