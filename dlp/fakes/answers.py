"""What the model says, before any provider's grammar: texts, tool calls and reasoning for one request."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from dlp.fakes.script import Asked, Script, Tool, ToolCall

SAID = "{said}"
"""Stands for what the user said, in scripted texts and arguments."""

PROMPT_TOKENS = 11
COMPLETION_TOKENS = 7
"""Constant on purpose: usage that followed the length of a prompt would differ between masked and unmasked text."""

DIMENSIONS = 8
"""Length of an embedding unless the request sets one: enough to compare, short enough to read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request gets, per choice the same calls and reasoning."""

    texts: tuple[str | None, ...]
    """One per choice; None when the model only calls tools."""
    calls: tuple[ToolCall, ...]
    reasoning: str | None


def compose(asked: Asked, script: Script) -> Answer:
    """Decide what the model says to `asked` under `script`."""
    calls = _calls(asked, script)
    reasoning = script.reasoning
    if reasoning is None and asked.reasoning:
        reasoning = f"The user said: {SAID}"
    return Answer(
        texts=tuple(_text(asked, script, choice, silent=bool(calls)) for choice in range(max(1, asked.choices))),
        calls=calls,
        reasoning=None if reasoning is None else reasoning.replace(SAID, asked.said),
    )


def _text(asked: Asked, script: Script, choice: int, *, silent: bool) -> str | None:
    match script.text:
        case None if silent:
            return None
        case None:
            opening = "The tool answered: " if asked.after_tool else "You said: "
            prefix = f"({choice + 1}) " if asked.choices > 1 else ""
            return f"{prefix}{opening}{asked.said}"
        case str(text):
            return text.replace(SAID, asked.said)
        case Callable():
            return script.text(asked)
        case texts:
            return texts[choice % len(texts)].replace(SAID, asked.said)


def _calls(asked: Asked, script: Script) -> tuple[ToolCall, ...]:
    if script.tool_calls is not None:
        return tuple(_scripted_call(call, asked.said) for call in script.tool_calls)
    if not asked.tools or asked.after_tool:
        return ()
    tool = asked.tools[0]
    arguments = asked.said if tool.free_text else json.dumps(_arguments(tool, asked.said), ensure_ascii=False)
    return (ToolCall(name=tool.name, arguments=arguments),)


def _scripted_call(call: dict[str, Any], said: str) -> ToolCall:
    arguments = call.get("arguments", {})
    if isinstance(arguments, str):
        written = arguments.replace(SAID, json.dumps(said, ensure_ascii=False)[1:-1])
    else:
        written = json.dumps(_fill(arguments, said), ensure_ascii=False)
    return ToolCall(name=str(call["name"]), arguments=written)


def _fill(value: Any, said: str) -> Any:
    """`value` with `{said}` replaced in every string, keys excepted."""
    if isinstance(value, str):
        return value.replace(SAID, said)
    if isinstance(value, list):
        return [_fill(item, said) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, said) for key, item in value.items()}
    return value


def _arguments(tool: Tool, said: str) -> Any:
    """Arguments that satisfy the tool's schema and contain `said` wherever a string is free."""
    if not isinstance(tool.schema.get("properties"), dict) or not tool.schema["properties"]:
        return {"text": said}
    return _example(tool.schema, said)


def _example(schema: Any, said: str) -> Any:
    if not isinstance(schema, dict):
        return said
    if choices := schema.get("enum"):
        return choices[0]
    kind = schema.get("type", "string")
    if isinstance(kind, list):
        kind = kind[0]
    match str(kind).lower():  # Gemini spells the types in capitals
        case "object":
            return {name: _example(inner, said) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema.get("items", {}), said)]
        case "integer":
            return 1
        case "number":
            return 1.5
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return said


def weave[T](channels: Sequence[Sequence[T]], *, alternate: bool) -> list[T]:
    """The items of several channels in one order, each channel's own order kept: alternating, or one after another."""
    if not alternate:
        return [item for channel in channels for item in channel]
    rows = zip_longest(*[[(item,) for item in channel] for channel in channels])
    return [cell[0] for row in rows for cell in row if cell is not None]


def embedding(index: int, dimensions: int) -> list[float]:
    """The vector of the input at `index`: it depends on the position, where a real one follows the (masked) text."""
    stream = hashlib.shake_256(f"embedding {index}".encode()).digest(2 * dimensions)
    return [number / 32768 for (number,) in struct.iter_unpack("<h", stream)]
