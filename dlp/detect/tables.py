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
_LINE = r"(?P<line>[^:=!?{}<>\n\t|;,]*+[\t|;,][^:=!?{}<>\n]*+)(?=\n)"
_HEADER_FIRST = re.compile(_LINE)
_HEADER = re.compile(rf"\n{_LINE}")
"""A line with a delimiter, without any of the signs that fields and sentences have, and with a line behind it."""
_NOT_TITLE = re.compile(r"\d{4}")
_LETTERS = re.compile(r"[^\W\d_]")


def _is_title(cell: str) -> bool:
    """Whether a cell can be a header: a few words. Its line has none of the signs that fields and sentences have."""
    return (
        len(cell) <= MAX_CELL and not cell[0].isdigit() and len(cell.split()) <= 5 and _LETTERS.search(cell) is not None
    )


def _titles(line: str) -> tuple[str, list[str]] | None:
    """The delimiter and the titles of a header."""
    for delimiter in _DELIMITERS:
        if delimiter not in line:
            continue
        titles = [cell.strip(" \t\"'*`") for cell in line.split(delimiter)]
        filled = [title for title in titles if title]
        if len(filled) >= 2 and all(map(_is_title, filled)):
            return delimiter, titles
    return None


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


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
        end = -1
        while True:
            line = _HEADER.search(text, end) if end >= 0 else _HEADER_FIRST.match(text) or _HEADER.search(text)
            if line is None:
                return
            start, end = line.span("line")
            if end - start > MAX_HEADER or _NOT_TITLE.search(text, start, end) is not None:
                continue
            found = _titles(line["line"])
            if found is None:
                continue
            delimiter, titles = found
            header: list[str] = []
            while (row := text[end + 1 : _line_end(text, end + 1)]).count(delimiter) == len(titles) - 1:
                if not header:
                    header = [words_of(title) for title in titles]
                    self.heads.append((start, end))
                if not _RULE.fullmatch(row):
                    self._row(row, end + 1, delimiter, header)
                end += 1 + len(row)

    def _row(self, line: str, start: int, delimiter: str, header: list[str]) -> None:
        at = start
        for cell, words in zip(line.split(delimiter), header, strict=False):
            if cell.strip():
                self._starts.append(at)
                self._ends.append(at + len(cell))
                self._words.append(words)
            at += len(cell) + 1
