"""Many findings in, findings that don't overlap out.

The rule, in this order: validated beats not validated, a higher score beats a lower one, longer beats shorter, earlier
beats later. A finding that loses to another disappears whole: nothing is nested, nothing is replaced by halves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from dlp.detect.hit import Hit


def rank(hit: Hit) -> tuple[bool, float, int, int]:
    """Sorts winners first."""
    return (not hit.validated, -hit.score, hit.start - hit.end, hit.start)


def resolve(hits: Iterable[Hit]) -> list[Hit]:
    """The winners, sorted by `start`. n log n: winners are kept in order and only neighbours are compared."""
    all_of_them = list(hits)
    return resolve_with_losers(all_of_them)[0] if len(all_of_them) > 1 else all_of_them


def resolve_with_losers(hits: Iterable[Hit]) -> tuple[list[Hit], list[tuple[Hit, Hit]]]:
    """The winners sorted by `start`, and each loser with a winner that it overlaps."""
    starts: list[int] = []
    winners: list[Hit] = []
    losers: list[tuple[Hit, Hit]] = []
    for hit in sorted(hits, key=rank):
        at = bisect_left(starts, hit.end)  # the winners before `at` start before this one ends
        if at and winners[at - 1].end > hit.start:
            losers.append((hit, winners[at - 1]))
            continue
        starts.insert(at, hit.start)
        winners.insert(at, hit)
    return winners, losers
