"""Outside text made safe to print: one line, bounded, nothing that moves the cursor or turns the reading direction."""

from __future__ import annotations


def printable(text: str, limit: int = 60) -> str:
    r"""`text` with everything unprintable escaped and cut after `limit` characters of input (then it ends in `...`).

    Unprintable is what `str.isprintable` says: control characters, line ends, direction marks, lone surrogates,
    private and unassigned code points. They appear as `\x1b`, `\u202e`, `\U000e0001`.
    """
    kept = text[:limit]
    if not kept.isprintable():
        kept = "".join(character if character.isprintable() else _escape(character) for character in kept)
    return kept if len(text) <= limit else f"{kept}..."


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
