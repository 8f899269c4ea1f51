"""Patterns of which a process may never need most, compiled when they are first asked for: compiling is a good part of a start."""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """`re.compile`, kept: of patterns of our own, which are few."""
    return re.compile(pattern)
