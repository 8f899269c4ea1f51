"""Many literals, one pass: which of them occur in a text, and where.

The literals become one regular expression shaped as a trie, so that `re` leaves a position after looking at its first
character nearly always. Measured against a multi-pattern engine on the texts that we see (kilobytes, hardly a hit), the
difference drowns in what runs next, and there is one implementation whose answers can't differ between machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_DOTTED_I: Final = "\u0130"  # the one character whose lower case is longer than itself


def fold(text: str) -> str:
    """`text` in lower case with every offset unchanged."""
    low = text.lower()
    return low if len(low) == len(text) else text.replace(_DOTTED_I, "i").lower()


def trie_pattern(literals: Iterable[str]) -> str:
    """A regular expression for any of the literals, the longest first, without backtracking over common beginnings."""
    root: dict[str, dict] = {}  # type: ignore[type-arg]  # a trie has no finite type
    for literal in literals:
        node = root
        for char in literal:
            node = node.setdefault(char, {})
        node[""] = {}
    return _render(root)


def _render(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
    ends = "" in node
    single = sorted(c for c, sub in node.items() if c and set(sub) == {""})
    longer = [re.escape(c) + _render(sub) for c, sub in sorted(node.items()) if c and set(sub) != {""}]
    if single:
        longer.append(re.escape(single[0]) if len(single) == 1 else "[" + "".join(map(re.escape, single)) + "]")
    if not longer:
        return ""
    body = longer[0] if len(longer) == 1 and not ends else "(?:" + "|".join(longer) + ")"
    return body + "?" if ends else body


class Literals:
    """A set of lower-case literals to be looked for together."""

    def __init__(self, literals: Iterable[str]) -> None:
        self._all = sorted(set(literals))
        if "" in self._all:
            raise ValueError("an empty literal matches everywhere")
        self._search = re.compile(trie_pattern(self._all)).search
        known = set(self._all)
        # A longer literal hides those it begins with: `sk-ant-` stands for `sk-` too.
        self._also = {w: tuple(w[:k] for k in range(1, len(w) + 1) if w[:k] in known) for w in self._all}

    def iter_hits(self, folded: str) -> Iterator[tuple[int, str]]:
        """Offset and literal of every occurrence in a text that `fold` has been over, overlapping ones too."""
        hit = self._search(folded)
        while hit is not None:
            start = hit.start()
            for literal in self._also[hit[0]]:
                yield start, literal
            hit = self._search(folded, start + 1)
