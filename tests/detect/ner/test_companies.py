"""Organisations that a legal form or a noun gives away."""

from __future__ import annotations

import pytest

from dlp.detect.ner.companies import companies
from dlp.detect.ner.lexicon import shipped
from dlp.detect.ner.tags import Span


def _spans(text: str, *people: str) -> list[Span]:
    return [Span(text.index(name), text.index(name) + len(name), "PERSON", 0.9, person=0.9) for name in people]


@pytest.mark.parametrize(
    ("text", "people", "company"),
    [
        ("Nyberg Söderström AB har avbokat", ["Nyberg Söderström AB"], "Nyberg Söderström AB"),
        ("chez Vasseur Baudry S.A.R.L. depuis", ["Vasseur"], "Vasseur Baudry S.A.R.L."),
        ("Villarosa, Cassarà e Nicolucci SPA ha", ["Villarosa", "Cassarà", "Nicolucci"], "Villarosa, Cassarà e Nicolucci SPA"),
        ("La société Roussel et Fils saisit", ["Roussel", "Fils"], "Roussel et Fils"),
        ("Stichting Genefaas heeft", ["Stichting Genefaas"], "Stichting Genefaas"),
        ("atendida en la Clínica Lucía Navarro ayer", ["Lucía Navarro"], "Clínica Lucía Navarro"),
        ("an analyst at Gray-Francis since", ["Gray-Francis"], "Gray-Francis"),
        ("She studied at Howard, Hays and Wilson.", ["Howard", "Hays", "Wilson"], "Howard, Hays and Wilson"),
        ("eine Bürokauffrau bei Döring", ["Döring"], "Döring"),
        ("Hölzenbecher Mies GmbH & Co. KGaA meldete", ["Hölzenbecher"], "Hölzenbecher Mies GmbH & Co. KGaA"),
    ],
)  # fmt: skip
def test_it_is_an_organisation_and_whole(text: str, people: list[str], company: str) -> None:
    (span,) = companies(text, _spans(text, *people), shipped())
    assert (text[span.start : span.end], span.label) == (company, "ORGANIZATION")


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Anna Weber und Kranz GmbH", "Anna Weber"),
        ("Anna, Bernd und Kranz GmbH", "Anna"),
        ("Anna weighs 70 KG", "Anna"),
        ("in der Klinik wartet Anna", "Anna"),
        ("ask Anna AGain", "Anna"),
        ("he works for Ingrid", "Ingrid"),
        ("we met at Weber", "Weber"),
    ],
)
def test_who_stands_beside_stays_a_person(text: str, person: str) -> None:
    (span,) = companies(text, _spans(text, person), shipped())
    assert (text[span.start : span.end], span.label) == (person, "PERSON")
