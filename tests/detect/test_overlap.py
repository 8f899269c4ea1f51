"""The written rule: validated, score, longer, earlier; what is left doesn't overlap."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.hit import Hit
from dlp.detect.overlap import inside_of, rank, resolve, resolve_with_losers


def hit(start: int, end: int, score: float = 0.5, *, validated: bool = False, name: str = "X") -> Hit:
    return Hit(name, start, end, score, name, validated)


def test_validated_beats_score() -> None:
    assert resolve([hit(0, 5, 0.99), hit(3, 6, 0.6, validated=True)]) == [hit(3, 6, 0.6, validated=True)]


def test_score_beats_length() -> None:
    assert resolve([hit(0, 9, 0.6), hit(3, 6, 0.7)]) == [hit(3, 6, 0.7)]


def test_longer_beats_earlier() -> None:
    assert resolve([hit(0, 4), hit(2, 9)]) == [hit(2, 9)]


def test_earlier_beats_later() -> None:
    assert resolve([hit(2, 6), hit(0, 4)]) == [hit(0, 4)]


def test_touching_is_not_overlapping() -> None:
    assert resolve([hit(4, 8), hit(0, 4)]) == [hit(0, 4), hit(4, 8)]


hits = st.lists(
    st.builds(
        lambda start, length, score, validated: hit(start, start + length, score, validated=validated),
        st.integers(0, 40), st.integers(1, 12), st.floats(0, 1), st.booleans(),
    ),
    max_size=40,
)  # fmt: skip


@given(hits)
def test_winners_are_apart_and_in_order(found: list[Hit]) -> None:
    winners = resolve(found)
    assert all(a.end <= b.start for a, b in pairwise(winners))


@given(hits)
def test_every_loser_overlaps_a_winner_that_ranks_no_lower(found: list[Hit]) -> None:
    winners, losers = resolve_with_losers(found)
    assert len(winners) + len(losers) == len(found)
    for loser, winner in losers:
        assert winner.start < loser.end
        assert loser.start < winner.end
        assert rank(winner) <= rank(loser)


@given(hits)
def test_the_order_of_finding_does_not_matter(found: list[Hit]) -> None:
    assert [(w.start, w.end, w.score) for w in resolve(found)] == [
        (w.start, w.end, w.score) for w in resolve(found[::-1])
    ]


SPANS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 8)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=6
)


@given(spans=SPANS, start=st.integers(0, 14), length=st.integers(1, 8))
def test_inside_is_what_a_longer_span_holds(spans: list[tuple[int, int]], start: int, length: int) -> None:
    end = start + length
    holds = any(low <= start and end <= high and (low, high) != (start, end) for low, high in spans)
    assert inside_of(spans)(hit(start, end)) == holds
