"""Behind a card's number stand its expiry date and its code, without any label."""

from __future__ import annotations

import pytest

from dlp.detect import build_detector
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))
CARD = "4111 1111 1111 1111"


def found(text: str) -> list[tuple[str, str]]:
    return [
        (each.entity_type, text[each.start : each.end])
        for each in DETECTOR.find(text)
        if each.entity_type in {"CREDIT_CARD_EXPIRY", "CREDIT_CARD_CVV"}
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CARD} 04/28 123", ["04/28", "123"]),
        ("4111111111111111|04|28|123", ["04|28", "123"]),
        (f"card on file {CARD} (07/2026), room 412", ["07/2026"]),
        (f"{CARD}, exp 11-29, cvv 9041 please", ["11-29", "9041"]),
    ],
)
def test_what_stands_behind_a_card_belongs_to_it(text: str, expected: list[str]) -> None:
    assert [value for _, value in found(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        f"{CARD} was charged 12/28 times",
        f"{CARD} 04/05/2028",
        f"{CARD} 13/28 123",
        "4111 1111 1111 1112 04/28 123",
        "on 04/28 123 people came",
    ],
)
def test_other_numbers_behind_a_card_say_nothing(text: str) -> None:
    assert found(text) == []


def test_an_amount_behind_the_date_is_no_code() -> None:
    assert found(f"{CARD} 04/28 250 EUR") == [("CREDIT_CARD_EXPIRY", "04/28")]
