"""Names in the columns of a table whose header calls them so: CSV, TSV, semicolons, Markdown.

A model sees a row of bare words without a sentence around it; the header is all the evidence there is. A column named
`name` alone may list anything (products, files), so it counts only beside another column about people, or where the list
knows a word of the cell. Columns of departments, offices and the like hold no names, whatever the model takes their words for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.tags import Span
from dlp.detect.ner.wordpiece import fold
from dlp.detect.ner.words import NEVER_NAMES, PRODUCTS

MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 60
SCORE = 0.9
NOBODY = ""
"""Label of a cell that holds no name; it speaks against what the model finds inside, and is dropped in the end."""
COLUMN = "column"
"""The source of what is found here; `dlp.detect.ner.repair` believes it before the model."""

_STRONG = frozenset(
    """
    firstname lastname middlename givenname familyname surname fullname forename vorname nachname familienname prenom nomdefamille
    nomcomplet voornaam achternaam apellido apellidos nombrecompleto cognome sobrenome nomecompleto fornavn efternavn fornamn efternamn
    customername clientname patientname employeename contactname contactperson accountholder cardholder cardholdername username
    patient employee customer client contact person passenger applicant tenant student teacher attendee participant ansprechpartner
    """.split()
) - {"username"}
_WEAK = frozenset(
    "name nom nombre nome naam navn namn first last owner manager assignee author reporter driver doctor agent user member".split()
)
_PLACES = frozenset(
    "city town country state province village ort stadt ville pays ciudad pais citta paese cidade plaats stad land by".split()
)
_COMPANIES = frozenset(
    "company organisation organization employer firma entreprise societe empresa azienda bedrijf unternehmen arbeitgeber".split()
)
_ABOUT_PEOPLE = _STRONG | frozenset(
    """
    email mail emailaddress phone phonenumber telephone tel mobile telefon age dob dateofbirth birthday birthdate ssn address city gender
    sex salary role title department dept geburtsdatum adresse ville ciudad nationality first last
    """.split()
)
_OTHERS = frozenset(
    """
    role title department dept division position job jobtitle occupation status plan product item service language languages subject course
    category priority currency country gender sex rolle funktion abteilung bereich stelle beruf sprache sprachen fach status produkt artikel leistung geschlecht
    poste fonction service metier langue langues matiere categorie statut produit sexe cargo puesto departamento funcion oficio idioma idiomas
    asignatura categoria producto servicio sexo ruolo reparto ufficio mansione lingua lingue materia prodotto servizio sesso departamento setor
    funcao profissao disciplina produto functie afdeling beroep taal vak dienst geslacht afdeling stilling sprog fag avdelning avdeling
    befattning yrke sprak amne tjanst kon
    """.split()
) - {"country"}
"""What holds words of another kind beside names of people."""
_POSTS = frozenset(
    "rolle funktion abteilung beruf poste fonction metier cargo puesto departamento oficio ruolo reparto mansione setor profissao functie "
    "afdeling beroep stilling avdelning avdeling befattning yrke position jobtitle occupation".split()
)
"""Columns that say what somebody does, so that a column of names beside them is one of people."""
_NAMES_ONLY = (Kind.GIVEN, Kind.SURNAME, PERSONAL)
_CELL = re.compile(r"[^\W\d_][^\d_\n]{0,58}[^\W\d_]\.?|[^\W\d_]{2}")
_RULE_LINE = re.compile(r"[\s|:+-]+")
_LETTERS = re.compile(r"[^\W\d_]+")


def in_columns(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Names in the cells under such headers; every line is looked at once as a header and once as a row."""
    if "," not in text and ";" not in text and "\t" not in text and "|" not in text:
        return
    columns: dict[int, tuple[str, bool]] = {}
    mark, width, rows, start = "", 0, 0, 0
    for line in text.splitlines(keepends=True):
        cells = _cells(text, start, start + len(line), mark) if columns else []
        if columns and _RULE_LINE.fullmatch(line):
            if not line.strip():
                columns = {}
        elif columns and len(cells) == width and rows < MOST_ROWS:
            rows += 1
            for number, (label, strong) in columns.items():
                span = _name(text, *cells[number], label, lexicon, strong=strong)
                if span is not None:
                    yield span
        else:
            mark, columns, width = _header(text, start, start + len(line))
            rows = 0
        start += len(line)


