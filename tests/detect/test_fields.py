"""Every kind of field has fields that are found and near misses that aren't."""

from __future__ import annotations

import pytest

from dlp.detect import build_detector
from dlp.detect.entities import ENTITY_TYPES
from dlp.detect.fields import FIELDS, Field
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.entity_type} {field.labels[0]}")
def test_fields_are_found_and_near_misses_are_not(field: Field) -> None:
    assert field.entity_type in ENTITY_TYPES
    wrong = []
    for marked in field.found:
        before, value, after = marked.replace("<<", "\0").replace(">>", "\0").split("\0")
        text = before + value + after
        if not any(len(before) == f.start and f.end == len(before + value) for f in DETECTOR.find(text)):
            wrong.append(marked)
    for text in field.nothing:
        wrong += [(text, each) for each in DETECTOR.find(text) if each.recognizer == "field"]
    assert not wrong


@pytest.mark.parametrize(
    ("key", "value", "entity_type"),
    [
        ("edad", "57", "AGE"), ("houseNumber", "12b", "STREET_ADDRESS"), ("cap", "09031", "ZIP_CODE"), ("codice_di_sicurezza", "736", "CREDIT_CARD_CVV"),
        ("coordenadas", "46.686 -53.161", "GEO_COORDINATES"), ("complément_d_adresse", "Résidence Les Lilas", "STREET_ADDRESS"),
    ],
)  # fmt: skip
def test_a_key_is_a_label(key: str, value: str, entity_type: str) -> None:
    assert [(each.entity_type, each.start, each.end) for each in DETECTOR.find(value, context=key)] == [
        (entity_type, 0, len(value))
    ]


@pytest.mark.parametrize(("key", "value"), [("page", "57"), ("city", "string"), ("cap", "5"), ("street", "none")])
def test_other_values_under_a_key_are_nothing(key: str, value: str) -> None:
    assert DETECTOR.find(value, context=key) == ()
