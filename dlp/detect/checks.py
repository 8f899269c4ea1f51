"""Check digits and other tests that a value must pass. Each takes the compact, upper-case value and never raises.

Algorithms that python-stdnum knows are asked there (`stdnum`); what follows is what it lacks, or what runs so often
that its own parsing would cost too much.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from itertools import cycle
from typing import Any

_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
"""ASCII digits -> what they stand for."""
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
"""ASCII digits -> the sum of the digits of their double."""


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 Annex B."""
    codes = digits.encode("ascii", "replace")
    return (sum(codes[-1::-2].translate(_VALUES)) + sum(codes[-2::-2].translate(_DOUBLED))) % 10 == 0


_CARD_RANGES: tuple[tuple[str, frozenset[int]], ...] = tuple(
    (prefix, frozenset(lengths))
    for prefixes, lengths in (
        ("4", (13, 16, 19)),  # Visa
        ("51 52 53 54 55", (16,)),  # Mastercard
        (" ".join(str(n) for n in range(2221, 2721)), (16,)),
        ("34 37", (15,)),  # American Express
        ("36 38 39 300 301 302 303 304 305 3095", (14, 15, 16, 17, 18, 19)),  # Diners Club
        ("6011 644 645 646 647 648 649 65", (16, 17, 18, 19)),  # Discover
        ("62 81", (14, 15, 16, 17, 18, 19)),  # UnionPay
        ("35", (16, 17, 18, 19)),  # JCB (3528 to 3589; its neighbours are in no other use)
        ("2131 1800", (15,)),  # JCB, older 15-digit cards
        ("50 56 57 58 639 67 6304 6759 676770 676774", (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
        ("60 63 64", (16,)),  # Hipercard, RuPay, InstaPayment and other domestic schemes
        ("2200 2201 2202 2203 2204", (16, 17, 18, 19)),  # Mir
        ("9792", (16,)),  # Troy
        ("1", (15,)),  # UATP
        ("5", (16,)),  # Elo, Verve and co-brands inside the 5x range
    )
    for prefix in prefixes.split()
)


def _by_length_and_first(ranges: Iterable[tuple[str, frozenset[int]]]) -> dict[tuple[int, str], tuple[str, ...]]:
    """How many digits a card's number has, and the first of them -> the prefixes of such numbers, ten that differ in their last digit as one."""
    prefixes: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for prefix, lengths in ranges:
        for length in lengths:
            prefixes[length, prefix[0]].add(prefix)
    for known in prefixes.values():
        for parent in sorted({prefix[:-1] for prefix in known}, key=len, reverse=True):
            children = {f"{parent}{digit}" for digit in range(10)}
            if parent and children <= known:
                known.difference_update(children)
                known.add(parent)
    return {key: tuple(sorted(known)) for key, known in prefixes.items()}


_CARD_PREFIXES = _by_length_and_first(_CARD_RANGES)


def card_range(digits: str) -> bool:
    """Whether the issuer range exists and issues numbers of this length (issuers' published ranges)."""
    return digits.startswith(_CARD_PREFIXES.get((len(digits), digits[:1]), ()))


def card(digits: str) -> bool:
    """A payment card number: issuer range, Luhn, and not one digit over and over."""
    return card_range(digits) and luhn(digits) and len(set(digits)) > 1


def mod97(value: str) -> bool:
    """ISO 7064 mod 97-10 as ISO 13616 applies it: the first four characters moved to the end."""
    return int((value[4:] + value[:4]).translate(_BASE_36)) % 97 == 1


_BASE_36 = {ord(c): str(int(c, 36)) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}


_VERHOEFF_D = tuple(
    tuple(row)
    for row in (
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
        (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
        (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
        (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    )
)  # fmt: skip
_VERHOEFF_P = tuple(
    tuple(row)
    for row in (
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
        (8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
        (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
    )
)  # fmt: skip


_VERHOEFF_STEPS = tuple(
    (*(0,) * 48, *(10 * _VERHOEFF_D[state][row[digit]] for state in range(10) for digit in range(10)))
    for row in _VERHOEFF_P
)
"""By a digit's place from the right, modulo eight: ten times the state, plus the digit's ASCII code -> ten times the next state."""


def verhoeff(digits: str) -> bool:
    """Verhoeff's check over the dihedral group of order ten (1969)."""
    state = 0
    for step, digit in zip(cycle(_VERHOEFF_STEPS), reversed(digits.encode("ascii")), strict=False):
        state = step[state + digit]
    return state == 0


def aadhaar(digits: str) -> bool:
    """UIDAI: twelve digits, first 2 to 9, Verhoeff, no palindrome."""
    return digits[0] in "23456789" and digits != digits[::-1] and verhoeff(digits)


def ssn(digits: str) -> bool:
    """US Social Security number: no area 000, 666 or 9xx, no group 00, no serial 0000 (SSA, 2011 randomisation).

    The numbers once printed in advertisements and the obvious runs are never issued.
    """
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return len(set(digits)) > 1 and digits not in ("078051120", "219099999")


def itin(digits: str) -> bool:
    """US ITIN: 9xx with a group of 50-65, 70-88, 90-92 or 94-99 (IRS, Publication 1915)."""
    group = int(digits[3:5])
    return digits[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99)


_EPOCHS = range(1_400_000_000, 2_000_000_000)
"""Seconds since 1970 from 2014 to 2033."""


def is_moment(digits: str) -> bool:
    """Whether a bare number reads as a Unix time in seconds or milliseconds, or as one digit over and over."""
    if not digits.isdigit():
        return False
    return (
        (len(digits) == 10 and int(digits) in _EPOCHS)
        or (len(digits) == 13 and int(digits) // 1000 in _EPOCHS)
        or len(set(digits)) == 1
    )


def weighted(digits: str, weights: tuple[int, ...], modulus: int) -> int:
    """The weighted digit sum modulo `modulus`."""
    return sum((ord(d) - 48) * w for d, w in zip(digits, weights, strict=False)) % modulus


def aba(digits: str) -> bool:
    """ABA routing number: Federal Reserve prefix and 3-7-1 weights (ABA Routing Number Policy)."""
    prefix = int(digits[:2])
    if not (0 <= prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80) or digits == "0" * 9:
        return False
    return weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1), 10) == 0


def npi(digits: str) -> bool:
    """US National Provider Identifier: Luhn with the prefix 80840 (CMS)."""
    return digits[0] in "12" and luhn("80840" + digits) and len(set(digits[:-1])) > 1


def dea(value: str) -> bool:
    """DEA registration: (d1+d3+d5) + 2(d2+d4+d6) ends in d7 (21 CFR 1301)."""
    d = [ord(c) - 48 for c in value[2:]]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


def nhs(digits: str) -> bool:
    """NHS number: modulus 11 (NHS Data Dictionary)."""
    if len(set(digits)) == 1:
        return False
    check = 11 - weighted(digits[:9], (10, 9, 8, 7, 6, 5, 4, 3, 2), 11)
    return check != 10 and check % 11 == ord(digits[9]) - 48


_VIN_VALUES = {c: i for i, c in enumerate("0123456789")} | dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)


def vin(value: str) -> bool:
    """Vehicle identification number with its check digit in place nine (ISO 3779, 49 CFR 565)."""
    if any(c not in _VIN_VALUES for c in value):
        return False
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    remainder = sum(_VIN_VALUES[c] * w for c, w in zip(value, weights, strict=True)) % 11
    return value[8] == ("X" if remainder == 10 else str(remainder))


def gstin(value: str) -> bool:
    """Indian GSTIN: state code 01-38 or 97, PAN inside, mod-36 check character (GSTN)."""
    if not (1 <= int(value[:2]) <= 38 or value[:2] in ("97", "99")):
        return False
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = 0
    for index, character in enumerate(value[:14]):
        product = alphabet.index(character) * (2 if index % 2 else 1)
        total += product // 36 + product % 36
    return alphabet[(36 - total % 36) % 36] == value[14]


def date_yymmdd(digits: str) -> bool:
    """Whether the first six digits are year, month, day."""
    month, day = int(digits[2:4]), int(digits[4:6])
    return 1 <= month <= 12 and 1 <= day <= 31


@cache
def _stdnum(module: str) -> Any:
    return import_module(f"stdnum.{module}")


class stdnum:  # noqa: N801 - reads as a function; a class so that two of them compare and print well
    """A check that asks python-stdnum's `module`, for example `stdnum("pl.pesel")`."""

    def __init__(self, module: str) -> None:
        self.module = module

    def __call__(self, value: str) -> bool:
        try:
            return bool(_stdnum(self.module).is_valid(value))
        except Exception:  # noqa: BLE001 - is_valid promises not to raise but a few modules do on unexpected characters
            return False

    def __repr__(self) -> str:
        return f"stdnum({self.module!r})"


_B58 = {c: i for i, c in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}


def base58_decode(value: str) -> bytes | None:
    number = 0
    for character in value:
        digit = _B58.get(character)
        if digit is None:
            return None
        number = number * 58 + digit
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(value) - len(value.lstrip("1"))) + body


def base58check(value: str) -> bool:
    """Base58Check: the last four bytes are the start of a double SHA-256 of the rest."""
    raw = base58_decode(value)
    if raw is None or len(raw) < 5:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_BECH32 = {c: i for i, c in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def bech32(value: str) -> bool:
    """Bech32 (BIP 173) or Bech32m (BIP 350) checksum, any human-readable part."""
    value = value.lower()
    split = value.rfind("1")
    if split < 1 or len(value) - split < 7:
        return False
    prefix, data = value[:split], value[split + 1 :]
    if any(c not in _BECH32 for c in data):
        return False
    checksum = 1
    for element in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32[c] for c in data]:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ element
        for bit in range(5):
            checksum ^= _BECH32_GENERATOR[bit] if (top >> bit) & 1 else 0
    return checksum in (1, 0x2BC830A3)


_KECCAK_ROUNDS = tuple(
    int(c, 16)
    for c in (
        "1 8082 800000000000808a 8000000080008000 808b 80000001 8000000080008081 8000000000008009 8a 88 80008009 "
        "8000000a 8000808b 800000000000008b 8000000000008089 8000000000008003 8000000000008002 8000000000000080 "
        "800a 800000008000000a 8000000080008081 8000000000008080 80000001 8000000080008008"
    ).split()
)
_MASK64 = (1 << 64) - 1


def keccak256(message: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (the padding before SHA-3 was standardised), for short messages."""
    rate = 136
    padded = message + b"\x01" + b"\0" * (-(len(message) + 2) % rate) + b"\x80"
    if (len(message) + 1) % rate == 0:
        padded = message + b"\x81"
    lanes = [[0] * 5 for _ in range(5)]

    def rotate(value: int, by: int) -> int:
        by %= 64
        return ((value << by) | (value >> (64 - by))) & _MASK64 if by else value

    for block in range(0, len(padded), rate):
        for index in range(rate // 8):
            start = block + 8 * index
            lanes[index % 5][index // 5] ^= int.from_bytes(padded[start : start + 8], "little")
        for constant in _KECCAK_ROUNDS:
            parity = [lanes[x][0] ^ lanes[x][1] ^ lanes[x][2] ^ lanes[x][3] ^ lanes[x][4] for x in range(5)]
            for x in range(5):
                delta = parity[(x - 1) % 5] ^ rotate(parity[(x + 1) % 5], 1)
                for y in range(5):
                    lanes[x][y] ^= delta
            x, y, current = 1, 0, lanes[1][0]
            for step in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                current, lanes[x][y] = lanes[x][y], rotate(current, (step + 1) * (step + 2) // 2)
            for y in range(5):
                row = [lanes[x][y] for x in range(5)]
                for x in range(5):
                    lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & _MASK64 & row[(x + 2) % 5])
            lanes[0][0] ^= constant
    return b"".join(lanes[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def ethereum(address: str) -> bool:
    """EIP-55: a mixed-case address carries its checksum in the case of its letters; one case carries none."""
    body = address[2:]
    if body in (body.lower(), body.upper()):
        return True
    digest = keccak256(body.lower().encode()).hex()
    return all(c.isdigit() or c.isupper() == (int(digest[i], 16) >= 8) for i, c in enumerate(body))
