"""Patterns that most texts don't need, compiled when they are first asked: to compile all of them is a third of what detection takes to load."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, Final, cast

import regex


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """`re.compile`, kept: of patterns of our own, which are few."""
    return re.compile(pattern)


def late(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, of a pattern of our own that is compiled when it is first asked. Until then nobody says that it is wrong.

    `compile_late` compiles what nobody has asked yet, so that no request has to wait for it.
    """
    return cast("re.Pattern[str]", _late(partial(re.compile, pattern, flags), pattern, flags))


def late_regex(pattern: str, *, names: Sequence[str] = ()) -> regex.Pattern[str]:
    r"""As `late`, for `regex.compile`; `names`: what `\L<names>` stands for."""
    return cast(
        "regex.Pattern[str]", _late(partial(regex.compile, pattern, ignore_unused=True, names=names), pattern, 0)
    )


def compile_late() -> None:
    """Compile what nobody has asked yet. May be called by any thread, at any time."""
    while _waiting:
        try:
            made = _waiting.pop()
        except IndexError:  # another thread had the last one
            return
        made.compile()


_TAKEN: Final = ("findall", "finditer", "fullmatch", "groupindex", "groups", "match", "search", "split", "sub")


class _Late:
    """A pattern that takes over what the compiled one has when it is first asked for any of that: from then on its methods cost the same."""

    __slots__ = ("_made", "flags", "pattern", *_TAKEN)

    def __init__(self, made: Callable[[], Any], pattern: str, flags: int) -> None:
        self._made, self.pattern, self.flags = made, pattern, int(flags)

    def compile(self) -> None:
        """Threads that meet here do the same twice."""
        made = self._made()
        for name in _TAKEN:
            setattr(self, name, getattr(made, name))

    def __getattr__(self, name: str) -> Any:  # asked for what isn't there yet
        if name not in _TAKEN:
            raise AttributeError(name)
        self.compile()
        return getattr(self, name)


_waiting: Final[list[_Late]] = []


def _late(made: Callable[[], Any], pattern: str, flags: int) -> _Late:
    later = _Late(made, pattern, flags)
    _waiting.append(later)
    return later
