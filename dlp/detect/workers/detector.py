"""A `Detector` that has long texts examined by a pool of workers."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence

from dlp.detect.base import Found
from dlp.detect.cache import FindingsCache
from dlp.detect.detector import CoreDetector
from dlp.detect.explain import Candidate
from dlp.detect.workers.messages import Item
from dlp.detect.workers.pool import WorkerPool
from dlp.policy.model import DetectSettings
from dlp.types import Finding

INLINE_CHARACTERS = 512
"""Up to so many characters of new text are examined in this process: cheaper than to ask another one."""


class PooledDetector:
    """Implements `dlp.detect.base.Detector`.

    What was seen before is answered from a cache in this process. `find` always works here and at once; `find_many` may block until a
    worker has answered, so it is called from a thread, unless all texts together have `INLINE_CHARACTERS` at most.
    Until the workers are ready, everything is examined here.
    """

    def __init__(self, settings: DetectSettings, pool: WorkerPool) -> None:
        """Raises as `CoreDetector` does."""
        self._here = CoreDetector(settings)
        self._pool = pool
        key = hashlib.sha256(pickle.dumps(settings)).hexdigest()
        self._settings = pool.register(key, settings)

    @property
    def cache(self) -> FindingsCache:
        return self._here.cache

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        """See `Detector.find`."""
        return self._here.find(text, context=context)

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        """See `Detector.find_many`."""
        return self.cache.find_many(items, self._examine)

    def find_new(self, items: Sequence[tuple[str, str]], most: float) -> Found | None:
        """See `Remembering.find_new`."""
        return self.cache.find_new(items, self._examine, most)

    def explain(self, text: str, *, context: str = "") -> tuple[Candidate, ...]:
        """See `Explainer.explain`."""
        return self._here.explain(text, context=context)

    def _examine(self, items: Sequence[Item]) -> list[tuple[Finding, ...]]:
        if not self._pool.ready or sum(len(text) for text, _ in items) <= INLINE_CHARACTERS:
            return self._here.examine(items)
        return self._pool.examine(self._settings, items)
