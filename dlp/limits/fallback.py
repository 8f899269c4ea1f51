"""What limits are counted by while nobody can be asked who counts them for several."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dlp.limits.base import Limiter
from dlp.limits.memory import MemoryLimiter

log = logging.getLogger("dlp")


class Fallback:
    """A limiter of this process, and when to use it. Says so when that begins and ends, not with each request.

    Args:
        who: Counts alone then, for the log: `proxy` or `process`.
        errors: What says that nobody can be asked.
    """

    def __init__(self, who: str, errors: tuple[type[Exception], ...]) -> None:
        self.limiter = MemoryLimiter()
        self._who, self._errors = who, errors
        self._alone = False

    def ask[R](self, shared: Callable[[], R], alone: Callable[[Limiter], R]) -> R:
        """What `shared` says; if it can't be asked, what the limiter of this process does."""
        try:
            found = shared()
        except self._errors as error:
            if not self._alone:
                log.warning("limits are counted by this %s alone: %s", self._who, type(error).__name__)
            self._alone = True
            return alone(self.limiter)
        if self._alone:
            log.info("limits are counted together with others again")
        self._alone = False
        return found
