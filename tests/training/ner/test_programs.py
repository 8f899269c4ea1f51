"""Which words are taken for words of programs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dlp.detect.ner.lexicon import Lexicon
from training.ner import programs

LEXICON = Lexicon({"param": 1, "text": 8})
MANY, FEW = programs.PACKAGES, programs.PACKAGES - 1


@pytest.mark.parametrize(
    ("word", "packages", "modules", "in_names", "taken"),
    [
        ("webhook", MANY, 0, 0, True),
        ("webhook", FEW, 0, 0, False),
        ("webhook", 0, programs.MODULES, 0, True),
        ("webhook", MANY, 0, 1, False),
        ("webhook", programs.PACKAGES_PER_NAME, 0, 1, True),
        ("webhook", programs.EVERYWHERE, 0, 500, True),
        ("text", 200, 200, 0, False),
        ("param", programs.PACKAGES_OF_NAMES - 1, 0, 0, False),
        ("param", programs.PACKAGES_OF_NAMES, 0, 9, True),
        ("xyz", 200, 200, 0, False),
    ],
)
def test_a_word_must_stand_in_many_packages_and_few_names(
    word: str, packages: int, modules: int, in_names: int, *, taken: bool
) -> None:
    counts = (Counter({word: number}) for number in (packages, modules, in_names))
    assert programs.chosen(*counts, LEXICON) == ([word] if taken else [])


def test_accounts_and_parts_of_identifiers_are_no_words(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("webhook getWebhooks github.com/annazyxwv @annazyxwv")
    assert programs._counted(iter([[tmp_path / "a.py"]])) == Counter("webhook get github com".split())
