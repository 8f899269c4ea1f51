"""Packed findings are those that were packed, and equal whatever they are compared with in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.packed import FINDING_BYTES, Packer
from dlp.errors import DetectorError
from dlp.types import Finding

OFFSETS = st.integers(0, 2**31 - 1)
FINDINGS = st.builds(
    Finding,
    entity_type=st.sampled_from(["PERSON", "IBAN_CODE"]),
    start=OFFSETS,
    end=OFFSETS,
    score=st.floats(0, 1),
    recognizer=st.sampled_from(["ner:model", "iban"]),
    validated=st.booleans(),
    details=st.lists(st.sampled_from(["label", "context: konto", "\ud800"])).map(tuple),
)
LISTS = st.lists(FINDINGS, max_size=5).map(tuple)


@given(st.lists(LISTS, max_size=5))
def test_what_was_packed_comes_out_again(texts: list[tuple[Finding, ...]]) -> None:
    packer = Packer()
    for made, findings in [(packer.pack(findings), findings) for findings in texts]:
        assert tuple(made) == findings
        packed = packer.known(made.packed)
        assert packed == made
        assert tuple(packed) == findings
        assert [each.details for each in packed] == [each.details for each in findings]
        assert (len(packed), bool(packed)) == (len(findings), bool(findings))
        assert [packed[index] for index in range(len(packed))] == list(findings)
        assert repr(packed) == repr(findings)


@given(LISTS, LISTS)
def test_equal_are_equal_findings(one: tuple[Finding, ...], other: tuple[Finding, ...]) -> None:
    packer = Packer()
    assert packer.pack(one) == packer.pack(one)
    assert (packer.pack(one) == Packer().pack(other)) == (one == other)
    assert (packer.pack(one) == other) == (one == other)
    if one != other:
        assert packer.pack(one) != packer.pack(other)


def test_numbers_of_another_packer_say_nothing() -> None:
    mail, name = (
        (Finding(entity_type=kind, start=0, end=1, score=0.9, recognizer="r"),) for kind in ("EMAIL_ADDRESS", "PERSON")
    )
    assert Packer().pack(mail) != Packer().pack(name)


def test_a_place_is_kept_in_few_bytes_and_what_many_share_once() -> None:
    packer = Packer()
    for at in range(100):
        packer.pack([Finding(entity_type="PERSON", start=at, end=at + 4, score=at / 100, recognizer="ner:model")])
    assert (len(packer), FINDING_BYTES) == (1, 20)


@pytest.mark.parametrize("start", [2**40, -(2**40), 0.5])
def test_what_is_nowhere_in_a_text_is_refused(start: int) -> None:
    finding = Finding(entity_type="PERSON", start=start, end=start, score=0.9, recognizer="foreign")
    with pytest.raises(DetectorError, match="recognizer foreign returned an impossible span"):
        Packer().pack([finding])
