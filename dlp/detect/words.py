"""Text as the words it is made of, in the one form in which context is compared.

Words are lower case, without digits, split at case changes (`drivingLicence`) and underscores.
"""

from __future__ import annotations

import re

WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])")
WORDS_ASCII = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""The same for text known to be ASCII, several times faster."""


def split_words(text: str) -> list[str]:
    """The words of `text`, in order."""
    return [word.lower() for word in (WORDS_ASCII if text.isascii() else WORDS).findall(text)]


def words_of(text: str) -> str:
    """` word word `: what a key or a header says, ready to be searched for ` word `."""
    return f" {' '.join(split_words(text))} "
