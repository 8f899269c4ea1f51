"""A regular expression from a policy is untrusted input: compile it within bounds, or say why not.

The bounds are on size, not on a clock, so the same file is accepted or refused on every machine. How long a pattern
may run on a text is bounded where it runs, by the detector.
"""

from __future__ import annotations

import re
import warnings

import regex

from dlp.printable import printable

FLAGS = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE
"""What Presidio compiles patterns with (its `global_regex_flags: 26`)."""
MAX_LENGTH = 2000
"""Characters. Presidio's own longest, for URLs, has 6300, nearly all top-level domains; a person's has 50."""
MAX_EXPANSION = 100_000
"""Nodes. The `regex` package unrolls counted groups, so `(?:(?:a|b){1000}){1000}` costs 400 MB and `(a|b){1000000000}`
all memory there is; at this bound a pattern compiles in about 0.1 s and 40 MB."""

_COUNT = re.compile(r"(\)[?+*]?)?\{(\d+)(?:,\d*)?\}")
_VERBOSE = re.compile(r"\(\?[a-wyzA-Z0-9]*x")


def regex_problem(pattern: str, flags: int = FLAGS) -> str | None:
    """Why `pattern` can't be used, as a phrase that ends a message; None when it can."""
    if len(pattern) > MAX_LENGTH:
        return f"{len(pattern)} characters, limit is {MAX_LENGTH}"
    if _expansion(pattern) > MAX_EXPANSION:
        return "its counted repeats multiply into too large a pattern; use smaller counts"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = regex.compile(pattern, flags)
    except regex.error as error:
        # The attributes are documented, the type stubs lack them.
        message, found = getattr(error, "msg", "bad pattern"), getattr(error, "pos", None)
        position = min(found or 0, len(pattern))
        return f"{printable(message)} at column {position + 1}: {printable(pattern[position:], 30) or 'end of pattern'}"
    except RecursionError:
        return "groups nested too deep"
    except (OverflowError, MemoryError, ValueError) as error:
        return f"can't be compiled ({type(error).__name__})"
    if compiled.match(""):
        return "matches the empty text, so it would match everywhere"
    return None


def _expansion(pattern: str) -> int:
    """An upper bound of the nodes after unrolling: counts on groups multiply, as if nested; others add up.

    In verbose mode blanks and comments may part a group from its count, so there all counts multiply.
    """
    everything = _VERBOSE.search(pattern) is not None
    nodes, factor = len(pattern), 1
    for match in _COUNT.finditer(pattern):
        count = min(int(match[2][:12]), MAX_EXPANSION + 1)
        if match[1] or everything:
            factor = min(factor * max(count, 1), MAX_EXPANSION + 1)
        else:
            nodes += count
    return nodes * factor
