"""Tables inside a text: which header stands over a value.

CSV, TSV, semicolons and Markdown alike: a line of short words with two or more cells, followed by lines with the same
number of cells; a cell between double quotes may hold the delimiter. So do the rows of an SQL `INSERT` stand under the
names of its columns, and those of an HTML table under its headings. The header's words count as context of every cell
below it, as a JSON key's do for its value.

Lines that set a label and its value apart by dots, an arrow or a dash (`Card no ..... 4111`, `PIN -> 4471`), and what psql prints
for a record, are tables on their side: each value stands under its label.
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
_KINDS = bytes(
    ord(char) if char in "\n?" else ord(",") if char in _DELIMITERS else ord("!") if char in ":=!{}<>" else ord(" ")
    for char in map(chr, range(128))
).ljust(256)
"""ASCII as `,` for a delimiter, `!` for the signs that fields and sentences have, and blanks. A question mark is one of these or isn't ASCII."""
_NOT_TITLE = re.compile(r"\d{4}")
_QUOTED_CELL = re.compile(r'"(?:[^"\n]|"")*+"')
_INSERT = re.compile(r"(?i)\bINTO[ \t]{1,4}[\w.\"`\[\]]{1,80}\s{0,8}\(([^()]{3,4000})\)\s{0,8}VALUES?\s{0,8}(?=\()")
_SQL_VALUE = re.compile(r"\s{0,8}+(?:[NE]?'((?:[^'\\]|''|\\.)*+)'|([^',()]{0,4000}+))\s{0,8}+([,)])")
_SQL_ROW = re.compile(r"\s{0,8}+,?\s{0,8}+\(")
_MARKUP_ROW = re.compile(r"(?i)<tr\b[^<>]{0,200}>")
_MARKUP_CELL = re.compile(r"(?i)<(t[dhr])\b[^<>]{0,200}>([^<>]{0,400})")
_PAIR = re.compile(r"(?i)<dt\b[^<>]{0,200}>([^<>]{1,40})</dt>\s{0,20}<dd\b[^<>]{0,200}>([^<>]{1,400})")
"""A term of a definition list and its first definition."""
_OF_VALUES = frozenset(
    "value values wert werte valeur valeurs valor valores valore valori waarde waarden content details data entry answer antwort réponse".split()
)
"""Headings of a second column whose meaning stands in the first."""
COUNTED = frozenset(("#", "№"))
"""What stands over the numbers of the rows."""
_LETTERS = re.compile(r"[^\W\d_]")
_SET_APART = re.compile(
    r"(?m:^)[ \t]{0,8}+(?:[*•·+\-–][ \t]{1,3}+)?(?P<label>[^\W\d_][^\n|:=<>{}()\[\]\"`;]{0,39}?)[ \t]{0,40}"
    r"(?P<sign>\.{3,80}+|->|=>|→|(?<=[ ])[-–—]|\|)[ \t]{1,8}+(?P<value>[^\s|>][^\n|]{0,200})(?m:$)"
)
"""A label and its value with what sets them apart; `|` counts in a record of psql only."""
_SETTING_APART = ("...", "->", "=>", "→", "|", *(f" {dash}{blank}" for dash in "-–—" for blank in " \t"))
"""One of these stands in each line that `_SET_APART` takes; most texts have none."""
_REMARK = re.compile(r"[a-zà-öø-ÿ][^\W\d_]{0,23}(?:[ ,'’]{1,2}[^\W\d_]{1,24}){1,20}[.;,]?")
"""Words without a digit or a sign among them, the first of which is no name."""
RECORD = "-[ RECORD "
"""What psql writes above a record in its expanded form."""
_FEWEST_LINES = 2
"""Lines of one sign, one below the other, that make a form: a single one may be a sentence."""


def _possible_headers(text: str) -> Iterator[tuple[int, int]]:
    """Lines with a delimiter, without any of the signs that fields and sentences have, and with a line behind them."""
    start = 0
    for kinds in text.encode("ascii", "replace").translate(_KINDS).split(b"\n")[:-1]:
        end = start + len(kinds)
        if b"," in kinds and b"!" not in kinds and (b"?" not in kinds or "?" not in text[start:end]):
            yield start, end
        start = end + 1


def _lines_set_apart(text: str) -> Iterator[re.Match[str]]:
    """The lines that `_SET_APART` takes, in order."""
    starts: set[int] = set()
    for sign in _SETTING_APART:
        at = text.find(sign)
        while at >= 0:
            starts.add(text.rfind("\n", 0, at) + 1)
            at = text.find(sign, _line_end(text, at))
    for start in sorted(starts):
        line = _SET_APART.match(text, start)
        if line is not None:
            yield line


def _inserts(text: str) -> Iterator[re.Match[str]]:
    """Where `_INSERT` matches."""
    if not text.isascii():  # there, other letters pass for an `i`, and a text in lower case may be longer
        yield from _INSERT.finditer(text)
        return
    small = text.lower()
    at = small.find("into")
    while at >= 0:
        insert = _INSERT.match(text, at)
        if insert is not None:
            yield insert
        at = small.find("into", at + 1 if insert is None else insert.end())


