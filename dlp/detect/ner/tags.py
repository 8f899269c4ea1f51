"""What the model says of each word, and how that becomes spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dlp.detect.ner.wordpiece import Encoding

LABELS = ("PERSON", "LOCATION", "ORGANIZATION")
TAGS = ("O", *(f"{mark}-{label}" for label in LABELS for mark in "BI"))
"""The model's classes in their order: outside, then begin and inside of each label (odd numbers begin, even ones go on)."""

LONGEST_GAP = 16
"""Code points between two words of one name: blanks, or a short line of an address that was left out (`Suite 170`)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A name in a text, by offsets in code points, with the words of the encoding that it covers."""

    start: int
    end: int
    label: str
    score: float
    """Mean probability of its words being part of a name, 0 to 1; of rules, their own confidence."""
    source: str = "model"
    """`model`, or the name of the rule."""
    exact: bool = False
    """The edges are right as they are; nothing is trimmed or completed."""
    person: float = 0.0
    """Mean probability of its words being part of a person's name, whatever the label; 0 for what rules found."""

    def at(self, start: int, end: int) -> Span:
        return replace(self, start=start, end=end)


def spans_of(encoding: Encoding, low: int, probabilities: npt.NDArray[np.float32], threshold: float) -> Iterator[Span]:
    """The names among the words `low`, `low + 1`, ... whose tag probabilities are the rows given.

    A word belongs to a name when "outside" is less probable than `1 - threshold`. It goes on with the name of the word
    before it when "inside" is as probable as "begin", whatever the label: the label of a name is that with most probability
    over all its words, so that one doubtful word doesn't cut a name in two. No name goes on over more than
    `LONGEST_GAP` characters, such as those of a line that wasn't read.
    """
    named = 1.0 - probabilities[:, 0]
    goes_on = probabilities[:, 2::2].sum(1) >= probabilities[:, 1::2].sum(1)
    run: list[int] = []
    for row in np.flatnonzero(named >= threshold).tolist():
        if run and (row != run[-1] + 1 or not goes_on[row] or _is_far(encoding, low + row)):
            yield _span(encoding, low, run, probabilities)
            run = []
        run.append(row)
    if run:
        yield _span(encoding, low, run, probabilities)


def _is_far(encoding: Encoding, word: int) -> bool:
    """Whether more than `LONGEST_GAP` characters stand between a word and the one before it."""
    return encoding.starts[word] - encoding.ends[word - 1] > LONGEST_GAP


def _span(encoding: Encoding, low: int, run: list[int], probabilities: npt.NDArray[np.float32]) -> Span:
    rows = probabilities[run]
    score = float(1.0 - rows[:, 0].mean())
    by_label = (rows[:, 1::2] + rows[:, 2::2]).mean(0)
    start, end = encoding.starts[low + run[0]], encoding.ends[low + run[-1]]
    return Span(start, end, LABELS[int(by_label.argmax())], score, person=float(by_label[0]))
