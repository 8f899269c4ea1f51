"""The list of names says what a word can be, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.ner.lexicon import Kind, Lexicon, shipped
from dlp.detect.ner.wordpiece import fold
from dlp.errors import ConfigurationError

WORDS = st.text(min_size=1, max_size=8).map(fold).filter(lambda word: word and "\0" not in word)


@given(st.dictionaries(WORDS, st.integers(1, 15), max_size=20), st.text(max_size=8))
def test_it_knows_its_words_and_no_others(kinds: dict[str, int], other: str) -> None:
    lexicon = Lexicon(kinds)
    assert {word: lexicon.kind(word) for word in kinds if fold(word) == word} == {
        word: kind for word, kind in kinds.items() if fold(word) == word
    }
    if fold(other) not in kinds:
        assert lexicon.kind(other) == 0


@pytest.mark.parametrize("word", ["", "\0", "anna\0", "a\0b", "\ud800", "a\ud800", "x" * 100_000, "\U0010ffff", "\xff"])
def test_what_is_no_word_is_unknown(word: str) -> None:
    assert shipped().kind(word) == 0


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("anna", Kind.GIVEN),
        ("ANNA", Kind.GIVEN),
        ("Jos\xe9", Kind.GIVEN),
        ("Berlin", Kind.PLACE),
        ("the", Kind.ORDINARY),
        ("xqzvw", Kind.NONE),
    ],
)
def test_the_list_that_ships(word: str, kinds: Kind) -> None:
    assert shipped().kind(word) & kinds == kinds
    assert bool(shipped().kind(word)) == bool(kinds)


def test_it_is_saved_and_read_and_equal_words_give_equal_bytes(tmp_path: Path) -> None:
    kinds = {f"word{n}": n % 15 + 1 for n in range(500)}
    Lexicon(kinds).save(tmp_path / "one")
    Lexicon(dict(reversed(kinds.items()))).save(tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert all(Lexicon.load(tmp_path / "one").kind(word) == kind for word, kind in kinds.items())


@pytest.mark.parametrize("content", [None, b"", b"no list", "cut"])
def test_a_damaged_list_is_refused_with_what_to_do(tmp_path: Path, content: bytes | str | None) -> None:
    path = tmp_path / "names.marisa"
    if content == "cut":
        Lexicon({"anna": 1}).save(path)
        path.write_bytes(path.read_bytes()[:-10])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="names.marisa (can.t be read|is damaged); reinstall the package"):
        Lexicon.load(path)
