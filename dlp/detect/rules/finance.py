"""Payment cards and what belongs to them. Accounts with longer formats are in `dlp.detect.accounts`."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.rule import Rule

CARD_WORDS = (
    "card", "cards", "credit", "debit", "visa", "mastercard", "amex", "american express", "discover", "diners", "jcb",
    "maestro", "unionpay", "rupay", "cc", "ccnum",
    "cardnumber", "cardno", "payment", "karte", "kreditkarte*", "kartennummer", "carte", "bancaire", "tarjeta*",
    "carta", "cartao", "cartão", "kort", "kortnummer",
    "betaalkaart", "creditcard", "charge", "カード*", "信用卡*", "карт*",
)  # fmt: skip

_CARD_FORMATS = (
    "9999_9999_9999_9999", "9999_999999_99999", "9999_999999_9999", "9999_9999_9999_9999_999", "9999_9999_9999_999",
    "9999_9999_9999_99",
    "9999_9999_9999_9", "999999_9999999999999", "99999999_99999999", "9999_99999_99999", "999999_9999999999",
    "9" * 12, "9" * 13, "9" * 14, "9" * 15, "9" * 17, "9" * 18, "9" * 19,
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    Rule(
        id="credit-card", entity_type="CREDIT_CARD", formats=_CARD_FORMATS, pattern=r"(?!1\d{14}$)\d{14,}",
        check=checks.card, context=CARD_WORDS, separators=" -./\t",
        against=(
            "row", "offset", "epoch", "nanoseconds", "isbn", "id", "seq", "sequence", "timestamp", "serial", "order",
            "tracking", "trace",
        ),
        score=0.8, in_context=1.0, alone=0.9, source="ISO/IEC 7812-1; issuers' published ranges",
        matches=("4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444", "36227206271667"),
        rejects={"bad check digit": "4111 1111 1111 1113", "no such range": "9999 9999 9999 9995"},
    ),
    Rule(
        id="credit-card-short", entity_type="CREDIT_CARD", formats=_CARD_FORMATS, pattern=r"\d{12,13}|1\d{14}",
        check=checks.card, context=CARD_WORDS, separators=" -./\t",
        in_context=1.0, alone=0.6, strong=False,
        source=
            "ISO/IEC 7812-1; Maestro and old Visa lengths and the one-digit range of UATP, too weak to stand "
            "without a word beside them",
        matches=("4222222222222", "676222165679"), rejects={"bad check digit": "4222222222223"},
    ),
    Rule(
        id="credit-card-typo", entity_type="CREDIT_CARD",
        formats=(
            "9999_9999_9999_9999", "9999_999999_99999", "9999_999999_9999", "9" * 12, "9" * 13, "9" * 14, "9" * 15,
            "9" * 19,
        ),
        separators=" -.\t",
        context=(
            "card", "cards", "credit card", "debit card", "visa", "mastercard", "amex", "american express", "diners",
            "cardnumber", "card number", "creditcard", "kreditkarte*", "tarjeta*",
        ),
        against=("order", "gift", "sim", "graphics", "id", "report", "row"), in_context=0.7,
        source="a number offered as a card's is one to its owner, mistyped or not", matches=("1234 5678 8765 4321",),
        rejects={"short": "1234 5678 876"},
    ),
    Rule(
        id="card-cvv", entity_type="CREDIT_CARD_CVV", formats=("999", "9999"),
        context=("cvv", "cvc", "cvv2", "cvc2", "csc", "card verification", "prüfziffer", "security code"),
        in_context=0.75, reach=40, source="card schemes, card verification code", matches=("123",),
        rejects={"five digits": "12345"},
    ),
    Rule(
        id="card-expiry", entity_type="CREDIT_CARD_EXPIRY", formats=("99/99", "99-99", "99/9999", "99-9999", "9/99"),
        pattern=r"(?:0?[1-9]|1[0-2])(?:20)?[2-4]\d",
        context=(
            "exp", "expiry", "expires", "expiration", "valid thru", "valid until", "gültig bis", "expira", "scadenza",
            "ablauf*",
        ),
        in_context=0.7, reach=40, source="ISO/IEC 7813, expiry as MM/YY", matches=("09/28",),
        rejects={"month 13": "13/28"},
    ),
)  # fmt: skip
