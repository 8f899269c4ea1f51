"""Labelled text to training windows, with exactly the tokenizer and the window cuts of the shipped recognizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dlp.detect.ner.tags import TAGS
from dlp.detect.ner.windows import WINDOW, cut
from dlp.detect.ner.wordpiece import WordPiece

IGNORED = -100
"""The target of pieces that no loss is taken on: the window's opening and closing marks, and padding."""

Span = tuple[int, int, str]
"""Start and end in code points, and the label."""


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled text and the name of the corpus it came from."""

    text: str
    spans: tuple[Span, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Window:
    """Arrays of one length: piece numbers (with opening and closing marks), shape classes, targets."""

    ids: npt.NDArray[np.int32]
    shapes: npt.NDArray[np.int8]
    targets: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.ids)


def windows_of(record: Record, pieces: WordPiece) -> Iterator[Window]:
    """The windows of one record. A word's first piece learns its tag; the other pieces learn the matching inside tag."""
    encoding = pieces.encode(record.text)
    tags = _word_tags(encoding.starts, encoding.ends, record.spans)
    for window in cut(record.text, encoding):
        begin = encoding.first[window.low]
        end = min(encoding.first[window.high], begin + WINDOW)
        targets = np.full(end - begin, IGNORED, np.int8)
        for word in range(window.keep_low, window.keep_high):
            tag = tags[word]
            targets[encoding.first[word] - begin : encoding.first[word + 1] - begin] = tag + (tag % 2)
            targets[encoding.first[word] - begin : encoding.first[word] - begin + 1] = tag
        yield Window(
            np.array([pieces.opening, *encoding.ids[begin:end], pieces.closing], np.int32),
            np.array([0, *encoding.shapes[begin:end], 0], np.int8),
            np.concatenate([[IGNORED], targets, [IGNORED]]).astype(np.int8),
        )


def _word_tags(starts: Sequence[int], ends: Sequence[int], spans: Iterable[Span]) -> list[int]:
    tags = [0] * len(starts)
    word = 0
    for start, end, label in sorted(spans):
        while word < len(starts) and ends[word] <= start:
            word += 1
        first = True
        while word < len(starts) and starts[word] < end:
            tags[word] = TAGS.index(("B-" if first else "I-") + label)
            first = False
            word += 1
    return tags


def batches(windows: Sequence[Window], budget: int, order: np.random.Generator) -> Iterator[list[Window]]:
    """All windows once, in random batches of similar length whose padded size is at most `budget` pieces."""
    shuffled = order.permutation(len(windows))
    made: list[list[Window]] = []
    for block in range(0, len(shuffled), 4000):
        by_length = sorted((windows[int(n)] for n in shuffled[block : block + 4000]), key=len)
        batch: list[Window] = []
        for window in by_length:
            if batch and len(window) * (len(batch) + 1) > budget:
                made.append(batch)
                batch = []
            batch.append(window)
        made.append(batch)
    for number in order.permutation(len(made)):
        yield made[int(number)]


def pad(batch: Sequence[Window]) -> tuple[npt.NDArray[np.int64], ...]:
    """`ids, shapes, mask, targets`, each `batch x length`."""
    length = -(-max(len(window) for window in batch) // 8) * 8
    ids, shapes, mask = (np.zeros((len(batch), length), np.int64) for _ in range(3))
    targets = np.full((len(batch), length), IGNORED, np.int64)
    for row, window in enumerate(batch):
        size = len(window)
        ids[row, :size], shapes[row, :size], mask[row, :size], targets[row, :size] = (
            window.ids,
            window.shapes,
            1,
            window.targets,
        )
    return ids, shapes, mask, targets


def record_of(line: dict[str, Any]) -> Record:
    """One line of a corpus file: `{"text": ..., "ents": [[start, end, label], ...], "src": ...}`."""
    return Record(line["text"], tuple((int(a), int(b), str(c)) for a, b, c in line["ents"]), str(line.get("src", "")))
