"""What counts as found, named, right, false and leaked."""

from __future__ import annotations

import pytest

from dlp.evaluation.records import Label, Record
from dlp.evaluation.score import Score, Tally, canonical, family
from dlp.types import Finding

TEXT = "card 4111 1111 1111 1111 of Anna Smith"
CARD, PERSON = Label("CREDIT_CARD", 5, 24), Label("PERSON", 28, 38)


def found(entity_type: str, start: int, end: int) -> Finding:
    return Finding(entity_type=entity_type, start=start, end=end, score=1.0, recognizer="test")


def score(*findings: Finding, labels: tuple[Label, ...] = (CARD, PERSON), **more: object) -> Score:
    result = Score()
    result.add(Record("a", TEXT, labels, **more), findings)  # type: ignore[arg-type]
    return result


def test_everything_found() -> None:
    result = score(found("CREDIT_CARD", 5, 24), found("PERSON", 28, 38))
    assert result.total == Tally(records=1, values=2, found=2, named=2, characters=25, leaked=0, findings=2, right=2)
    assert result.types["PERSON"] == Tally(values=1, found=1, named=1, characters=9, leaked=0, findings=1, right=1)
    assert result.misses == []


def test_a_missed_value_leaks_whole() -> None:
    result = score(found("CREDIT_CARD", 5, 24))
    assert (result.total.found, result.total.leaked) == (1, 9)
    assert [(miss.entity_type, miss.start, miss.false) for miss in result.misses] == [("PERSON", 28, False)]


def test_half_of_a_values_letters_and_digits_make_it_found_and_the_rest_leaks() -> None:
    assert score(found("CREDIT_CARD", 5, 14)).total.found == 1
    assert score(found("CREDIT_CARD", 5, 14)).total.leaked == 8 + 9
    assert score(found("CREDIT_CARD", 5, 12)).total.found == 0


def test_another_type_finds_but_does_not_name() -> None:
    result = score(found("PHONE_NUMBER", 5, 24), labels=(CARD,))
    assert (result.total.found, result.total.named, result.total.right, result.total.findings) == (1, 0, 0, 1)
    assert result.misses[0].false


def test_findings_on_a_clean_text_are_false_per_word() -> None:
    result = score(found("PERSON", 28, 38), labels=())
    assert (result.total.clean_words, result.total.clean_false) == (8, 1)
    assert result.total.right == 0


def test_incomplete_labels_judge_no_finding() -> None:
    result = score(found("URL", 0, 4), recall_only=True)
    assert result.total.findings == 0


def test_scope_names_what_the_labels_cover() -> None:
    findings = (found("URL", 0, 4), found("PASSWORD", 0, 4))
    for scope, false in (("SECRET", 1), ("API_KEY", 0), ("PASSWORD", 1), ("NATIONAL_ID", 0), ("url", 1)):
        assert score(*findings, labels=(), scope=frozenset({scope})).total.clean_false == false


def test_skipped_types_are_left_out_of_labels_and_findings() -> None:
    result = Score()
    record = Record("a", TEXT, (CARD, PERSON))
    result.add(record, (found("PERSON", 28, 38),), frozenset({"PERSON"}))
    assert (result.total.values, result.total.findings) == (1, 0)
    result.add(Record("b", TEXT, (PERSON,)), (found("URL", 0, 4),), frozenset({"PERSON"}))
    assert result.total.clean_words == 0, "a text whose only labels are skipped is not clean"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GPE", "LOCATION"),
        ("STREET_ADDRESS", "ZIP_CODE"),
        ("API_KEY", "PASSWORD"),
        ("STRIPE_API_KEY", "JWT"),
        ("US_SSN", "XX_NATIONAL_ID"),
        ("DOB", "DATE_TIME"),
        ("IBAN", "US_BANK_NUMBER"),
        ("email", "EMAIL_ADDRESS"),
    ],
)
def test_what_protects_the_same_thing_is_one_family(one: str, other: str) -> None:
    assert family(one) == family(other)


@pytest.mark.parametrize(
    ("one", "other"), [("PERSON", "LOCATION"), ("CREDIT_CARD", "IBAN_CODE"), ("CRYPTO", "API_KEY")]
)
def test_what_protects_different_things_is_not(one: str, other: str) -> None:
    assert family(one) != family(other)


def test_other_vocabularies_are_translated() -> None:
    assert canonical("GPE") == "LOCATION"
    assert canonical("SOMETHING_ELSE") == "SOMETHING_ELSE"
