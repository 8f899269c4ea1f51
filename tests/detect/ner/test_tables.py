"""Names under table headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.ner import lexicon, tables
from dlp.detect.ner.builtin import Builtin
from dlp.detect.ner.tables import NOBODY, in_columns

CASES = {
    "csv": ("id,first,last\n1,Aarav,Deshpande\n2,Mei,Lin\n", {"Aarav", "Deshpande", "Mei", "Lin"}),
    "quoted cells": ('name,email\n"Obi, Ada",a@example.org\n', {"Obi, Ada"}),
    "semicolons and places": ("Vorname;Ort;PLZ\nJörg;Kleve;47533\n", {"Jörg", "Kleve"}),
    "tabs": ("full name\tcompany\nTunde Bakare\tZelmor\n", {"Tunde Bakare", "Zelmor"}),
    "markdown": ("| Name | City | Age |\n|---|---|---|\n| Ana Souza | Recife | 31 |\n", {"Ana Souza", "Recife"}),
    "posts and places": ("Nome;Cargo;Cidade\nAna Souza;Gerente;Recife\n", {"Ana Souza", "Recife"}),
    "a list of products": ("name,price\nhammer,12\nnails,3\n", set()),
    "no header": ("hammer,12\nnails,3\n", set()),
    "the table has ended": ("first,last\nMei,Lin\n\nWe met today, later\n", {"Mei", "Lin"}),
    "prose with commas": ("The name, the city, the age: all unknown.\nNothing, nobody, never.\n", set()),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_columns(text: str, expected: set[str]) -> None:
    found = in_columns(text, lexicon.shipped())
    assert {text[s.start : s.end] for s in found if s.label != NOBODY} == expected


def test_under_a_header_of_other_things_stands_nobody_unless_the_list_knows_one() -> None:
    text = "Name;Vorname;Abteilung\nWeber;Anna;Einkauf\nRoth;Jörg;Lindner\n"
    assert [text[s.start : s.end] for s in in_columns(text, lexicon.shipped()) if s.label == NOBODY] == ["Einkauf"]
    found = [text[f.start : f.end] for f in Builtin().find(text)]
    assert "Einkauf" not in found
    assert {"Weber", "Anna", "Roth", "Jörg"} <= set(found)


@given(
    line=st.lists(
        st.sampled_from(["name", "First", "last", "e-mail", "city", "role", "Vor", "n4ame", " ", ",", ";", "|", "\t", '"', "-", "é", "ſ"])
    ).map("".join)
)  # fmt: skip
def test_lines_that_list_nobody_are_no_headers(line: str) -> None:
    quick = tables._header(line, 0, len(line))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_lists_nobody", lambda line, mark: False)
        assert tables._header(line, 0, len(line)) == quick
