"""Cards, accounts and tax numbers that are about money."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.rule import Rule

CARD_WORDS = (
    "card", "cards", "credit", "debit", "visa", "mastercard", "amex", "american express", "discover", "diners", "jcb",
    "maestro", "unionpay", "rupay", "cc", "ccnum", "cardnumber", "cardno", "payment", "pan", "karte", "kreditkarte*", "kartennummer",
    "carte", "bancaire", "tarjeta", "carta", "cartao", "cartão", "kort", "kortnummer", "betaalkaart", "creditcard", "charge",
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    Rule(
        id="credit-card", entity_type="CREDIT_CARD",
        formats=(
            "9999_9999_9999_9999", "9999_999999_99999", "9999_999999_9999", "9999_9999_9999_9999_999",
            "9999_9999_9999_999", "9999_9999_9999_99", "9999_9999_9999_9", "999999_9999999999999", "99999999_99999999",
            "9" * 12, "9" * 13, "9" * 14, "9" * 15, "9" * 17, "9" * 18, "9" * 19,
        ),
        check=checks.card, context=CARD_WORDS, separators=" -./\t",
        against=("row", "offset", "epoch", "nanoseconds", "isbn"),
        score=0.8, in_context=1.0, alone=0.9,
        source="ISO/IEC 7812-1; issuers' published ranges",
        matches=("4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444"),
        rejects={"bad check digit": "4111 1111 1111 1112", "no such range": "9999 9999 9999 9995"},
    ),
    Rule(
        id="us-ssn", entity_type="US_SSN", formats=("999_99_9999",), check=checks.ssn, strong=False,
        context=("ssn", "ssns", "social security", "social", "soc sec", "social insurance", "taxpayer", "社会保障"),
        separators=" -./", score=0.0, in_context=0.9, alone=0.5,
        source="SSA, Social Security Number Randomization (2011)",
        matches=("536-90-4399", "536904399", "536 90 4399"),
        rejects={"area 000": "000-12-3456", "area 666": "666-12-3456", "group 00": "536-00-1234", "serial 0000": "536-90-0000"},
    ),
)  # fmt: skip
