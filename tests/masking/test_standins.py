"""Stand-ins have the shape of what they stand for, belong to nobody, and are found again however an answer is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.detect.checks import luhn
from dlp.masking.minting import Minter
from dlp.masking.partial import starred
from dlp.masking.restoring import Originals, Restorer

KEY = b"k" * 32
SHAPES = {
    ("EMAIL_ADDRESS", "anna@nordwind.org"): r"[a-z]+\.[0-9a-f]{6}@example\.(com|net|org)",
    ("CREDIT_CARD", "4111 1111 1111 1111"): r"(4000 00|5100 00)\d\d \d{4} \d{4}",
    ("CREDIT_CARD", "378282246310005"): r"340000\d{9}",
    ("PHONE_NUMBER", "(415) 867-5309"): r"\([2-9]\d\d\) 555-01\d\d",
    ("PHONE_NUMBER", "+49 170 5550199"): r"\+1 [2-9]\d\d-555-01\d\d",
    ("IP_ADDRESS", "8.8.4.4"): r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}",
    ("IP_ADDRESS", "2a00:1450::1"): r"2001:db8:.*",
    ("MAC_ADDRESS", "3C-22-FB-11-22-33"): r"00-00-5E-00-53-[0-9A-F]{2}",
    ("US_SSN", "536-90-4399"): r"666-\d\d-\d{4}",
    ("USERNAME", "akeller"): r"user-[0-9a-f]{8}",
    ("PERSON", "Anna KELLER-Voss"): r"[A-Z][a-z]+ [A-Z]+-[A-Z][a-z]+",
    ("IBAN_CODE", "DE89370400440532013000"): r"\[PII:IBAN_CODE:[0-9a-f]{8}\]",
    ("API_KEY", "sk-123"): r"\[PII:API_KEY:[0-9a-f]{8}\]",
}


@pytest.mark.parametrize(("entity_type", "value"), SHAPES, ids=lambda value: value)
def test_shapes(entity_type: str, value: str) -> None:
    made = Minter(KEY, "s").surrogate(entity_type, value)
    assert re.fullmatch(SHAPES[entity_type, value], made)
    assert made == Minter(KEY, "s").surrogate(entity_type, value)
    assert made != Minter(KEY, "other scope").surrogate(entity_type, value) or entity_type == "MAC_ADDRESS"
    if entity_type == "CREDIT_CARD":
        assert luhn(re.sub(r"\D", "", made))


def test_what_somebody_has_said_stands_for_nothing_else() -> None:
    first = Minter(KEY, "s").surrogate("EMAIL_ADDRESS", "anna@nordwind.org")
    minter = Minter(KEY, "s")
    minter.read(f"write to {first.upper()}")
    assert minter.surrogate("EMAIL_ADDRESS", "anna@nordwind.org") != first
    minter.read("is [PERSON_1] a name?")
    assert minter.numbered("PERSON", "Anna") == "[PERSON_2]"


def test_a_name_that_is_shortened_means_the_same_person() -> None:
    minter = Minter(KEY, "s")
    whole, short = minter.surrogate("PERSON", "Anna Keller"), minter.surrogate("PERSON", "Keller")
    assert whole.endswith(f" {short}")
    answer = f"Dear {whole}, or {short.upper()}"
    assert restored(answer, minter.values) == "Dear Anna Keller, or Keller"


def test_forgotten_values_are_not_restored_and_stay_apart() -> None:
    minter = Minter(KEY, "s")
    made = minter.surrogate("EMAIL_ADDRESS", "anna@nordwind.org", keep=False)
    assert minter.values == {}
    assert minter.surrogate("EMAIL_ADDRESS", "anna@nordwind.org", keep=True) == made


@pytest.mark.parametrize(
    ("written", "back"),
    [
        ("[EMAIL_1]", "anna@nordwind.org"),
        ("EMAIL_1", "anna@nordwind.org"),
        (r"\[EMAIL\_1\]", "anna@nordwind.org"),
        ("[email_1]", "anna@nordwind.org"),
        ("[EMAIL_12]", "[EMAIL_12]"),
        ("MYEMAIL_1", "MYEMAIL_1"),
        ("EMAIL_1x", "EMAIL_1x"),
        ("email 1", "email 1"),
    ],
)
def test_numbered_tokens_as_models_write_them(written: str, back: str) -> None:
    minter = Minter(KEY, "s")
    minter.numbered("EMAIL_ADDRESS", "anna@nordwind.org")
    assert restored(f"to {written}.", minter.values) == f"to {back}."


def test_digits_however_grouped() -> None:
    minter = Minter(KEY, "s")
    card = minter.surrogate("CREDIT_CARD", "4111 1111 1111 1111")
    for spelt in (card, card.replace(" ", ""), card.replace(" ", "-")):
        assert restored(f"({spelt})", minter.values) == "(4111 1111 1111 1111)"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_cut_gives_the_same_text(data: st.DataObject) -> None:
    minter = Minter(KEY, "s")
    makers = (minter.surrogate, minter.numbered, minter.token)
    known = [kind for kind in SHAPES if kind[0] not in ("IBAN_CODE", "API_KEY")]
    picked = data.draw(
        st.lists(st.tuples(st.sampled_from(known), st.sampled_from(makers), st.sampled_from([" ", ", ", "\n", " ("])))
    )
    masked = "".join(make(*kind) + gap for kind, make, gap in picked)
    plain = "".join(kind[1] + gap for kind, _, gap in picked)
    values = Originals(minter.values)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(masked)), max_size=12)))
    pieces = [masked[start:end] for start, end in zip([0, *cuts], [*cuts, len(masked)], strict=True)]
    restorer = Restorer(values)
    assert "".join(map(restorer.feed, pieces)) + restorer.flush() == plain


@pytest.mark.parametrize(
    ("entity_type", "value", "shown"),
    [
        ("CREDIT_CARD", "4111-1111-1111-1111", "****-****-****-1111"),
        ("EMAIL_ADDRESS", "anna@nordwind.org", "a***@nordwind.org"),
        ("EMAIL_ADDRESS", "ab@nordwind.org", "****@nordwind.org"),
        ("PIN", "123", "***"),
        ("PHONE_NUMBER", "(415) 867-5309", "(***) ***-**09"),
    ],
)
def test_stars(entity_type: str, value: str, shown: str) -> None:
    assert starred(entity_type, value) == shown


def restored(text: str, values: dict[str, str]) -> str:
    restorer = Restorer(Originals(values))
    return restorer.feed(text) + restorer.flush()
