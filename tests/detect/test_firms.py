"""A mail address says what the organisation is called."""

from __future__ import annotations

import pytest

from dlp.detect.firms import of_domains, under_titles
from dlp.detect.hit import Hit
from dlp.detect.network import emails


def found(text: str, *others: Hit) -> list[str]:
    return [text[hit.start : hit.end] for hit in of_domains(text, [*emails(text), *others])]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Call Zenvora or write to info@zenvora.com.", ["Zenvora"]),
        ("Golden Helix: j.doe@mail.golden-helix.co.uk", ["Golden Helix"]),
        ("Kestrel & Finch, jo@kestrelfinch.de, Kestrel", ["Kestrel & Finch"]),
        ("ZENVORA\ninfo@zenvora.com", ["ZENVORA"]),
        ("we asked zenvora, see info@zenvora.com", []),
        ("Gmail is down, write to ann@gmail.com", []),
        ("Mail the Example to ann@example.com", []),
        ("Docker is slow, ask help@docker.com", []),
        ("Call Zenvora Marine, info@zenvora-trading.com", []),
        ("Zenvora", []),
    ],
)
def test_names_of_domains(text: str, names: list[str]) -> None:
    assert found(text) == names


def test_what_is_a_name_already_stays_whole() -> None:
    text = "Jane Miller, jane@miller.com"
    assert found(text, Hit("PERSON", 0, 11, 0.9, "ner")) == []
    assert found("Lindau, info@lindau.com", Hit("LOCATION", 0, 6, 0.9, "ner")) == ["Lindau"]


@pytest.mark.parametrize(
    ("line", "found"),
    [("Zenvora", True), ("Golden Helix Labs, Zenvora", True), ("Thanks", False), ("12 High Street", False), ("the team", False), ("Customer Service", False)],
)  # fmt: skip
def test_a_card_names_the_employer_under_the_title(line: str, *, found: bool) -> None:
    text = f"Jane Miller\nSales manager\n{line}\n12 High Street"
    title = Hit("TITLE", 12, 25, 0.6, "title")
    assert [text[hit.start : hit.end] for hit in under_titles(text, [title])] == ([line] if found else [])
    assert list(under_titles(text, [title, Hit("PERSON", 26, 30, 0.9, "ner")])) == []


def test_a_title_in_a_sentence_is_no_card() -> None:
    text = "I work as a sales manager\nZenvora\n"
    assert list(under_titles(text, [Hit("TITLE", 12, 25, 0.6, "title")])) == []
