"""Events that differ from an earlier one in the text of one channel alone, told without taking them apart.

Nearly all events of a stream do: the same members in the same order, one text that goes on, perhaps a running number. An event of
which everything but that text is known byte for byte needs no parser, no rules and no look at its other strings: what was found
out about the earlier one holds for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dlp.errors import WireError
from dlp.providers.format import Channel
from dlp.wire.json_leaves import Leaf, parse_leaves

_LOOSE = re.compile(
    rb'"(?:sequence_number|created|created_at|\w{1,40}TokenCount)" ?: ?(?P<number>[0-9]+)'
    rb'|"(?:obfuscation|p)" ?: ?"(?P<padding>[0-9A-Za-z]*)"'
)
"""Running numbers, and padding that hides a text's length: nothing of it names a channel, and neither can hold a token."""
_NUMBER = re.compile(rb"[0-9]+")
_PADDING = re.compile(rb"[0-9A-Za-z]*")
_LITERAL = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')


class Mould:
    """What an event must look like to be told by it. `repr` shows no text.

    Args:
        document: The earlier event.
        leaf: Its one delta.
        channel: What that continues.
        name: What the framing calls the event.
        closes: The channels that it ends; not its own.
    """

    __slots__ = ("_name", "_steps", "channel", "closes", "leaf")

    def __init__(self, document: str, leaf: Leaf, channel: Channel, name: str, closes: Sequence[Channel] = ()) -> None:
        self.leaf, self.channel, self.closes = leaf, channel, closes
        self._name = name
        self._steps = [
            *_steps(document[: leaf.start].encode("utf-8"), _LITERAL),
            *_steps(document[leaf.end :].encode("utf-8"), None),
        ]

    def match(self, data: bytes, name: str) -> tuple[int, int, str] | None:
        """Where in a similar event its text stands (quotes included, in bytes) and what it says; None for other events, and for empty texts.

        An event that starts a text with nothing may be told from those that go on with it by that alone.
        """
        if name != self._name:
            return None
        at = start = end = 0
        for literal, gap in self._steps:
            if not data.startswith(literal, at):
                return None
            at += len(literal)
            if gap is None:
                break
            found = gap.match(data, at)
            if found is None:
                return None
            if gap is _LITERAL:
                start, end = found.span()
            at = found.end()
        text = _text_of(data[start:end]) if at == len(data) else None
        return (start, end, text) if text else None

    def __repr__(self) -> str:
        return f"<Mould of {len(self._steps)} steps>"


def _steps(part: bytes, last: re.Pattern[bytes] | None) -> Iterator[tuple[bytes, re.Pattern[bytes] | None]]:
    """Bytes as they are, each with what may follow; `last` after the last of them."""
    at = 0
    for found in _LOOSE.finditer(part):
        group = found.lastgroup or ""
        yield part[at : found.start(group)], _NUMBER if group == "number" else _PADDING
        at = found.end(group)
    yield part[at:], last


def _text_of(literal: bytes) -> str | None:
    try:
        text = literal.decode("utf-8")
        return parse_leaves(text)[0].value if "\\" in text else text[1:-1]
    except (UnicodeDecodeError, WireError):
        return None
