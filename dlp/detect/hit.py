"""What detection passes around inside: a finding that is still being weighed."""

from __future__ import annotations

from dataclasses import dataclass

from dlp.types import Finding


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
        return Finding(
            entity_type=self.entity_type,
            start=self.start,
            end=self.end,
            score=round(min(self.score, 1.0), 4),
            recognizer=self.recognizer,
            validated=self.validated,
            details=self.details,
        )