def _is_title(cell: str) -> bool:
    """Whether a cell can be a header: a few words, or a sign for a number. Its line has none of the signs that sentences have."""
    return cell in COUNTED or (
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


def _cells(row: str, delimiter: str) -> list[str]:
    """The cells of a line as they are written; a delimiter between double quotes parts nothing."""
    if '"' not in row:
        return row.split(delimiter)
    masked = _QUOTED_CELL.sub(lambda quoted: " " * len(quoted[0]), row)
    cells, at = [], 0
    for part in masked.split(delimiter):
        cells.append(row[at : at + len(part)])
        at += len(part) + 1
    return cells


def _label_column(header: list[str]) -> int | None:
    """The first of two titled columns, where it says what the values of the second are (`Field | Value`)."""
    titled = [column for column, words in enumerate(header) if words.strip()]
    return titled[0] if len(titled) == 2 and header[titled[1]].strip() in _OF_VALUES else None


def in_record(text: str, start: int) -> bool:
    """Whether the line that begins at `start` is one of a record as psql prints it."""
    above = text.rfind(RECORD, max(0, start - _LONGEST_RECORD), start)
    return above >= 0 and "\n\n" not in text[above:start]


_LONGEST_RECORD = 4000


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
            self._read_lines(text)
        if "<d" in text or "<D" in text:
            for pair in _PAIR.finditer(text):
                self._cell(*pair.span(2), words_of(pair[1]))
        self._read_inserts(text)
        if _MARKUP_ROW.search(text) is not None:
            self._read_markup(text)
        if self._starts != sorted(self._starts):
            order = sorted(range(len(self._starts)), key=self._starts.__getitem__)
            self._starts = [self._starts[at] for at in order]
            self._ends = [self._ends[at] for at in order]
            self._words = [self._words[at] for at in order]

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
        for start, stop in _possible_headers(text):
            if start <= end:
                continue  # a row of the table before
            end = stop
            if end - start > MAX_HEADER or _NOT_TITLE.search(text, start, end) is not None or in_record(text, start):
                continue
            found = _titles(text[start:end])
            if found is None:
                continue
            delimiter, titles = found
            header: list[str] = []
            label: int | None = None
            while len(cells := _cells(row := text[end + 1 : _line_end(text, end + 1)], delimiter)) == len(titles):
                if not header:
                    header = [words_of(title) for title in titles]
                    label = _label_column(header)
                    self.heads.append((start, end))
                if not _RULE.fullmatch(row):
                    self._row(cells, end + 1, header, label)
                end += 1 + len(row)

    def _row(self, cells: list[str], start: int, header: list[str], label: int | None) -> None:
        at = start
        for column, (cell, words) in enumerate(zip(cells, header, strict=False)):
            if label is not None and column > label and words.strip():
                words = words_of(cells[label].strip(" \t\"'*`")[:MAX_CELL])  # noqa: PLW2901 - the first column says what it is
            self._cell(at, at + len(cell), words if cell.strip() else "")
            at += len(cell) + 1

    def _cell(self, start: int, end: int, words: str) -> None:
        if words:
            self._starts.append(start)
            self._ends.append(end)
            self._words.append(words)

    def _read_lines(self, text: str) -> None:
        """The values of lines of one form, each under the label that stands before it."""
        form: list[re.Match[str]] = []
        for line in _lines_set_apart(text):
            if form and not (line.start() == form[-1].end() + 1 and line["sign"][0] == form[-1]["sign"][0]):
                self._form(text, form)
                form = []
            form.append(line)
        self._form(text, form)

    def _form(self, text: str, lines: list[re.Match[str]]) -> None:
        if not lines:
            return
        if lines[0]["sign"] == "|":
            if not in_record(text, lines[0].start()):
                return
        elif len(lines) < _FEWEST_LINES:
            return
        for line in lines:
            if line["sign"][0] not in ".|" and _REMARK.fullmatch(line["value"]) is not None:
                continue  # a list of what words mean
            self._cell(*line.span("value"), words_of(line["label"]))

    def _read_inserts(self, text: str) -> None:
        """The values of SQL's `INSERT INTO table (column, ...) VALUES (...), (...)`."""
        for insert in _inserts(text):
            header = [words_of(column) for column in insert[1].split(",")]
            row = _SQL_ROW.match(text, insert.end())
            while row is not None:
                at, column = row.end(), 0
                while (value := _SQL_VALUE.match(text, at)) is not None:
                    at, span = value.end(), value.span(1 if value[1] is not None else 2)
                    if column < len(header) and span[0] < span[1]:
                        self._cell(*span, header[column])
                    column += 1
                    if value[3] == ")":
                        break
                row = _SQL_ROW.match(text, at) if value is not None else None

    def _read_markup(self, text: str) -> None:
        """The cells of HTML tables: below the headings of their first row, and behind the label of a row of two."""
        header: list[str] = []
        column, first = -1, ""
        for cell in _MARKUP_CELL.finditer(text):
            tag, (start, end) = cell[1].lower(), cell.span(2)
            if tag == "tr":
                if column > 0 and not header:
                    header = [""]  # the first row had values: no headings stand over this table
                column, first = -1, ""
                continue
            column += 1
            if column == 0:
                first = words_of(cell[2]) if len(cell[2]) <= MAX_CELL else ""
            if tag == "th" and (column == 0 or len(header) == column):
                header = [*header[:column], words_of(cell[2])]
            elif tag == "td" and column < len(header) and header[column]:
                self._cell(start, end, header[column])
            elif tag == "td" and column == 1:
                self._cell(start, end, first)
