"""A process's memory while it loads and once it has: no stops for garbage, nothing kept that was needed only for loading."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of `mallopt` (glibc, malloc.h)."""
_ARENAS: Final = 2
"""Heaps that all threads share. glibc gives each thread one of its own, eight per core, and what one has freed no other uses: tens of megabytes
in a proxy whose threads are many and take turns at the interpreter anyway."""
ENV_ARENAS: Final = "MALLOC_ARENA_MAX"
"""Whoever sets it has decided."""


@contextmanager
def loading() -> Iterator[None]:
    """Let the garbage collector rest: what is being loaded stays, and to walk all of it again and again takes a tenth of a start."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def loaded() -> None:
    """All is there: no collection walks it, while a client waits or at all, and what loading took and freed goes back to the system.

    To be called while the collector still rests, or its first walk is over everything. What garbage there is stays: two thousand of a proxy's
    quarter of a million objects, which would take longer to find than a model to load.
    """
    gc.freeze()
    _glibc("malloc_trim", 0)


def share_heaps() -> None:
    """To be called before a process starts threads."""
    if ENV_ARENAS not in os.environ:
        _glibc("mallopt", _ARENA_MAX, _ARENAS)


def _glibc(name: str, *arguments: int) -> None:
    """Call a function that glibc has; other C libraries manage without."""
    if sys.platform == "linux" and (function := getattr(ctypes.CDLL(None), name, None)) is not None:
        function(*arguments)
