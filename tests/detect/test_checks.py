"""Check digits against published examples; each example fails once a digit is changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect import checks

VALID: list[tuple[Callable[[str], bool], str]] = [
    (checks.luhn, "4111111111111111"),
    (checks.card, "378282246310005"),
    (checks.card, "6011111111111117"),
    (checks.verhoeff, "234567890124"),
    (checks.aadhaar, "234567890124"),
    (checks.aba, "021000021"),
    (checks.npi, "1234567893"),
    (checks.dea, "BF5679139"),
    (checks.nhs, "9434765919"),
    (checks.vin, "1HGCM82633A004352"),
    (checks.gstin, "27AAPFU0939F1ZV"),
    (checks.mod97, "DE89370400440532013000"),
    (checks.stdnum("pl.pesel"), "44051401458"),
]


@pytest.mark.parametrize(
    ("check", "value"), VALID, ids=[f"{number}-{value}" for number, (_, value) in enumerate(VALID)]
)
def test_a_published_example_holds_and_a_changed_one_fails(check: Callable[[str], bool], value: str) -> None:
    assert check(value)
    last = next(i for i in range(len(value) - 1, -1, -1) if value[i].isdigit())
    changed = value[:last] + str((int(value[last]) + 1) % 10) + value[last + 1 :]
    assert not check(changed)


@pytest.mark.parametrize(
    "value", ["000123456", "666123456", "912345678", "123004567", "123450000", "111111111", "078051120"]
)
def test_numbers_never_issued_are_no_social_security_numbers(value: str) -> None:
    assert not checks.ssn(value)


@pytest.mark.parametrize(("value", "valid"), [("912701234", True), ("912691234", False), ("812701234", False)])
def test_itin_groups(value: str, *, valid: bool) -> None:
    assert checks.itin(value) is valid


@given(st.text("0123456789", max_size=20))
def test_a_card_is_in_the_ranges_of_its_issuers(digits: str) -> None:
    expected = any(digits.startswith(prefix) and len(digits) in lengths for prefix, lengths in checks._CARD_RANGES)
    assert checks.card_range(digits) is expected


def test_card_ranges_end_where_their_issuer_says() -> None:
    known = [prefix for prefix in range(2210, 2730) if checks.card_range(f"{prefix}000000000000")]
    assert known == list(range(2221, 2721))


def test_card_ranges_know_their_lengths() -> None:
    assert checks.card_range("4111111111111111")
    assert not checks.card_range("41111111111111")
    assert not checks.card_range("9999999999999995")
    assert not checks.card("0000000000000000")


def test_keccak_differs_from_sha3() -> None:
    """The digest of nothing, as Ethereum's clients print it."""
    assert checks.keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_ethereum_addresses_carry_their_check_in_the_case_of_letters() -> None:
    """The first example of EIP-55."""
    address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert checks.ethereum(address)
    assert checks.ethereum(address.lower())
    assert not checks.ethereum(address.replace("B", "b", 1))


def test_bitcoin_addresses() -> None:
    """The examples of BIP 173 and of the genesis block."""
    assert checks.bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    assert not checks.bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")
    assert checks.base58check("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
    assert not checks.base58check("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
    assert not checks.base58check("0OIl")


def test_a_check_of_the_library_never_raises() -> None:
    assert not checks.stdnum("pl.pesel")("\ud800")
