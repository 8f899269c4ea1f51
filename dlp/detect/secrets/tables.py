"""Columns of credentials: CSV, TSV and Markdown tables whose header names a password or a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dlp.detect.secrets.names import Kind, classify
from dlp.detect.secrets.values import Form, is_credential

_DELIMITERS: Final = ("\t", "|", ";", ",")
_LONGEST_LINE: Final = 2000
_LONGEST_HEADING: Final = 40
_MOST_ROWS: Final = 10_000
_LABEL: Final = re.compile(r"[^\W\d][\w .#/-]{0,39}")
_EDGES: Final = " \t\"'`*"


def iter_cells(text: str, stems: list[tuple[int, str]]) -> Iterator[tuple[int, int, Kind]]:
    """Start, end and kind of every cell under a heading that announces a credential. Each line is read once.

    Args:
        text: The text.
        stems: The offsets at which names were noticed, in order.
    """
    read = 0
    for at, _ in stems:
        if at < read:
            continue
        start = text.rfind("\n", max(0, at - _LONGEST_LINE), at) + 1
        end = _line_end(text, at)
        read = end
        if end == len(text) or end - start > _LONGEST_LINE:
            continue
        delimiter = next((d for d in _DELIMITERS if text.find(d, start, end) >= 0), "")
        if not delimiter:
            continue
        headings = _cells(text, start, end, delimiter)
        if not _is_header(text, headings, delimiter):
            continue
        columns = {
            k: (text[a:b], kind) for k, (a, b) in enumerate(headings) if (kind := _heading(text[a:b])) >= Kind.STRONG
        }
        if columns:
            for row_end, cells in _rows(text, end + 1, delimiter, len(headings)):
                read = row_end
                for k, (name, kind) in columns.items():
                    a, b = cells[k]
                    if is_credential(text[a:b], kind, name, Form.QUOTED):
                        yield a, b, kind


def _is_header(text: str, cells: list[tuple[int, int]], delimiter: str) -> bool:
    """Two short labels at least, and nothing but labels; a Markdown row may begin and end with its delimiter."""
    inner = cells[1:-1] if delimiter == "|" and cells[0][0] == cells[0][1] else cells
    return len(inner) >= 2 and all(_LABEL.fullmatch(text, a, b) for a, b in inner)


def _heading(cell: str) -> Kind:
    return classify(cell) if 0 < len(cell) <= _LONGEST_HEADING and cell.count(" ") <= 2 else Kind.NONE


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at, at + _LONGEST_LINE)
    return end if end >= 0 else min(len(text), at + _LONGEST_LINE)


def _rows(text: str, at: int, delimiter: str, width: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Lines with as many cells as the header, until one that has not."""
    for _ in range(_MOST_ROWS):
        end = _line_end(text, at)
        cells = _cells(text, at, end, delimiter)
        if at >= len(text) or len(cells) != width:
            return
        yield end, cells
        at = end + 1


def _cells(text: str, start: int, end: int, delimiter: str) -> list[tuple[int, int]]:
    """Spans of the cells of a line, without blanks and quotes at their edges."""
    found = []
    while start <= end:
        stop = text.find(delimiter, start, end)
        stop = stop if stop >= 0 else end
        a, b = start, stop
        while a < b and text[a] in _EDGES:
            a += 1
        while b > a and text[b - 1] in _EDGES + "\r":
            b -= 1
        found.append((a, b))
        start = stop + 1
    return found
