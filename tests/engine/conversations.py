"""Bodies of every wire format with values planted in them, and a detector that finds exactly those."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from dlp.engine.case import Request
from dlp.engine.request import Engine, Examined
from dlp.masking.minting import Minter
from dlp.policy.model import Policy
from dlp.providers.format import WireFormat
from dlp.providers.formats import anthropic, gemini, generic, openai
from dlp.providers.rules import RuleSet
from dlp.types import Finding

KEY = b"0123456789abcdef0123456789abcdef"
PLANTED = re.compile(r"V\d{6}[^QV]{0,40}Q")
"""A value: recognisable by its digits in every decoding, with whatever characters before its end."""
NAMED = re.compile(r"(?<=name is )[A-Z][a-z]+ [A-Z][a-z]+")
_PATTERNS = ((PLANTED, ("US_SSN", "EMAIL_ADDRESS", "API_KEY")), (NAMED, ("PERSON",)))

ECHO = WireFormat(id="echo", request=RuleSet([]), response=RuleSet([]))
"""A format whose answers are restored wherever a token stands."""


class PlantedDetector:
    """Finds what was planted: values by their shape, and names only where they are introduced."""

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        found = [
            Finding(
                entity_type=kinds[int(match[0][1:7]) % len(kinds)] if len(kinds) > 1 else kinds[0],
                start=match.start(),
                end=match.end(),
                score=0.9,
                recognizer="Planted",
            )
            for pattern, kinds in _PATTERNS
            for match in pattern.finditer(text)
        ]
        found.sort(key=lambda finding: finding.start)
        return tuple(
            finding for index, finding in enumerate(found) if index == 0 or finding.start >= found[index - 1].end
        )

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        return [self.find(text, context=context) for text, context in items]


def engine(key: bytes = KEY) -> Engine:
    return Engine(Policy(name="test"), PlantedDetector(), key)


def examine(
    body: bytes, wire_format: WireFormat, *, scope: str = "scope", content_type: str = "application/json"
) -> Examined:
    request = Request(method="POST", path="/v1/x", body=body, content_type=content_type)
    return engine().examine(request, wire_format, scope)


def minted(*values: str) -> tuple[dict[str, str], list[str]]:
    """The map that an answer is restored with, and the token of each value."""
    minter = Minter(KEY, "scope")
    tokens = [minter.token("EMAIL_ADDRESS", value) for value in values]
    return dict(minter.values), tokens


# -- texts -------------------------------------------------------------------------------------------------------------

VALUES = st.builds(
    lambda number, tail: f"V{number:06d}{tail}Q",
    st.integers(0, 40),
    st.text('"\\\n\t\u2028é😀<&%/{}[]:,\x00 x', max_size=6),
)
_WORDS = st.sampled_from(
    [*'{}[]"\\\n', *"é 😀 7".split(), "Hello ", ", ", "\ud83d", "\\u0041", "%41", "\x7f"]
) | st.sampled_from(
    [
        "name is Vera Quill. ",
        "Quill ",
        "vera quill ",
        "[PII:EMAIL:00000000]",
        "[PERSON_REDACTED]",
        "PII:",
        "data:",
        "http://x/",
    ]
)
TEXTS = st.lists(VALUES | _WORDS, min_size=1, max_size=6).map("".join)
_KEYS = st.sampled_from(["to", "note", "id", "type", "name", "text", "user_id"]) | TEXTS
DATA = st.recursive(
    TEXTS | st.integers(-999, 999) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(_KEYS, DATA, max_size=3)


def nested(value: Any, depth: int) -> str:
    """JSON in a string, `depth` times."""
    for _ in range(depth):
        value = json.dumps({"k": value} if isinstance(value, str) else value, ensure_ascii=False)
    return str(value)


NESTED = st.builds(nested, OBJECTS, st.integers(1, 8))


@dataclass(frozen=True)
class Turn:
    text: str
    reply: str
    arguments: dict[str, Any]
    result: str


TURNS = st.builds(Turn, TEXTS, TEXTS, OBJECTS, TEXTS | NESTED)
CONVERSATIONS = st.lists(TURNS, min_size=1, max_size=2)

# Prose that begins like JSON and isn't can't be told from JSON while it arrives, so values in it may come back escaped. Inside
# URLs values stay out (tests/masking/test_links.py).
PROSE = TEXTS.map(lambda text: text.translate({ord("{"): "(", ord("["): "("}).replace("://", ": "))
_PROSE_OBJECTS = st.dictionaries(PROSE, PROSE | st.lists(PROSE, max_size=3), max_size=3)
PROSE_CONVERSATIONS = st.lists(
    st.builds(Turn, PROSE, PROSE, _PROSE_OBJECTS, PROSE | st.builds(nested, _PROSE_OBJECTS, st.integers(1, 8))),
    min_size=1,
    max_size=2,
)

# -- formats -----------------------------------------------------------------------------------------------------------

_SCHEMA = {"type": "object", "properties": {"to": {"type": "string", "enum": ["a"]}}, "required": ["to"]}


def _chat(turn: Turn) -> list[Any]:
    call = {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": json.dumps(turn.arguments)}}
    return [
        {"role": "user", "content": [{"type": "text", "text": turn.text}]},
        {"role": "assistant", "content": turn.reply, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": turn.result},
    ]


def _responses(turn: Turn) -> list[Any]:
    return [
        {"role": "user", "content": [{"type": "input_text", "text": turn.text}]},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": turn.reply}],
        },
        {"type": "function_call", "call_id": "call_1", "name": "send", "arguments": json.dumps(turn.arguments)},
        {"type": "function_call_output", "call_id": "call_1", "output": turn.result},
    ]


def _messages(turn: Turn) -> list[Any]:
    return [
        {"role": "user", "content": turn.text},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hmm", "signature": "c2lnbmVk"},
                {"type": "text", "text": turn.reply},
                {"type": "tool_use", "id": "toolu_1", "name": "send", "input": turn.arguments},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": turn.result}]},
    ]


def _contents(turn: Turn) -> list[Any]:
    return [
        {"role": "user", "parts": [{"text": turn.text}]},
        {"role": "model", "parts": [{"text": turn.reply}, {"functionCall": {"name": "send", "args": turn.arguments}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "send", "response": {"result": turn.result}}}]},
    ]


def _plain(turn: Turn) -> list[Any]:
    # Nothing tells data from structure in an unknown format: names of structure are structure, and stand elsewhere in these tests.
    return [turn.text, {"who": "bot", "said": turn.reply, "did": _renamed(turn.arguments), "got": turn.result}]


def _renamed(data: Any) -> Any:
    if isinstance(data, dict):
        return {f"the {name}" if name in ("id", "type") else name: _renamed(value) for name, value in data.items()}
    return [_renamed(value) for value in data] if isinstance(data, list) else data


@dataclass(frozen=True)
class Shape:
    """How one format's bodies are built: the growing member, its items, and what stands beside it."""

    format: WireFormat
    member: str
    items: Callable[[Turn], list[Any]]
    beside: Callable[[str], dict[str, Any]]
    """From a text, the members that hold instructions and tools."""

    def items_of(self, turns: Sequence[Turn]) -> list[Any]:
        return [item for turn in turns for item in self.items(turn)]

    def body(
        self, turns: Sequence[Turn], text: str, *, grown_first: object = False, ascii_only: object = False
    ) -> bytes:
        """A body; `beside` stands before what grows, or behind it, with `"model"` between."""
        ascii_only = bool(ascii_only)
        grown = f'"{self.member}":{json.dumps(self.items_of(turns), ensure_ascii=ascii_only)}'
        beside = json.dumps(self.beside(text), ensure_ascii=ascii_only)[1:-1]
        parts = (grown, MARKER, beside) if grown_first else (beside, MARKER, grown)
        return ("{" + ", ".join(parts) + "}").encode("utf-8", "surrogatepass" if ascii_only else "strict")


MARKER = '"model":"m-1"'

SHAPES = {
    "chat": Shape(
        openai.CHAT, "messages", _chat,
        lambda text: {"tools": [{"type": "function", "function": {"name": "send", "description": text, "parameters": _SCHEMA}}]},
    ),
    "responses": Shape(
        openai.RESPONSES, "input", _responses,
        lambda text: {"instructions": text, "tools": [{"type": "function", "name": "send", "description": text, "parameters": _SCHEMA}]},
    ),
    "anthropic": Shape(
        anthropic.MESSAGES, "messages", _messages,
        lambda text: {
            "system": [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "send", "description": text, "input_schema": _SCHEMA}], "max_tokens": 5,
        },
    ),
    "gemini": Shape(
        gemini.GENERATE, "contents", _contents,
        lambda text: {
            "systemInstruction": {"parts": [{"text": text}]},
            "tools": [{"functionDeclarations": [{"name": "send", "description": text, "parameters": _SCHEMA}]}],
        },
    ),
    "generic": Shape(generic.GENERIC, "messages", _plain, lambda text: {"preamble": text, "options": {"n": [text]}}),
}  # fmt: skip
