"""How a fake provider answers: what it says, and how the bytes of the answer are cut, coded, delayed or broken off."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

type Ending = Literal["clean", "abort"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool that the request offers to the model."""

    name: str
    schema: dict[str, Any] = field(default_factory=dict)
    """JSON schema of its arguments; empty when the request gives none."""
    free_text: bool = False
    """True for a tool whose input is text instead of JSON (OpenAI `custom`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks for, in words common to all providers."""

    said: str
    """The last text of the user, or the last tool result when that came later."""
    after_tool: bool = False
    """True when `said` is a tool result: the model then talks instead of calling again."""
    system: str = ""
    tools: tuple[Tool, ...] = ()
    """Empty also when the request forbids tool use."""
    choices: int = 1
    stream: bool = False
    reasoning: bool = False
    """The request asks for visible reasoning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that the model makes. `arguments` is JSON text, or free text for a tool that takes that."""

    name: str
    arguments: str

    def parsed(self) -> Any:
        """The arguments as an object, for providers that carry them so.

        Raises:
            ValueError: the scripted arguments are no JSON.
        """
        return json.loads(self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One answer. The default echoes: text quotes what the user said, and an offered tool is called with it.

    In texts and arguments `{said}` stands for what the user said, as the provider saw it; inside a JSON text of
    arguments it is escaped for where it stands. That is how an answer contains the tokens of this very request.
    """

    text: str | Sequence[str] | Callable[[Asked], str] | None = None
    """What the model says; a sequence gives choice 0, 1, ... their own; "" says nothing."""
    tool_calls: Sequence[dict[str, Any]] | None = None
    """`{"name", "arguments"}` each, arguments an object or exact text. [] never calls; None calls the first tool offered."""
    reasoning: str | None = None
    """Visible reasoning, signed where the provider signs; None: only if the request asks for it."""

    delta_size: int = 5
    """Code points of text per stream delta. Tokens are longer, so by default each arrives in pieces."""
    delta_cuts: Sequence[int] | None = None
    """Exact offsets (code points) at which texts and arguments are cut instead."""
    interleave: bool = True
    """Deltas of several choices or calls alternate, where the provider's grammar allows."""
    ping: bool = True
    """Send the keep-alives that the provider sends."""
    escaped: bool = False
    """Spell everything outside ASCII, and `<`, `>`, `&`, as `\\u` escapes, as some serialisers do."""

    status: int = 200
    error: Any = None
    """The error body of a status other than 200: an object or exact text; None: one of the provider's shape."""
    error_after: int | None = None
    """Replace the rest of a stream by an error event of the provider's shape after that many events."""
    close_after: int | None = None
    """Break the connection off after that many events (0: right after the headers)."""
    hold_after: int | None = None
    """Stop after that many events until the test calls `release()`; what came before must have been delivered."""
    delay: float = 0.0
    """Seconds between events, for people who watch."""

    line_end: Literal["\n", "\r\n", "\r"] | None = None
    """End of SSE lines; None: as the provider does."""
    content_type: str | None = None
    """Another content type than the provider's; "" sends none."""
    encoding: str = "identity"
    """Content coding of the answer: identity, gzip, deflate, br, zstd."""
    wire_size: int | None = None
    """Bytes per HTTP chunk or DATA frame, each written alone; 1 is byte by byte. None: one per event."""
    wire_cuts: Sequence[int] | None = None
    """Exact byte offsets at which the (coded) body is cut instead."""
    content_length: bool = False
    """Announce the length instead of chunking."""
    headers: Sequence[tuple[str, str]] = ()
    """Additional headers of the answer."""
    body: str | bytes | None = None
    """The exact body, instead of all of the above that composes one; with `content_type`."""

    def __post_init__(self) -> None:
        for name in ("delta_size", "wire_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1")

    @classmethod
    def from_json(cls, raw: str | bytes) -> Script:
        """Read a script from a header or a control request: an object with the fields above.

        Raises:
            ValueError: no JSON object, or an unknown field.
        """
        given = json.loads(raw)
        if not isinstance(given, dict):
            raise ValueError("a script is a JSON object")  # noqa: TRY004 - the value of the text, not its type
        known = {entry.name for entry in fields(cls)}
        if unknown := sorted(given.keys() - known):
            raise ValueError(f"unknown script fields: {', '.join(unknown)}")
        if "headers" in given:
            given["headers"] = [(str(name), str(value)) for name, value in given["headers"]]
        return cls(**given)

    def pieces(self, text: str) -> list[str]:
        """`text` cut into stream deltas; never empty, so that an empty text still gives one delta."""
        if self.delta_cuts is not None:
            return cut(text, self.delta_cuts) or [text]
        return [text[start : start + self.delta_size] for start in range(0, len(text), self.delta_size)] or [text]


def cut[T: (str, bytes)](whole: T, offsets: Sequence[int]) -> list[T]:
    """`whole` cut at `offsets`; offsets outside it and empty pieces don't count."""
    edges = [0, *sorted({offset for offset in offsets if 0 < offset < len(whole)}), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(edges) if end > start]
