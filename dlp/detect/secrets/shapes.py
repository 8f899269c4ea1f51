"""A short way to write what a token looks like, for patterns and for samples alike.

A shape is a class and a length: `hex32`, `alnum20-40`, `b64url43`. `uuid` needs no length. Several may be joined by
literal text in a template, in braces: `xoxb-{digits12}-{alnum24}`.
"""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Final

_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"
_UPPER: Final = _LOWER.upper()

# class -> (characters as a regex set, characters to draw samples from)
CLASSES: Final[dict[str, tuple[str, str]]] = {
    "hex": ("a-f0-9", "abcdef" + _DIGITS),
    "HEX": ("A-F0-9", "ABCDEF" + _DIGITS),
    "anyhex": ("a-fA-F0-9", "abcdef" + _DIGITS),
    "digits": ("0-9", _DIGITS),
    "lower": ("a-z", _LOWER),
    "upper": ("A-Z", _UPPER),
    "letters": ("a-zA-Z", _LOWER + _UPPER),
    "lownum": ("a-z0-9", _LOWER + _DIGITS),
    "upnum": ("A-Z0-9", _UPPER + _DIGITS),
    "alnum": ("A-Za-z0-9", _LOWER + _UPPER + _DIGITS),
    "base32": ("A-Z2-7", _UPPER + "234567"),
    "base58": ("1-9A-HJ-NP-Za-km-z", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    "word": ("A-Za-z0-9_", _LOWER + _UPPER + _DIGITS),
    "b64url": ("A-Za-z0-9_-", _LOWER + _UPPER + _DIGITS + "-_"),
    "b64": ("A-Za-z0-9+/", _LOWER + _UPPER + _DIGITS + "+/"),
    "slug": ("a-z0-9_-", _LOWER + _DIGITS + "-_"),
    "dotted": ("A-Za-z0-9._-", _LOWER + _UPPER + _DIGITS),
}
_UUID: Final = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_HOLE: Final = re.compile(r"\{(uuid|[A-Za-z][A-Za-z0-9]*\d(?:-\d+)?)\}")


def _parse(shape: str) -> tuple[str, int, int]:
    """Class name, shortest and longest length of a shape. Raises `ValueError` for an unknown one."""
    for name in sorted(CLASSES, key=len, reverse=True):
        if shape.startswith(name):
            low, _, high = shape[len(name) :].partition("-")
            if low.isdigit() and (not high or high.isdigit()):
                return name, int(low), int(high or low)
    raise ValueError(f"unknown shape {shape!r}")


@lru_cache(maxsize=1024)
def shape_pattern(shape: str) -> str:
    """The regular expression of one shape; lengths are bounded."""
    if shape == "uuid":
        return _UUID
    name, low, high = _parse(shape)
    return f"[{CLASSES[name][0]}]{{{low}}}" if low == high else f"[{CLASSES[name][0]}]{{{low},{high}}}"


def longest(shape: str) -> int:
    """The most characters that a string of the shape can have."""
    return 36 if shape == "uuid" else _parse(shape)[2]


def split_template(template: str) -> list[str]:
    """Literal text and shapes in turn, beginning and ending with text."""
    return _HOLE.split(template)


def template_pattern(template: str) -> str:
    """The regular expression of a template: holes by their shapes, the rest literally."""
    parts = split_template(template)
    return "".join(shape_pattern(part) if k % 2 else re.escape(part) for k, part in enumerate(parts))


def draw(shape: str, rng: random.Random) -> str:
    """A random string of the shape, as short as it may be; holds a digit and a letter where the class has both."""
    if shape == "uuid":
        raw = draw("hex32", rng)
        return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
    name, low, _ = _parse(shape)
    symbols = CLASSES[name][1]
    both = any(map(str.isdigit, symbols)) and any(map(str.isalpha, symbols))
    while True:
        # A separator at either end would be trimmed by half of the carriers, as it would by people.
        text = "".join(rng.choice(symbols) for _ in range(low))
        if low < 4 or (text[0].isalnum() and text[-1].isalnum() and (not both or _has_both(text))):
            return text


def _has_both(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def fill(template: str, seed: int = 0) -> str:
    """The template with every hole filled; the same seed gives the same string."""
    rng = random.Random(f"{template}/{seed}")  # noqa: S311 - evidence, not key material
    return _HOLE.sub(lambda hole: draw(hole[1], rng), template)
