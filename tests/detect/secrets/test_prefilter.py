"""Both engines find the same literals at the same places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.secrets.names import STEMS
from dlp.detect.secrets.prefilter import Literals, fold
from dlp.detect.secrets.rules import all_rules

WORDS = sorted({*STEMS, *(k for rule in all_rules() for k in (*rule.keywords, *rule.words))})


def naive(words: list[str], text: str) -> list[tuple[int, str]]:
    """Every occurrence; of a literal of one character only those that begin a row of it."""
    return sorted(
        (at, word)
        for word in words
        for at in range(len(text))
        if text.startswith(word, at) and (len(set(word)) > 1 or text[at - 1 : at] != word[0])
    )


@given(st.text(alphabet="abkey-_ é密\ud800", max_size=60))
def test_the_trie_finds_every_literal_at_every_place(text: str) -> None:
    """Overlapping ones and those that begin others too."""
    words = ["key", "ke", "eye", "a", "bb", "ab", "abk", "key-", "é", "密"]
    assert Literals(words, native=False).hits(text) == naive(words, text)


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=12).map("".join))
def test_the_native_engine_and_the_trie_agree(text: str) -> None:
    """A literal that one engine misses would be a secret that leaks on some machines."""
    folded = fold(text)
    assert NATIVE.hits(folded) == TRIE.hits(folded)


NATIVE, TRIE = Literals(WORDS), Literals(WORDS, native=False)


def test_the_agreement_is_tested_where_the_native_engine_is_installed() -> None:
    """Hyperscan is a dependency; without it the test above would compare the trie with itself."""
    pytest.importorskip("hyperscan")
    assert NATIVE._native is not None
    assert TRIE._native is None


@given(st.text(max_size=40))
def test_folding_keeps_offsets(text: str) -> None:
    """Lower case of the same length, character by character."""
    folded = fold(text)
    assert len(folded) == len(text)
    for char, low in zip(text, folded, strict=True):
        assert low in (char.lower(), "i", "ς", "σ")


def test_an_empty_literal_is_refused() -> None:
    """It would match everywhere."""
    with pytest.raises(ValueError, match="empty"):
        Literals(["a", ""])
