"""Many findings in, findings that don't overlap out.

The rule, in this order: validated beats not validated, a higher score beats a lower one, longer beats shorter, earlier
beats later. A finding that loses to another disappears whole: nothing is nested, nothing is replaced by halves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate

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


def inside_of(spans: Iterable[tuple[int, int]]) -> Callable[[Hit], bool]:
    """A test of hits: whether one of `spans` holds the hit and more. Logarithmic per hit, however many spans there are."""
    known = sorted(set(spans), key=lambda span: (span[0], -span[1]))
    starts = [start for start, _ in known]
    reach = list(accumulate((end for _, end in known), max))

    def is_inside(hit: Hit) -> bool:
        at = bisect_right(starts, hit.start) - 1  # those that begin where the hit begins, or before
        if at < 0 or reach[at] < hit.end:
            return False
        before = bisect_left(starts, hit.start) - 1
        return reach[at] > hit.end or (before >= 0 and reach[before] == hit.end)

    return is_inside
