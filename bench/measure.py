"""Measuring: variants in turn, and what is said of their times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median, quantiles
from typing import Any

Report = dict[str, Any]
"""Section -> row -> column -> number. A section's first row is what its ratios refer to, unless it says otherwise."""


def interleaved[T](variants: dict[str, Callable[[], T]], rounds: int, *, warm: int = 1) -> dict[str, list[T]]:
    """Run the variants in turn (A B C A B C …): a slow moment of the machine then hits all of them. What they return, by round.

    Args:
        warm: Rounds before those that count.
    """
    taken: dict[str, list[T]] = {name: [] for name in variants}
    for number in range(rounds + warm):
        for name, run in variants.items():
            found = run()
            if number >= warm:
                taken[name].append(found)
    return taken


def summary(taken: dict[str, list[float]], baseline: str, unit: float = 1e3) -> Report:
    """Median, 95th and 99th percentile in 1/`unit` seconds; and the median, over the rounds, of the ratio to the baseline."""
    return {
        name: {
            **_spread(times, unit),
            "ratio": _rounded(median(a / b for a, b in zip(times, taken[baseline], strict=True))),
        }
        for name, times in taken.items()
    }


def _spread(times: list[float], unit: float) -> Report:
    if len(times) < 4:
        return {"median": _rounded(median(times) * unit)}
    cuts = quantiles(times, n=100, method="inclusive")
    return {
        "median": _rounded(median(times) * unit),
        "p95": _rounded(cuts[94] * unit),
        "p99": _rounded(cuts[98] * unit),
    }


def _rounded(value: float) -> float:
    """Three digits that mean something."""
    return float(f"{value:.3g}")


def row(values: Iterable[float], unit: float = 1e3) -> Report:
    """One row without a ratio."""
    return _spread(list(values), unit)
