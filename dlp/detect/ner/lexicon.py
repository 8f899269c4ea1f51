"""A list of words that can be names, and of words that are ordinary: evidence beside the model's, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag
from functools import cache
from pathlib import Path

from marisa_trie import Trie

from dlp.detect.ner.model import FOLDER
from dlp.detect.ner.wordpiece import fold
from dlp.errors import ConfigurationError


class Kind(IntFlag):
    """What a word can be; several at once ("Rose": given name, surname, ordinary word)."""

    NONE = 0
    GIVEN = 1
    SURNAME = 2
    PLACE = 4
    ORDINARY = 8
    """Seen in lower case outside names."""


PERSONAL = Kind.GIVEN | Kind.SURNAME
_COUNT = 4


class Lexicon:
    """Folded word -> what it can be. Immutable.

    A succinct trie: half a megabyte for 133,000 words, which as a dictionary take fourteen, and a look-up of a microsecond. A kilobyte
    of prose asks for some twenty words, since whoever reads it remembers what it was told.
    """

    def __init__(self, kinds: Mapping[str, int]) -> None:
        """`kinds`: words as `wordpiece.fold` leaves them, and their `Kind` flags."""
        self._words = Trie(kinds)
        self._kinds = bytes(kinds[word] for word in sorted(kinds, key=self._words.__getitem__))
        """By the number of a word in the trie."""

    @classmethod
    def load(cls, path: Path = FOLDER / "names.marisa") -> Lexicon:
        """Read a list that `save` has written.

        Raises:
            ConfigurationError: The file is missing or damaged.
        """
        lexicon = cls({})
        try:
            content = path.read_bytes()
            count = int.from_bytes(content[:_COUNT], "little")
            lexicon._kinds = content[_COUNT : _COUNT + count]
            lexicon._words.frombytes(content[_COUNT + count :])
        except (OSError, RuntimeError):
            raise ConfigurationError(f"the list of names {path} can't be read; reinstall the package") from None
        if not count == len(lexicon._kinds) == len(lexicon._words):
            raise ConfigurationError(f"the list of names {path} is damaged; reinstall the package")
        return lexicon

    def save(self, path: Path) -> None:
        """Write the number of words (four bytes, little endian), their kinds (one each) and the trie; equal words give equal bytes."""
        path.write_bytes(len(self._kinds).to_bytes(_COUNT, "little") + self._kinds + self._words.tobytes())

    def kind(self, word: str) -> int:
        """The `Kind` flags of a word in any case, with or without accents; 0 for an unknown one."""
        number: int | None = self._words.get(word.lower() if word.isascii() else fold(word))
        if number is None or "\0" in word:  # behind which the trie reads nothing
            return 0
        return self._kinds[number]


@cache
def shipped() -> Lexicon:
    """The list that ships with the package, read once."""
    return Lexicon.load()
