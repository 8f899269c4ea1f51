"""What the conversations of all clients share: the texts, in the shape that most APIs took over from OpenAI."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from planted import PARAMETERS, PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME

MESSAGES: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
ASKING: list[Any] = [{"role": "user", "content": QUOTED}]
FUNCTION: dict[str, Any] = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": PARAMETERS}
TOOLS: list[Any] = [{"type": "function", "function": FUNCTION}]


class Joined(dict[str, str]):
    """Texts put together from pieces, one for each place."""

    def add(self, place: object, piece: str | None) -> None:
        self[str(place)] = self.get(str(place), "") + (piece or "")


class Conversation:
    """A client in four modes. A mode returns what an application would read; clients are made when first needed."""

    def make(self) -> Any:
        raise NotImplementedError

    @cached_property
    def client(self) -> Any:
        return self.make()
