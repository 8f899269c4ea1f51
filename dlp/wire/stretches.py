"""Long texts in stretches. What works on all of one at once keeps the interpreter, and with it the event loop, for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterable

STRETCH = 2**17
"""Characters or bytes that are worked on at a time: the slowest of what is done so takes a few milliseconds."""


def encoded(text: str) -> Iterable[bytes]:
    """A text in UTF-8, lone surrogates as if they were characters."""
    if len(text) <= STRETCH:
        return (text.encode("utf-8", "surrogatepass"),)
    return (text[at : at + STRETCH].encode("utf-8", "surrogatepass") for at in range(0, len(text), STRETCH))


def lowered(text: str) -> str:
    """`text.lower()`. One letter's depends on its neighbours: the Greek sigma's."""
    if len(text) <= STRETCH or text.isascii() or "\u03a3" in text:
        return text.lower()
    return "".join([text[at : at + STRETCH].lower() for at in range(0, len(text), STRETCH)])
