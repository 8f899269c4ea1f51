"""The bodies that models on Bedrock take and give by InvokeModel, where they aren't Anthropic's: one `Model` for each vendor.

Source: "Inference request parameters and response fields for foundation models" in the Bedrock user guide, as of 2025-11.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS
from dlp.fakes.families.base import BadRequest, join_texts


@dataclass(frozen=True, slots=True)
class Model:
    """How one vendor's models are spoken to. Texts only: no tools, one answer."""

    vendor: str
    """As it stands in the model's id."""
    said: Callable[[dict[str, Any]], Any]
    """The user's text in a request's body."""
    whole: Callable[[str], dict[str, Any]]
    pieces: Callable[[Sequence[str]], list[dict[str, Any]]]
    """The chunks of a stream."""


def model_of(identifier: str) -> Model | None:
    """The model that an id (`us.meta.llama3-3-70b-instruct-v1:0`) or an ARN names; None for Anthropic's and unknown ones."""
    return next((model for model in MODELS if re.search(rf"\b{re.escape(model.vendor)}[.-]", identifier)), None)


def said_to(model: Model, body: dict[str, Any]) -> str:
    """The user's text.

    Raises:
        BadRequest: The body has none where this model wants it.
    """
    try:
        said = model.said(body)
    except (KeyError, IndexError, TypeError):
        said = None
    if not isinstance(said, str):
        raise BadRequest("Malformed input request, please reformat your input and try again.")
    return said


def _last_content(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else join_texts(content, ("text", None))


def _each(
    make: Callable[[str, str | None], dict[str, Any]], reason: str
) -> Callable[[Sequence[str]], list[dict[str, Any]]]:
    """Chunks that are alike but for the last one, which has the reason."""
    return lambda pieces: [*(make(piece, None) for piece in pieces[:-1]), make(pieces[-1], reason)]


def _titan(text: str, reason: str | None) -> dict[str, Any]:
    counts = {"inputTextTokenCount": PROMPT_TOKENS, "totalOutputTextTokenCount": COMPLETION_TOKENS}
    return {"outputText": text, "index": 0, "completionReason": reason, **counts}


def _llama(text: str, reason: str | None) -> dict[str, Any]:
    counts = {"prompt_token_count": PROMPT_TOKENS, "generation_token_count": COMPLETION_TOKENS}
    return {"generation": text, "stop_reason": reason, **counts}


def _mistral(text: str, reason: str | None) -> dict[str, Any]:
    return {"outputs": [{"text": text, "stop_reason": reason}]}


def _cohere(text: str) -> dict[str, Any]:
    return {"response_id": "r", "generation_id": "g", "text": text, "finish_reason": "COMPLETE"}


def _cohere_pieces(pieces: Sequence[str]) -> list[dict[str, Any]]:
    chunks = [{"event_type": "text-generation", "text": piece, "is_finished": False} for piece in pieces]
    end = {"event_type": "stream-end", "finish_reason": "COMPLETE", "is_finished": True}
    return [*chunks, {**end, "response": _cohere("".join(pieces))}]


def _nova(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": [{"text": text}]}
    return {"output": {"message": message}, "stopReason": "end_turn", "usage": {"inputTokens": PROMPT_TOKENS}}


def _nova_pieces(pieces: Sequence[str]) -> list[dict[str, Any]]:
    deltas = [{"contentBlockDelta": {"delta": {"text": piece}, "contentBlockIndex": 0}} for piece in pieces]
    return [
        {"messageStart": {"role": "assistant"}},
        *deltas,
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": PROMPT_TOKENS}}},
    ]


def _chat(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "choices": [choice], "usage": {"prompt_tokens": PROMPT_TOKENS}}


def _chat_piece(text: str, reason: str | None) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]}


def _titan_whole(text: str) -> dict[str, Any]:
    result = {"tokenCount": COMPLETION_TOKENS, "outputText": text, "completionReason": "FINISH"}
    return {"inputTextTokenCount": PROMPT_TOKENS, "results": [result]}


MODELS = (
    Model("amazon.titan-text", lambda body: body["inputText"], _titan_whole, _each(_titan, "FINISH")),
    Model("amazon.nova", _last_content, _nova, _nova_pieces),
    Model("meta", lambda body: body["prompt"], lambda text: _llama(text, "stop"), _each(_llama, "stop")),
    Model("mistral", lambda body: body["prompt"], lambda text: _mistral(text, "stop"), _each(_mistral, "stop")),
    Model("cohere", lambda body: body["message"], _cohere, _cohere_pieces),
    Model("ai21", _last_content, _chat, _each(_chat_piece, "stop")),
    Model("openai", _last_content, _chat, _each(_chat_piece, "stop")),
    Model("deepseek", _last_content, _chat, _each(_chat_piece, "stop")),
)
