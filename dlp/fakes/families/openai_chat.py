"""What OpenAI's chat completions say: read from a request, written as one answer or as events. Legacy completions share some of it."""

from __future__ import annotations

from typing import Any

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS, Answer, weave
from dlp.fakes.families.base import BadRequest, join_texts
from dlp.fakes.replies import Event
from dlp.fakes.script import Asked, Script, Tool, ToolCall


def asked_in_chat(body: dict[str, Any]) -> Asked:
    """What a request asks for. Raises `BadRequest` for one without messages."""
    messages = [message for message in body.get("messages") or [] if isinstance(message, dict)]
    if not messages:
        raise BadRequest("messages must not be empty")
    spoken = [message for message in messages if message.get("role") in ("user", "tool", "function")]
    last = spoken[-1] if spoken else {}
    system = [message for message in messages if message.get("role") in ("system", "developer")]
    return Asked(
        said=join_texts(last.get("content")),
        after_tool=last.get("role") in ("tool", "function"),
        system="\n".join(join_texts(message.get("content")) for message in system),
        tools=() if body.get("tool_choice") == "none" else tools_of(body),
        choices=choices_wanted(body.get("n")),
        stream=bool(body.get("stream")),
    )


def tools_of(body: dict[str, Any]) -> tuple[Tool, ...]:
    """Tools of both APIs: chat nests name and schema under the type, Responses doesn't."""
    found = []
    for entry in [*(body.get("tools") or []), *(body.get("functions") or [])]:
        kind = entry.get("type", "function")
        inner = entry.get(kind, entry) if kind in ("function", "custom") else {}
        if "name" in inner:
            found.append(Tool(name=inner["name"], schema=inner.get("parameters") or {}, free_text=kind == "custom"))
    return tuple(found)


def chat_call(call: ToolCall, identifier: str, *, custom: bool) -> dict[str, Any]:
    """A call of a tool, as messages hold it."""
    if custom:
        return {"id": identifier, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    return {"id": identifier, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _finish_reason(calls: list[dict[str, Any]], *, legacy: bool) -> str:
    if not calls:
        return "stop"
    return "function_call" if legacy else "tool_calls"


def chat_choice(
    index: int, text: str | None, answer: Answer, calls: list[dict[str, Any]], body: dict[str, Any], *, legacy: bool
) -> dict[str, Any]:
    """One of the alternatives of a whole answer.

    Args:
        legacy: Tools are spoken of as functions, as before they were called tools.
    """
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    if answer.reasoning is not None:
        message["reasoning_content"] = answer.reasoning
    if calls and legacy:
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    logprobs = _logprobs([text]) if body.get("logprobs") and text is not None else None
    return {
        "index": index,
        "message": message,
        "logprobs": logprobs,
        "finish_reason": _finish_reason(calls, legacy=legacy),
    }


def chat_events(
    frame: dict[str, Any],
    body: dict[str, Any],
    answer: Answer,
    calls: list[dict[str, Any]],
    script: Script,
    *,
    legacy: bool,
) -> list[Event]:
    """The same as a stream."""
    usage: dict[str, Any] = {"usage": None} if wants_usage(body) else {}
    frame = {**frame, "object": "chat.completion.chunk"}

    def choice(index: int, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        logprobs = _logprobs([delta["content"]]) if body.get("logprobs") and delta.get("content") else None
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}

    channels = []
    for index, text in enumerate(answer.texts):
        opening: dict[str, Any] = {"role": "assistant", "content": "" if text is not None else None, "refusal": None}
        deltas: list[dict[str, Any]] = [opening]
        if answer.reasoning is not None:
            deltas += [{"reasoning_content": piece} for piece in script.pieces(answer.reasoning)]
        if text is not None:
            deltas += [{"content": piece} for piece in script.pieces(text)]
        deltas += _call_deltas(calls, script, legacy=legacy)
        finish = choice(index, {}, _finish_reason(calls, legacy=legacy))
        channels.append([*[choice(index, delta) for delta in deltas], finish])
    events = [
        Event({**frame, "choices": [one], **usage, "obfuscation": padding(number)})
        for number, one in enumerate(weave(channels, alternate=script.interleave))
    ]
    if wants_usage(body):
        events.append(Event({**frame, "choices": [], "usage": chat_usage(len(answer.texts)), "obfuscation": ""}))
    return [*events, Event("[DONE]")]


def _call_deltas(calls: list[dict[str, Any]], script: Script, *, legacy: bool) -> list[dict[str, Any]]:
    channels = []
    for index, call in enumerate(calls):
        kind = call["type"]
        field = "input" if kind == "custom" else "arguments"
        pieces = script.pieces(call[kind][field])
        if legacy:
            opening = {"function_call": {"name": call[kind]["name"], "arguments": ""}}
            return [opening, *[{"function_call": {"arguments": piece}} for piece in pieces]]
        head = {"index": index, "id": call["id"], "type": kind, kind: {"name": call[kind]["name"], field: ""}}
        channels.append([head, *[{"index": index, kind: {field: piece}} for piece in pieces]])
    return [{"tool_calls": [delta]} for delta in weave(channels, alternate=script.interleave)]


def choices_wanted(given: Any) -> int:
    """What `n` says."""
    return given if isinstance(given, int) and 0 < given <= 128 else 1


def wants_usage(body: dict[str, Any]) -> bool:
    """Whether a stream is to end with its usage."""
    options = body.get("stream_options")
    return isinstance(options, dict) and bool(options.get("include_usage"))


def _logprobs(pieces: list[str]) -> dict[str, Any]:
    entries = [
        {"token": piece, "logprob": -0.25, "bytes": list(piece.encode("utf-8", "surrogatepass")), "top_logprobs": []}
        for piece in pieces
    ]
    return {"content": entries, "refusal": None}


def padding(number: int) -> str:
    """The random filler that the real API adds to deltas against traffic analysis; here it repeats."""
    return "0123456789abcdef"[: 1 + number % 16]


def chat_usage(choices: int) -> dict[str, Any]:
    """The tokens of an answer."""
    completion = COMPLETION_TOKENS * choices
    return {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": completion,
        "total_tokens": PROMPT_TOKENS + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
