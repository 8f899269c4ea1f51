"""The seam between the engine and detection. The engine sees nothing of detection but this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, runtime_checkable

from dlp.types import Finding


class Detector(Protocol):
    """Text in, findings out.

    Promises: a pure function of its arguments (so callers may cache); findings don't overlap, are sorted by
    `start`, lie inside the text, reach the policy's `min_score`, and never touch our own tokens; safe from
    several threads. Raises `DetectorError` when any part of detection fails or takes too long: a partial
    answer is never returned, because a skipped recognizer is a silent leak.
    """

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        """Find what is sensitive in `text`.

        Args:
            text: What to examine; may hold lone surrogates, NULs, anything a JSON string can.
            context: Words that stand near the text without being part of it, such as the JSON key or
                the CSV header that names it (`"ssn"`); they count as context words before the text.
        """
        ...

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        """`find` for many `(text, context)` pairs at once, in order; same results, batched where it pays."""
        ...


WARM_TEXTS: Final = (
    "My name is Anna Keller, mail anna.keller@example.org, born 4 May 1961",
    "12 High Street, London; card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, server 10.12.3.7",
)
"""What is examined before the first request, which would have to wait until the model and the rules are loaded."""
RARE_TEXTS: Final = (
    *("3012345678901"[:digits] for digits in range(7, 14)),
    (
        "\u0434\u043e\u043c 1, \u6771\u4eac 1, \uc11c\uc6b8 1, \u03bf\u03b4\u03cc 1, \u05e8\u05d7 1, \u0e0b\u0e2d\u0e22 1, \u0634\u0627 1, \u0918\u0930 1, "
        "\u09ac\u09be 1, \u10e5 1, \u0584 1, \u0111 1, a utca 1, a k\u00fc\u00e7 1"
    ),
)
"""What is examined as soon as requests can be: the countries' plans of telephone numbers, of each length, and the addresses of each
writing are loaded for the first text that has one, which needn't be somebody's."""


class Found(NamedTuple):
    """What a detector that remembers has found in texts, each with its context."""

    findings: list[Sequence[Finding]]
    names: list[bytes]
    """Keyed hashes of 16 bytes that the texts with their contexts are known by, to this detector alone."""
    new: int
    """Code points of the texts that weren't known; of equal ones one counts."""


@runtime_checkable
class Remembering(Protocol):
    """A detector that remembers what it has found."""

    def find_new(self, items: Sequence[tuple[str, str]], most: float) -> Found | None:
        """`find_many`; None, and nothing is examined, if more than `most` code points would have to be."""
        ...
