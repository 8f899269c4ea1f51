"""Texts that the model has said, and that come back: how they become again what it said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlp.engine.body import Text
from dlp.engine.text import Edit

Recall = Callable[[str], Sequence[Edit] | None]
"""A text that a client may have been given -> the edits that make it what the model said, None if it isn't known."""


def replay_run(run: list[Text], recall: Recall) -> None:
    """Replay texts that stand side by side: as one where they are pieces of one, as clients of streams keep them; else each by itself."""
    edits = recall("".join(text.value for text in run)) if len(run) > 1 else None
    if edits is None:
        for text in run:
            found = recall(text.value)
            if found is not None:
                text.edits, text.replayed = list(found), True
        return
    at = 0
    for text in run:
        end = at + len(text.value)
        for starts, ends, replacement in edits:
            if starts < end and ends > at:  # one that is cut stands in its first piece
                text.edits.append((max(starts, at) - at, min(ends, end) - at, replacement if starts >= at else ""))
        text.replayed = True
        at = end


def difference(old: str, new: str) -> Edit:
    """The one edit that makes `new` of `old`, as short as can be."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    return start, len(old) - end, new[start : len(new) - end]


def _common(one: str, other: str) -> int:
    """Characters that both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
