"""Counters of what the proxy has done since its start. Names and numbers only; safe from several threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from dlp.audit.events import shown_path
from dlp.types import Verdict

MAX_LABELS = 1000
"""Distinct labels per counter. Some come from clients (paths), so what is beyond counts as `OTHER`."""
OTHER = "(other)"


class Metrics:
    """Counts requests by verdict, faults by stage, endpoints without a wire format, and findings by entity type."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._unknown_endpoints: Counter[str] = Counter()
        self._entities: Counter[str] = Counter()

    def count_request(self, action: Verdict, entities: Mapping[str, int]) -> None:
        """One screened request, with its findings per entity type."""
        with self._lock:
            self._requests[str(action)] += 1
            for name, count in entities.items():
                _add(self._entities, name, count)

    def count_fault(self, stage: str) -> None:
        """Something failed in a stage of ours: `detect`, `restore`, `audit`."""
        with self._lock:
            _add(self._faults, stage, 1)

    def count_unknown_endpoint(self, provider: str, path: str) -> None:
        """A request to a provider's path for which no wire format is known, so that it was scanned as plain JSON."""
        with self._lock:
            _add(self._unknown_endpoints, f"{provider} {shown_path(path)}", 1)

    def snapshot(self) -> dict[str, dict[str, int]]:
        """All counters at one moment: counter -> label -> count, labels sorted."""
        with self._lock:
            return {
                "requests": dict(sorted(self._requests.items())),
                "faults": dict(sorted(self._faults.items())),
                "unknown_endpoints": dict(sorted(self._unknown_endpoints.items())),
                "entities": dict(sorted(self._entities.items())),
            }


def _add(counter: Counter[str], label: str, count: int) -> None:
    if label not in counter and len(counter) >= MAX_LABELS:
        label = OTHER
    counter[label] += count
