"""Cutting an encoded text into the windows that the model reads one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from dlp.detect.ner.wordpiece import Encoding

WINDOW = 126
"""Pieces a window holds at most, without its two marks: what the model was trained on (about 400 characters)."""

OVERLAP = 24
"""Pieces that two windows share when no sentence ends where they meet."""

_STOPS = frozenset(".!?;\u0964\u3002\uff01\uff1f")


@dataclass(frozen=True, slots=True)
class Window:
    """A range of words that is read at once, and the range inside it whose tags count."""

    low: int
    high: int
    keep_low: int
    keep_high: int


def cut(text: str, encoding: Encoding, size: int = WINDOW) -> list[Window]:
    """Windows of at most `size` pieces whose kept ranges tile all words in order (a longer word is a window of its own).

    A cut is put after a line end if one lies in the last four tenths of the window, else after the mark that ends a
    sentence there. Failing both the two windows overlap, and each keeps the half of the overlap that lies deeper in it.
    Linear in the number of words; the windows of a text don't change when more is appended, save the last two.
    """
    first, count = encoding.first, len(encoding.starts)
    found: list[Window] = []
    low = keep_low = 0
    while low < count:
        high = low
        while high < count and first[high + 1] - first[low] <= size:
            high += 1
        high = max(high, low + 1)
        if high == count:
            found.append(Window(low, high, keep_low, high))
            break
        end = _boundary(text, encoding, low, high)
        if end:
            found.append(Window(low, end, keep_low, end))
            low = keep_low = end
            continue
        back, half = high, high
        while back > low + 1 and first[high] - first[back - 1] <= OVERLAP:
            back -= 1
            if first[high] - first[back] <= OVERLAP // 2:
                half = back
        if first[high] - first[low] <= 2 * OVERLAP:
            back = half = high
        half = max(half, keep_low)
        found.append(Window(low, high, keep_low, half))
        low, keep_low = back, half
    return found


def _boundary(text: str, encoding: Encoding, low: int, high: int) -> int:
    """The word before which a window starting at `low` and full at `high` had best end; 0 if there is no good place."""
    starts, ends = encoding.starts, encoding.ends
    sentence = 0
    for end in range(high, max(low + (high - low) * 6 // 10, low + 1), -1):
        gap = text[ends[end - 1] : starts[end]]
        if "\n" in gap:
            return end
        if not sentence and gap and text[ends[end - 1] - 1] in _STOPS:
            sentence = end
    return sentence
