"""Stand-ins that look real: an address in a reserved domain, a card number of a test range, a name that nobody bears.

For tools that check what they are given. Each is a function of a keyed digest of the value, so the same value gets the same stand-in in every
process that holds the key. Where a stand-in could be somebody's real value, or couldn't be told from ordinary text in an answer (a date, a
key, a bank account), there is none, and a token stands there instead.

Sources of what is reserved: domains RFC 2606; IPv4 RFC 5737; IPv6 RFC 3849; hardware addresses RFC 7042, 2.1.2; 555-01XX the North American
Numbering Plan's line numbers for fiction (INC 94-0429-002); 666-XX-XXXX never given out as a social security number (SSA POMS
RM 10201.035); 4000 00, 3400 00 and 5100 00 the test cards of payment processors.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_STAND_IN = 80
"""Characters of the longest; the restorer holds back no more than it needs for one."""
_TRIES = 12
"""Stand-ins of one value that are tried until one is free."""

_ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gl",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "z",
)
_NUCLEI = ("a", "e", "i", "o", "u", "ae", "ei", "ia", "oa", "ue")
_CODAS = ("ck", "ldt", "lm", "lt", "mb", "ndt", "nx", "rb", "rg", "rk", "rv", "sk", "th", "zz")
_LETTERS = re.compile(r"[^\W\d_]+")
_NAME_TYPES = frozenset({"PERSON"})
_MAX_NAME_WORDS = 6


@dataclass(frozen=True, slots=True)
class StandIn:
    """What stands for a value, and what each part of it stands for. `repr` shows neither."""

    text: str
    parts: tuple[tuple[str, str], ...]
    """Stand-in -> value of each piece that a model may use by itself; of most types the whole alone."""

    def __repr__(self) -> str:
        return f"<StandIn of {len(self.parts)} parts>"


Number = Callable[[str], int]
"""A keyed number of many bits for a text."""


def stand_in(entity_type: str, value: str, number: Number, free: Callable[[str, str], bool]) -> StandIn | None:
    """A realistic stand-in for `value`, or None where only a token is safe.

    Args:
        number: Turns any text into a number that only the holder of the key can foretell.
        free: Whether a stand-in may be used for a value: it stands nowhere in the request, and for nothing else.
    """
    if entity_type in _NAME_TYPES:
        return _name(value, number, free)
    shape = _SHAPES.get(entity_type)
    if shape is None:
        return None
    for attempt in range(_TRIES):
        made = shape(value, number(f"{entity_type}\0{attempt}\0{value}"))
        if made is None:
            return None
        if made != value and len(made) <= MAX_STAND_IN and free(made, value):
            return StandIn(made, ((made, value),))
    return None


def _name(value: str, number: Number, free: Callable[[str, str], bool]) -> StandIn | None:
    """Word by word, so that a model that shortens "Brask Flundt" to "Flundt" still means the same person."""
    words = _LETTERS.findall(value)
    if not words or len(words) > _MAX_NAME_WORDS or any(len(word) < 2 for word in words):
        return None
    parts: list[tuple[str, str]] = []
    for word in words:
        found = next(
            (
                made
                for attempt in range(_TRIES)
                if free(made := _cased(_invented(number(f"NAME\0{attempt}\0{word}")), word), word)
            ),
            None,
        )
        if found is None:
            return None
        parts.append((found, word))
    spelt = iter(parts)
    return StandIn(_LETTERS.sub(lambda _: next(spelt)[0], value), tuple(dict.fromkeys(parts)))


def _invented(number: int) -> str:
    """A word that can be said and is none: two syllables and a rare end, 940,000 of them."""
    sounds = []
    for choices in (_ONSETS, _NUCLEI, _ONSETS, _NUCLEI, _CODAS):
        number, at = divmod(number, len(choices))
        sounds.append(choices[at])
    return "".join(sounds)


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[0].isupper() else word


def _email(_value: str, number: int) -> str | None:
    number, ending = divmod(number, 3)
    return f"{_invented(number)}.{number >> 40 & 0xFFFFFF:06x}@example.{('com', 'net', 'org')[ending]}"


def _user(_value: str, number: int) -> str | None:
    return f"user-{number & 0xFFFFFFFF:08x}"


def _digits_in_place(value: str, digits: Iterator[str]) -> str:
    return "".join(next(digits) if character.isdigit() else character for character in value)


def _card(value: str, number: int) -> str | None:
    length = sum(map(str.isdigit, value))
    head = {15: "340000", 16: ("400000", "510000")[number & 1]}.get(length)
    if head is None or not set(value) <= set("0123456789 -."):
        return None
    body = head + f"{(number >> 1) % 10 ** (length - len(head) - 1):0{length - len(head) - 1}d}"
    return _digits_in_place(value, iter(body + _luhn_digit(body)))


def _luhn_digit(body: str) -> str:
    """The check digit of ISO/IEC 7812-1, annex B."""
    total = 0
    for at, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if at % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _phone(value: str, number: int) -> str | None:
    """As it is written if it has ten digits, or eleven with a leading 1; else in the common form of North America."""
    digits = [character for character in value if character.isdigit()]
    number, line = divmod(number, 100)
    number, first = divmod(number, 8)
    number, second = divmod(number, 9)
    third = number % 10
    if second == third == 1:  # N11 codes are services
        third = 2
    made = f"{first + 2}{second}{third}55501{line:02d}"
    if len(digits) == 10 and "+" not in value and digits[0] in "23456789":
        return _digits_in_place(value, iter(made))
    if len(digits) == 11 and digits[0] == "1":
        return _digits_in_place(value, itertools.chain("1", made))
    return f"+1 {made[:3]}-{made[3:6]}-{made[6:]}"


def _address(value: str, number: int) -> str | None:
    try:
        version = ipaddress.ip_address(value).version
    except ValueError:
        return None
    if version == 6:
        return str(ipaddress.IPv6Address((0x20010DB8 << 96) | (number & (2**80 - 1))))
    number, network = divmod(number, 3)
    return f"{('192.0.2', '198.51.100', '203.0.113')[network]}.{1 + number % 254}"


def _hardware(value: str, number: int) -> str | None:
    joint = "-" if "-" in value else ":"
    made = joint.join(("00", "00", "5e", "00", "53", f"{number & 255:02x}"))
    return made.upper() if value.isupper() else made


def _social_security(value: str, number: int) -> str | None:
    if sum(map(str.isdigit, value)) != 9:
        return None
    number, group = divmod(number, 99)
    return _digits_in_place(value, iter(f"666{group + 1:02d}{1 + number % 9999:04d}"))


_SHAPES: dict[str, Callable[[str, int], str | None]] = {
    "EMAIL_ADDRESS": _email,
    "USERNAME": _user,
    "CREDIT_CARD": _card,
    "PHONE_NUMBER": _phone,
    "IP_ADDRESS": _address,
    "MAC_ADDRESS": _hardware,
    "US_SSN": _social_security,
}
