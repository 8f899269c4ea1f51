"""Stock Presidio as the judge: what its recognizers find with a check that held, we find too."""

from __future__ import annotations

import pytest
from presidio_analyzer import PatternRecognizer, predefined_recognizers

from dlp.detect import build_detector, checks
from dlp.detect.rule import Rule
from dlp.detect.rules import RULES
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))


def recognizers() -> dict[str, PatternRecognizer]:
    """The predefined pattern recognizers of all countries by name."""
    found = {}
    for name in dir(predefined_recognizers):
        kind = getattr(predefined_recognizers, name)
        if isinstance(kind, type) and issubclass(kind, PatternRecognizer) and kind is not PatternRecognizer:
            found[name] = kind()
    return found


STOCK = recognizers()
UNCHECKED = {"ZaPassportRecognizer", "ZaTrafficRegisterNumberRecognizer"}
"""These give full marks to a layout without a check digit; such a number alone is nothing here."""
SEPARATORS = str.maketrans("", "", " -./")
VALIDATED = 1.0
"""What stock Presidio gives a match whose check digit held."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_presidio_validates_in_our_samples_is_found(rule: Rule) -> None:
    """Each sample stands alone, as in Presidio's own tests; whatever it validates there must be covered."""
    for value in rule.matches:
        if checks.is_moment(value):
            continue  # a bare number that reads as a Unix time needs a word beside it
        ours = DETECTOR.find(value)
        for name, recognizer in STOCK.items():
            if name in UNCHECKED or (
                name == "CreditCardRecognizer" and not checks.card_range(value.translate(SEPARATORS))
            ):
                continue
            for result in recognizer.analyze(value, recognizer.supported_entities) or []:
                if result.score >= VALIDATED:
                    assert any(f.start <= result.start and result.end <= f.end for f in ours), (name, value)


@pytest.mark.parametrize(
    "text",
    [
        "my card is 4012888888881881 and my iban GB29NWBK60161331926819", "wallet 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ", "nhs 943 476 5919", "mail info@presidio.site", "pesel 44051401458", "nino AB 12 34 56 C", "hetu 131052-308T",
        "nric S2740116C", "dea BB1388568", "aba 121042882", "abn 51 824 753 556", "mac 01:b3:4a:67:d9:cf", "ip 84.23.118.9", "dni 55555555K", "nie Z8078221M", "codice fiscale RSSMRA85T10A562S", "partita iva 01333550323",
    ],
)  # fmt: skip
def test_what_presidio_finds_with_certainty_we_find(text: str) -> None:
    ours = DETECTOR.find(text)
    for recognizer in STOCK.values():
        for result in recognizer.analyze(text, recognizer.supported_entities) or []:
            if result.score >= VALIDATED:
                assert any(f.start < result.end and result.start < f.end for f in ours), (
                    recognizer.name,
                    text[result.start : result.end],
                )
