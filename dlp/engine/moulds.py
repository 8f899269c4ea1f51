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
        settled: What is done with the text doesn't depend on what it says.
    """

    __slots__ = ("_around", "_name", "_steps", "channel", "closes", "leaf", "settled")

    def __init__(
        self,
        document: str,
        leaf: Leaf,
        channel: Channel,
        name: str,
        closes: Sequence[Channel] = (),
        *,
        settled: bool = False,
    ) -> None:
        self.leaf, self.channel, self.closes, self.settled = leaf, channel, closes, settled
        self._name = name
        before, behind = document[: leaf.start].encode("utf-8"), document[leaf.end :].encode("utf-8")
        self._steps = [*_steps(before, _LITERAL), *_steps(behind, None)]
        # What stood around the latest text, its quotes included: the next event's is mostly the same.
        self._around = (before + b'"', b'"' + behind)

    def match(self, data: bytes, name: str) -> tuple[int, int, str] | None:
        """Where in a similar event its text stands (quotes included, in bytes) and what it says; None for other events, and for empty texts.

        An event that starts a text with nothing may be told from those that go on with it by that alone.
        """
        if name != self._name:
            return None
        head, tail = self._around
        if data.startswith(head) and data.endswith(tail):
            start, end = len(head), len(data) - len(tail)
            inner = data[start:end]
            if inner and b'"' not in inner and b"\\" not in inner:
                try:
                    return start - 1, end + 1, inner.decode("utf-8")
                except UnicodeDecodeError:
                    return None
        return self._walk(data)

    def _walk(self, data: bytes) -> tuple[int, int, str] | None:
        """As `match`, step by step."""
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
                start, end = at, found.end()
            at = found.end()
        text = _text_of(data[start:end]) if at == len(data) else None
        if not text:
            return None
        self._around = (data[: start + 1], data[end - 1 :])
        return start, end, text

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
