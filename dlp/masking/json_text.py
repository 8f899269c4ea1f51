"""Where in a text a position stands: inside how many JSON string literals, one wrapped in the other.

A value that is put back into JSON (tool arguments, structured output, JSON quoted in prose or in a code fence) must be escaped once for
every string literal around it. The text arrives in pieces cut anywhere, also inside an escape. JSON begins where an
opening bracket is followed by what can only follow in JSON, and ends where the brackets balance, or at the first character outside
a string that JSON doesn't have; everything else is prose, at depth 0.
"""

from __future__ import annotations

from enum import Enum, auto

from dlp.wire.json_leaves import escape

MAX_DEPTH = 8
"""Levels of JSON in strings of JSON that are told apart; deeper ones count as this deep."""

_WHITESPACE = " \t\r\n"
_AFTER = {"{": '"}', "[": '"{['}
_BETWEEN_STRINGS = frozenset(" \t\r\n:,-+.0123456789eEtrufalsn")
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class _Mode(Enum):
    PROSE = auto()
    """Not in JSON."""
    OPENED = auto()
    """After a bracket that may open JSON."""
    JSON = auto()
    """In JSON, between strings."""
    STRING = auto()


class JsonDepth:
    """Follows one text. `feed` it everything in order; `depth` tells where the end of it stands."""

    __slots__ = ("_bracket", "_brackets", "_escape", "_inner", "_level", "_mode")

    def __init__(self, _level: int = 0) -> None:
        self._level = _level
        self._mode = _Mode.PROSE
        self._bracket = ""
        self._brackets = 0
        self._inner: JsonDepth | None = None
        self._escape = ""

    @property
    def depth(self) -> int:
        """Number of string literals around the current position."""
        if self._mode is not _Mode.STRING:
            return 0
        return 1 + (self._inner.depth if self._inner is not None else 0)

    def feed(self, text: str) -> None:
        for character in text:
            self._step(character)

    def escaped(self, value: str) -> str:
        """`value`, escaped for the current position."""
        for _ in range(self.depth):
            value = escape(value)
        return value

    def _step(self, character: str) -> None:
        if self._mode is _Mode.STRING:
            self._in_string(character)
        elif self._mode is _Mode.PROSE:
            if character in _AFTER:
                self._mode, self._bracket = _Mode.OPENED, character
        elif self._mode is _Mode.OPENED:
            if character in _WHITESPACE:
                return
            if character in _AFTER[self._bracket]:
                self._mode, self._brackets = _Mode.JSON, 1
                self._in_json(character)
            elif character in _AFTER:
                self._bracket = character
            else:
                self._mode = _Mode.PROSE
        else:
            self._in_json(character)

    def _in_json(self, character: str) -> None:
        if character == '"':
            self._mode = _Mode.STRING
            self._inner = JsonDepth(self._level + 1) if self._level + 1 < MAX_DEPTH else None
        elif character in "{[":
            self._brackets += 1
        elif character in "}]":
            self._brackets -= 1
            if self._brackets == 0:
                self._mode = _Mode.PROSE
        elif character not in _BETWEEN_STRINGS:
            self._mode = _Mode.PROSE

    def _in_string(self, character: str) -> None:
        if self._escape:
            self._finish_escape(character)
        elif character == "\\":
            self._escape = character
        elif character == '"':
            self._mode, self._inner = _Mode.JSON, None
        elif self._inner is not None:
            self._inner.feed(character)

    def _finish_escape(self, character: str) -> None:
        self._escape += character
        if self._escape[1] == "u":
            if len(self._escape) < 6:
                return
            try:
                decoded = chr(int(self._escape[2:], 16))  # noqa: FURB166 - not a literal prefix
            except ValueError:
                decoded = "?"
        else:
            decoded = _SHORT_ESCAPES.get(character, character)
        self._escape = ""
        if self._inner is not None:
            self._inner.feed(decoded)
