"""Cutting into windows: nothing is left out, nothing is read twice, and what is appended changes only the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.ner.windows import OVERLAP, WINDOW, cut
from dlp.detect.ner.wordpiece import WordPiece

PIECES = WordPiece(["[UNK]", "[CLS]", "[SEP]", "a", "##a", ".", "b"])
TEXT = st.lists(st.sampled_from(["a", "aaaa", "b.", "b.\n", "\n", "a" * 90, "a" * 130]), max_size=400).map(" ".join)


@given(TEXT)
def test_the_kept_ranges_tile_the_words_and_no_window_is_too_large(text: str) -> None:
    encoding = PIECES.encode(text)
    windows = cut(text, encoding)
    at = 0
    for window in windows:
        assert window.keep_low == at
        assert window.low <= window.keep_low < window.keep_high <= window.high
        size = encoding.first[window.high] - encoding.first[window.low]
        assert size <= WINDOW or window.high - window.low == 1
        at = window.keep_high
    assert at == len(encoding.starts)


@given(TEXT, TEXT)
def test_appending_text_leaves_the_windows_before_it(text: str, more: str) -> None:
    before = cut(text, PIECES.encode(text))
    after = cut(text + " " + more, PIECES.encode(text + " " + more))
    assert after[: max(0, len(before) - 2)] == before[:-2]


def test_windows_meet_at_line_ends() -> None:
    text = ("a " * 60 + "\n") * 4
    encoding = PIECES.encode(text)
    assert [(w.low, w.high) for w in cut(text, encoding)] == [(0, 120), (120, 240)]


def test_without_a_sentence_end_windows_overlap_and_share_the_overlap() -> None:
    encoding = PIECES.encode("a " * 200)
    first, second = cut("a " * 200, encoding)
    assert first.high == WINDOW
    assert second.low == WINDOW - OVERLAP
    assert first.keep_high == second.keep_low == WINDOW - OVERLAP // 2