def _header(text: str, start: int, end: int) -> tuple[str, dict[int, tuple[str, bool]], int]:
    """The delimiter, the columns that hold names and the number of columns, if the line is such a header."""
    line = text[start:end]
    if len(line) > 2000:
        return "", {}, 0
    for mark in "\t;|,":
        if mark not in line or _lists_nobody(line, mark):
            continue
        cells = [fold("".join(_LETTERS.findall(text[a:b]))) for a, b in _cells(text, start, end, mark)]
        if not 2 <= len(cells) <= MOST_COLUMNS:
            continue
        people = sum(cell in _ABOUT_PEOPLE or cell in _POSTS for cell in cells)
        columns: dict[int, tuple[str, bool]] = {}
        for number, cell in enumerate(cells):
            if cell in _STRONG:
                columns[number] = ("PERSON", True)
            elif cell in _WEAK:
                columns[number] = ("PERSON", people > 0)
            elif cell in _PLACES and people > (cell in _ABOUT_PEOPLE):
                columns[number] = ("LOCATION", True)
            elif cell in _COMPANIES and people:
                columns[number] = ("ORGANIZATION", True)
            elif cell in _OTHERS:
                columns[number] = (NOBODY, True)
        if any(label == "PERSON" for label, _ in columns.values()):
            return mark, columns, len(cells)
    return "", {}, 0


_SMALL = bytes(range(256)).lower()
_NO_LETTERS = {
    mark: bytes(code for code in range(128) if not chr(code).isalpha() and chr(code) != mark) for mark in "\t;|,"
}
_PEOPLE = frozenset(word.encode() for word in _STRONG | _WEAK)


def _lists_nobody(line: str, mark: str) -> bool:
    """Whether no cell of a line is called as columns of people are; found out at once of most lines, False for the others."""
    if '"' in line or not line.isascii():
        return False
    cells = line.encode("ascii").translate(_SMALL, _NO_LETTERS[mark]).split(mark.encode())
    return _PEOPLE.isdisjoint(cells)


def _cells(text: str, start: int, end: int, mark: str) -> list[tuple[int, int]]:
    """The bounds of the cells of a line, blanks and quotes trimmed; a mark inside double quotes doesn't part."""
    found: list[tuple[int, int]] = []
    quoted, at = False, start
    if text.find('"', start, end) < 0:  # the same as below, in a fraction of the time
        while (position := text.find(mark, at, end)) >= 0:
            found.append(_trim(text, at, position))
            at = position + 1
        start = end
    for position in range(start, end):
        char = text[position]
        if char == '"':
            quoted = not quoted
        elif char == mark and not quoted:
            found.append(_trim(text, at, position))
            at = position + 1
    found.append(_trim(text, at, end))
    if mark == "|" and found and found[0][0] == found[0][1]:
        found = found[1:]
    if mark == "|" and found and found[-1][0] == found[-1][1]:
        found.pop()
    return found


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " \t\"'\r\n":
        start += 1
    while end > start and text[end - 1] in " \t\"'\r\n":
        end -= 1
    return start, end


def _name(text: str, start: int, end: int, label: str, lexicon: Lexicon, *, strong: bool) -> Span | None:
    value = text[start:end]
    if not 2 <= len(value) <= LONGEST_CELL or _CELL.fullmatch(value) is None:
        return None
    words = [fold(match.group()) for match in _LETTERS.finditer(value)]
    if label == NOBODY:
        named = any(lexicon.kind(word) & (PERSONAL | Kind.ORDINARY) in _NAMES_ONLY for word in words)
        return None if named else Span(start, end, NOBODY, SCORE, COLUMN, exact=True)
    if len(words) > 5 or all(word in NEVER_NAMES or word in PRODUCTS for word in words):
        return None
    if not strong and not any(lexicon.kind(word) & (Kind.GIVEN | Kind.ORDINARY) == Kind.GIVEN for word in words):
        return None
    return Span(start, end, label, SCORE, COLUMN, exact=True)
