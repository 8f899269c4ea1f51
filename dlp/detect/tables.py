"""Tables inside a text: which header stands over a value.

CSV, TSV, semicolons and Markdown alike: a line of short words with two or more cells, followed by lines with the same
number of cells. The header's words count as context of every cell below it, as a JSON key's do for its value.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from dlp.detect.words import words_of

MAX_HEADER = 400
"""Characters of a header line; longer ones are data."""
MAX_CELL = 40
_DELIMITERS = "\t|;,"
_RULE = re.compile(r"[ \t|:+\-=]{3,}")
_NOT_TITLE = re.compile(r"[:=!?{}<>]|\d{4}")
_LETTERS = re.compile(r"[^\W\d_]")


def _is_title(cell: str) -> bool:
    """Whether a cell can be a header: a few words. Its line has none of the signs that fields and sentences have."""
    return (
        len(cell) <= MAX_CELL and not cell[0].isdigit() and len(cell.split()) <= 5 and _LETTERS.search(cell) is not None
    )


class Tables:
    """The cells of every table in one text, with the words of their headers."""

    __slots__ = ("_ends", "_starts", "_words", "heads")

    def __init__(self, text: str) -> None:
        self.heads: list[tuple[int, int]] = []
        """Where the header lines of the tables stand."""
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._words: list[str] = []
        if "\n" in text:
            self._read(text)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def header(self, offset: int) -> str:
        """The words (as `words_of`) over the cell that holds `offset`; empty when it is in no table."""
        at = bisect_right(self._starts, offset) - 1
        return self._words[at] if at >= 0 and offset < self._ends[at] else ""

    def cells(self) -> Iterator[tuple[int, int, str]]:
        """Start, end and header words of every cell below a header."""
        yield from zip(self._starts, self._ends, self._words, strict=True)

    def _read(self, text: str) -> None:
        header: list[str] = []
        delimiter, count, head = "", 0, (0, 0)
        offset = 0
        for line in text.split("\n"):
            start, offset = offset, offset + len(line) + 1
            if delimiter and line.count(delimiter) == count:
                if not self.heads or self.heads[-1] != head:
                    self.heads.append(head)
                if not _RULE.fullmatch(line):
                    self._row(line, start, delimiter, header)
                continue
            header, delimiter, count = [], "", 0
            if len(line) > MAX_HEADER or _NOT_TITLE.search(line) is not None:
                continue  # whatever the delimiter, one of its cells is no title
            for candidate in _DELIMITERS:
                number = line.count(candidate)
                if not number:
                    continue
                cells = [cell.strip(" \t\"'*`") for cell in line.split(candidate)]
                filled = [cell for cell in cells if cell]
                if len(filled) >= 2 and all(_is_title(cell) for cell in filled):
                    header, delimiter, count, head = (
                        [words_of(cell) for cell in cells],
                        candidate,
                        number,
                        (start, start + len(line)),
                    )
                    break

    def _row(self, line: str, start: int, delimiter: str, header: list[str]) -> None:
        at = start
        for cell, words in zip(line.split(delimiter), header, strict=False):
            if cell.strip():
                self._starts.append(at)
                self._ends.append(at + len(cell))
                self._words.append(words)
            at += len(cell) + 1
