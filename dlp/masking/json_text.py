"""Where in JSON text a position stands: inside how many string literals, one wrapped in the other.

A value that is put back into JSON text (tool arguments, structured output) must be escaped once for every string literal
around it. The text arrives in pieces cut anywhere, also inside an escape. Whether a text is JSON at all is told by its first
characters; prose is at depth 0 everywhere.
"""

from __future__ import annotations

from dlp.wire.json_leaves import escape

MAX_DEPTH = 8
"""Levels of JSON in strings of JSON that are told apart; deeper ones count as this deep."""

_WHITESPACE = " \t\r\n"
_AFTER_BRACE = '"}'
_AFTER_BRACKET = '"{[]-0123456789tfn'
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class JsonDepth:
    """Follows one text. `feed` it everything in order; `depth` tells where the end of it stands."""

    __slots__ = ("_escape", "_first", "_in_string", "_inner", "_is_json", "_level")

    def __init__(self, _level: int = 0) -> None:
        self._level = _level
        self._first = ""
        self._is_json: bool | None = None
        self._in_string = False
        self._inner: JsonDepth | None = None
        self._escape = ""

    @property
    def depth(self) -> int:
        """Number of string literals around the current position."""
        if not self._in_string:
            return 0
        return 1 + (self._inner.depth if self._inner is not None else 0)

    def feed(self, text: str) -> None:
        for character in text:
            if self._is_json is False:
                return
            self._step(character)

    def escaped(self, value: str) -> str:
        """`value`, escaped for the current position."""
        for _ in range(self.depth):
            value = escape(value)
        return value

    def _step(self, character: str) -> None:
        if self._is_json is None:
            self._decide(character)
        elif not self._in_string:
            if character == '"':
                self._in_string = True
                self._inner = JsonDepth(self._level + 1) if self._level + 1 < MAX_DEPTH else None
        elif self._escape:
            self._finish_escape(character)
        elif character == "\\":
            self._escape = character
        elif character == '"':
            self._in_string, self._inner = False, None
        elif self._inner is not None:
            self._inner.feed(character)

    def _decide(self, character: str) -> None:
        """JSON opens with `{` or `[` and goes on as JSON does; a Markdown link or one of our tokens doesn't."""
        if character in _WHITESPACE:
            return
        if not self._first:
            self._first = character
            if character not in "{[":
                self._is_json = False
            return
        self._is_json = character in (_AFTER_BRACE if self._first == "{" else _AFTER_BRACKET)
        if self._is_json:
            self._step(character)

    def _finish_escape(self, character: str) -> None:
        self._escape += character
        if self._escape[1] == "u":
            if len(self._escape) < 6:
                return
            try:
                decoded = chr(int(self._escape[2:], 16))
            except ValueError:
                decoded = "?"
        else:
            decoded = _SHORT_ESCAPES.get(character, character)
        self._escape = ""
        if self._inner is not None:
            self._inner.feed(decoded)
