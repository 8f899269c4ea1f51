"""Facts about people in the forms in which they are said, and what only looks like one."""

from __future__ import annotations

import pytest

from dlp.detect.detector import CoreDetector
from dlp.policy.model import DetectSettings, NerSettings


@pytest.fixture(scope="module")
def detector() -> CoreDetector:
    return CoreDetector(DetectSettings(ner=NerSettings(pipeline="none")))


@pytest.mark.parametrize(
    ("text", "entity_type", "value"),
    [
        ("Geburtsdatum: 27. 11. 1956", "DATE_OF_BIRTH", "27. 11. 1956"),
        ("Ada (b. 12.01.1970)", "DATE_OF_BIRTH", "12.01.1970"),
        ("D.O.B. 19540202", "DATE_OF_BIRTH", "19540202"),
        ("She's 71 now and retired", "AGE", "71"),
        ("turned 46 last week", "AGE", "46"),
        ("j'ai 66 ans", "AGE", "66"),
        ("<age>18</age>", "AGE", "18"),
        ("| Age | 77 |", "AGE", "77"),
        ("--username bell.v", "USERNAME", "bell.v"),
        ("the user id xsing27 is locked", "USERNAME", "xsing27"),
        ("hollow_pine is my login", "USERNAME", "hollow_pine"),
        ("<login>xjohnson</login>", "USERNAME", "xjohnson"),
        ("DM @burns_j on Twitter", "USERNAME", "@burns_j"),
        ("find me on GitHub as @emily_cooper", "USERNAME", "@emily_cooper"),
        ("IG: @hwhite", "USERNAME", "@hwhite"),
        ("he lives at -45.730773, -137.303615", "GEO_COORDINATES", "-45.730773, -137.303615"),
        ("(24.15760, 84.97019)", "GEO_COORDINATES", "24.15760, 84.97019"),
        ("Phone number #0551 23 49 04", "PHONE_NUMBER", "0551 23 49 04"),
        ("the phone number is 22235", "PHONE_NUMBER", "22235"),
        ("NUMÉRO_NATIONAL=71110138982", "BE_NATIONAL_NUMBER", "71110138982"),
        ("CUIT: 23017256297", "AR_CUIT", "23017256297"),
        ("Targa:\n    D915RKP", "LICENSE_PLATE", "D915RKP"),
        ("we have 220 on file as your security code", "CREDIT_CARD_CVV", "220"),
    ],
)
def test_a_fact_is_found_as_it_is_said(detector: CoreDetector, text: str, entity_type: str, value: str) -> None:
    found = [(finding.entity_type, text[finding.start : finding.end]) for finding in detector.find(text)]
    assert (entity_type, value) in found


@pytest.mark.parametrize(
    "text",
    [
        "turned 90 degrees",
        "she is 5 feet tall",
        "il a 3 chiens",
        "@property\ndef name(self): ...",
        "npm install @types/node",
        "Plan B 12.01.2026",
        "the loss was at 0.48213, 0.49112 after two epochs",
        "user data is stored in the database",
        "the login page is broken",
        "see issue #22235 about the phone",
    ],
)
def test_what_only_looks_like_one_is_left_alone(detector: CoreDetector, text: str) -> None:
    found = [finding.entity_type for finding in detector.find(text) if finding.entity_type != "DATE_TIME"]
    assert found == []
