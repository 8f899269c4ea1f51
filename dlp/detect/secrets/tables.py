"""Columns of credentials: tables in CSV, TSV, Markdown, text and HTML whose header names a password or a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dlp.detect.patterns import late
from dlp.detect.secrets.names import Kind, classify
from dlp.detect.secrets.values import Form, is_credential
from dlp.detect.tables import COUNTED, in_record

_DELIMITERS: Final = ("\t", "|", ";", ",", "  ")
"""The last one stands for two blanks and more, which part columns that are set under each other."""
_RULER: Final = re.compile(r"[-+=|: \t]{3,}")
_HEAD_CELL: Final = late(
    r"<th\b[^<>]{0,200}>(?:\s|<[a-z]{1,8}>){0,20}([^<>]{0,60}?)\s{0,20}(?:</[a-z]{1,8}>\s{0,20}){0,4}</th>",
    re.IGNORECASE,
)
_BODY_CELL: Final = re.compile(
    r"<(t[dr])\b[^<>]{0,200}>(?:\s|<(?!t[dr]\b)[a-z]{1,8}>){0,20}([^<>]{0,256})", re.IGNORECASE
)
_LONGEST_ROW: Final = 400
_LONGEST_TABLE: Final = 8_000
"""Characters of markup: of the half of a row of headings, and of what stands below it."""
_LONGEST_LINE: Final = 2000
_LONGEST_HEADING: Final = 40
_MOST_ROWS: Final = 10_000
_LABEL: Final = re.compile(r"[^\W\d][\w .#/-]{0,39}")
_EDGES: Final = " \t\"'`*"
_NOT_HEADER: Final = re.compile(r"[^\w .#№/\-\t|;,\"'`*\r]")
"""What stands neither in a label nor around or between labels; most lines of programs have some of it."""


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
        if text.rfind("<th", max(0, at - _LONGEST_HEADING), at) >= 0:
            read = at + _LONGEST_HEADING
            for last, found in _markup(text, at):
                read = max(read, last)
                yield found
            continue
        start = text.rfind("\n", max(0, at - _LONGEST_LINE), at) + 1
        end = _line_end(text, at)
        read = end
        if end == len(text) or end - start > _LONGEST_LINE or _NOT_HEADER.search(text, start, end) is not None:
            continue
        delimiter = next((d for d in _DELIMITERS if text.find(d, start, end) >= 0), "")
        if not delimiter or (delimiter == "|" and (in_record(text, start) or _is_below_a_row(text, start))):
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


def _is_below_a_row(text: str, start: int) -> bool:
    """Whether the line at `start` stands below another row of cells: it is no header."""
    above = text.rfind("\n", max(0, start - 1 - _LONGEST_ROW), max(0, start - 1)) + 1
    return text.find("|", above, start) >= 0


def _markup(text: str, at: int) -> Iterator[tuple[int, tuple[int, int, Kind]]]:
    """The cells of an HTML table under headings that announce a credential, one of which is at `at`; and how far was read."""
    row = max(text.rfind("<tr", max(0, at - _LONGEST_ROW), at), at - _LONGEST_ROW, 0)
    headings = list(_HEAD_CELL.finditer(text, row, row + 2 * _LONGEST_ROW))
    columns = {k: (cell[1], kind) for k, cell in enumerate(headings) if (kind := _heading(cell[1])) >= Kind.STRONG}
    if not columns:
        return
    column = -1
    for cell in _BODY_CELL.finditer(text, headings[-1].end(), headings[-1].end() + _LONGEST_TABLE):
        if cell[1].lower() == "tr":
            column = -1
            continue
        column += 1
        value = cell[2].rstrip()
        if column in columns and is_credential(value, columns[column][1], columns[column][0], Form.QUOTED):
            yield cell.end(2), (cell.start(2), cell.start(2) + len(value), columns[column][1])


def _is_header(text: str, cells: list[tuple[int, int]], delimiter: str) -> bool:
    """Two short labels at least, and nothing but labels; a Markdown row may begin and end with its delimiter."""
    inner = cells[1:-1] if delimiter == "|" and cells[0][0] == cells[0][1] else cells
    signed = delimiter != _DELIMITERS[-1]  # two blanks behind a `#` may be a program's
    return len(inner) >= 2 and all(_LABEL.fullmatch(text, a, b) or (signed and text[a:b] in COUNTED) for a, b in inner)


def _heading(cell: str) -> Kind:
    return classify(cell) if 0 < len(cell) <= _LONGEST_HEADING and cell.count(" ") <= 2 else Kind.NONE


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at, at + _LONGEST_LINE)
    return end if end >= 0 else min(len(text), at + _LONGEST_LINE)


def _rows(text: str, at: int, delimiter: str, width: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Lines with as many cells as the header, until one that has not."""
    for _ in range(_MOST_ROWS):
        end = _line_end(text, at)
        if end > at and _RULER.fullmatch(text, at, end) is not None:
            at = end + 1
            continue
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
        while delimiter == "  " and start < end and text[start] == " ":
            start += 1
    return found
