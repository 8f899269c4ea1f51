"""Events that differ from an earlier one in the text of one channel alone, told without taking them apart.

Nearly all events of a stream do: the same members in the same order, one text that goes on, perhaps a running number. An event of
which everything but that text is known byte for byte needs no parser, no rules and no look at its other strings: what was found
out about the earlier one holds for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlp.errors import WireError
from dlp.providers.format import Channel, StreamGrammar, WireFormat, is_closed
from dlp.wire.json_leaves import Leaf
from dlp.wire.json_strings import read_literal

_LOOSE = re.compile(
    rb'"(?:sequence_number|created|created_at|(?!prompt)\w{1,40}TokenCount)" ?: ?(?P<number>[0-9]+)'
    rb'|"(?:obfuscation|p)" ?: ?"(?P<padding>[0-9A-Za-z]*)"'
)
"""Running numbers, and padding that hides a text's length: nothing of it names a channel, and neither can hold a token."""
_LITERAL = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_CONTROL = re.compile(r"[\x00-\x1f]")
"""What stands in no string as it is. The parser lets it pass, but a line break may end the event."""

type _Gap = tuple[bool, bytes, bytes, int]
"""Whether digits stand there (else padding), the byte that ends it, all that follows up to the next one, and the size of that."""


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

    __slots__ = ("_after", "_before", "_head", "_name", "_tail", "channel", "closes", "leaf", "settled")

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
        # What stood around the latest text, its quotes included: the next event's is mostly the same, before the text or behind it.
        self._head, self._tail = document[: leaf.start + 1].encode("utf-8"), document[leaf.end - 1 :].encode("utf-8")
        self._before, self._after = _gaps(self._head), _gaps(self._tail)

    def match(self, data: bytes, name: str) -> tuple[int, int, str] | None:
        """Where in a similar event its text stands (quotes included, in bytes) and what it says; None for other events, and for empty texts.

        An event that starts a text with nothing may be told from those that go on with it by that alone.
        """
        if name != self._name:
            return None
        head, tail = self._head, self._tail
        known = data.startswith(head)
        start = len(head) if known else _walk(data, 0, *self._before)
        if start < 0:
            return None
        end = data.find(b'"', start)
        if data.find(b"\\", start, end) >= 0:
            literal = _LITERAL.match(data, start - 1)
            end = literal.end() - 1 if literal is not None else -1
        if end <= start:
            return None
        if not (data.endswith(tail) and len(data) - len(tail) == end):
            if _walk(data, end, *self._after) != len(data):
                return None
            self._tail = data[end:]
        if not known:
            self._head = data[:start]
        text = _text_of(data[start:end])
        return (start - 1, end + 1, text) if text is not None else None

    def __repr__(self) -> str:
        return f"<Mould of {len(self._before[1]) + len(self._after[1])} gaps>"


MAX_MOULDS = 4
"""Kinds of events that are known at a time: streams alternate between few."""


def mould_of(
    document: str,
    leaf: Leaf,
    channel: Channel,
    name: str,
    closed: Sequence[Channel],
    wire_format: WireFormat,
    grammar: StreamGrammar,
) -> Mould | None:
    """What events like this one are known by; None if each of them has to be taken apart.

    Args:
        leaf: The only text of the event that goes on with something.
        closed: What the event ends.
    """
    if not leaf.value or grammar.stateful or is_closed(channel, closed):
        return None
    return Mould(document, leaf, channel, name, closed, settled=not wire_format.response.goes_by_look(leaf))


def _gaps(part: bytes) -> tuple[bytes, list[_Gap]]:
    """The bytes up to the first gap, and the gaps."""
    found = [(each.lastgroup == "number", *each.span(each.lastgroup or 0)) for each in _LOOSE.finditer(part)]
    ends = [start for _, start, _ in found] + [len(part)]
    gaps = [
        (number, part[end : end + 1], part[end:until], until - end)
        for (number, _, end), until in zip(found, ends[1:], strict=True)
    ]
    return part[: ends[0]], gaps


def _walk(data: bytes, at: int, first: bytes, gaps: list[_Gap]) -> int:
    """Where something ends in `data` that begins at `at` and differs in its gaps alone; -1 if it isn't there."""
    if not data.startswith(first, at):
        return -1
    at += len(first)
    for number, mark, following, size in gaps:
        end = data.find(mark, at)
        if end < 0 or not data.startswith(following, end):
            return -1
        inner = data[at:end]
        if not (inner.isdigit() if number else inner.isalnum() or not inner):
            return -1
        at = end + size
    return at


def _text_of(inside: bytes) -> str | None:
    """What a literal says that has `inside` between its quotes."""
    try:
        text = inside.decode("utf-8")
        if not text.isprintable() and _CONTROL.search(text) is not None:
            return None
        return read_literal(f'"{text}"') if "\\" in text else text
    except (UnicodeDecodeError, WireError):
        return None
