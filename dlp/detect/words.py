"""Text as the words it is made of, in the one form in which context is compared."""

from __future__ import annotations

import re

WORDS = re.compile(r"[^\W\d_]+")
"""One word: letters of any script."""

_HUMP = re.compile(r"(?<=[a-zß-ÿ][a-zß-ÿ])(?=[A-Z])|(?<=[A-Z][A-Z])(?=[A-Z][a-z])")


def words_of(text: str) -> str:
    """` word word `, split at case changes (`drivingLicence`), digits and punctuation."""
    if not text.isascii() or not text.islower():
        text = _HUMP.sub(" ", text).lower()
    return f" {' '.join(WORDS.findall(text))} "
