"""What detection passes around inside: a finding that is still being weighed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dlp.types import Finding


@lru_cache(maxsize=4096)
def _rounded(score: float) -> float:
    """To round exactly takes as long as all else in `Hit.finding`, and scores are few."""
    return round(min(score, 1.0), 4)


@dataclass(slots=True)
class Hit:
    """A candidate span. Mutable and cheap; becomes a `Finding` when it survives every check."""

    entity_type: str
    start: int
    end: int
    score: float
    recognizer: str
    validated: bool = False
    details: tuple[str, ...] = ()
    distance: int | None = None
    """Characters between the value and the context word that speaks for it."""

    def finding(self) -> Finding:
        return Finding.of(
            self.entity_type,
            self.start,
            self.end,
            _rounded(self.score),
            self.recognizer,
            validated=self.validated,
            details=self.details,
        )
