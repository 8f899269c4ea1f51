"""Counts as figures: a table for people, JSON for keeping, a comparison with what was kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from dlp.errors import ConfigurationError
from dlp.evaluation.score import Score, Tally

FIGURES = ("recall", "named", "precision", "f2", "leak", "false_per_1000_words")
"""The figures of a row, beside its counts: fractions of 1, except the last."""
LOWER_IS_BETTER = frozenset({"leak", "false_per_1000_words"})
TOLERANCE = 0.005
"""Half a point: what a figure may fall without being called worse."""

_HEAD = ("records", "values", "recall", "named", "precis.", "F2", "leak", "false/kw")


def figures(tally: Tally) -> dict[str, float | None]:
    """The figures of a row; None where there is nothing to divide by.

    recall is the share of values found by any type, named that by their own family, precision that of right findings,
    F2 weighs named four times as much as precision, leak is the share of letters and digits left readable.
    """
    named, precision = _share(tally.named, tally.values), _share(tally.right, tally.findings)
    f2 = None
    if named is not None and precision is not None:
        f2 = 5 * precision * named / (4 * precision + named) if named and precision else 0.0
    false = None if not tally.clean_words else 1000 * tally.clean_false / tally.clean_words
    return {
        "recall": _share(tally.found, tally.values),
        "named": named,
        "precision": precision,
        "f2": f2,
        "leak": _share(tally.leaked, tally.characters),
        "false_per_1000_words": false,
    }


def report(scores: Mapping[str, Score], *, policy: str, seconds: float) -> dict[str, Any]:
    """Everything worth keeping, as JSON types: per set, per type over all sets, and overall."""
    total, types = Tally(), dict[str, Tally]()
    for score in scores.values():
        total += score.total
        for name, tally in score.types.items():
            merged = types.setdefault(name, Tally())
            merged += tally
    return {
        "version": 1,
        "policy": policy,
        "seconds": round(seconds, 2),
        "all": _row(total),
        "sets": {name: _row(score.total) for name, score in sorted(scores.items())},
        "types": {
            name: _row(tally) for name, tally in sorted(types.items(), key=lambda item: (-item[1].values, item[0]))
        },
    }


def table(kept: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the table, from a report."""
    for title, rows in (("set", kept["sets"]), ("type", kept["types"])):
        yield _line(title, _HEAD)
        for name, row in rows.items():
            yield _line(name, _cells(row))
        yield _line("ALL", _cells(kept["all"]))
        yield ""


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], bool]:
    """What differs between two reports, and whether anything got worse by more than `TOLERANCE`.

    Raises:
        ConfigurationError: `old` isn't a report.
    """
    lines: list[str] = []
    worse = False
    try:
        pairs = [("ALL", old["all"], new["all"])]
        for part in ("sets", "types"):
            pairs += [(name, old[part][name], row) for name, row in new[part].items() if name in old[part]]
        for name, before, after in pairs:
            for figure in FIGURES:
                was, is_now = before.get(figure), after.get(figure)
                if was is None or is_now is None or round(was, 4) == round(is_now, 4):
                    continue
                gain = was - is_now if figure in LOWER_IS_BETTER else is_now - was
                fell = gain < -TOLERANCE
                worse |= fell
                scale = 1 if figure == "false_per_1000_words" else 100
                mark = "worse" if fell else "better" if gain > 0 else "about"
                lines.append(f"{mark:6} {name} {figure}: {scale * was:.2f} -> {scale * is_now:.2f}")
    except (KeyError, TypeError, AttributeError):
        raise ConfigurationError("the file to compare with is not a report of 'eval'") from None
    order = ("worse", "better", "about")
    return sorted(lines, key=lambda line: order.index(line.split()[0])), worse


def _row(tally: Tally) -> dict[str, Any]:
    rounded = {name: None if value is None else round(value, 5) for name, value in figures(tally).items()}
    return {**asdict(tally), **rounded}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (str(row["records"] or "-"), str(row["values"]))
    shares = tuple("-" if row[name] is None else f"{100 * row[name]:.1f}" for name in FIGURES[:-1])
    false = row["false_per_1000_words"]
    return (*counts, *shares, "-" if false is None else f"{false:.2f}")


def _line(name: str, cells: tuple[str, ...]) -> str:
    return f"{name[:32]:32}" + "".join(f"{cell:>9}" for cell in cells)
