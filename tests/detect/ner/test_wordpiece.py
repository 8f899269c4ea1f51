"""Text to pieces: every word keeps its place, whatever the text holds."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.ner import wordpiece
from dlp.detect.ner.model import FOLDER
from dlp.detect.ner.punctuation import MARKS
from dlp.detect.ner.wordpiece import MAX_WORD, SHAPES, WordPiece, fold, splitter

VOCABULARY = [
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "un",
    "##known",
    "##s",
    "m",
    "##uller",
    "muller",
    "a",
    "b",
    ".",
    "'",
    "中",
    "[",
    "]",
]


@pytest.fixture(scope="module")
def small() -> WordPiece:
    return WordPiece(VOCABULARY)


@pytest.fixture(scope="module")
def shipped() -> WordPiece:
    return WordPiece.load(FOLDER / "vocab.txt")


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("unknowns", ["un", "##known", "##s"]),
        ("MÜLLER", ["muller"]),
        ("zebra", ["[UNK]"]),
        ("a" * (MAX_WORD + 1), ["[UNK]"]),
        ("\ud800", []),
        ("a\u200b\ud800", ["a"]),
    ],
)
def test_words_are_spelt_with_the_longest_pieces_first(small: WordPiece, word: str, pieces: list[str]) -> None:
    assert small.pieces(word) == [VOCABULARY.index(piece) for piece in pieces]


def test_marks_and_ideographs_are_words_of_their_own_and_keep_their_offsets(small: WordPiece) -> None:
    text = "a.b 中a'"
    encoding = small.encode(text)
    words = [text[s:e] for s, e in zip(encoding.starts, encoding.ends, strict=True)]
    assert words == ["a", ".", "b", "中", "a", "'"]


def test_a_special_name_in_the_text_is_just_text(small: WordPiece) -> None:
    assert small.opening not in small.encode("[CLS] a").ids


def test_case_and_the_blank_before_a_word_make_its_shape(shipped: WordPiece) -> None:
    shapes = [
        shape
        for word in ("rose", " rose", " Rose", " ROSE", " R", " 42", " iPad", " 中")
        for shape in [shipped.encode("." + word).shapes[1]]
    ]
    assert shapes == [2, 3, 5, 7, 9, 11, 13, 15]


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_gives_ordered_words_inside_it_and_known_pieces(text: str) -> None:
    pieces = WordPiece(VOCABULARY)
    encoding = pieces.encode(text)
    bounds = [(s, e) for s, e in zip(encoding.starts, encoding.ends, strict=True)]
    assert all(s < e for s, e in bounds)
    assert all(before[1] <= after[0] for before, after in pairwise(bounds))
    assert not bounds or (bounds[0][0] >= 0 and bounds[-1][1] <= len(text))
    assert len(encoding.first) == len(bounds) + 1
    assert encoding.first[-1] == len(encoding.ids) == len(encoding.shapes)
    assert all(0 <= number < len(VOCABULARY) for number in encoding.ids)
    assert all(0 <= shape < SHAPES for shape in encoding.shapes)


@given(st.lists(st.text(max_size=40), max_size=30))
def test_what_was_read_before_changes_nothing(texts: list[str]) -> None:
    seasoned = WordPiece(VOCABULARY)
    for text in texts:
        seasoned.encode(text)
    for text in texts:
        assert seasoned.encode(text) == WordPiece(VOCABULARY).encode(text)


def test_folding_drops_case_accents_and_surrogates() -> None:
    assert fold("Ångström\ud800É") == "angstrome"


def test_a_vocabulary_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    assert WordPiece.load(path).ids == WordPiece(VOCABULARY).ids


@given(st.text(st.sampled_from("aZ9_ .\n\t\x1c\x01é'中\u2019\u00a0\ud800€Ω"), max_size=60))
def test_the_quick_ways_to_cut_words_cut_as_the_plain_one(text: str) -> None:
    marks, ideographs = MARKS, wordpiece._CJK
    plain = re.compile(f"[{marks}{ideographs}]|[^\\s{marks}{ideographs}]+")
    assert splitter(text).findall(text) == plain.findall(text)
    assert wordpiece._WORD.findall(text) == plain.findall(text)


def test_a_part_of_a_text_is_encoded_as_in_the_whole(shipped: WordPiece) -> None:
    text = "one two\nThree four\nfive"
    whole, part = shipped.encode(text), shipped.encode(text, [(0, 7), (19, 23)])
    assert [text[s:e] for s, e in zip(part.starts, part.ends, strict=True)] == ["one", "two", "five"]
    assert part.ids == [*whole.ids[:2], whole.ids[-1]]
    assert part.shapes == [*whole.shapes[:2], whole.shapes[-1]]


def test_punctuation_is_what_unicode_and_bert_say() -> None:
    marks = {chr(code) for code in range(0x20000) if re.match(f"[{MARKS}]", chr(code))}
    category_p = {chr(code) for code in range(0x20000) if unicodedata.category(chr(code)).startswith("P")}
    ascii_marks = {chr(code) for code in range(33, 127) if not chr(code).isalnum()}
    assert marks <= category_p | ascii_marks
    newer = category_p - marks  # what a Python with a newer Unicode knows besides
    assert not newer or unicodedata.unidata_version > "15.1.0"
    assert marks >= ascii_marks
