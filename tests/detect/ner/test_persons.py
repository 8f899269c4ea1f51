"""Names in doubt end as people's, and as long as they are."""

from __future__ import annotations

import pytest

from dlp.detect.ner.builtin import Builtin
from dlp.detect.ner.lexicon import shipped
from dlp.detect.ner.persons import beside, completed, pairs, people_in_list, rather_person, rather_place
from dlp.detect.ner.tags import Span


def _span(text: str, value: str, label: str = "LOCATION", person: float = 0.0) -> Span:
    start = text.index(value)
    return Span(start, start + len(value), label, 0.9, person=person)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a call from Barkha", "Barkha"),
        ("Grüße von Olena", "Olena"),
        ("say hi to Florence", "Florence"),
        ("Ask Adelaide about it", "Adelaide"),
        ("Sydney's phone is broken", "Sydney"),
        ("Israel told me so", "Israel"),
        ("Heintze meinte gestern, es reiche", "Heintze"),
        ("on requit la relaxe de Udinesi", "Udinesi"),
    ],
)
def test_a_given_name_among_people_is_a_person(text: str, name: str) -> None:
    assert rather_person(text, _span(text, name), shipped()).label == "PERSON"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("greetings from Berlin", "Berlin"),
        ("a call from Hannover", "Hannover"),
        ("the weather in Texas", "Texas"),
        ("we moved to Florence", "Florence"),
        ("de klant uit Ovezande vraagt om geld", "Ovezande"),
    ],
)
def test_a_place_stays_one(text: str, place: str) -> None:
    assert rather_person(text, _span(text, place), shipped()).label == "LOCATION"


def test_the_models_own_doubt_is_enough_for_a_given_name() -> None:
    text = "we drove to Nitesh"
    assert rather_person(text, _span(text, "Nitesh", person=0.25), shipped()).label == "PERSON"
    assert rather_person(text, _span(text, "Nitesh", person=0.1), shipped()).label == "LOCATION"


@pytest.mark.parametrize(
    ("text", "seen", "name"),
    [
        ("1. Gutknecht, Horst-Peter - present", "Horst-Peter", "Gutknecht, Horst-Peter"),
        ("- Löffler, Bettina\n- x", "Bettina", "Löffler, Bettina"),
        ("Patient Kulkarni, Denise was admitted", "Denise", "Kulkarni, Denise"),
        ("I, REVA MADAN, declare", "MADAN", "REVA MADAN"),
        ("met cemal hertrampf today", "cemal", "cemal hertrampf"),
        ("In Berlin, Anna waited", "Anna", "Anna"),
        ("Thanks, Anna", "Anna", "Anna"),
        ("On Monday, Anna will call", "Anna", "Anna"),
        ("anna will call", "anna", "anna"),
    ],
)
def test_a_name_cut_short_is_completed(text: str, seen: str, name: str) -> None:
    (span,) = completed(text, [_span(text, seen, "PERSON")], shipped())
    assert text[span.start : span.end] == name


def test_a_family_name_taken_for_a_place_is_part_of_the_name() -> None:
    text = "- Lindner, Aditya"
    (span,) = completed(text, [_span(text, "Lindner"), _span(text, "Aditya", "PERSON")], shipped())
    assert (span.start, span.end, span.label) == (2, len(text), "PERSON")


@pytest.mark.parametrize(
    "text", ["call Aarav", "greetings from Lakshit", "RACHIT BALAN\n12 MAIN ST", "msg pranit ranganathan pls"]
)
def test_the_recognizer_finds_them_whole(text: str) -> None:
    (found,) = Builtin().find(text)[:1]
    assert found.entity_type == "PERSON"


def test_a_listed_surname_that_is_no_place_needs_little_doubt() -> None:
    text = "mötet med Lundberg"
    assert rather_person(text, _span(text, "Lundberg", person=0.09), shipped()).label == "PERSON"
    assert rather_person(text, _span(text, "Lundberg", person=0.01), shipped()).label == "LOCATION"


@pytest.mark.parametrize(
    ("text", "seen", "other"),
    [("sag martine und valter ab", "martine", "valter"), ("carl och anna kommer", "anna", "carl")],
)
def test_chat_writes_people_small_together(text: str, seen: str, other: str) -> None:
    (span,) = beside(text, [_span(text, seen, "PERSON")], shipped())
    assert text[span.start : span.end] == other


@pytest.mark.parametrize("text", ["anna and bring bread", "Anna und valter", "anna und valter.py"])
def test_what_and_joins_to_no_small_name_is_none(text: str) -> None:
    assert not list(beside(text, [_span(text, text[:4], "PERSON")], shipped()))


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("M. Roux, demeurant à Aubert, saisit", "Aubert", "LOCATION"),
        ("she was born in Melton", "Melton", "LOCATION"),
        ("ze woont in Balinge", "Balinge", "LOCATION"),
        ("she lives in Anna's house", "Anna", "PERSON"),
        ("she believes in Anna", "Anna", "PERSON"),
    ],
)
def test_where_somebody_lives_is_a_place(text: str, name: str, label: str) -> None:
    assert rather_place(text, _span(text, name, "PERSON"), shipped()).label == label


def test_money_goes_from_one_person_to_another() -> None:
    paid, travelled = "a transfer from Ana Souza to Jerome Williams", "she moved from Lisbon to Melton"
    assert rather_place(paid, _span(paid, "Jerome Williams", "PERSON"), shipped()).label == "PERSON"
    assert rather_place(travelled, _span(travelled, "Melton", "PERSON"), shipped()).label == "LOCATION"


@pytest.mark.parametrize(
    ("names", "people"),
    [
        ("Anna, Jörg & Priya", ["Anna", "Jörg", "Priya"]),
        ("Anna, Jörg und Priya", ["Anna", "Jörg", "Priya"]),
        ("Hudson, Flores & Roberts", []),
        ("Anna & Jörg", []),
    ],
)
def test_a_list_of_given_names_is_no_firm(names: str, people: list[str]) -> None:
    text = f"Kudos to {names} for it"
    found = people_in_list(text, _span(text, names, "ORGANIZATION"), shipped())
    assert [text[s.start : s.end] for s in found if s.label == "PERSON"] == people


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("who should i invite, halima or tariq?", ["halima", "tariq"]),
        ("kommt silke und jörg und anneliese", ["silke", "jörg", "jörg", "anneliese"]),
        ("julia and ruby, or react and vue", []),
        ("mark and grace wait", []),  # ordinary words as well
        ("halima.py and tariq", []),
    ],
)
def test_two_given_names_that_and_joins_are_people(text: str, expected: list[str]) -> None:
    assert [text[s.start : s.end] for s in pairs(text, shipped())] == expected


def test_what_goes_from_one_to_another_goes_to_a_person() -> None:
    paid, trip = "Wire transfer from Ana Souza to Jerome Williams, ref", "a train from Ana Souza to Jerome Williams"
    assert rather_person(paid, _span(paid, "Jerome Williams"), shipped()).label == "PERSON"
    assert rather_person(trip, _span(trip, "Jerome Williams"), shipped()).label == "LOCATION"


def test_what_one_has_is_no_place_of_its_own() -> None:
    text = "they move to priya's place"
    span = rather_person(text, _span(text, "priya's place", "LOCATION"), shipped())
    assert (text[span.start : span.end], span.label) == ("priya", "PERSON")
