"""The literals of JSON strings: where one ends, what it says, and which part of it says what.

Long ones are read in stretches, so that nobody waits for the interpreter meanwhile. A stretch must not end inside an escape, nor inside two that
make one character.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined] # undocumented, in C, stable since 2.7

from dlp.errors import WireError
from dlp.wire.stretches import STRETCH

_HOP = 4096
"""Characters of a value that are counted at once, to find a place in its literal."""
_FIRST = 4096
"""Characters of a string that may be long which are read first."""
_UNIT = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
"""An escape, or two that make one character."""
_LONGEST_UNIT = 12
_SHORT_ESCAPE, _ESCAPE = 2, 6
_HIGH = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
"""The first of two escapes that make one character."""
_INSIDE = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_INSIDE_IN_BYTES = re.compile(_INSIDE.pattern.encode(), re.DOTALL)


def scan_string(document: str, position: int) -> tuple[str, int]:
    """What the string says whose first character stands at `position`, and where it ends (behind its quote).

    Raises:
        WireError: It has no end, or an escape that is none.
    """
    quote = document.find('"', position)
    if 0 <= quote - position <= STRETCH and document[quote - 1] != "\\":
        return _scanned(document, position)
    inside = _INSIDE.match(document, position, position + _FIRST)
    if inside is not None and document.startswith('"', inside.end()):
        return _scanned(document, position)
    parts: list[str] = []
    size = _FIRST
    while position + size < len(document):
        window = document[position : position + size]
        whole = _whole(window)
        value, end = _scanned(window[:whole] + '"', 0)
        parts.append(value)
        if end <= whole:
            return "".join(parts), position + end
        position += whole
        size = min(4 * size, STRETCH)
    value, end = _scanned(document, position)
    return "".join([*parts, value]), end


def read_literal(literal: str | bytes) -> str:
    """What the literal of a string says.

    Raises:
        WireError: It isn't one, or (as bytes) not UTF-8.
    """
    if len(literal) > STRETCH:
        return _read_long(literal)
    try:
        text = literal.decode("utf-8") if isinstance(literal, bytes) else literal
    except UnicodeDecodeError:
        raise WireError("JSON string is not valid UTF-8") from None
    if text[:1] != '"':
        raise WireError("invalid JSON: broken string")
    if "\\" not in text and text.find('"', 1) == len(text) - 1 > 0:
        return text[1:-1]
    value, end = _scanned(text, 1)
    if end != len(text):
        raise WireError("invalid JSON: broken string")
    return value


def _read_long(literal: str | bytes) -> str:
    quote = literal[:1] in ('"', b'"') and literal[-1:] in ('"', b'"')
    if not quote:
        raise WireError("invalid JSON: broken string")
    parts: list[str] = []
    rest = ""
    for piece, last in _decoded(literal):
        window = rest + piece
        whole = len(window) if last else _whole(window)
        value, end = _scanned(window[:whole] + '"', 0)
        if end <= whole:
            raise WireError("invalid JSON: broken string")
        parts.append(value)
        rest = window[whole:]
    return "".join(parts)


def _decoded(literal: str | bytes) -> Iterator[tuple[str, bool]]:
    """What stands between the quotes, as text in stretches, and whether each is the last."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    inside = len(literal) - 1
    for at in range(1, inside, STRETCH):
        end = min(at + STRETCH, inside)
        piece = literal[at:end]
        try:
            yield decode(piece, end == inside) if isinstance(piece, bytes) else piece, end == inside
        except UnicodeDecodeError:
            raise WireError("JSON string is not valid UTF-8") from None


def _scanned(document: str, position: int) -> tuple[str, int]:
    try:
        scanned: tuple[str, int] = scanstring(document, position, False)
    except JSONDecodeError:
        raise WireError("invalid JSON: broken string") from None
    return scanned


def _whole(window: str) -> int:
    """How much of a stretch of a string, which begins where no escape is cut, ends at such a place. More than nothing, of `_LONGEST_UNIT` twice."""
    size = len(window)
    last = window.rfind("\\", size - _LONGEST_UNIT)
    if last < 0 or not _begins(window, last):
        return size
    end = last + (_ESCAPE if window.startswith("u", last + 1) else _SHORT_ESCAPE)
    if end < size or (end == size and not _HIGH.match(window, last)):
        return size
    before = last - _ESCAPE
    return before if before >= 0 and _HIGH.match(window[:last], before) and _begins(window, before) else last


def _begins(window: str, at: int) -> bool:
    """Whether the backslash at `at` begins an escape, and isn't what another one escapes."""
    return (at + 1 - len(window[: at + 1].rstrip("\\"))) % 2 == 1


def end_of_literal(document: str | bytes, at: int) -> int:
    """Where the literal of a string ends that begins at `at`.

    Raises:
        WireError: None does, or it has no end.
    """
    if isinstance(document, str):
        quote = document.find('"', at + 1)
        if quote > 0 and document[at] == '"' and document[quote - 1] != "\\":
            return quote + 1
        begins = document.startswith('"', at)
    else:
        quote = document.find(b'"', at + 1)
        begins = document.startswith(b'"', at)
        if quote > 0 and begins and not document.startswith(b"\\", quote - 1):
            return quote + 1
    at += 1
    while begins:
        end = at + STRETCH
        inside = (
            _INSIDE.match(document, at, end) if isinstance(document, str) else _INSIDE_IN_BYTES.match(document, at, end)
        )
        stop = inside.end() if inside is not None else at
        if document[stop : stop + 1] in ('"', b'"'):
            return stop + 1
        begins, at = stop > at, stop
    raise WireError("re-read: a string isn't where it was")


def raw_offsets(literal: str, wanted: Iterable[int]) -> Iterator[int]:
    """Offsets in a literal for ascending offsets in what it says."""
    raw, said = 1, 0  # just behind the opening quote
    pending = _UNIT.search(literal, raw)
    for target in wanted:
        while pending is not None and target - said > _HOP:
            whole = _whole(literal[raw : raw + _HOP])
            said += len(_scanned(literal[raw : raw + whole] + '"', 0)[0])
            raw += whole
            if pending.start() < raw:
                pending = _UNIT.search(literal, raw)
        while pending is not None and said + (pending.start() - raw) < target:
            said += pending.start() - raw + 1
            raw = pending.end()
            pending = _UNIT.search(literal, raw)
        yield raw + (target - said)
