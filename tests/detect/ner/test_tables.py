"""Names under table headers."""

from __future__ import annotations

import pytest

from dlp.detect.ner import lexicon
from dlp.detect.ner.tables import in_columns

CASES = {
    "csv": ("id,first,last\n1,Aarav,Deshpande\n2,Mei,Lin\n", {"Aarav", "Deshpande", "Mei", "Lin"}),
    "quoted cells": ('name,email\n"Obi, Ada",a@example.org\n', {"Obi, Ada"}),
    "semicolons and places": ("Vorname;Ort;PLZ\nJörg;Kleve;47533\n", {"Jörg", "Kleve"}),
    "tabs": ("full name\tcompany\nTunde Bakare\tZelmor\n", {"Tunde Bakare", "Zelmor"}),
    "markdown": ("| Name | City | Age |\n|---|---|---|\n| Ana Souza | Recife | 31 |\n", {"Ana Souza", "Recife"}),
    "a list of products": ("name,price\nhammer,12\nnails,3\n", set()),
    "no header": ("hammer,12\nnails,3\n", set()),
    "the table has ended": ("first,last\nMei,Lin\n\nWe met today, later\n", {"Mei", "Lin"}),
    "prose with commas": ("The name, the city, the age: all unknown.\nNothing, nobody, never.\n", set()),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_columns(text: str, expected: set[str]) -> None:
    assert {text[s.start : s.end] for s in in_columns(text, lexicon.shipped())} == expected
