"""Why something was found, and why something else wasn't: what `dlp explain` shows and detection itself never needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from dlp.types import Finding


class Fate(StrEnum):
    """What became of a candidate."""

    REPORTED = "reported"
    OVERLAPPED = "overlapped"
    """A better one lies on the same characters; see `dlp.detect.overlap`."""
    WEAK = "weak"
    """Its score is below the policy's `min_score`."""
    ALLOW_LISTED = "allow-listed"
    OWN_TOKEN = "own token"  # noqa: S105 - a fate
    """It touches a token of ours."""
    FAILED_CHECK = "failed check"
    """It has the shape, and a word near it that speaks for it, but its check digit or range is wrong."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that some recognizer looked at. Holds no part of the text."""

    finding: Finding
    fate: Fate
    lost_to: Finding | None = None
    """The winner, for `OVERLAPPED`."""


@runtime_checkable
class Explainer(Protocol):
    """A detector that can account for itself."""

    def explain(self, text: str, *, context: str = "") -> tuple[Candidate, ...]:
        """Every candidate in `text`, sorted by place, reported ones first; those reported equal what `find` gives.

        Raises `DetectorError` as `find` does.
        """
        ...
