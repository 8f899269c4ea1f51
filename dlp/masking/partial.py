"""Star most of a value, for good: `************1111`, `a***@example.org`."""

from __future__ import annotations

_SHOWN = 4
_SHARE = 4
"""At most one in so many letters and digits is shown, so that short values show nothing."""


def starred(entity_type: str, value: str) -> str:
    """`value` with its letters and digits as stars, but for the last four at most; of an e-mail address its first letter and its domain stay.

    Signs between letters stay, so that a number keeps its grouping. There are as many stars as letters.
    """
    if entity_type == "EMAIL_ADDRESS" and "@" in value:
        local, _, domain = value.rpartition("@")
        return f"{local[:1] if len(local) > 2 else '*'}***@{domain}"
    letters = sum(map(str.isalnum, value))
    hidden = letters - min(_SHOWN, letters // _SHARE)
    out = []
    for character in value:
        if character.isalnum():
            hidden -= 1
            out.append("*" if hidden >= 0 else character)
        else:
            out.append(character)
    return "".join(out)
