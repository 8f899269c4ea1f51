"""Many words as one regular expression, shaped as a trie: what it costs to search for them doesn't grow with their number."""

from __future__ import annotations

import re
from collections.abc import Iterable

Trie = dict[str, "Trie"]
"""Character -> what may follow it; an empty string where a word ends."""


def trie_pattern(words: Iterable[str], *, blank: str = " ") -> str:
    """A regular expression for any of the words, the longest first, without backtracking over common beginnings.

    Args:
        words: Of a few hundred characters at most, since the expression is nested as deeply as they branch.
        blank: The regular expression that a blank inside a word stands for.
    """
    root: Trie = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return _render(root, blank)


def _render(node: Trie, blank: str) -> str:
    ends = "" in node
    single = sorted(c for c, sub in node.items() if c and set(sub) == {""})
    longer = [
        (blank if c == " " else re.escape(c)) + _render(sub, blank)
        for c, sub in sorted(node.items())
        if c and set(sub) != {""}
    ]
    if single:
        longer.append(re.escape(single[0]) if len(single) == 1 else "[" + "".join(map(re.escape, single)) + "]")
    if not longer:
        return ""
    body = longer[0] if len(longer) == 1 and not ends else "(?:" + "|".join(longer) + ")"
    return body + "?" if ends else body
