"""A list of words that can be names, and of words that are ordinary: evidence beside the model's, never a verdict."""

from __future__ import annotations

import gzip
from enum import IntFlag
from functools import cache
from pathlib import Path

from dlp.detect.ner.model import FOLDER
from dlp.detect.ner.wordpiece import fold


class Kind(IntFlag):
    """What a word can be; several at once ("Rose": given name, surname, ordinary word)."""

    NONE = 0
    GIVEN = 1
    SURNAME = 2
    PLACE = 4
    ORDINARY = 8
    """Seen in lower case outside names."""


PERSONAL = Kind.GIVEN | Kind.SURNAME
_LETTERS = {"G": Kind.GIVEN, "S": Kind.SURNAME, "P": Kind.PLACE, "W": Kind.ORDINARY}


class Lexicon:
    """Folded word -> what it can be. Immutable."""

    def __init__(self, kinds: dict[str, int]) -> None:
        self.kinds = kinds

    @classmethod
    def load(cls, path: Path = FOLDER / "names.txt.gz") -> Lexicon:
        """Read the list: lines of `kinds<TAB>word word ...`, gzipped (written by `training.ner.gazetteer`)."""
        kinds: dict[str, int] = {}
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            letters, _, words = line.partition("\t")
            kinds |= dict.fromkeys(words.split(" "), int(sum(_LETTERS[letter] for letter in letters)))
        return cls(kinds)

    def kind(self, word: str) -> int:
        """The `Kind` flags of a word in any case, with or without accents; 0 for an unknown one."""
        return self.kinds.get(word.lower() if word.isascii() else fold(word), 0)


@cache
def shipped() -> Lexicon:
    """The list that ships with the package, read once."""
    return Lexicon.load()
