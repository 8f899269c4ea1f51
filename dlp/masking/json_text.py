"""Where in a text a position stands: inside how many JSON string literals, one wrapped in the other.

A value that is put back into JSON (tool arguments, structured output, JSON quoted in prose or in a code fence) must be escaped once for
every string literal around it. The text arrives in pieces cut anywhere, also inside an escape. JSON begins where an
opening bracket is followed by what can only follow in JSON, and ends where the brackets balance, at the first character outside
a string that JSON doesn't have there, or at an empty line inside a string; everything else is prose, at depth 0. What stands where
a value belongs may be missing: it was a token.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from dlp.wire.json_leaves import escape

MAX_DEPTH = 8
"""Levels of JSON in strings of JSON that are told apart; deeper ones count as this deep."""

_WHITESPACE = " \t\r\n"
_AFTER = {"{": '"}', "[": '"{['}
_LITERAL = frozenset("-+.0123456789eEtrufalsn")
_CLOSES = {"}": "{", "]": "["}
_MAX_BRACKETS = 512
"""What nests deeper is prose."""
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


_OPENING, _NOTABLE = re.compile(r"[{\[]"), re.compile(r'[{\[\\"\n]')
"""What ends a run of prose, by itself and in a string."""


def _next(wanted: re.Pattern[str], text: str, at: int) -> int:
    """Where the next of some characters stands; the end of the text if there is none."""
    found = wanted.search(text, at)
    return found.start() if found else len(text)


class _Mode(Enum):
    PROSE = auto()
    """Not in JSON."""
    OPENED = auto()
    """After a bracket that may open JSON."""
    JSON = auto()
    """In JSON, between strings."""
    STRING = auto()


class _Due(Enum):
    """What must follow between strings."""

    VALUE = auto()
    """A key, a value, or the end."""
    COLON = auto()
    COMMA = auto()
    """A comma, or the end."""
    LITERAL = auto()
    """As COMMA, or more of a number or word."""


class JsonDepth:
    """Follows one text. `feed` it everything in order; `depth` tells where the end of it stands."""

    __slots__ = ("_blank", "_brackets", "_due", "_escape", "_inner", "_key_due", "_level", "_mode")

    def __init__(self, _level: int = 0) -> None:
        self._level = _level
        self._mode = _Mode.PROSE
        self._brackets = ""  # those that are open
        self._due = _Due.VALUE
        self._key_due = False
        self._blank = False
        self._inner: JsonDepth | None = None
        self._escape = ""

    @property
    def depth(self) -> int:
        """Number of string literals around the current position."""
        if self._mode is not _Mode.STRING:
            return 0
        return 1 + (self._inner.depth if self._inner is not None else 0)

    @property
    def in_prose(self) -> bool:
        """Whether the current position is outside all JSON."""
        return self._mode is _Mode.PROSE

    def feed(self, text: str) -> None:
        at = 0
        while at < len(text):
            if self.in_prose:
                at = _next(_OPENING, text, at)
            elif self._mode is _Mode.STRING and not self._escape and (self._inner is None or self._inner.in_prose):
                start, at = at, _next(_NOTABLE, text, at)
                if self._blank and text[start:at].strip("\r "):
                    self._blank = False
            if at < len(text):
                self._step(text[at])
                at += 1

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
                self._mode, self._brackets = _Mode.OPENED, character
        elif self._mode is _Mode.OPENED:
            if character in _WHITESPACE:
                return
            if character in _AFTER[self._brackets]:
                self._mode, self._due, self._key_due = _Mode.JSON, _Due.VALUE, self._brackets == "{"
                self._in_json(character)
            elif character in _AFTER:
                self._brackets = character
            else:
                self._mode = _Mode.PROSE
        else:
            self._in_json(character)

    def _in_json(self, character: str) -> None:
        if character not in _WHITESPACE and not self._follows(character):
            self._mode = _Mode.PROSE

    def _follows(self, character: str) -> bool:
        """Take a character between strings; False if JSON has no such thing there."""
        due = self._due
        if character == '"':
            self._mode, self._blank = _Mode.STRING, False
            self._inner = JsonDepth(self._level + 1) if self._level + 1 < MAX_DEPTH else None
            return due is _Due.VALUE
        if character == ":":
            fits, self._due = due is _Due.COLON or (due is _Due.VALUE and self._key_due), _Due.VALUE
            self._key_due = False
            return fits
        if due is _Due.COLON:
            return False
        if character == ",":
            self._due, self._key_due = _Due.VALUE, self._brackets[-1] == "{"
            return True
        if character in _CLOSES:
            fits = self._brackets[-1] == _CLOSES[character]
            self._brackets, self._due = self._brackets[:-1], _Due.COMMA
            return fits and bool(self._brackets)  # behind the last one is prose
        if character in _AFTER:
            self._brackets += character
            self._key_due = character == "{"
            return due is _Due.VALUE and len(self._brackets) <= _MAX_BRACKETS
        self._due = _Due.LITERAL
        return character in _LITERAL and due in (_Due.VALUE, _Due.LITERAL)

    def _in_string(self, character: str) -> None:
        if self._escape:
            self._finish_escape(character)
        elif character == "\\":
            self._escape = character
        elif character == '"':
            self._mode, self._inner = _Mode.JSON, None
            self._due = _Due.COLON if self._key_due else _Due.COMMA
        elif character == "\n" and self._blank:  # no JSON has a line break here, and prose goes on with a paragraph
            self._mode, self._inner = _Mode.PROSE, None
        elif self._inner is not None:
            self._inner.feed(character)
        if character == "\n":
            self._blank = True
        elif self._blank and character not in "\r ":
            self._blank = False

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
