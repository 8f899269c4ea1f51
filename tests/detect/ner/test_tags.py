"""Tag probabilities to spans."""

from __future__ import annotations

import numpy as np
import pytest

from dlp.detect.ner.tags import LONGEST_GAP, TAGS, spans_of
from dlp.detect.ner.wordpiece import WordPiece

PIECES = WordPiece(["[UNK]", "[CLS]", "[SEP]", "a"])
N, BP, IP, BL, IL, BO, IO = range(len(TAGS))


def rows(*tags: int | dict[int, float]) -> np.ndarray:
    table = np.zeros((len(tags), len(TAGS)), np.float32)
    for row, tag in enumerate(tags):
        for number, value in (tag if isinstance(tag, dict) else {tag: 1.0}).items():
            table[row, number] = value
    return table


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ((N, N), []),
        ((BP, IP, N), [(0, 3, "PERSON", 1.0)]),
        ((BP, BP), [(0, 1, "PERSON", 1.0), (2, 3, "PERSON", 1.0)]),
        ((IP, IP), [(0, 3, "PERSON", 1.0)]),
        ((BL, BO), [(0, 1, "LOCATION", 1.0), (2, 3, "ORGANIZATION", 1.0)]),
        ((BO, IL, IO), [(0, 5, "ORGANIZATION", 1.0)]),
        (({N: 0.4, BP: 0.3, BL: 0.2, IP: 0.1},), [(0, 1, "PERSON", 0.6)]),
        (({N: 0.7, BP: 0.3},), []),
    ],
)
def test_spans(tags: tuple[int | dict[int, float], ...], expected: list[tuple[int, int, str, float]]) -> None:
    encoding = PIECES.encode("a " * len(tags))
    found = [(s.start, s.end, s.label, round(s.score, 4)) for s in spans_of(encoding, 0, rows(*tags), 0.5)]
    assert found == expected


def test_rows_belong_to_the_words_from_low_on() -> None:
    encoding = PIECES.encode("a a a")
    assert [(s.start, s.end) for s in spans_of(encoding, 2, rows(BO), 0.5)] == [(4, 5)]


def test_no_name_goes_on_over_a_line_that_was_left_out() -> None:
    encoding = PIECES.encode("a" + " " * LONGEST_GAP + "a" + " " * (LONGEST_GAP + 1) + "a")
    found = [(s.start, s.end) for s in spans_of(encoding, 0, rows(BP, IP, IP), 0.5)]
    assert found == [(0, LONGEST_GAP + 2), (2 * LONGEST_GAP + 3, 2 * LONGEST_GAP + 4)]
